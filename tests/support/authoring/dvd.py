"""DVD-Video images: a disc of a series and a disc of a film."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import quoteattr

from . import captions608, speech, video
from .model import AuthoredDisc, AuthoredTitle, Cue, Episode, write_srt
from .script import write_script
from .tools import FONT, run

COLORS = ("304050", "503040", "405030", "305040", "403050", "504030", "335544", "554433")
#: Episodes of a series differ a little in length.
SPREAD = (0.0, 3.2, -4.1, 5.6, -2.3, 1.4, 4.4, -3.5)
SHOW = "HARBOR STATION"


@dataclass(frozen=True)
class Form:
    """What the titles of a disc are made with."""

    work: Path
    pal: bool = False
    gop: int = 15
    captions: bool = True
    subtitles: bool = True
    spoken: bool = True
    pcm: bool = False
    noise: int = 0

    @property
    def rate(self) -> Fraction:
        """Give the frame rate of the television system."""
        return Fraction(25) if self.pal else Fraction(30000, 1001)

    def picture(self, text: str, color: str) -> video.Picture:
        """Give the picture of a title."""
        return video.Picture(text, color, 352, 288 if self.pal else 240, self.rate, self.gop, self.noise)


@dataclass(frozen=True)
class Part:
    """A title's programme stream, ready for dvdauthor, and its truth."""

    vob: Path
    truth: AuthoredTitle


def make_tv_dvd(
    target: Path,
    *,
    volume_label: str = "HARBOR_STATION_S1_D1",
    episodes: int = 3,
    seconds: float = 125,
    cues: int = 140,
    first_episode: int = 1,
    play_all: bool = True,
    extra_seconds: float = 20,
    captions: bool = True,
    subtitles: bool = True,
    pal: bool = False,
    gop: int = 15,
    spoken: bool = True,
    pcm: bool = False,
    noise: int = 0,
    work: Path | None = None,
) -> AuthoredDisc:
    """Author a disc of a series: a play-all, the episodes that it shares its cells with, and an extra.

    The episodes are one titleset, the extra (left out when `extra_seconds` is 0) is another. With `spoken`
    false the captions have times but the sound is a tone, which is quicker; with `pcm` it is not compressed;
    `noise` makes the video as large as on real discs. `work` (default: a folder beside the image) keeps the
    elementary streams and the folder of the disc.
    """
    form = Form(work_folder(target, work), pal, gop, captions and not pal, subtitles, spoken, pcm, noise)
    stories = [
        Episode(
            f"{SHOW} S01E{number:02}", number, seconds + seconds / 125 * SPREAD[place % len(SPREAD)], cues
        )
        for place, number in enumerate(range(first_episode, first_episode + episodes))
    ]
    parts = _make_parts(stories, form, "episode")
    sets = [_all_together(parts) + parts if play_all and episodes > 1 else parts]
    if extra_seconds:
        plain = replace(form, captions=False, subtitles=False)
        sets.append(_make_parts([Episode("BLOOPERS", 9001, extra_seconds, 8)], plain, "extra"))
    return _author(target, volume_label, sets, form)


def make_film_dvd(
    target: Path,
    *,
    volume_label: str = "THE_LONG_VOYAGE",
    seconds: float = 4500,
    cues: int = 60,
    extras: tuple[float, ...] = (240, 100),
    logo_seconds: float = 8,
    captions: bool = False,
    subtitles: bool = True,
    pal: bool = False,
    gop: int = 60,
    spoken: bool = True,
    work: Path | None = None,
) -> AuthoredDisc:
    """Author a disc of a film: the film, its extras in a titleset of their own, and a logo in a third.

    Only the first minutes are spoken; the rest is a still picture with silence, and its groups of pictures
    are long, to keep the disc small (captions need groups of at most 31 pictures).
    """
    form = Form(work_folder(target, work), pal, gop, captions and not pal, subtitles, spoken)
    plain = replace(form, captions=False, subtitles=False)
    film = _make_parts([Episode("THE LONG VOYAGE", 501, seconds, cues)], form, "film", first_minutes=True)
    more = [
        Episode(name, 510, length, 6) for name, length in zip(("MAKING OF", "TRAILER"), extras, strict=False)
    ]
    sets = [film, _make_parts(more, plain, "extra", first_minutes=True)]
    if logo_seconds:
        sets.append(_make_parts([Episode("LOGO", 520, logo_seconds, 1)], plain, "logo"))
    return _author(target, volume_label, [parts for parts in sets if parts], form)


def work_folder(target: Path, work: Path | None) -> Path:
    """Give the folder for the streams of an image, by default one beside it, and make it."""
    folder = work or target.with_name(f"{target.stem}.work")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _make_parts(stories: list[Episode], form: Form, kind: str, *, first_minutes: bool = False) -> list[Part]:
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(_make_part, story, form, kind, COLORS[place % len(COLORS)], first_minutes)
            for place, story in enumerate(stories)
        ]
        return [job.result() for job in jobs]


