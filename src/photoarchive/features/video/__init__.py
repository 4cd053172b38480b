"""Videos as full members: their frames, copies that every browser can play, clips of live photos."""
