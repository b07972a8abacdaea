"""What is known of discs and cannot be learned from the records, because too few shows or films have it.

Each of these moves the log-odds of single titles after the learned model has judged them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from engramd.discs.model import Title
from engramd.identify.structure import FILM_LENGTH, PlayAll, disc_order, is_clip
from engramd.identify.view import View

Odds = dict[int, float]

#: A play-all that joins so many titles joins all of their kind.
WHOLE_SET = 3
#: Two cuts of an episode differ in length by less than this.
CUT = (0.7, 1.43)
#: Lengths of titles that were mastered twice differ by less, in seconds.
EQUAL = 3.0
#: Lengths of pilots, finales and double episodes as multiples of the usual one.
RUN = (0.45, 2.2)
#: Log-odds of a title that is very likely an episode.
LIKELY = 0.9
#: Titles of one run differ in length by less, as a share; fewer titles are no run.
RUN_LENGTH, SHORTEST_RUN = 0.1, 3
#: Of 1,169 recorded titles shorter than this share of the longest, with half its streams, 5 are episodes.
POOR = 0.5
#: Where fewer of the usual titles are bare clips, these are extras.
FEW = 0.5
#: What a season in the label adds: of 596 recorded discs that name one, 595 hold a series.
SEASON = 2.0
_EPISODE = re.compile(r"(?:SEG[ _])?EPL_\d", re.IGNORECASE)
_MAIN_FEATURE = re.compile(r"FPL_Main_?Feature(.*)", re.IGNORECASE)


def episodes(view: View, odds: Odds) -> Odds:
    """Correct the log-odds of being an episode."""
    corrected = _plain_first(view, odds)
    likely = [len(t.streams) for t in view.titles if corrected[t.index] > 0]
    usual = median(likely) if len(likely) > 1 else 0.0
    for title in view.titles:
        beside = is_clip(title) and view.clips_in_group < FEW
        if beside or _left_out(view, title) or _is_poor(view, title, usual):
            corrected[title.index] = min(corrected[title.index], -1.0)
        elif _in_the_run(view, corrected, title):
            corrected[title.index] = max(corrected[title.index], 1.0)
    _level_runs(view, corrected)
    _complete_play_alls(view, corrected)
    for title in view.titles:
        cuts = [t for t in view.structure.versions.get(title.index, ()) if _is_other_cut(view, title, t)]
        best = max((corrected[t.index] for t in cuts if t.index in corrected), default=0.0)
        if best > 0 and not is_clip(title):
            corrected[title.index] = max(corrected[title.index], min(best, 1.0))
    return corrected


def _plain_first(view: View, odds: Odds) -> Odds:
    """Prefer a playlist to its variants, which a scan numbers in brackets: `00003.mpls(10)`."""
    corrected = dict(odds)
    for title in view.titles:
        plain = [
            t
            for t in view.structure.versions.get(title.index, ())
            if "(" not in t.source_file and not is_clip(t) and t.duration >= title.duration
        ]
        if "(" in title.source_file and plain:
            first = max(plain, key=lambda t: odds[t.index])
            if odds[first.index] < odds[title.index]:
                corrected[first.index] = odds[title.index]
            corrected[title.index] = min(odds[first.index], odds[title.index], -1.0)
    return corrected


def _level_runs(view: View, odds: Odds) -> None:
    """Judge titles alike that are numbered one after another, as long as each other and made alike."""
    run: list[Title] = []
    for title in sorted(view.titles, key=disc_order):
        if run and not _goes_on(view, run[-1], title):
            _level(run, odds)
            run = []
        run.append(title)
    _level(run, odds)


def _goes_on(view: View, title: Title, following: Title) -> bool:
    alike = abs(following.duration - title.duration) <= RUN_LENGTH * title.duration
    return following.number - title.number == 1 and alike and view.make(title) == view.make(following)


def _level(run: list[Title], odds: Odds) -> None:
    if len(run) < SHORTEST_RUN:
        return
    mean = sum(odds[t.index] for t in run) / len(run)
    for title in run:
        odds[title.index] = 0.5 * (odds[title.index] + mean)


def _complete_play_alls(view: View, odds: Odds) -> None:
    """A play-all whose other parts are episodes, most of them, joins nothing but episodes."""
    for play_all in view.structure.play_alls:
        likely = [p for p in play_all.parts if odds[p.index] > 0]
        if not play_all.exact or not (_is_of_episodes(view, play_all) or _are_most(likely, play_all.parts)):
            continue
        usual = median(p.duration for p in likely or play_all.parts)
        for part in play_all.parts:
            if RUN[0] < part.duration / usual < RUN[1]:
                odds[part.index] = max(odds[part.index], 1.0)


def _are_most(likely: list[Title], parts: Sequence[Title]) -> bool:
    return len(likely) >= 2 and 2 * len(likely) >= len(parts)


def _is_of_episodes(view: View, play_all: PlayAll) -> bool:
    """Tell a play-all of playlists as long as each other, of which no title of the disc is much longer."""
    lengths = [p.duration for p in play_all.parts]
    least = max(CUT[0] * median(lengths), 0.5 * view.structure.longest)
    alike = least <= min(lengths) and max(lengths) <= CUT[1] * median(lengths)
    return alike and len(lengths) >= WHOLE_SET and not any(is_clip(p) for p in play_all.parts)


def _left_out(view: View, title: Title) -> bool:
    """Tell a title that a play-all leaves out though it is as long as its parts: mastered a second time."""
    structure = view.structure
    if title.index in structure.holders or title.index in view.play_alls or _shares(view, title):
        return False
    return any(
        len(a.parts) >= WHOLE_SET and any(abs(p.duration - title.duration) <= EQUAL for p in a.parts)
        for a in structure.play_alls
        if a.exact and all(p.index in view.group for p in a.parts)
    )


def _is_poor(view: View, title: Title, usual: float) -> bool:
    """Tell a title with at most half the streams of the likely episodes, or of a much longer title."""
    own = [t for t in view.structure.own if not is_clip(t)]
    longest = max(own, key=lambda t: t.duration, default=title)
    streams = 2 * len(title.streams)
    if title.duration < POOR * longest.duration and streams <= len(longest.streams):
        return True
    return streams <= usual and title.index not in view.structure.holders and not _shares(view, title)


def _shares(view: View, title: Title) -> bool:
    return any(view.uses.get(s.key, 0) > 1 for s in title.segments)


def _in_the_run(view: View, odds: Odds, title: Title) -> bool:
    """Tell a title that stands among the episodes, numbered next to a likely one and made like it.

    It may have another length (a pilot, a finale, a double or a half one).
    """
    typical = view.structure.group.typical
    apart = title.index in view.structure.versions or title.index in view.play_alls
    if apart or is_clip(title) or not typical or not RUN[0] < title.duration / typical < RUN[1]:
        return False
    make = view.make(title)
    return any(
        abs(t.number - title.number) == 1
        and not is_clip(t)
        and view.make(t) == make
        and (t.index in view.group or odds[t.index] > LIKELY)
        and (title.index not in view.group or odds[t.index] > LIKELY)
        for t in view.titles
    )


def _is_other_cut(view: View, title: Title, other: Title) -> bool:
    """Tell two cuts that branch from common clips, each with clips of its own, from one inside the other."""
    mine, theirs = {s.key for s in title.segments}, {s.key for s in other.segments}
    apart = not (mine <= theirs or theirs <= mine)
    return apart and CUT[0] < title.duration / other.duration < CUT[1] and title.index not in view.play_alls


def features(view: View, odds: Odds) -> Odds:
    """Correct the log-odds of being the film: what the disc's author named the main feature is it."""
    named = [t for t in view.titles if main_feature_name(t) is not None]
    plain = [t for t in named if main_feature_name(t) == ""] or named
    favoured = {t.index for t in plain}
    plainly = _plain_first(view, odds)
    return {index: value + (8.0 if index in favoured else 0.0) for index, value in plainly.items()}


def series(view: View) -> float:
    """Give the log-odds that the author's labels add to those of a disc's holding a series."""
    named = any(main_feature_name(t) == "" for t in view.titles if t.duration >= FILM_LENGTH)
    episodes = sum(bool(_EPISODE.match(t.comment)) for t in view.titles)
    said = SEASON if view.label.season is not None else 0.0
    return said + (-4.0 if named else 0.0) + (2.0 if episodes >= 2 else 0.0)


def main_feature_name(title: Title) -> str | None:
    """Give what follows in the author's label that names a title the main feature; None without one."""
    found = _MAIN_FEATURE.fullmatch(title.comment.strip())
    return found[1] if found and not is_clip(title) else None
