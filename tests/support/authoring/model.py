"""What an authored disc contains: the truth that tests compare with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple


class Cue(NamedTuple):
    """A caption: start and end in seconds of the title, and its text."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Episode:
    """What to author: name on screen, seed of the script, length in seconds, number of captions."""

    name: str
    seed: int
    seconds: float
    cues: int


@dataclass(frozen=True)
class AuthoredTitle:
    """One title of an authored disc.

    `number` is the DVD title number or the playlist number. `kind` is play_all, episode, film, extra, logo or
    duplicate. `video` and `audio` are the elementary streams that went into it, for bit-exact comparison;
    a play-all has those of its parts, in order. `chapters` are starts in seconds.
    """

    number: int
    kind: str
    seconds: float
    episode: int | None = None
    seed: int = 0
    chapters: tuple[float, ...] = (0.0,)
    cues: tuple[Cue, ...] = ()
    video: tuple[Path, ...] = ()
    audio: tuple[Path, ...] = ()
    subtitles: int = 0


@dataclass(frozen=True)
class AuthoredDisc:
    """An image, the folder it was made from (VIDEO_TS or BDMV inside), its label and its titles."""

    image: Path
    folder: Path
    label: str
    titles: tuple[AuthoredTitle, ...]

    @property
    def episodes(self) -> tuple[AuthoredTitle, ...]:
        """Give the titles that are episodes, in the order of the disc."""
        return tuple(title for title in self.titles if title.kind == "episode")

    def title(self, number: int) -> AuthoredTitle:
        """Give the title with this number; KeyError when there is none."""
        return {title.number: title for title in self.titles}[number]

    def save(self, path: Path) -> None:
        """Write the truth as JSON."""
        path.write_text(json.dumps(asdict(self), default=str), "utf-8")

    @classmethod
    def load(cls, path: Path) -> AuthoredDisc:
        """Read what `save` wrote."""
        data = json.loads(path.read_text("utf-8"))
        titles = tuple(_title(entry) for entry in data["titles"])
        return cls(Path(data["image"]), Path(data["folder"]), data["label"], titles)


def _title(entry: dict[str, Any]) -> AuthoredTitle:
    plain = {key: entry[key] for key in ("number", "kind", "seconds", "episode", "seed", "subtitles")}
    return AuthoredTitle(
        **plain,
        chapters=tuple(entry["chapters"]),
        cues=tuple(Cue(*cue) for cue in entry["cues"]),
        video=tuple(map(Path, entry["video"])),
        audio=tuple(map(Path, entry["audio"])),
    )


def write_srt(cues: tuple[Cue, ...] | list[Cue], path: Path) -> None:
    """Write captions as SubRip."""
    blocks = [
        f"{number}\n{srt_time(cue.start)} --> {srt_time(cue.end)}\n{cue.text}\n"
        for number, cue in enumerate(cues, 1)
    ]
    path.write_text("\n".join(blocks), "utf-8")


def srt_time(seconds: float) -> str:
    """Format seconds as SubRip does: 00:01:02,345."""
    total = round(seconds * 1000)
    return f"{total // 3600000:02}:{total // 60000 % 60:02}:{total // 1000 % 60:02},{total % 1000:03}"
