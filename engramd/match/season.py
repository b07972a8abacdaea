"""The references of one show, ready to be compared with: scores of one title against every episode."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from engramd.match.checked import Checked, Usable, index_texts
from engramd.match.labels import Label
from engramd.match.model import Track
from engramd.match.scoring import ACCEPT_C, STRONG_COSINE, STRONG_Z, Scores, Witness, Words, WordsKind
from engramd.match.subtitles import Cue
from engramd.match.text import words
from engramd.match.timing import FACTORS, CueTimes, Timing, compare, segment_path

#: Speeds that what was heard is tried at.
PAL_FACTORS = FACTORS[:3]


@dataclass(frozen=True)
class Query:
    """A title, or one episode's part of a long title: what there is to compare.

    `timed` are tracks to match by time, best first. `lines` is what is said, in order of time: of a whole
    track, of some of its cues, or of what was heard in parts of the title.
    """

    timed: tuple[Track, ...] = ()
    lines: tuple[Cue, ...] = ()
    language: str | None = None
    kind: WordsKind = "whole"
    duration: float = 0.0


class Season:
    """Usable references, by language for their words."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self._timed = [u for u in checked.usable if u.times is not None]
        self._texts = checked.texts or index_texts(checked.usable)
        self._set_aside = {id(one) for one in checked.set_aside}

    def scores(self, query: Query, known: dict[Label, Scores] | None = None) -> dict[Label, Scores]:
        """Score a title against every episode, the best reference of each.

        `known` are its scores by time from before, where only words have come to it.
        """
        result = self.by_time(query.timed) if known is None else dict(known)
        for label, (found, witnesses) in self._by_words(query).items():
            earlier = result.get(label, Scores(reference=found.reference))
            result[label] = replace(earlier, words=found, witnesses=earlier.witnesses | witnesses)
        return result

    def by_time(self, tracks: Sequence[Track]) -> dict[Label, Scores]:
        """Compare by time; a second track is asked only if the first fits nothing."""
        best: dict[Label, Scores] = {}
        for track in tracks if self._timed else ():
            found = self._by_track(track)
            if _top(found) > _top(best):
                best = found
            if _top(best) >= ACCEPT_C:
                break
        return best

    def speaks(self, language: str | None) -> bool:
        """Whether there are references whose words can be compared with those of a language."""
        return any(self._fits(own, language) for own in self._texts)

    @property
    def languages(self) -> list[str]:
        """The languages of the references, the commonest first."""
        known = [(language, len(index)) for language, (index, _) in self._texts.items() if language]
        return [language for language, _ in sorted(known, key=lambda item: -item[1])]

    def _fits(self, own: str | None, language: str | None) -> bool:
        return own == language or own is None or language is None

    def _by_track(self, track: Track) -> dict[Label, Scores]:
        times = CueTimes.of(track.starts, track.ends)
        timings = compare(times, [u.times for u in self._timed if u.times is not None])
        groups: dict[Label, list[tuple[Timing, Usable]]] = defaultdict(list)
        for timing, usable in zip(timings, self._timed, strict=True):
            groups[usable.label].append((timing, usable))
        found = {label: _merged(group, track) for label, group in groups.items()}
        leader = max(found, key=lambda label: _c(found[label]))
        found[leader] = _with_spread(found[leader], times, groups[leader])
        return found

    def _by_words(self, query: Query) -> dict[Label, tuple[Words, frozenset[Witness]]]:
        """Compare by words with the references of the same language; give the best, and all that fit."""
        best: dict[Label, Words] = {}
        fitting: dict[Label, set[Witness]] = defaultdict(set)
        count = sum(len(words(line.text)) for line in query.lines)
        for own, (index, usable) in self._texts.items() if query.lines else ():
            if not self._fits(own, query.language):
                continue
            cosines = index.cosines(line.text for line in query.lines)
            episodes = len({one.label for one in usable})
            anchors = (
                index.anchors(query.lines, PAL_FACTORS) if query.kind == "speech" else [0.0] * len(index)
            )
            for number, one in enumerate(usable):
                if id(one) in self._set_aside:
                    continue
                found = Words(
                    float(cosines[number]),
                    float(anchors[number]),
                    len(query.lines),
                    query.kind,
                    episodes,
                    one.reference.name,
                    count,
                )
                if found.whole and found.cosine >= STRONG_COSINE:
                    fitting[one.label].add(_witness(one))
                if one.label not in best or found.cosine > best[one.label].cosine:
                    best[one.label] = found
        return {label: (found, frozenset(fitting[label])) for label, found in best.items()}


def rate_of(checked: Checked) -> float:
    """Median cues a minute of the references; 0 without any."""
    rates = [len(u.times.starts) * 60 / max(u.times.span, 1.0) for u in checked.usable if u.times is not None]
    return median(rates) if rates else 0.0


def span_of(checked: Checked, label: Label | None = None) -> float:
    """Median seconds to the last cue of the references (of a label); 0 without any."""
    ends = [u.reference.cues[-1].end for u in checked.usable if label is None or u.label == label]
    return median(ends) if ends else 0.0


def _merged(group: list[tuple[Timing, Usable]], track: Track) -> Scores:
    """Take the best of each score over the references of one episode."""
    timing, usable = max(group, key=lambda item: item[0].c)
    merged = replace(
        timing,
        z=max(t.z for t, _ in group),
        seg=max(t.seg for t, _ in group),
        oo=max(t.oo for t, _ in group),
    )
    cues = min(len(track.starts), len(usable.cues))
    witnesses = frozenset(_witness(u) for t, u in group if t.z >= STRONG_Z)
    name = usable.reference.name
    return Scores(merged, cues, track=track.describe(), reference=name, witnesses=witnesses)


def _witness(usable: Usable) -> Witness:
    return Witness(usable.reference.source, usable.reference.content)


def _with_spread(scores: Scores, times: CueTimes, group: list[tuple[Timing, Usable]]) -> Scores:
    timing, usable = max(group, key=lambda item: item[0].c)
    if usable.times is None:
        return scores
    path = segment_path(times, usable.times, timing.factor)
    return replace(scores, spread=path.spread, reach=path.reach)


def _c(scores: Scores) -> float:
    return scores.timing.c if scores.timing else 0.0


def _top(scores: dict[Label, Scores]) -> float:
    return max(map(_c, scores.values()), default=-1.0)
