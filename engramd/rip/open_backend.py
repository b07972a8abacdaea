"""The embedded back end: FFmpeg's DVD and Blu-ray readers, for discs that are not protected."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engramd.discs.model import Disc, Media, Protection, Title
from engramd.errors import (
    EngramError,
    InvalidArgument,
    NoMedium,
    NoSpace,
    NotFound,
    ProtectedDisc,
    RipFailed,
    ToolMissing,
)
from engramd.rip import commands, messages
from engramd.rip.clips import clip_addresses, plays_whole_clips, root_of
from engramd.rip.ffmpeg import ENVIRONMENT, INSTALL, FFmpeg, find_ffmpeg
from engramd.rip.model import Progress, RipResult
from engramd.rip.progress import ProgressReader, Stalled
from engramd.rip.verify import verify
from engramd.tools import CancelToken, Outcome, Tools

BLURAYS = (Media.BLURAY, Media.UHD)
#: Seconds without any movement after which a rip is given up; drives retry bad sectors for minutes.
STALL = 600.0
#: FFmpeg's Blu-ray reader opens a disc only if one of its playlists is as long as this, in seconds.
LEAST_PLAYLIST = 180.0
LOG_TAIL = 4000
#: A file system with fewer free bytes than this is what made a rip fail.
FULL = 256 * 1024
LENIENT = "The time stamps of the disc are not in order at every place; FFmpeg corrected them."
MAKEMKV = "cancel the job: engramd reads discs without copy protection only, until it can use MakeMKV"
GONE = (errno.ENOMEDIUM, errno.ENODEV, errno.ENXIO, errno.ENOENT)


class OpenBackend:
    """Rips with FFmpeg. It never opens a disc that is protected, or whose protection is undecided."""

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
    ) -> RipResult:
        """See Backend."""
        refusal = self.refuses(disc)
        if refusal is not None:
            raise refusal
        if os.path.lexists(target):
            what = "the target of a rip exists already"
            raise InvalidArgument(what, where=target, remedy="take another name")
        finished = False
        try:
            result = self._rip(disc, title, target, on_progress, cancel)
            finished = True
        finally:
            if not finished:
                _remove(target)
        return result

    def _rip(
        self,
        disc: Disc,
        title: Title,
        target: Path,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken | None,
    ) -> RipResult:
        """Run FFmpeg, verify and sync.

        It runs again without a stream that the disc names and does not have, and more leniently when the
        time stamps of the disc are out of order.
        """
        missing: set[int] = set()
        clips = _whole_clips(disc, title)
        lenient = disc.media in BLURAYS and len(title.segments) > 1 and clips is None
        while True:
            command = _command(disc, title, clips, target, missing, lenient)
            outcome = self._run(command, title, target, on_progress, cancel)
            lacking = _missing_pid(title, missing, outcome, in_order=clips is not None)
            if lacking is not None:
                missing.add(lacking)
            elif outcome.returncode != 0 and not lenient and messages.has_odd_times(outcome.stderr):
                lenient = True
            else:
                break
            _remove(target)
        self._check(disc, title, target, outcome)
        return _finish(title, target, outcome.stderr[-LOG_TAIL:], lenient)

    def _run(
        self,
        command: commands.Command,
        title: Title,
        target: Path,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken | None,
    ) -> Outcome:
        ffmpeg = self._found or self.ffmpeg()
        reader = ProgressReader(title.duration, on_progress, clock=self._clock, stall=self._stall)
        try:
            return self._tools.run(
                [ffmpeg.path, *command.arguments],
                on_line=reader.feed,
                inactivity=self._stall,
                cancel=cancel,
                stdin=command.stdin,
                env=ENVIRONMENT,
            )
        except Stalled:
            raise _stalled(target, self._stall) from None

    def _check(self, disc: Disc, title: Title, target: Path, outcome: Outcome) -> None:
        """Raise what the end of FFmpeg means, when it is no success."""
        if outcome.timed_out:
            raise _stalled(target, self._stall)
        if outcome.returncode == 0:
            _check_not_scrambled(disc, title, outcome)
            if not messages.has_read_errors(outcome.stderr):
                return
        where = f"{disc.source}, title {title.number}"
        meaning, line = messages.meaning_of(outcome.stderr)
        if _is_full(target.parent) or (meaning is not None and meaning.error is NoSpace):
            raise _no_space(target, line)
        if _medium_is_gone(root_of(disc.source)):
            raise NoMedium("the disc is gone", where=disc.source, why=line, remedy="insert the disc again")
        if meaning is not None:
            raise meaning.error(meaning.what, where=where, why=line, remedy=meaning.remedy)
        why = line or f"FFmpeg ended with code {outcome.returncode}"
        raise RipFailed("the title could not be ripped", where=where, why=why, remedy="rip the title again")


def _whole_clips(disc: Disc, title: Title) -> dict[str, str] | None:
    """Give the clips that FFmpeg is to read one after another; None where its disc readers do it."""
    if disc.media is Media.DVD or not plays_whole_clips(title):
        return None
    readable = any(other.duration >= LEAST_PLAYLIST for other in disc.titles)
    return clip_addresses(disc, title) if len(title.segments) > 1 or not readable else None


def _command(
    disc: Disc, title: Title, clips: dict[str, str] | None, target: Path, missing: set[int], lenient: bool
) -> commands.Command:
    if disc.media is Media.DVD:
        return commands.dvd_command(disc, title, target, lenient=lenient)
    if clips is not None:
        return commands.clips_command(title, clips, target, missing, lenient=lenient)
    return commands.playlist_command(disc, title, target, missing, lenient=lenient)


def _finish(title: Title, target: Path, log_tail: str, lenient: bool) -> RipResult:
    """Verify the file and put it and its name on the medium."""
    try:
        result = verify(target, title, log_tail)
        _sync(target)
    except OSError as error:
        raise _file_error(target, error) from error
    return replace(result, notes=(*result.notes, LENIENT)) if lenient else result


def _check_not_scrambled(disc: Disc, title: Title, outcome: Outcome) -> None:
    """Raise ProtectedDisc when FFmpeg's DVD library looked in vain for a key to this title's sectors.

    FFmpeg then copies the scrambled sectors and calls it a success.
    """
    title_sets = {str(number) for number in messages.cracked_title_sets(outcome.stderr)}
    if any(segment.key.partition(":")[0] in title_sets for segment in title.segments):
        why = "its sectors are scrambled"
        raise ProtectedDisc("the disc is copy protected", where=disc.source, why=why, remedy=MAKEMKV)


def _missing_pid(title: Title, missing: set[int], outcome: Outcome, *, in_order: bool) -> int | None:
    """Give the PID that a failed attempt lacked, when it is one that may be left out.

    Only where the streams of FFmpeg's input are `in_order` of the title's does a place in it tell the PID.
    """
    if outcome.returncode == 0:
        return None
    pid, place = messages.missing_stream(outcome.stderr)
    streams = {s.stream_id: s for s in title.streams if s.stream_id not in missing}
    if in_order and place is not None and place < len(streams):
        pid = list(streams)[place]
    return pid if pid in streams and streams[pid].kind != "video" else None


def _medium_is_gone(source: Path) -> bool:
    """Say whether a drive has lost its disc, or is lost itself; a file or folder that is gone counts too."""
    try:
        fd = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return error.errno in GONE
    try:
        if stat.S_ISBLK(os.fstat(fd).st_mode):
            os.pread(fd, 2048, 0)
    except OSError as error:
        return error.errno in GONE
    finally:
        os.close(fd)
    return False


def _stalled(target: Path, seconds: float) -> RipFailed:
    return RipFailed(
        "the rip was given up",
        where=target,
        why=f"nothing was read for {seconds / 60:.0f} minutes",
        remedy="clean the disc, or try another drive",
    )


def _no_space(target: Path, why: object) -> NoSpace:
    return NoSpace("the staging folder is full", where=target.parent, why=why, remedy="free space on it")


def _is_full(folder: Path) -> bool:
    try:
        room = os.statvfs(folder)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < FULL


def _remove(target: Path) -> None:
    """Remove what a failed attempt left; what failed is told already, so a second failure is not."""
    with contextlib.suppress(OSError):
        target.unlink()


def _file_error(target: Path, error: OSError) -> EngramError:
    why = error.strerror or error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _no_space(target, why)
    return RipFailed(
        "the ripped file cannot be written", where=target, why=why, remedy="check the staging folder"
    )


def _sync(target: Path) -> None:
    """Put the file and its name on the medium."""
    for path in (target, target.parent):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
