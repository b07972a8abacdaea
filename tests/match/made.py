"""Shows made by code: dialogue with times, and what discs and other people's subtitles make of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engramd.match.model import Evidence, MatchRequest, TitleToMatch, Track
from engramd.match.subtitles import Cue


def _words(text: str) -> list[str]:
    return text.split()


SMALL = _words(
    """the and you that what have with this for not are your just was know like get all but here there can out
    up about want right think going come see they him her back good yeah okay well now then how who why where
    time take look need make tell let us she he it is in on of to a i me my we do no so if at be or as by from
    had has been were would could should will did does done more some any one two when over into down off"""
)
SYLLABLES = _words(
    "ka ro mi ten bel dor fin gar hal jin lo mar nev ost pel quo ras sil tor ur ven wex yal zim"
)
FOREIGN = _words("je ne sais pas que vous est les dans une pour avec mais nous il elle son tout bien être")


@dataclass(frozen=True)
class Spoken:
    """One episode as it was broadcast."""

    cues: tuple[Cue, ...]
    seconds: float


class Show:
    """A show with its own vocabulary; `episode(n)` is always the same."""

    def __init__(
        self,
        seed: int,
        *,
        seconds: float = 1320.0,
        cues: int = 340,
        songs: bool = False,
        regular: bool = False,
    ) -> None:
        self._seed, self.seconds, self.cues = seed, seconds, cues
        self._songs, self._regular = songs, regular
        luck = random.Random(f"show {seed}")
        self._rare = ["".join(luck.choices(SYLLABLES, k=luck.randint(2, 4))) for _ in range(2500)]
        self._told: dict[int, Spoken] = {}

    def episode(self, number: int) -> Spoken:
        """Give an episode: gaps between cues are uneven, as in speech."""
        if number not in self._told:
            self._told[number] = self._tell(number)
        return self._told[number]

    def _tell(self, number: int) -> Spoken:
        luck = random.Random(f"{self._seed} {number}")
        topic = luck.sample(self._rare, 160)
        gaps = [1.0 if self._regular else luck.gammavariate(1.2, 1.0) + 0.25 for _ in range(self.cues)]
        scale = (self.seconds - 12) / sum(gaps)
        at, cues = 4.0, []
        for gap in gaps:
            room = gap * scale
            length = min(room * 0.95, luck.uniform(0.5, 1.2) * self.seconds / self.cues)
            cues.append(Cue(at, at + length, self._line(luck, topic)))
            at += room
        return Spoken(tuple(self._with_songs(cues)) if self._songs else tuple(cues), self.seconds)

    def _with_songs(self, cues: list[Cue]) -> list[Cue]:
        """Put the same song at the beginning and the same one at the end, seven per cent of the time each."""
        luck = random.Random(f"song {self._seed}")
        length = 0.07 * self.seconds
        song = []
        for begin in (4.0, self.seconds - length - 4):
            starts = sorted(begin + luck.uniform(0, length) for _ in range(round(0.07 * self.cues)))
            song += [Cue(at, at + 2, self._line(luck, self._rare[:40])) for at in starts]
        middle = [c for c in cues if length + 4 < c.start < self.seconds - length - 4]
        return sorted([*song, *middle], key=lambda c: c.start)

    def _line(self, luck: random.Random, topic: Sequence[str]) -> str:
        words = []
        for _ in range(luck.randint(4, 11)):
            kind = luck.random()
            if kind < 0.72:
                words.append(SMALL[min(len(SMALL) - 1, int(luck.expovariate(0.06)))])
            elif kind < 0.86:
                words.append(luck.choice(topic))
            else:
                words.append(self._rare[min(2499, int(luck.expovariate(0.005)))])
        return " ".join(words)


def retold(
    cues: Sequence[Cue],
    seed: int,
    *,
    shift: float = 2.0,
    factor: float = 1.0,
    jitter: float = 0.1,
    dropped: float = 0.08,
    reworded: float = 0.25,
) -> list[Cue]:
    """Give the same dialogue as another source has it: other times, splits and words, some cues missing."""
    luck = random.Random(f"retold {seed}")
    result: list[Cue] = []
    for cue in cues:
        fate = luck.random()
        start = max(0.0, cue.start * factor + shift + luck.gauss(0, jitter))
        end = max(start + 0.2, cue.end * factor + shift + luck.gauss(0, jitter))
        words = [w if luck.random() > reworded else luck.choice(SMALL) for w in cue.text.split()]
        if fate < dropped:
            continue
        if fate < dropped + 0.06 and len(words) > 3:
            middle = (start + end) / 2
            result += [Cue(start, middle, " ".join(words[:3])), Cue(middle, end, " ".join(words[3:]))]
        else:
            result.append(Cue(start, end, " ".join(words)))
    return sorted(result, key=lambda c: c.start)


def translated(cues: Sequence[Cue], seed: int) -> list[Cue]:
    """Give the same times with the words of another language."""
    luck = random.Random(f"translated {seed}")
    return [
        replace(c, text=" ".join(_foreign(word, luck) for word in c.text.split()))
        for c in retold(cues, seed, jitter=0.15)
    ]


def _foreign(word: str, luck: random.Random) -> str:
    return luck.choice(FOREIGN) if word in SMALL else f"{word}ique"


def srt(cues: Sequence[Cue]) -> str:
    """Write SubRip."""
    return "\n".join(f"{n}\n{stamp(c.start)} --> {stamp(c.end)}\n{c.text}\n" for n, c in enumerate(cues, 1))


def stamp(seconds: float, mark: str = ",") -> str:
    """Format a time as SubRip does."""
    total = round(seconds * 1000)
    return f"{total // 3600000:02}:{total // 60000 % 60:02}:{total // 1000 % 60:02}{mark}{total % 1000:03}"


def write_reference(folder: Path, name: str, cues: Sequence[Cue]) -> Path:
    """Write one reference file; `name` may have folders."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(srt(cues), "utf-8")
    return path


def track(cues: Sequence[Cue], *, kind: str = "caption", text: bool = True, **flags: object) -> Track:
    """Make a track of a title."""
    values: dict[str, object] = {"codec": "eia_608" if kind == "caption" else "vobsub", "language": "eng"}
    values |= flags
    return Track(
        kind=kind,  # type: ignore[arg-type]
        starts=tuple(c.start for c in cues),
        ends=tuple(c.end for c in cues),
        texts=tuple(c.text for c in cues) if text else (),
        **values,  # type: ignore[arg-type]
    )


def write_evidence(folder: Path, index: int, seconds: float, *tracks: Track) -> TitleToMatch:
    """Write the evidence of a title and give what asks for it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"evidence-{index}.json"
    path.write_text(Evidence(source=f"{index}.mkv", duration=seconds, tracks=tracks).model_dump_json())
    return TitleToMatch(title_index=index, evidence=path, order=index)


def request(references: Path, titles: Sequence[TitleToMatch], **more: object) -> MatchRequest:
    """Ask about a disc of the show `Show`."""
    return MatchRequest(references=references, show="Show", titles=tuple(titles), **more)  # type: ignore[arg-type]
