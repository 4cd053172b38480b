"""Ground floor: configuration, settings, events, errors, clock and the originals guard. Imports nothing of ours."""
