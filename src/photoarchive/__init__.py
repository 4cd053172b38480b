"""photoArchive: a local-first photo archive. Originals are never changed."""

__version__ = "0.1.0"
