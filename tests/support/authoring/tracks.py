"""A DVD-Video image whose title has tracks of every kind: languages, commentary, description, forced."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from . import speech, video
from .dvd import work_folder
from .model import AuthoredDisc, AuthoredTitle
from .tools import run


@dataclass(frozen=True)
class Sound:
    """A sound track: language, the disc's word for its content, and the pitch that tells it from others."""

    language: str
    content: str
    pitch: int


@dataclass(frozen=True)
class Words:
    """A subtitle track: language, content, number of events; `forced` are those shown to every viewer."""

    language: str
    content: str
    events: int
    forced: frozenset[int] = frozenset()


SOUNDS = (
    Sound("en", "comments1", 110),
    Sound("en", "normal", 220),
    Sound("fr", "normal", 330),
    Sound("en", "impaired", 440),
)
WORDS = (
    Words("en", "director", 24),
    Words("en", "normal", 28, frozenset((3, 9, 20))),
    Words("en", "normal", 4),
    Words("en", "forced", 3, frozenset(range(3))),
    Words("fr", "normal", 26),
    Words("fr", "normal", 5, frozenset(range(5))),
)


def make_tracks_dvd(
    target: Path,
    *,
    volume_label: str = "MANY_TRACKS",
    seconds: float = 62,
    sounds: tuple[Sound, ...] = SOUNDS,
    subtitles: tuple[Words, ...] = WORDS,
    work: Path | None = None,
) -> AuthoredDisc:
    """Author a disc of one title. Its truth names one sound file for each track, in the disc's order."""
    folder = work_folder(target, work)
    picture = video.Picture("MANY TRACKS", gop=15, rate=Fraction(30000, 1001))
    exact = video.write_mpeg2(picture, seconds, folder / "picture.m2v")
    files = tuple(folder / f"sound{number}.ac3" for number in range(len(sounds)))
    for sound, file in zip(sounds, files, strict=True):
        speech.hum(exact, file, pitch=sound.pitch)
    vob = folder / "title0.vob"
    run("mplex", "-v0", "-f", "8", "-V", "-o", vob, folder / "picture.m2v", *files)
    for number, track in enumerate(subtitles):
        vob = _add_subtitles(vob, number, track, exact)
    _author(folder, vob, sounds, subtitles)
    run("genisoimage", "-quiet", "-dvd-video", "-V", volume_label, "-o", target, folder / "disc")
    vob.unlink()
    truth = AuthoredTitle(
        1,
        "film",
        exact,
        chapters=(0.0, 30.0),
        video=(folder / "picture.m2v",),
        audio=files,
        subtitles=len(subtitles),
    )
    return AuthoredDisc(target, folder / "disc", volume_label, (truth,))


def _add_subtitles(vob: Path, number: int, track: Words, seconds: float) -> Path:
    image, plan = vob.with_name("words.png"), vob.with_name(f"words{number}.xml")
    result = vob.with_name(f"title{number + 1}.vob")
    if not image.exists():
        box = "color=white:s=64x16,format=rgba"
        run("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", box, "-frames:v", 1, image)
    step = (seconds - 4) / track.events
    events = ""
    for event in range(track.events):
        start = 1.5 + event * step
        force = ' force="yes"' if event in track.forced else ""
        times = f'start="{_clock(start)}" end="{_clock(start + step * 0.6)}"'
        events += f'<spu {times} image="{image}" xoffset="300" yoffset="400"{force}/>'
    plan.write_text(f'<subpictures format="NTSC"><stream>{events}</stream></subpictures>', "utf-8")
    run("spumux", "-m", "dvd", "-s", number, plan, stdin=vob, stdout=result)
    vob.unlink()
    return result


def _clock(seconds: float) -> str:
    return f"00:{int(seconds // 60):02}:{seconds % 60:05.2f}"


def _author(folder: Path, vob: Path, sounds: tuple[Sound, ...], subtitles: tuple[Words, ...]) -> None:
    shutil.rmtree(folder / "disc", ignore_errors=True)
    tracks = "".join(f'<audio lang="{sound.language}" content="{sound.content}"/>' for sound in sounds)
    tracks += "".join(
        f'<subpicture lang="{words.language}" content="{words.content}"/>' for words in subtitles
    )
    chain = f'<pgc><vob file="{vob}" chapters="0:00,0:30"/></pgc>'
    titles = f'<titles><video format="ntsc" aspect="4:3"/>{tracks}{chain}</titles>'
    plan = folder / "dvdauthor.xml"
    plan.write_text(
        f'<dvdauthor dest="{folder / "disc"}" jumppad="no"><vmgm/><titleset>{titles}</titleset></dvdauthor>',
        "utf-8",
    )
    run("dvdauthor", "-x", plan)
