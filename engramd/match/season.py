"""The references of one show, ready to be compared with: scores of one title against every episode."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from engramd.match.hygiene import Checked, Usable, find_conflicts
from engramd.match.labels import Label
from engramd.match.model import Track
from engramd.match.scoring import ACCEPT_C, STRONG_Z, Scores
from engramd.match.text import TextIndex, grams
from engramd.match.timing import CueTimes, Timing, compare, segment_path


@dataclass(frozen=True)
class Query:
    """A title, or one episode's part of a long title: what there is to compare.

    `timed` are tracks to match by time, best first; `words` the texts of the best track with text.
    """

    timed: tuple[Track, ...]
    words: tuple[str, ...] = ()
    language: str | None = None


class Season:
    """Usable references, weighed together with the titles of the disc."""

    def __init__(self, checked: Checked, queries: Sequence[Query]) -> None:
        self.checked = checked
        self._timed = [u for u in checked.usable if u.times is not None]
        documents = [grams(u.texts) for u in checked.usable] + [grams(q.words) for q in queries]
        self._queries = list(queries)
        self.documents = sum(1 for d in documents if d)
        self._index = TextIndex(documents)
        references = range(len(checked.usable))
        find_conflicts(checked, self._index.cosines(references, references), self.documents)

    def scores(self, number: int) -> dict[Label, Scores]:
        """Score the title `number` (place in the queries) against every episode; best reference of each."""
        query = self._queries[number]
        result = self._timings(query)
        for label, (cosine, name) in self._cosines(number).items():
            known = result.get(label, Scores(reference=name))
            result[label] = replace(known, cosine=cosine)
        return result

    def _timings(self, query: Query) -> dict[Label, Scores]:
        """Compare by time; a second track is asked only if the first fits nothing."""
        best: dict[Label, Scores] = {}
        for track in query.timed if self._timed else ():
            found = self._by_track(track)
            if _top(found) > _top(best):
                best = found
            if _top(best) >= ACCEPT_C:
                break
        return best

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

    def _cosines(self, number: int) -> dict[Label, tuple[float, str]]:
        """Compare by words with the references of the same language."""
        query = self._queries[number]
        if not query.words:
            return {}
        count = len(self.checked.usable)
        row = self._index.cosines([count + number], range(count))[0]
        best: dict[Label, tuple[float, str]] = {}
        for usable, cosine in zip(self.checked.usable, row, strict=True):
            alike = usable.language == query.language or None in (usable.language, query.language)
            if alike and cosine > best.get(usable.label, (-1.0, ""))[0]:
                best[usable.label] = (float(cosine), usable.reference.name)
        return best


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
    cues = min(len(track.starts), len(usable.texts))
    agreeing = len({u.texts for t, u in group if t.z >= STRONG_Z})  # a copy of a file is no second witness
    return Scores(merged, cues, track=track.describe(), reference=usable.reference.name, agreeing=agreeing)


def _with_spread(scores: Scores, times: CueTimes, group: list[tuple[Timing, Usable]]) -> Scores:
    timing, usable = max(group, key=lambda item: item[0].c)
    if usable.times is None:
        return scores
    return replace(scores, spread=segment_path(times, usable.times, timing.factor).spread)


def _c(scores: Scores) -> float:
    return scores.timing.c if scores.timing else 0.0


def _top(scores: dict[Label, Scores]) -> float:
    return max(map(_c, scores.values()), default=-1.0)
