"""The errors of this program: each says what failed, where, why, and what to do about it."""

from __future__ import annotations

from typing import ClassVar


class EngramError(Exception):
    """Base of all errors that a person may see.

    `what` is one sentence without a final full stop; `where` names the file, drive or setting;
    `why` is the reason as far as known; `remedy` is what a person can do.
    """

    #: Suffix of the D-Bus error name that stands for this type.
    code: ClassVar[str] = "Failed"

    def __init__(self, what: str, *, where: object = "", why: object = "", remedy: str = "") -> None:
        self.what, self.where, self.why, self.remedy = what, str(where), str(why), remedy
        super().__init__(what)

    def __str__(self) -> str:
        """Give one line: what (where): why; remedy."""
        text = self.what
        if self.where and self.where not in text:
            text += f" ({self.where})"
        if self.why:
            text += f": {self.why}"
        if self.remedy:
            text += f"; {self.remedy}"
        return text


class NotFound(EngramError):
    """Something that was asked for by name or number does not exist."""

    code = "NotFound"


class InvalidArgument(EngramError):
    """A value from outside (person, file, bus) is not acceptable."""

    code = "InvalidArgument"


class WrongState(EngramError):
    """The thing exists, but what was asked is not possible in its present state."""

    code = "WrongState"


class NotAuthorized(EngramError):
    """The caller may not do this."""

    code = "NotAuthorized"


class Busy(EngramError):
    """The thing is in use; trying again later can help."""

    code = "Busy"


class NoMedium(EngramError):
    """There is no disc, or it is gone."""

    code = "NoMedium"


class ToolMissing(EngramError):
    """An external program is not installed or too old."""

    code = "ToolMissing"


class NoSpace(EngramError):
    """A file system is full, or would be."""

    code = "NoSpace"


class UnreadableDisc(EngramError):
    """A disc, image or folder cannot be read, or is none that this program knows."""


class ProtectedDisc(EngramError):
    """The disc is copy protected, and no back end that may read it is at hand."""


class RipFailed(EngramError):
    """A title could not be ripped completely."""


class FilingFailed(EngramError):
    """A file could not be moved to the library; it is still where it was."""


class Cancelled(EngramError):
    """The work was stopped by a person or by shut-down."""