def _make_part(story: Episode, form: Form, kind: str, color: str, first_minutes: bool) -> Part:
    stem = form.work / story.name.lower().replace(" ", "_")
    suffixes = (".lpcm" if form.pcm else ".ac3", ".m2v", ".vob")
    sound, picture, vob = (stem.with_suffix(suffix) for suffix in suffixes)
    cues = _make_sound(story, form, sound, first_minutes)
    lines = captions608.encode(cues, form.rate) if form.captions else None
    exact = video.write_mpeg2(form.picture(story.name, color), story.seconds, picture, lines)
    layout = ("-L", "48000:2:16") if form.pcm else ()
    run("mplex", "-v0", "-f", "8", "-V", *layout, "-o", vob, picture, sound)
    if form.subtitles:
        vob = _add_subtitles(vob, cues, form)
    chapters = chapter_starts(exact)
    number = story.seed if kind == "episode" else None
    truth = AuthoredTitle(
        0, kind, exact, number, story.seed, chapters, tuple(cues), (picture,), (sound,), int(form.subtitles)
    )
    return Part(vob, truth)


def _make_sound(story: Episode, form: Form, target: Path, first_minutes: bool) -> list[Cue]:
    told = min(story.seconds, 5.0 * story.cues) if first_minutes else story.seconds
    lines = write_script(story.seed, story.cues)
    if form.pcm:
        speech.hum_pcm(story.seconds, target)
        return speech.time_script(lines, told, story.seed)
    if not form.spoken:
        speech.hum(story.seconds, target)
        return speech.time_script(lines, told, story.seed)
    cues = speech.speak(lines, told, story.seed, target)
    speech.extend(target, story.seconds, 32)
    return cues


def _add_subtitles(vob: Path, cues: list[Cue], form: Form) -> Path:
    system, rate, height = ("PAL", "25", "574") if form.pal else ("NTSC", "29.97", "478")
    srt, plan, result = (vob.with_suffix(suffix) for suffix in (".srt", ".spu.xml", ".sub.vob"))
    write_srt(cues, srt)
    text = (
        f'filename={quoteattr(str(srt))} characterset="UTF-8" fontsize="26.0" font="{FONT}" '
        'horizontal-alignment="center" vertical-alignment="bottom" left-margin="60" right-margin="60" '
        f'top-margin="20" bottom-margin="30" subtitle-fps="{rate}" movie-fps="{rate}" '
        f'movie-width="720" movie-height="{height}"'
    )
    plan.write_text(
        f'<subpictures format="{system}"><stream><textsub {text}/></stream></subpictures>', "utf-8"
    )
    run("spumux", "-m", "dvd", "-s", "0", plan, stdin=vob, stdout=result, pal=form.pal)
    vob.unlink()
    return result


def chapter_starts(seconds: float) -> tuple[float, ...]:
    """Start a chapter about every fifth of a short title and every five minutes of a long one."""
    step = min(300.0, max(20.0, round(seconds / 5)))
    return tuple(place * step for place in range(max(1, int((seconds - step / 2) // step) + 1)))


def _all_together(parts: list[Part]) -> list[Part]:
    """Make the play-all: it has no programme stream of its own, so its `vob` names the first part's."""
    return [Part(parts[0].vob, join_truths([part.truth for part in parts]))]


def join_truths(parts: list[AuthoredTitle]) -> AuthoredTitle:
    """Give the truth of a play-all of these titles, in this order."""
    cues: list[Cue] = []
    chapters: list[float] = []
    start = 0.0
    for part in parts:
        cues += [Cue(cue.start + start, cue.end + start, cue.text) for cue in part.cues]
        chapters += [start + chapter for chapter in part.chapters]
        start += part.seconds
    return AuthoredTitle(
        0,
        "play_all",
        start,
        chapters=tuple(chapters),
        cues=tuple(cues),
        video=tuple(path for part in parts for path in part.video),
        audio=tuple(path for part in parts for path in part.audio),
        subtitles=parts[0].subtitles,
    )


def _author(target: Path, label: str, sets: list[list[Part]], form: Form) -> AuthoredDisc:
    folder = form.work / "disc"
    shutil.rmtree(folder, ignore_errors=True)
    plan = form.work / "dvdauthor.xml"
    titlesets = "".join(_titleset(parts, form) for parts in sets)
    plan.write_text(f'<dvdauthor dest="{folder}" jumppad="no"><vmgm/>{titlesets}</dvdauthor>', "utf-8")
    run("dvdauthor", "-x", plan, pal=form.pal)
    run("genisoimage", "-quiet", "-dvd-video", "-V", label, "-o", target, folder)
    for vob in form.work.glob("*.vob"):
        vob.unlink()
    truths = [part.truth for parts in sets for part in parts]
    titles = tuple(replace(truth, number=number) for number, truth in enumerate(truths, 1))
    return AuthoredDisc(target, folder, label, titles)


def _titleset(parts: list[Part], form: Form) -> str:
    plain = [part for part in parts if part.truth.kind != "play_all"]
    chains = "".join(_chain(plain if part.truth.kind == "play_all" else [part]) for part in parts)
    picture = f'<video format="{"pal" if form.pal else "ntsc"}" aspect="4:3"/>'
    subtitles = '<subpicture lang="en"/>' if plain[0].truth.subtitles else ""
    sound = ' format="pcm"' if form.pcm else ""
    return f'<titleset><titles>{picture}<audio{sound} lang="en"/>{subtitles}{chains}</titles></titleset>'


def _chain(parts: list[Part]) -> str:
    vobs = ""
    for part in parts:
        starts = ",".join(f"{int(start // 60)}:{start % 60:05.2f}" for start in part.truth.chapters)
        vobs += f'<vob file={quoteattr(str(part.vob))} chapters="{starts}"/>'
    return f"<pgc>{vobs}</pgc>"
