"""A Blu-ray whose playlists branch: clips that several of them play, whole or in part, and angles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from . import bdmv, speech
from .bluray import _empty_disc, _entries, _fill_last_unit, _part_of
from .dvd import COLORS, work_folder
from .model import AuthoredDisc, AuthoredTitle
from .tools import run
from .video import Picture, write_h264, write_hevc

RATE = Fraction(24000, 1001)
KBPS = 64
#: Every clip of a language hums at a pitch of its own.
PITCH = {"eng": 220, "fre": 330, "spa": 440}


@dataclass(frozen=True)
class Scene:
    """A clip to be made: its length in seconds, and the languages of its sound."""

    seconds: float
    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True)
class Item:
    """What a playlist plays: a clip, as a whole or from and to (seconds), after a kind of connection.

    5 and 6 are seamless connections, 1 is not. `angles` are clips that may be played in its place.
    """

    clip: int
    part: tuple[float, float] | None = None
    connection: int = 1
    angles: tuple[int, ...] = ()


def make_branching_bluray(
    target: Path,
    scenes: Mapping[int, Scene],
    playlists: Mapping[int, Sequence[Item]],
    *,
    volume_label: str = "THE_LONG_VOYAGE",
    size: tuple[int, int] = (1280, 720),
    uhd: bool = False,
    work: Path | None = None,
) -> AuthoredDisc:
    """Author an unencrypted Blu-ray of these clips and playlists; with `uhd` an Ultra HD one, in HEVC.

    The titles know the streams of their clips, so far as they play them whole; parts are cut at key pictures.
    """
    folder = work_folder(target, work)
    disc = _empty_disc(folder / "disc")
    with ThreadPoolExecutor(2) as pool:
        jobs = {n: pool.submit(_make_clip, disc, folder, n, scene, size, uhd) for n, scene in scenes.items()}
        clips = {number: job.result() for number, job in jobs.items()}
    files = {f"CLIPINF/{number:05}.clpi": bdmv.clip_information(clip) for number, clip in clips.items()}
    titles = []
    for number, items in sorted(playlists.items()):
        played = [_played(clips[item.clip], item) for item in items]
        files[f"PLAYLIST/{number:05}.mpls"] = bdmv.playlist(played)
        titles.append(_truth(number, items, played, folder))
    files["index.bdmv"] = bdmv.index(len(playlists), uhd=uhd)
    files["MovieObject.bdmv"] = bdmv.movie_objects([min(playlists), *sorted(playlists)])
    for name, content in files.items():
        (disc / "BDMV" / name).write_bytes(content)
        (disc / "BDMV/BACKUP" / name).write_bytes(content)
    udf = ("-udf", "-allow-limited-size", "-iso-level", 3)
    run("genisoimage", "-quiet", *udf, "-V", volume_label, "-o", target, disc)
    return AuthoredDisc(target, disc, volume_label, tuple(titles))


def _make_clip(
    disc: Path, folder: Path, number: int, scene: Scene, size: tuple[int, int], uhd: bool
) -> bdmv.Clip:
    picture = folder / f"{number:05}.{'hevc' if uhd else '264'}"
    write = write_hevc if uhd else write_h264
    exact = write(
        Picture(f"SCENE {number}", COLORS[number % len(COLORS)], *size, RATE, 24), scene.seconds, picture
    )
    sounds = [folder / f"{number:05}.{language}.ac3" for language in scene.languages]
    for language, sound in zip(scene.languages, sounds, strict=True):
        speech.hum(exact, sound, channels=2, kbps=KBPS, pitch=PITCH[language] + 11 * number)
    stream = disc / f"BDMV/STREAM/{number:05}.m2ts"
    _mux(picture, sounds, stream)
    entries = _entries(stream)
    start = entries[0][0] // 2
    end = start + int(exact * bdmv.CLOCK)
    codec = bdmv.HEVC if uhd else bdmv.H264
    packets = stream.stat().st_size // 192
    return bdmv.Clip(number, start, end, packets, size[1], False, (0.0,), entries, scene.languages, codec)


def _mux(picture: Path, sounds: list[Path], target: Path) -> None:
    timed = picture.with_suffix(".mkv")
    run("mkvmerge", "-q", "-o", timed, "--default-duration", f"0:{RATE}p", picture)
    sources: list[object] = ["-i", timed]
    maps: list[object] = ["-map", "0:v"]
    pids: list[object] = ["-streamid", f"0:{bdmv.VIDEO_PID}"]
    for place, sound in enumerate(sounds):
        sources += ["-i", sound]
        maps += ["-map", f"{place + 1}:a"]
        pids += ["-streamid", f"{place + 1}:{bdmv.AUDIO_PID + place}"]
    options = ("-c", "copy", *pids, "-mpegts_m2ts_mode", 1, "-mpegts_pmt_start_pid", "0x100", "-muxdelay", 0)
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *sources, *maps, *options, "-f", "mpegts", target)
    timed.unlink()
    _fill_last_unit(target)


def _played(clip: bdmv.Clip, item: Item) -> bdmv.Clip:
    part = clip if item.part is None else _part_of(clip, *item.part)
    return replace(part, connection=item.connection, angles=item.angles)


def _truth(number: int, items: Sequence[Item], played: list[bdmv.Clip], folder: Path) -> AuthoredTitle:
    whole = all(item.part is None for item in items)
    suffix = "hevc" if played[0].codec == bdmv.HEVC else "264"
    return AuthoredTitle(
        number,
        "film",
        sum(clip.end - clip.start for clip in played) / bdmv.CLOCK,
        video=tuple(folder / f"{item.clip:05}.{suffix}" for item in items) if whole else (),
        audio=tuple(folder / f"{item.clip:05}.eng.ac3" for item in items) if whole else (),
    )
