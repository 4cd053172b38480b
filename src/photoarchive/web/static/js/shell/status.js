/** Keeps the count of photos at the right end of the Work bar true. */
import { onServer } from 'pa/core/events.js';
import { getJson } from 'pa/core/http.js';
import { photoTotal } from 'pa/core/status.js';

export function startStatus() {
  onServer('catalog', ({ total }) => { if (typeof total === 'number') photoTotal.value = total; });
  onServer('hello', () => void refresh());
  onServer('sources', () => void refresh());
}

async function refresh() {
  try {
    photoTotal.value = (await getJson('/api/stats')).total_images;
  } catch {
    // The bar then keeps the number it had; that the server is away is said by `connection`.
  }
}
