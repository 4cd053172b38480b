"""Offline geography: places and time zones. Pure functions over bundled data."""
