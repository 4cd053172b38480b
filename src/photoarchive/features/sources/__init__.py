"""Sources: add folders, scan them, notice when a drive goes or comes back, remove them."""
