"""Look-alikes: photos like a photo, duplicates and what is decided about them, visual groups of a view."""
