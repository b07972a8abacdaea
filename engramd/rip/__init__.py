"""Ripping: a title of a disc becomes a Matroska file with the very streams of the disc."""

from engramd.rip.ffmpeg import FFmpeg, find_ffmpeg
from engramd.rip.model import Backend, Progress, RipResult, Track
from engramd.rip.open_backend import OpenBackend

__all__ = ["Backend", "FFmpeg", "OpenBackend", "Progress", "RipResult", "Track", "find_ffmpeg"]
