"""Search models as a person deals with them: see what is there, install, pause, remove, point to a folder."""
