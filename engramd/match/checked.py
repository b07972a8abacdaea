"""References that were looked at: what each is good for, what is wrong, and which labels are in doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from engramd.match.labels import Label
from engramd.match.references import Problem, Reference
from engramd.match.subtitles import Cue
from engramd.match.text import TextIndex
from engramd.match.timing import CueTimes


@dataclass(frozen=True)
class Usable:
    """A reference with what it is good for; `times` None: its clock is too coarse.

    `cues` are its own: what several episodes say (songs, recaps) is left out.
    """

    reference: Reference
    language: str | None
    times: CueTimes | None
    cues: tuple[Cue, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What is said in it, but for what other episodes say too."""
        return tuple(cue.text for cue in self.cues)

    @property
    def label(self) -> Label:
        """The episode it is labelled with."""
        return self.reference.label

    @property
    def name(self) -> str:
        """The file's path below the show."""
        return self.reference.name

    @property
    def origin(self) -> tuple[str, str | None]:
        """Its source and language: files of one origin count their episodes alike."""
        return self.reference.source, self.language


#: The words of references by language, with the references in the order of their index.
Texts = dict[str | None, tuple[TextIndex, list[Usable]]]


@dataclass
class Checked:
    """Usable references, sentences about faults, and why a label must not be believed unasked.

    `details` are the same faults with the files and labels that they concern. `set_aside` are references that
    two others outvote: they are not among the usable ones, though among the `texts`.
    """

    usable: list[Usable] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    conflicts: dict[Label, str] = field(default_factory=dict)
    details: list[Problem] = field(default_factory=list)
    set_aside: list[Usable] = field(default_factory=list)
    texts: Texts = field(default_factory=dict)

    def add(self, problem: Problem, *, conflict: bool = False) -> None:
        """Add a fault; a conflict marks its labels."""
        self.problems.append(problem.sentence)
        self.details.append(replace(problem, conflict=conflict))
        if conflict:
            self.mark(problem)

    def mark(self, problem: Problem) -> None:
        """Mark the labels of a fault as conflicts."""
        for label in problem.labels:
            self.conflicts.setdefault(label, problem.sentence)


def index_texts(usable: Iterable[Usable]) -> Texts:
    """Weigh the words of references, each language by itself."""
    groups: dict[str | None, list[Usable]] = defaultdict(list)
    for one in usable:
        groups[one.language].append(one)
    return {
        language: (TextIndex([one.texts for one in group], [one.cues for one in group]), group)
        for language, group in groups.items()
    }


def independent(usable: Iterable[Usable]) -> int:
    """Count the witnesses among references: those of one source, or that say the same, are one."""
    witnesses: list[set[tuple[str, str]]] = []
    for one in usable:
        keys = {("source", one.reference.source)}
        if one.reference.content:
            keys.add(("content", one.reference.content))
        touching = [known for known in witnesses if known & keys]
        witnesses = [known for known in witnesses if not known & keys]
        witnesses.append(keys.union(*touching))
    return len(witnesses)
