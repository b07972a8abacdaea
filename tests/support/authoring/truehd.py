"""A Blu-ray whose sound is TrueHD with the AC-3 core that such streams carry under the same PID."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from .bdmv import AC3, AUDIO_PID, STEREO_48K
from .bluray import make_bluray
from .model import AuthoredDisc
from .tools import run

TRUEHD = 0x83
#: Bytes of a packet, packets of a unit, and where a CLPI file counts the packets of its clip.
PACKET, UNIT, PACKETS = 192, 32, 56
#: Where a second sound is muxed before it becomes part of the first one.
CORE_PID = AUDIO_PID + 1
#: The extended stream ids of AC-3 alone and of the AC-3 in a TrueHD stream.
ALONE, CORE = 0x71, 0x76


def make_truehd_bluray(target: Path, *, seconds: float = 182) -> AuthoredDisc:
    """Author the folder of a Blu-ray of one title (its `image` is the folder too).

    The sound file of its truth is what the core holds. FFmpeg opens no Blu-ray that is shorter than three
    minutes.
    """
    form = {"episodes": 1, "cues": 1, "spoken": False, "subtitles": False, "extra_seconds": 0}
    plain = make_bluray(target, seconds=seconds, duplicate=False, **form)  # type: ignore[arg-type]
    folder = _truehd_copy(plain.folder, target.with_name(f"{target.stem}.truehd"))
    return replace(plain, image=folder, folder=folder)


def _truehd_copy(bluray: Path, target: Path) -> Path:
    """Copy the folder of a Blu-ray (with BDMV inside) and turn the sound of its clips into TrueHD."""
    shutil.copytree(bluray, target)
    for clip in sorted(target.glob("BDMV/STREAM/*.m2ts")):
        both = clip.with_suffix(".both")
        maps = (
            "-map",
            "0:v",
            "-map",
            "0:a",
            "-map",
            "0:a",
            "-c:v",
            "copy",
            "-c:a:0",
            "truehd",
            "-c:a:1",
            "copy",
        )
        pids = ("-streamid", "0:0x1011", "-streamid", f"1:{AUDIO_PID:#x}", "-streamid", f"2:{CORE_PID:#x}")
        form = ("-strict", -2, "-mpegts_m2ts_mode", 1, "-muxdelay", 0, "-f", "mpegts")
        run("ffmpeg", "-nostdin", "-v", "error", "-y", "-i", clip, *maps, *pids, *form, both)
        stream = _with_core(both.read_bytes())
        stream = stream[: len(stream) // PACKET // UNIT * UNIT * PACKET]
        clip.write_bytes(stream)
        both.unlink()
        for info in target.rglob(f"{clip.stem}.clpi"):
            facts = bytearray(info.read_bytes())
            facts[PACKETS : PACKETS + 4] = (len(stream) // PACKET).to_bytes(4, "big")
            info.write_bytes(facts)
    old, new = bytes((AC3, STEREO_48K)), bytes((TRUEHD, STEREO_48K))
    for pattern in ("*.mpls", "*.clpi"):
        for file in target.rglob(pattern):
            file.write_bytes(file.read_bytes().replace(old + b"eng", new + b"eng"))
    return target


def _with_core(stream: bytes) -> bytes:
    """Give the packets of the core the PID of the TrueHD stream, and number them together."""
    data, counter = bytearray(stream), 0
    for at in range(4, len(data), PACKET):
        pid = int.from_bytes(data[at + 1 : at + 3], "big") & 0x1FFF
        if pid not in (AUDIO_PID, CORE_PID):
            continue
        data[at + 3] = data[at + 3] & 0xF0 | counter
        counter = (counter + 1) % 16
        if pid == CORE_PID:
            begins = bool(data[at + 1] & 0x40)
            data[at + 1 : at + 3] = (data[at + 1] & 0xE0 | AUDIO_PID >> 8, AUDIO_PID & 0xFF)
            if begins:
                payload = at + 4 + (1 + data[at + 4] if data[at + 3] & 0x20 else 0)
                last = payload + 8 + data[payload + 8]
                assert data[last] == ALONE, "FFmpeg's muxer ends the header of AC-3 otherwise"
                data[last] = CORE
    return bytes(data)
