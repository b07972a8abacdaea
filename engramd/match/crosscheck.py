"""Compares references with one another before any disc: whose labels contradict each other, who is right.

References that are one episode make a group. A group with two labels, or a label with two groups, is a
contradiction; where two independent sources stand against one, that one is set aside, else the labels are
conflicts, which nothing is filed by without a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from engramd.match.checked import Checked, Texts, Usable, independent, index_texts
from engramd.match.fitting import CROSSED_Z, SWAPPED_RATIO, Fitting
from engramd.match.labels import Label
from engramd.match.references import Problem
from engramd.match.sequences import displacements

#: Files of one label that are compared with one another; the rest is compared with the first of them.
MOST_MATES = 4
#: Two origins that differ in so many episodes and agree in fewer are different versions or shows.
UNLIKE = 4
#: Searches that may fail between two origins before no more are made.
MOST_FAILURES = 6
#: Contradictions that are told one by one; what a mad collection has beyond only marks its labels.
MOST_TOLD = 100

Pair = tuple[int, int]


def cross_check(checked: Checked) -> None:
    """Find the contradictions between the usable references; set aside who is outvoted, mark the rest."""
    if len(checked.usable) < 2:
        return
    checked.texts = index_texts(checked.usable)
    found = _Findings(checked.usable, checked.texts)
    verdict = _Verdict(checked.usable, found)
    for problem in found.remarks:
        checked.add(problem)
    for problem in verdict.outvotings:
        checked.add(problem)
    contradictions = [*verdict.contradictions, *map(verdict.explain, verdict.unexplained)]
    for problem in contradictions[:MOST_TOLD]:
        checked.add(problem, conflict=True)
    for problem in contradictions[MOST_TOLD:]:
        checked.mark(problem)
    checked.set_aside = [one for n, one in enumerate(checked.usable) if n in verdict.outvoted]
    checked.usable = [one for n, one in enumerate(checked.usable) if n not in verdict.outvoted]


class _Findings:
    """Which references are one episode, which differ under one label, and what is odd besides."""

    def __init__(self, usable: Sequence[Usable], texts: Texts) -> None:
        self._usable = usable
        self._fitting = Fitting(usable, texts)
        self.same: list[Pair] = []
        self.different: list[Pair] = []
        self.crossed: list[Pair] = self._fitting.crossed_words()
        self.remarks: list[Problem] = []
        self._doubtful: list[Pair] = []
        open_pairs = self._compare_mates()
        self._search_elsewhere(open_pairs)
        self._settle_doubts()

    def _compare_mates(self) -> list[Pair]:
        """Compare the references of each label; gives the pairs that do not agree."""
        mates: dict[Label, list[int]] = defaultdict(list)
        for number, one in enumerate(self._usable):
            mates[one.label].append(number)
        return [pair for group in mates.values() for pair in self._compare(group)]

    def _compare(self, group: Sequence[int]) -> list[Pair]:
        kin = _Groups(len(self._usable))
        for i, j in combinations(group, 2):
            if self._fitting.by_words(i, j) == "same":
                kin.join(i, j)
                self.same.append((i, j))
        heads = sorted({kin.head(i): i for i in reversed(group)}.values())
        at_odds = []
        for i, j in combinations(heads, 2):
            if i in heads[MOST_MATES:]:
                break
            verdict = self._fitting.judge(i, j)
            if verdict in ("same", "wording"):
                self.same.append((i, j))
            if verdict == "wording":
                self.remarks.append(_wording(self._usable[i], self._usable[j]))
            elif verdict == "different":
                self.different.append((i, j))
            elif verdict == "doubtful":
                self._doubtful.append((i, j))
            if verdict not in ("same", "wording"):
                at_odds.append((i, j))
        return at_odds

    def _search_elsewhere(self, pairs: Iterable[Pair]) -> None:
        """Where two do not agree, look for what each fits among the other labels of the other's origin."""
        known = {frozenset(pair) for pair in self.crossed}
        failures: Counter[object] = Counter()
        for pair in pairs:
            for i, j in (pair, pair[::-1]):
                origins = frozenset({self._usable[i].origin, self._usable[j].origin})
                if failures[origins] >= MOST_FAILURES:
                    continue
                match = self._fitting.search(i, self._elsewhere(i, j))
                if match is None or match[1] < max(CROSSED_Z, SWAPPED_RATIO * self._fitting.peaks(i, [j])[0]):
                    failures[origins] += 1
                elif frozenset({i, match[0]}) not in known:
                    known.add(frozenset({i, match[0]}))
                    self.crossed.append((i, match[0]))

    def _elsewhere(self, i: int, j: int) -> list[int]:
        own, other = self._usable[i], self._usable[j]
        return [
            k
            for k, one in enumerate(self._usable)
            if one.origin == other.origin
            and one.label.season == own.label.season
            and not one.label.overlaps(own.label)
        ]

    def _settle_doubts(self) -> None:
        """Take pairs whose times do not fit for different, but not where two origins fit hardly anywhere."""
        doubts: dict[frozenset[object], list[Pair]] = defaultdict(list)
        for pair in self._doubtful:
            doubts[self._origins(pair)].append(pair)
        agreeing = Counter(self._origins(pair) for pair in self.same)
        explained = {number for pair in self.crossed for number in pair}
        for origins, pairs in doubts.items():
            plain = [pair for pair in pairs if not explained & set(pair)]
            if len(plain) >= UNLIKE and len(plain) > agreeing[origins] and len(plain) == len(pairs):
                self.remarks.append(_unlike(self._usable, plain))
            else:
                self.different += pairs

    def _origins(self, pair: Pair) -> frozenset[object]:
        return frozenset({self._usable[pair[0]].origin, self._usable[pair[1]].origin})


