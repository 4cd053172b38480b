"""Lists of photos as files: JSON and CSV of a view or a selection."""
