/** The `?` overlay: every shortcut that is live on this page, from the registry. */
import { listKeys } from 'pa/core/keys.js';
import { route } from 'pa/core/router.js';
import { openDialog } from 'pa/ui/dialog.js';
import { keyTable } from 'pa/ui/key_table.js';

let open = false;

export async function showKeyHelp() {
  if (open) return;
  open = true;
  const groups = [...listKeys([route.value.page]), ...listKeys(['global'])];
  await openDialog({ title: 'Keyboard shortcuts', size: groups.length > 2 ? 'wide' : 'medium', body: keyTable(groups), actions: [] });
  open = false;
}
