"""People: faces found, grouped, named and reviewed; who is in a photo, and in a view."""
