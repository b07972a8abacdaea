"""Optical drives: what udev says of them, their trays, and who is in which state."""
