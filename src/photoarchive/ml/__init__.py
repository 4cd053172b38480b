"""Models that run on this machine: what turns pictures and words into vectors, and the vectors themselves. No HTTP."""
