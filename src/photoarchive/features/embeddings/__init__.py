"""Vectors of all photos: made in the background, counted, paused and resumed."""
