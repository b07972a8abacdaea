"""Writes one kind of file beside a title, into a library that is there, and records it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import structlog

from engramd.errors import EngramError, NotFound
from engramd.events import LibraryChanged
from engramd.models import ContentType, DiscJob, DiscTitle, Sidecar, SidecarLack, TitleState
from engramd.organize import Modes, Trash
from engramd.organize.nfo import episodes_nfo, film_nfo, show_nfo
from engramd.organize.safe_names import LONGEST
from engramd.organize.sidecars import FILM_NFO, SHOW_NFO, digest_of, give, is_unchanged, nfo_name
from engramd.pipeline.filing_items import FileCode, kind_of
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import Parts
from engramd.pipeline.patience import Pulse
from engramd.pipeline.sidecar_facts import SidecarFacts
from engramd.pipeline.sidecar_posters import SidecarPosters
from engramd.pipeline.sidecar_subtitles import SidecarSubtitles, Written
from engramd.pipeline.sources import Sources
from engramd.store.sidecars import CAPTIONS, NFO, POSTER, SidecarRows
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

_TAKEN = "a file that engramd did not write has that name"


class Away(EngramError):
    """The library is not there now."""


class Moved(EngramError):
    """The title went elsewhere while its subtitles were read."""


class SidecarWriter:
    """For any thread but the main loop: a library that hangs costs as much as `Patience` says."""

    def __init__(
        self, parts: Parts, libraries: Libraries, sources: Sources, file_code: FileCode, stop: CancelToken
    ) -> None:
        self._rows = SidecarRows(parts.store)
        self._parts, self._libraries = parts, libraries
        self._facts = SidecarFacts(sources, file_code, stop)
        self._posters = SidecarPosters(sources, file_code, stop)
        self._subtitles = SidecarSubtitles(parts, stop)
        self._away: set[Path] = set()

    def look_again(self) -> None:
        """Forget which libraries are away: one look for each is enough for all titles of a round."""
        self._away.clear()

    def write(self, kind: str, job: DiscJob, title: DiscTitle, pause: Callable[[], None]) -> None:
        """Write what a title is to have of a kind, or record that there is nothing to write.

        `pause` returns when pictures may be read (on). Raises Away, Moved, other EngramErrors, OSError.
        """
        video = Path(title.organized_to or "")
        root = self._root_of(video)
        if not self._libraries.patience.run(root, lambda _pulse: video.is_file()):
            self._note_none(title, kind, "its file is not in the library")
        elif kind == NFO:
            self._write_nfo(job, title, video, root)
        elif kind == POSTER:
            self._write_posters(job, title, video, root)
        else:
            self._write_subtitles(kind, job, title, root, pause)

    def discard(self, root: Path, gone: Iterable[Sidecar], why: str) -> None:
        """Put files into their library's trash that are still as they were written. Raises as `write`."""
        trash = Trash(root, Modes.of(self._parts.settings.current))
        for row in gone:
            self._libraries.patience.run(root, partial(_discard, trash, row, why))
            self._rows.forget([row])

    def _write_nfo(self, job: DiscJob, title: DiscTitle, video: Path, root: Path) -> None:
        kind, parts = kind_of(job, title), video.relative_to(root).parts
        if kind is ContentType.TV and title.matched_episode:
            preset = self._parts.settings.current.naming_preset
            text = episodes_nfo(self._facts.episodes(job, title, preset))
            if len(parts) > 1:
                show = show_nfo(self._facts.show(job, title))
                self._put(job, None, NFO, root / parts[0] / SHOW_NFO, show.encode(), root)
            self._put(job, title, NFO, video.with_name(nfo_name(video)), text.encode(), root)
        elif kind is ContentType.MOVIE:
            data = film_nfo(self._facts.film(job, title)).encode()
            if len(parts) == 1:
                self._put(job, title, NFO, video.with_name(nfo_name(video)), data, root)
            else:
                self._put(job, None, NFO, root / parts[0] / FILM_NFO, data, root)
                self._note_none(title, NFO, f"{FILM_NFO} is for all files of the film")
        else:
            self._note_none(title, NFO, "it is neither an episode nor a film")

    def _write_posters(self, job: DiscJob, title: DiscTitle, video: Path, root: Path) -> None:
        settings = self._parts.settings.current
        for wanted in self._posters.wanted(job, title, video, root, settings.naming_preset):
            place = wanted.path
            if self._rows.at(str(place)) is not None or self._rows.lack_at(str(place)) is not None:
                continue
            if self._libraries.patience.run(root, partial(_is_taken, place)):
                self._note_lack(None, POSTER, place, _TAKEN)
            elif (image := self._posters.fetch(wanted, settings.tmdb_url)) is None:
                self._note_lack(None, POSTER, place, "TMDB has none")
            else:
                self._put(job, None, POSTER, place, image, root)
        self._note_none(title, POSTER, "posters are those of its folders")

    def _write_subtitles(
        self, kind: str, job: DiscJob, title: DiscTitle, root: Path, pause: Callable[[], None]
    ) -> None:
        from engramd.match import MatchFailed

        video, written, why = Path(title.organized_to or ""), list[Written](), "it has none"
        try:
            read = self._subtitles
            written = read.captions(video) if kind == CAPTIONS else read.pictures(video, pause)
        except MatchFailed as error:
            why = str(error)
            log.warning("no subtitles were written", kind=kind, job=job.id, why=why)
        if not self._is_as_read(title):
            raise Moved("the title has another place now", where=video)
        for one in written:
            self._put(job, title, kind, video.with_name(one.name), one.text.encode(), root)
        if not written:
            self._note_none(title, kind, why)

    def _is_as_read(self, title: DiscTitle) -> bool:
        """Whether a title is where it was, and its file was not replaced."""
        now = self._parts.store.title(title.job_id, title.title_index)
        if now is None or now.state is not TitleState.COMPLETED or now.organized_to != title.organized_to:
            return False
        return self._rows.is_latest(title)

    def discard_outlived(self) -> None:
        """Put into the trash what still lies beside a file that took another one's place. As `discard`."""
        for row, video in self._rows.outlived():
            self.discard(self._root_of(Path(video)), [row], f"beside {Path(video).name}, which was replaced")

    def _put(
        self, job: DiscJob, title: DiscTitle | None, kind: str, target: Path, data: bytes, root: Path
    ) -> None:
        """Write a file unless it is there as it is to be; never over one that is not as engramd wrote it."""
        known, digest = self._rows.at(str(target)), digest_of(data)
        ours, own = known.digest if known else "", title.id if title else None
        is_done = known is not None and (known.title_id, known.digest) == (own, digest)
        if is_done or self._rows.lack_at(str(target), own) is not None:
            return
        if len(os.fsencode(target.name)) > LONGEST:
            self._note_lack(title, kind, target, "its name would be too long")
            return
        modes = Modes.of(self._parts.settings.current)
        try:
            self._libraries.patience.run(root, lambda _pulse: give(data, target, modes, ours))
        except FileExistsError:
            if known is None or known.title_id != own:
                self._note_lack(title, kind, target, _TAKEN)
            return
        self._rows.keep(Sidecar(job_id=job.id or 0, title_id=own, kind=kind, path=str(target), digest=digest))
        log.info(f"wrote {target.name}", job=job.id, kind=kind)
        self._parts.hub.publish(LibraryChanged(str(root), str(target.parent)))

    def _note_none(self, title: DiscTitle, kind: str, why: str) -> None:
        self._note_lack(title, kind, Path(title.organized_to or ""), why)

    def _note_lack(self, title: DiscTitle | None, kind: str, path: Path, why: str) -> None:
        self._rows.keep_lack(
            SidecarLack(title_id=title.id if title else None, kind=kind, path=str(path), why=why)
        )

    def _root_of(self, video: Path) -> Path:
        """Give the library that a file is in. Raises Away, NotFound."""
        roots = [Path(path) for path in self._libraries.set_paths() if video.is_relative_to(path)]
        if not roots:
            raise NotFound("its library is not set any more", where=video)
        root = max(roots, key=lambda one: len(one.parts))
        if root in self._away or not self._libraries.is_there(root):
            self._away.add(root)
            raise Away("the library is not there", where=root)
        return root


def _is_taken(path: Path, _pulse: Pulse) -> bool:
    return path.exists()


def _discard(trash: Trash, row: Sidecar, why: str, _pulse: Pulse) -> None:
    path = Path(row.path)
    if is_unchanged(path, row.digest):
        trash.put(path, why)