class _Groups:
    """Sets of numbers that grow together."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def head(self, number: int) -> int:
        while self._above[number] != number:
            number = self._above[number]
        return number

    def join(self, first: int, second: int) -> None:
        self._above[self.head(first)] = self.head(second)


class _Verdict:
    """Who is outvoted and which labels stay in doubt, with the sentences that say so."""

    def __init__(self, usable: Sequence[Usable], found: _Findings) -> None:
        self._usable = usable
        self._found = found
        self.outvoted: set[int] = set()
        self.outvotings: list[Problem] = []
        self._doubted: set[Label] = set()
        self._groups = _Groups(len(usable))
        for pair in (*found.same, *found.crossed):
            self._groups.join(*pair)
        self._judge_groups()
        self._judge_labels()
        settled = [pair for pair in found.crossed if self.outvoted & set(pair)]
        self.outvotings += [p for p in displacements(usable, settled) if p.kind in ("swapped", "shifted")]
        self.contradictions = displacements(usable, [p for p in found.crossed if p not in settled])
        told = {label for problem in self.contradictions for label in problem.labels}
        self.unexplained = sorted(self._doubted - told)

    def _judge_groups(self) -> None:
        """Decide where one episode has several labels."""
        members: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self._usable)):
            members[self._groups.head(number)].append(number)
        for group in members.values():
            by_label: dict[object, list[int]] = defaultdict(list)
            for number in group:
                by_label[self._usable[number].label].append(number)
            if len(by_label) > 1 and not self._outvote(by_label, group):
                self._doubted |= {self._usable[number].label for number in group}

    def _judge_labels(self) -> None:
        """Decide where one label stands for several episodes."""
        for i, j in self._found.different:
            if {i, j} & self.outvoted:
                continue
            label = self._usable[i].label
            own = [n for n, one in enumerate(self._usable) if one.label == label and n not in self.outvoted]
            by_group: dict[object, list[int]] = defaultdict(list)
            for number in own:
                by_group[self._groups.head(number)].append(number)
            if len(by_group) > 1 and not self._outvote(by_group, own):
                self._doubted.add(label)

    def _outvote(self, sides: dict[object, list[int]], everyone: Sequence[int]) -> bool:
        """Set aside what stands alone against two independent witnesses; gives whether that decides it."""
        votes = {side: independent(self._usable[n] for n in own) for side, own in sides.items()}
        (first, most), (_, next_most) = sorted(votes.items(), key=lambda item: -item[1])[:2]
        if most < 2 or next_most >= most:
            return False
        losers = [number for number in everyone if number not in sides[first]]
        self.outvoted |= set(losers)
        winners = [self._usable[n] for n in sides[first]]
        self.outvotings += [_outvoted(self._usable[n], winners) for n in losers]
        return True

    def explain(self, label: Label) -> Problem:
        """Say why a label is in doubt, where no displacement says it."""
        for i, j in self._found.different:
            if self._usable[i].label == label:
                return _different(self._usable[i], self._usable[j])
        names = tuple(one.name for one in self._usable if one.label == label)
        sentence = f"{' and '.join(names[:3])} cannot be told from references with other labels"
        return Problem("duplicate", sentence, names, (label,))


def _different(first: Usable, second: Usable) -> Problem:
    spoken = "dialogue" if first.language == second.language else "times"
    sentence = (
        f"{first.name} and {second.name} have the same label but different {spoken}; one of them is wrong"
    )
    return Problem("different", sentence, (first.name, second.name), (first.label,))


def _wording(first: Usable, second: Usable) -> Problem:
    names = f"{first.name} and {second.name}"
    sentence = f"{names} have the same times but other words (another translation, or a parody)"
    return Problem("wording", sentence, (first.name, second.name), (first.label,))


def _outvoted(loser: Usable, winners: Sequence[Usable]) -> Problem:
    names = " and ".join(one.name for one in winners[:2])
    label = winners[0].label
    what = (
        f"holds what is {label} in {names}" if label != loser.label else f"holds something else than {names}"
    )
    sentence = f"{loser.name} {what}; two against one, so it is set aside"
    return Problem("outvoted", sentence, (loser.name, *(one.name for one in winners[:2])), (loser.label,))


def _unlike(usable: Sequence[Usable], pairs: Sequence[Pair]) -> Problem:
    first, second = (usable[number] for number in pairs[0])
    sentence = (
        f"the times of {first.name} and {second.name} and of {len(pairs) - 1} more such pairs do not fit each"
        " other; one source may be of another version, or of another show"
    )
    files = tuple(usable[number].name for pair in pairs for number in pair)
    return Problem("unlike", sentence, files, tuple(usable[i].label for i, _ in pairs))
