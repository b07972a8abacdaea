"""A drive's thread, a job's way through the stages, review tasks, recovery."""

from engramd.pipeline.backends import Backends
from engramd.pipeline.options import RipOptions
from engramd.pipeline.parts import Parts, Wakeups
from engramd.pipeline.station import Station
from engramd.pipeline.tracks import check_languages
from engramd.pipeline.views import DriveView

__all__ = ["Backends", "DriveView", "Parts", "RipOptions", "Station", "Wakeups", "check_languages"]
