"""Two dialogues, spoken by espeak-ng into files as a rip leaves them; and how much of a text was heard."""

from __future__ import annotations

import re
import shutil
import wave
from pathlib import Path

import pytest

from tests.support.authoring.tools import run

WORDS_A_MINUTE = 160

SHIP = (
    "The captain told us that the ship would leave before the storm arrived.",
    "She said that the money was hidden somewhere in the garden behind the house.",
    "We have to call the police right now, because somebody broke the window last night.",
    "They drove through the desert for three days before they saw the first village.",
    "The teacher gave every child a book about the mountains and the sea.",
)
DOG = (
    "Your little sister wants another birthday cake with strawberries and chocolate.",
    "Please tell the nurse that my father needs his medicine again this afternoon.",
    "This old piano has never been in tune since the elephant fell on it.",
    "Everybody at the office laughed when the dog ran away with his shoes.",
    "In summer the farmer sells apples and fresh bread at the railway station.",
)


def say(lines: tuple[str, ...], target: Path) -> float:
    """Write a Matroska file with a picture in stream 0 and the spoken lines in stream 1; give its seconds."""
    if shutil.which("espeak-ng") is None or shutil.which("ffmpeg") is None:
        pytest.skip("speech needs espeak-ng and ffmpeg")
    sound = target.with_suffix(".wav")
    run("espeak-ng", "-v", "en-us", "-s", WORDS_A_MINUTE, "-w", sound, data="\n\n".join(lines).encode())
    with wave.open(str(sound)) as file:
        seconds = file.getnframes() / file.getframerate()
    picture = ("-f", "lavfi", "-i", f"color=size=64x64:rate=25:duration={seconds}")
    codecs = ("-map", "0:v", "-map", "1:a", "-c:v", "mpeg2video", "-c:a", "ac3", "-b:a", "96k")
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *picture, "-i", sound, *codecs, target)
    return seconds


def shared(heard: str, lines: tuple[str, ...]) -> float:
    """Give the share of the longer words of a text that were heard."""
    there, said = _words(heard), _words(" ".join(lines))
    return len(there & said) / len(said)


def word_error_rate(heard: str, said: str) -> float:
    """Give the edits that turn one text into the other, in parts of the words said."""
    first, second = (re.findall(r"[a-z']+", text.lower()) for text in (said, heard))
    row = list(range(len(second) + 1))
    for number, word in enumerate(first, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(second, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (word != other)),
            )
    return row[-1] / len(first)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))
