"""Blu-ray images: H.264, AC-3 and PGS in clips; playlists of episodes, play-all, an extra, a duplicate."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from . import bdmv, speech, video
from .dvd import COLORS, SHOW, SPREAD, chapter_starts, join_truths, work_folder
from .model import AuthoredDisc, AuthoredTitle, Episode
from .pgs import write_sup
from .script import write_script
from .tools import run

FOLDERS = ("PLAYLIST", "CLIPINF", "STREAM", "AUXDATA", "BACKUP/PLAYLIST", "BACKUP/CLIPINF", "META/DL")
RATE = Fraction(24000, 1001)
KBPS = 64
PLAY_ALL, EXTRA, DUPLICATE, CUT = 100, 200, 201, 300
#: Packets of 192 bytes in an aligned unit; readers take whole units only.
UNIT = 32


@dataclass(frozen=True)
class Made:
    """A clip and its truth."""

    clip: bdmv.Clip
    truth: AuthoredTitle


def make_bluray(
    target: Path,
    *,
    volume_label: str = "HARBOR_STATION_S1_BD1",
    disc_name: str = "Harbor Station: Season 1, Disc 1",
    episodes: int = 3,
    seconds: float = 125,
    cues: int = 140,
    first_episode: int = 1,
    play_all: bool = True,
    extra_seconds: float = 20,
    duplicate: bool = True,
    cut: tuple[tuple[int, float, float], ...] = (),
    subtitles: bool = True,
    spoken: bool = True,
    size: tuple[int, int] = (1280, 720),
    work: Path | None = None,
) -> AuthoredDisc:
    """Author an unencrypted Blu-ray of a series.

    Playlists 1 to N play an episode each, 100 plays them all (N clips), 200 is an extra, and 201 is an exact
    duplicate of 1. With `cut` (place of the episode from 1, from and to in seconds) playlist 300 plays parts
    of clips, cut at key pictures. `size` must be of a height that Blu-ray knows (480, 576, 720, 1080).
    """
    folder = work_folder(target, work)
    disc = _empty_disc(folder / "disc")
    stories = [
        Episode(
            f"{SHOW} S01E{number:02}", number, seconds + seconds / 125 * SPREAD[place % len(SPREAD)], cues
        )
        for place, number in enumerate(range(first_episode, first_episode + episodes))
    ]
    jobs = [
        (place, story, "episode", COLORS[place % len(COLORS)], subtitles)
        for place, story in enumerate(stories, 1)
    ]
    if extra_seconds:
        jobs.append((EXTRA, Episode("BLOOPERS", 9001, extra_seconds, 8), "extra", "222222", False))
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda job: _make_clip(disc, folder, size, spoken, *job), jobs))
    titles = _write_playlists(disc, made, play_all, duplicate, cut)
    (disc / "BDMV/META/DL/bdmt_eng.xml").write_text(bdmv.disc_name(disc_name), "utf-8")
    udf = ("-udf", "-allow-limited-size", "-iso-level", 3)
    run("genisoimage", "-quiet", *udf, "-V", volume_label, "-o", target, disc)
    return AuthoredDisc(target, disc, volume_label, titles)


def _empty_disc(disc: Path) -> Path:
    shutil.rmtree(disc, ignore_errors=True)
    for name in FOLDERS:
        (disc / "BDMV" / name).mkdir(parents=True)
    (disc / "CERTIFICATE").mkdir()
    return disc


def _make_clip(
    disc: Path,
    folder: Path,
    size: tuple[int, int],
    spoken: bool,
    number: int,
    story: Episode,
    kind: str,
    color: str,
    subtitles: bool,
) -> Made:
    stem = folder / f"{number:05}"
    picture, sound, sup = (stem.with_suffix(suffix) for suffix in (".264", ".ac3", ".sup"))
    exact = video.write_h264(video.Picture(story.name, color, *size, RATE, 24), story.seconds, picture)
    lines = write_script(story.seed, story.cues)
    if spoken:
        cues = speech.speak(lines, exact, story.seed, sound, channels=2, kbps=KBPS)
    else:
        cues = speech.time_script(lines, exact, story.seed)
        speech.hum(exact, sound, channels=2, kbps=KBPS)
    if subtitles:
        write_sup(cues, size, sup)
    stream = disc / f"BDMV/STREAM/{number:05}.m2ts"
    _mux(picture, sound, sup if subtitles else None, stream)
    entries = _entries(stream)
    start = entries[0][0] // 2
    end = start + int(exact * bdmv.CLOCK)
    chapters = chapter_starts(exact)
    clip = bdmv.Clip(number, start, end, stream.stat().st_size // 192, size[1], subtitles, chapters, entries)
    episode = story.seed if kind == "episode" else None
    truth = AuthoredTitle(
        number, kind, exact, episode, story.seed, chapters, tuple(cues), (picture,), (sound,), int(subtitles)
    )
    return Made(clip, truth)


def _mux(picture: Path, sound: Path, sup: Path | None, target: Path) -> None:
    """Mux a clip; mkvmerge gives the bare H.264 its time stamps."""
    timed = picture.with_suffix(".mkv")
    run("mkvmerge", "-q", "-o", timed, "--default-duration", f"0:{RATE}p", picture)
    sources: list[object] = ["-i", timed, "-i", sound]
    maps: list[object] = ["-map", "0:v", "-map", "1:a"]
    pids: list[object] = ["-streamid", f"0:{bdmv.VIDEO_PID}", "-streamid", f"1:{bdmv.AUDIO_PID}"]
    if sup is not None:
        sources += ["-i", sup]
        maps += ["-map", "2:s"]
        pids += ["-streamid", f"2:{bdmv.SUBTITLE_PID}"]
    options = ("-c", "copy", *pids, "-mpegts_m2ts_mode", 1, "-mpegts_pmt_start_pid", "0x100", "-muxdelay", 0)
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *sources, *maps, *options, "-f", "mpegts", target)
    timed.unlink()
    _fill_last_unit(target)


def _fill_last_unit(stream: Path) -> None:
    missing = -(stream.stat().st_size // 192) % UNIT
    with stream.open("ab") as file:
        file.write((b"\0\0\0\0" + b"\x47\x1f\xff\x10" + b"\xff" * 184) * missing)


def _entries(stream: Path) -> tuple[tuple[int, int], ...]:
    """Find the key pictures of a clip: presentation time (90 kHz) and number of the packet."""
    show = ("-select_streams", "v:0", "-show_entries", "packet=pts,pos,flags", "-of", "csv=p=0")
    rows = run("ffprobe", "-v", "error", *show, stream).decode().split()
    fields = [row.split(",") for row in rows]
    return tuple((int(row[0]), int(row[1]) // 192) for row in fields if row[2].startswith("K"))


def _write_playlists(
    disc: Path, made: list[Made], play_all: bool, duplicate: bool, cut: tuple[tuple[int, float, float], ...]
) -> tuple[AuthoredTitle, ...]:
    episodes = [one for one in made if one.truth.kind == "episode"]
    lists = {one.clip.number: ([one.clip], one.truth) for one in made}
    if play_all and len(episodes) > 1:
        whole = join_truths([one.truth for one in episodes])
        lists[PLAY_ALL] = ([one.clip for one in episodes], replace(whole, number=PLAY_ALL))
    if duplicate:
        first = episodes[0]
        lists[DUPLICATE] = ([first.clip], replace(first.truth, number=DUPLICATE, kind="duplicate"))
    if cut:
        parts = [_part_of(episodes[place - 1].clip, begin, end) for place, begin, end in cut]
        length = sum(part.end - part.start for part in parts) / bdmv.CLOCK
        lists[CUT] = (parts, AuthoredTitle(CUT, "cut", length, chapters=(0.0,)))
    numbers = sorted(lists)
    files = {f"PLAYLIST/{number:05}.mpls": bdmv.playlist(lists[number][0]) for number in numbers}
    files |= {f"CLIPINF/{one.clip.number:05}.clpi": bdmv.clip_information(one.clip) for one in made}
    menu = PLAY_ALL if PLAY_ALL in lists else numbers[0]
    files["index.bdmv"] = bdmv.index(len(numbers))
    files["MovieObject.bdmv"] = bdmv.movie_objects([menu, *numbers])
    for name, content in files.items():
        (disc / "BDMV" / name).write_bytes(content)
        (disc / "BDMV/BACKUP" / name).write_bytes(content)
    return tuple(lists[number][1] for number in numbers)


def _part_of(clip: bdmv.Clip, begin: float, end: float) -> bdmv.Clip:
    """Cut a clip at the key pictures nearest to these times."""
    times = [time // 2 for time, _ in clip.entries]
    cuts = [min(times, key=lambda time: abs(time - clip.start - at * bdmv.CLOCK)) for at in (begin, end)]
    return replace(clip, start=cuts[0], end=cuts[1], chapters=())
