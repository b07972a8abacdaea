"""Spoken dialogue: captions with exact times and the AC-3 track that says them."""

from __future__ import annotations

import random
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .model import Cue
from .tools import run

RATE = 22050
WIDTH = 2
LEAST_GAP = 0.06
#: Length of one AC-3 frame at 48 kHz, in seconds.
AC3_FRAME = 1536 / 48000


def time_script(lines: list[str], seconds: float, seed: int) -> list[Cue]:
    """Give every line a time without speaking it: irregular lengths and gaps that fill `seconds`."""
    luck = random.Random(f"length {seed}")
    lengths = [0.15 + 0.045 * len(line) * luck.uniform(0.8, 1.3) for line in lines]
    room = (seconds - 4) * 0.72
    factor = min(1.0, room / sum(lengths)) if lengths else 1.0
    return _lay_out(lines, [length * factor for length in lengths], seconds, seed)


def speak(
    lines: list[str], seconds: float, seed: int, target: Path, *, channels: int = 1, kbps: int = 32
) -> list[Cue]:
    """Say the lines within `seconds`, write them to `target` as AC-3 and return when each is said."""
    words = sum(len(line.split()) for line in lines)
    speed = round(min(420, max(170, words * 60 / ((seconds - 4) * 0.5))))
    with ThreadPoolExecutor(2) as pool:
        sounds = list(pool.map(lambda line: _say(line, speed), lines))
    cues = _lay_out(lines, [len(sound) / RATE / WIDTH for sound in sounds], seconds, seed)
    track = bytearray(int(seconds * RATE) * WIDTH)
    for cue, sound in zip(cues, sounds, strict=True):
        at = int(cue.start * RATE) * WIDTH
        track[at : at + len(sound)] = sound
    sound_file = target.with_suffix(".wav")
    with wave.open(str(sound_file), "wb") as file:
        file.setparams((1, WIDTH, RATE, 0, "NONE", ""))
        file.writeframes(bytes(track))
    _encode(("-i", sound_file), target, channels, kbps)
    sound_file.unlink()
    return cues


def hum(seconds: float, target: Path, *, channels: int = 1, kbps: int = 32, pitch: int = 220) -> None:
    """Write a quiet tone of that length as AC-3: ten seconds are encoded, the frames are repeated."""
    source = f"sine=frequency={pitch}:sample_rate=48000:duration={AC3_FRAME * 300}"
    _encode(("-f", "lavfi", "-i", source, "-af", "volume=0.1"), target, channels, kbps)
    extend(target, seconds, kbps)


def hum_pcm(seconds: float, target: Path) -> None:
    """Write a tone of that length as bare PCM, 16 bits, big-endian, two channels."""
    source = ("-f", "lavfi", "-i", f"sine=frequency=220:sample_rate=48000:duration={seconds}")
    run(
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-y",
        *source,
        "-ac",
        2,
        "-c:a",
        "pcm_s16be",
        "-f",
        "s16be",
        target,
    )


def extend(track: Path, seconds: float, kbps: int) -> None:
    """Make an AC-3 file that long by repeating its last seconds, frame by frame."""
    frame = kbps * 1000 // 8 * 1536 // 48000
    frames = track.read_bytes()
    frames = frames[: len(frames) // frame * frame]
    wanted = int(seconds / AC3_FRAME) * frame
    loop = frames[-50 * frame :]
    while len(frames) < wanted:
        frames += loop * ((wanted - len(frames)) // len(loop) + 1)
    track.write_bytes(frames[:wanted])


def _say(line: str, speed: int) -> bytes:
    sound = run("espeak-ng", "-v", "en-us", "-s", speed, "--stdout", data=line.encode())[44:]
    sound = sound[: len(sound) // WIDTH * WIDTH].rstrip(b"\0")
    return sound + b"\0" * (len(sound) % WIDTH)


def _lay_out(lines: list[str], lengths: list[float], seconds: float, seed: int) -> list[Cue]:
    luck = random.Random(f"gaps {seed}")
    lead = luck.uniform(1.2, 2.4)
    slack = seconds - lead - 1.5 - sum(lengths) - LEAST_GAP * len(lines)
    if slack < 0:
        raise ValueError(f"{len(lines)} captions do not fit in {seconds} s")
    weights = [luck.lognormvariate(0, 0.9) for _ in lines]
    unit = slack / sum(weights) if weights else 0.0
    cues, now = [], lead
    for line, length, weight in zip(lines, lengths, weights, strict=True):
        cues.append(Cue(round(now, 3), round(now + length, 3), line))
        now += length + LEAST_GAP + weight * unit
    return cues


def _encode(source: tuple[object, ...], target: Path, channels: int, kbps: int) -> None:
    options = ("-ar", 48000, "-ac", channels, "-c:a", "ac3", "-b:a", f"{kbps}k")
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *source, *options, "-f", "ac3", target)
