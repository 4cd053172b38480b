"""Back up the catalog, by hand and daily."""
