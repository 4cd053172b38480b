"""See how the server itself is doing."""
