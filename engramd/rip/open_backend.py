"""The embedded back end: FFmpeg's DVD and Blu-ray readers, for discs that are not protected."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.discs.model import Disc, Media, Protection, Title
from engramd.errors import EngramError, InvalidArgument, NotFound, ProtectedDisc, ToolMissing
from engramd.rip.ffmpeg import INSTALL, FFmpeg, find_ffmpeg
from engramd.rip.files import remove
from engramd.rip.model import Progress, RipResult
from engramd.tools import CancelToken, Tools

if TYPE_CHECKING:
    from engramd.rip.passes import PassListener, Wanted
    from engramd.rip.tracks import TrackPolicy

BLURAYS = (Media.BLURAY, Media.UHD)
#: Seconds without any movement after which a rip is given up; drives retry bad sectors for minutes.
STALL = 1200.0


class OpenBackend:
    """Rips with FFmpeg. It never opens a disc that is protected, or whose protection is undecided.

    A title may go `stall` seconds without new data. What a damaged disc still gives is read by ddrescue.
    """

    name = "open"

    def __init__(
        self,
        tools: Tools,
        *,
        ffmpeg_path: str = "",
        stall: float = STALL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tools, self._configured = tools, ffmpeg_path
        self._stall, self._clock = stall, clock
        self._found: FFmpeg | None = None

    def ffmpeg(self) -> FFmpeg:
        """Give the FFmpeg that is used. Raises ToolMissing.

        It is looked for once, but again each time while it cannot read all discs: a better one may come.
        """
        if self._found is None or not (self._found.dvdvideo and self._found.bluray):
            self._found = find_ffmpeg(self._tools, self._configured)
        return self._found

    def refuses(self, disc: Disc) -> EngramError | None:
        """See Backend."""
        if disc.protection is not Protection.NONE:
            from engramd.rip.messages import MAKEMKV

            kind = "may be" if disc.protection is Protection.UNKNOWN else "is"
            return ProtectedDisc(
                f"the disc {kind} copy protected",
                where=disc.source,
                why=disc.protection_reason,
                remedy=MAKEMKV,
            )
        if disc.media is not Media.DVD and disc.media not in BLURAYS:
            return NotFound(f"a disc of the kind {disc.media} has no titles", where=disc.source)
        try:
            ffmpeg = self.ffmpeg()
        except ToolMissing as error:
            return error
        able = ffmpeg.dvdvideo if disc.media is Media.DVD else ffmpeg.bluray
        if able:
            return None
        kind = "DVDs" if disc.media is Media.DVD else "Blu-rays"
        return ToolMissing(f"this FFmpeg cannot read {kind}", where=ffmpeg.path, remedy=INSTALL)

    def rip_title(
        self,
        disc: Disc,
        title: Title,
        target: Path,
        *,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken | None = None,
        tracks: TrackPolicy | None = None,
        rescue_folder: Path | None = None,
    ) -> RipResult:
        """See Backend. A partial file of a damaged title lies beside `target`, as `partial_of` names it."""
        from engramd.rip.open_rip import OpenRip, Work

        refusal = self.refuses(disc)
        if refusal is not None:
            raise refusal
        if os.path.lexists(target):
            what = "the target of a rip exists already"
            raise InvalidArgument(what, where=target, remedy="take another name")
        rip = OpenRip(self._tools, lambda: self._found or self.ffmpeg(), stall=self._stall, clock=self._clock)
        finished = False
        try:
            result = rip.read(Work(disc, title, target, on_progress, cancel), rescue_folder)
            finished = True
        finally:
            if not finished:
                remove(target)
        return result

    def together(self, disc: Disc, titles: Sequence[Title], cancel: CancelToken) -> Sequence[Title]:
        """See Backend. FFmpeg reads one title at a time."""
        return titles[:1]

    def size_together(self, disc: Disc, cancel: CancelToken) -> int:
        """See Backend."""
        return 0

    def rip_together(
        self,
        disc: Disc,
        wanted: Sequence[Wanted],
        listener: PassListener,
        cancel: CancelToken,
        *,
        tracks: TrackPolicy | None = None,
    ) -> None:
        """See Backend. All titles are left to be ripped one by one."""
