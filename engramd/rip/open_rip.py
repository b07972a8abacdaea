"""One rip with FFmpeg: its attempts, its verdict on damage, and what ddrescue reads of the disc then.

Imported with the first title: a daemon without discs does not hold it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engramd.discs.model import Disc, Media, Title
from engramd.errors import EngramError, NoSpace, NotFound, RipFailed, UnreadableDisc
from engramd.rip import commands, messages
from engramd.rip.clips import clip_addresses, notes_on, plays_whole_clips, root_of
from engramd.rip.damage import (
    FLAWED,
    RESCUED,
    check_not_scrambled,
    direct_failure,
    keep_partial,
    rescue_failure,
)
from engramd.rip.damage import INSTALL as NEEDS_DDRESCUE
from engramd.rip.ddrescue_map import Ranges, joined
from engramd.rip.ffmpeg import ENVIRONMENT, FFmpeg
from engramd.rip.files import file_error, is_full, medium_is_gone, no_medium, no_space, remove, sync
from engramd.rip.model import Progress, RipResult, TitleDamaged, TitleStalled
from engramd.rip.progress import ProgressReader, Stalled
from engramd.rip.rescue import PROGRAM, Rescue
from engramd.rip.verify import verify
from engramd.tools import CancelToken, Outcome, Tools

BLURAYS = (Media.BLURAY, Media.UHD)
#: FFmpeg's Blu-ray reader opens a disc only if one of its playlists is as long as this, in seconds.
LEAST_PLAYLIST = 180.0
LOG_TAIL = 4000
#: The share of a rip through ddrescue that is the reading.
READING = 0.9
#: A long gap stays one: FFmpeg would take it for a jump of the clock and close it. Seconds.
KEEP_TIMES = ("-dts_delta_threshold", "100000")
LENIENT = "The time stamps of the disc are not in order at every place; FFmpeg corrected them."


@dataclass(frozen=True)
class Work:
    """A title that is being ripped."""

    disc: Disc
    title: Title
    target: Path
    on_progress: Callable[[Progress], None]
    cancel: CancelToken | None


@dataclass(frozen=True)
class _Tried:
    """How FFmpeg ended; `lenient` with time stamps out of order, `joined` if it read clip by clip."""

    outcome: Outcome
    lenient: bool
    joined: bool


class OpenRip:
    """Rips titles of discs that are not protected; `ffmpeg` gives the FFmpeg to use.

    A title may go `stall` seconds without new data.
    """

    def __init__(
        self, tools: Tools, ffmpeg: Callable[[], FFmpeg], *, stall: float, clock: Callable[[], float]
    ) -> None:
        self._tools, self._ffmpeg = tools, ffmpeg
        self._stall, self._clock = stall, clock

    def read(self, work: Work, folder: Path | None) -> RipResult:
        """Rip from the disc; where that fails for damage, or did before, from what ddrescue reads of it.

        `folder` is where what ddrescue reads is kept; without one it is not used. Raises RipFailed.
        """
        has_ddrescue = self._tools.find(PROGRAM) is not None
        rescue = None
        if folder is not None and has_ddrescue and not root_of(work.disc.source).is_dir():
            rescue = Rescue(self._tools, work.disc, folder, stall=self._stall, clock=self._clock)
        if rescue is not None and rescue.has_begun(work.title, work.cancel):
            return self._rip_rescued(work, rescue, 0)
        try:
            return self._rip(work)
        except (TitleDamaged, TitleStalled) as error:
            can_go_on = rescue is not None and rescue.note_trouble(work.title, work.cancel)
            if rescue is None or not can_go_on or isinstance(error, TitleStalled):
                remedy = "" if has_ddrescue else NEEDS_DDRESCUE
                raise direct_failure(error, work.title, work.target, remedy=remedy) from error
        remove(work.target)
        return self._rip_rescued(work, rescue, 1)

    def _rip_rescued(self, work: Work, rescue: Rescue, errors: int) -> RipResult:
        """Rip from the image of a damaged disc, after ddrescue has read what it can. Raises RipFailed.

        `errors` is how often the disc has failed before.
        """
        copy = replace(
            work,
            disc=work.disc.model_copy(update={"source": str(rescue.image)}),
            on_progress=_part_of(work.on_progress, READING, 1.0),
        )
        failure: EngramError | None = None
        for thorough in (False, True):
            found = rescue.read(
                work.title,
                thorough=thorough,
                on_progress=_part_of(work.on_progress, 0.0, READING),
                cancel=work.cancel,
            )
            errors += found.read_errors
            if found.played:
                break
            try:
                return _noted(self._rip(copy), RESCUED, errors)
            except (RipFailed, NotFound) as error:
                failure = error
                remove(work.target)
            if not found.structure:
                break
        gaps = joined((*found.played, *(() if found.played else found.structure)))
        return self._rip_with_gaps(copy, work.disc, gaps, failure, errors, stalled=found.stalled)

    def _rip_with_gaps(
        self,
        copy: Work,
        disc: Disc,
        gaps: Ranges,
        failure: EngramError | None,
        errors: int,
        *,
        stalled: bool,
    ) -> RipResult:
        """Make what can be had from an image with gaps, and raise what it lacks.

        An image without gaps that fails all the same is that of a disc that was made so.
        """
        tried = self._rip_tolerantly(copy, gaps)
        if gaps:
            partial = keep_partial(copy.target)
            raise rescue_failure(disc, copy.title, gaps, partial, stall=self._stall if stalled else None)
        try:
            if tried is not None:
                return _noted(_finish(copy, replace(tried, lenient=False)), FLAWED, errors)
        except RipFailed as error:
            failure = failure or error
        raise failure or RipFailed("the title could not be ripped", where=disc.source)

    def _rip_tolerantly(self, copy: Work, gaps: Ranges) -> _Tried | None:
        """Have FFmpeg write what it can of a title with gaps; None where it cannot even begin."""
        from engramd.rip.stuffing import fill_gaps

        try:
            fill_gaps(copy.disc, copy.title, gaps)
            tried = self._attempt(copy, has_gaps=True)
        except OSError as error:
            raise file_error(copy.target, error) from error
        except (RipFailed, NotFound):
            return None
        check_not_scrambled(
            self._tools, copy.disc, copy.title, tried.outcome, has_gaps=True, cancel=copy.cancel
        )
        if is_full(copy.target.parent):
            raise no_space(copy.target.parent)
        return tried

    def _rip(self, work: Work) -> RipResult:
        """Run FFmpeg, verify and sync."""
        tried = self._attempt(work)
        self._check(work, tried.outcome)
        return _finish(work, tried)

    def _attempt(self, work: Work, *, has_gaps: bool = False) -> _Tried:
        """Run FFmpeg to its end, whatever that is.

        It runs again without a stream that the disc names and does not have, and more leniently when the
        time stamps of the disc are out of order.
        """
        disc, title = work.disc, work.title
        missing: set[int] = set()
        clips = _readable_clips(disc, title)
        lenient = has_gaps or (disc.media in BLURAYS and len(title.segments) > 1 and clips is None)
        places = self._places(work) if disc.media in BLURAYS and clips is None else None
        while True:
            command = _command(disc, title, clips, work.target, missing, lenient, places)
            if has_gaps:
                command = replace(command, arguments=(*KEEP_TIMES, *command.arguments))
            outcome = self._run(command, work)
            lacking = _missing_pid(title, missing, outcome, in_order=clips is not None)
            if lacking is not None:
                missing.add(lacking)
            elif outcome.returncode != 0 and not lenient and messages.has_odd_times(outcome.stderr):
                lenient = True
            else:
                return _Tried(outcome, lenient, joined=clips is not None)
            remove(work.target)

    def _places(self, work: Work) -> dict[int, int] | None:
        """Ask FFmpeg where in its input the streams are that carry another one which is not wanted."""
        if not commands.wants_places(work.title):
            return None
        ffmpeg, command = self._ffmpeg(), commands.places_command(work.disc, work.title)
        outcome = self._tools.run(
            [ffmpeg.path, *command.arguments], inactivity=self._stall, cancel=work.cancel, env=ENVIRONMENT
        )
        return commands.places_of(outcome.stderr)

    def _run(self, command: commands.Command, work: Work) -> Outcome:
        ffmpeg = self._ffmpeg()
        reader = ProgressReader(work.title.duration, work.on_progress, clock=self._clock, stall=self._stall)
        try:
            return self._tools.run(
                [ffmpeg.path, *command.arguments],
                on_line=reader.feed,
                inactivity=self._stall,
                cancel=work.cancel,
                stdin=command.stdin,
                env=ENVIRONMENT,
            )
        except Stalled:
            raise self._stalled(work) from None

    def _check(self, work: Work, outcome: Outcome) -> None:
        """Raise what the end of FFmpeg means, when it is no success."""
        if outcome.timed_out:
            raise self._stalled(work)
        check_not_scrambled(self._tools, work.disc, work.title, outcome, cancel=work.cancel)
        if outcome.returncode == 0 and not messages.has_read_errors(outcome.stderr):
            return
        where = f"{work.disc.source}, title {work.title.number}"
        meaning, line = messages.meaning_of(outcome.stderr)
        folder = work.target.parent
        if is_full(folder) or (meaning is not None and meaning.error is NoSpace):
            raise no_space(folder, line)
        if medium_is_gone(root_of(work.disc.source)):
            raise no_medium(work.disc.source, line)
        if meaning is not None:
            raise meaning.error(meaning.what, where=where, why=line, remedy=meaning.remedy)
        why = line or f"FFmpeg ended with code {outcome.returncode}"
        raise RipFailed("the title could not be ripped", where=where, why=why, remedy="rip the title again")

    def _stalled(self, work: Work) -> TitleStalled:
        why = f"nothing was read for {self._stall / 60:.0f} minutes"
        return TitleStalled(
            "the rip was given up", where=work.target, why=why, remedy="clean the disc, or try another drive"
        )


def _part_of(on_progress: Callable[[Progress], None], start: float, end: float) -> Callable[[Progress], None]:
    """Tell the progress of one part of the work as that of the whole."""

    def report(progress: Progress) -> None:
        fraction = progress.fraction
        on_progress(
            replace(progress, fraction=start + (end - start) * fraction if fraction >= 0 else fraction)
        )

    return report


def _noted(result: RipResult, note: str, read_errors: int) -> RipResult:
    return replace(result, notes=(*result.notes, note), read_errors=read_errors)


def _readable_clips(disc: Disc, title: Title) -> dict[str, str] | None:
    """Like `_whole_clips`. Raises TitleDamaged where the disc does not say where they lie, NoMedium."""
    try:
        return _whole_clips(disc, title)
    except UnreadableDisc as error:
        if medium_is_gone(root_of(disc.source)):
            raise no_medium(disc.source, error.why) from error
        raise TitleDamaged(
            error.what, where=error.where, why=error.why, remedy=messages.CLEAN, read_errors=1
        ) from error


def _whole_clips(disc: Disc, title: Title) -> dict[str, str] | None:
    """Give the clips that FFmpeg is to read one after another; None where its disc readers do it."""
    if disc.media is Media.DVD or not plays_whole_clips(title) or not commands.can_join_clips(title):
        return None
    readable = any(other.duration >= LEAST_PLAYLIST for other in disc.titles)
    return clip_addresses(disc, title) if len(title.segments) > 1 or not readable else None


def _command(
    disc: Disc,
    title: Title,
    clips: dict[str, str] | None,
    target: Path,
    missing: set[int],
    lenient: bool,
    places: dict[int, int] | None,
) -> commands.Command:
    if disc.media is Media.DVD:
        return commands.dvd_command(disc, title, target, lenient=lenient)
    if clips is not None:
        return commands.clips_command(title, clips, target, missing, lenient=lenient)
    return commands.playlist_command(disc, title, target, missing, lenient=lenient, places=places)


def _finish(work: Work, tried: _Tried) -> RipResult:
    """Verify the file and put it and its name on the medium."""
    try:
        result = verify(work.target, work.title, tried.outcome.stderr[-LOG_TAIL:])
        sync(work.target)
    except OSError as error:
        raise file_error(work.target, error) from error
    notes = notes_on(work.disc, work.title, joined=tried.joined)
    return replace(result, notes=(*result.notes, *notes, *([LENIENT] if tried.lenient else [])))


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
