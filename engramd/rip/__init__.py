"""Ripping: a title of a disc becomes a Matroska file with the very streams of the disc."""

from engramd.rip.backends import ChosenBackend
from engramd.rip.ffmpeg import FFmpeg, find_ffmpeg
from engramd.rip.makemkv_program import MAKEMKV, Makemkv
from engramd.rip.makemkv_program import Settings as MakemkvSettings
from engramd.rip.model import Backend, Progress, RipResult, TitleDamaged, TitleFailed, TitleStalled, Track
from engramd.rip.open_backend import OpenBackend
from engramd.rip.passes import PASS, PassListener, Wanted
from engramd.rip.progress import Speed
from engramd.rip.tracks import TrackPolicy, choose_tracks

__all__ = [
    "MAKEMKV",
    "PASS",
    "Backend",
    "ChosenBackend",
    "FFmpeg",
    "Makemkv",
    "MakemkvSettings",
    "OpenBackend",
    "PassListener",
    "Progress",
    "RipResult",
    "Speed",
    "TitleDamaged",
    "TitleFailed",
    "TitleStalled",
    "Track",
    "TrackPolicy",
    "Wanted",
    "choose_tracks",
    "find_ffmpeg",
]
