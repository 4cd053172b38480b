"""See and steer background work."""
