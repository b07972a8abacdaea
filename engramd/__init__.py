"""engramd: rips inserted discs, finds out what is on them, and files it in a media library."""

__version__ = "0.1.0"
