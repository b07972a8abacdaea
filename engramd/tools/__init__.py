"""Runs external programs: one launcher thread, own process group, inactivity limit, cancel."""

from engramd.tools.cancel import CancelToken
from engramd.tools.record import ChildRecord, Survivor
from engramd.tools.run import Tools
from engramd.tools.stuck import ChildStuck
from engramd.tools.supervision import Outcome

__all__ = ["CancelToken", "ChildRecord", "ChildStuck", "Outcome", "Survivor", "Tools"]
