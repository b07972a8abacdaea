"""Which back end reads a disc: MakeMKV every one, as soon as it works; FFmpeg those without protection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.discs.model import Disc, Media, Protection, Title
from engramd.errors import EngramError, NotFound, ProtectedDisc
from engramd.rip.makemkv_program import Makemkv
from engramd.rip.model import NotOffered, Progress, RipResult
from engramd.rip.open_backend import OpenBackend
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.rip.makemkv import MakemkvBackend
    from engramd.rip.passes import PassListener, Wanted
    from engramd.rip.tracks import TrackPolicy

ONLY_PLAIN = (
    "install MakeMKV (makemkv.com) or set makemkv_path; until then engramd reads discs"
    " without copy protection only, and this one waits (engramctl cancel gives it up)"
)
VIDEO = (Media.DVD, Media.BLURAY, Media.UHD)


class ChosenBackend:
    """Chooses for each disc, anew each time: what a back end lacked may be there now.

    `program` says what MakeMKV lacks; its back end is made when a disc is to be read with it.
    """

    def __init__(self, program: Makemkv, makemkv: Callable[[], MakemkvBackend], plain: OpenBackend) -> None:
        self.program, self.plain = program, plain
        self._makemkv = makemkv

    def name_for(self, disc: Disc) -> str:
        """Give the name of the back end that reads the disc now: `makemkv` or `open`."""
        return self._for(disc).name

    def refuses(self, disc: Disc) -> EngramError | None:
        """Give why no back end can read the disc: what MakeMKV lacks where only MakeMKV could."""
        if disc.media not in VIDEO:
            return NotFound(f"a disc of the kind {disc.media} has no titles", where=disc.source)
        lacking = self.program.lacks()
        if lacking is None:
            return None
        refusal = self.plain.refuses(disc)
        if not isinstance(refusal, ProtectedDisc):
            return refusal
        if self.program.find() is not None:
            return lacking
        return ProtectedDisc(refusal.what, where=refusal.where, why=refusal.why, remedy=ONLY_PLAIN)

    def together(self, disc: Disc, titles: Sequence[Title], cancel: CancelToken) -> Sequence[Title]:
        """See Backend."""
        return self._for(disc).together(disc, titles, cancel)

    def size_together(self, disc: Disc, cancel: CancelToken) -> int:
        """See Backend."""
        return self._for(disc).size_together(disc, cancel)

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
        """See Backend. FFmpeg reads what MakeMKV does not offer of a disc without protection.

        The result names the back end that read the title.
        """

        def rip(backend: MakemkvBackend | OpenBackend) -> RipResult:
            result = backend.rip_title(
                disc,
                title,
                target,
                on_progress=on_progress,
                cancel=cancel,
                tracks=tracks,
                rescue_folder=rescue_folder,
            )
            return replace(result, backend=backend.name)

        backend = self._for(disc)
        try:
            return rip(backend)
        except NotOffered:
            if backend is self.plain or self.plain.refuses(disc) is not None:
                raise
            return rip(self.plain)

    def rip_together(
        self,
        disc: Disc,
        wanted: Sequence[Wanted],
        listener: PassListener,
        cancel: CancelToken,
        *,
        tracks: TrackPolicy | None = None,
    ) -> None:
        """See Backend."""
        self._for(disc).rip_together(disc, wanted, listener, cancel, tracks=tracks)

    def _for(self, disc: Disc) -> MakemkvBackend | OpenBackend:
        lacking = self.program.lacks()
        if lacking is None or disc.protection is not Protection.NONE:
            return self._makemkv() if lacking is None or self.plain.refuses(disc) is not None else self.plain
        return self.plain
