"""What FFmpeg's lines mean. The logs are recorded from FFmpeg 9.0.2."""

from __future__ import annotations

import pytest

from engramd.errors import EngramError, NoMedium, NoSpace, NotFound, ProtectedDisc, RipFailed
from engramd.rip.messages import (
    cracked_title_sets,
    has_odd_times,
    has_read_errors,
    meaning_of,
    missing_stream,
)
from engramd.rip.model import TitleDamaged

FULL = """[out#0/matroska @ 0x55d0] Error writing trailer: No space left on device
[in#0/dvdvideo @ 0x55d1] Error during demuxing: Input/output error"""
TRUNCATED = """[in#0 @ 0x55d4] libdvdnav: Error cracking CSS key for /VIDEO_TS/VTS_02_1.VOB (0x0000118d)
[in#0 @ 0x55d4] dvdnav error (title=4 pgc=4 pg=1 cell=1): Error reading NAV packet.
[in#0 @ 0x55d4] Unable to read next block of PGC
[in#0/dvdvideo @ 0x55d4] Error during demuxing: Generic error in an external library
[in#0/dvdvideo @ 0x55d4] Terminating thread with return code -542398533"""
NO_TITLE = """[in#0 @ 0x55d4] Title 9 not found
[in#0 @ 0x55d4] Error opening input: Stream not found
Error opening input files: Stream not found"""


@pytest.mark.parametrize(
    ("log", "error", "line"),
    [
        (FULL, NoSpace, "No space left"),
        (TRUNCATED, TitleDamaged, "Error reading NAV packet"),
        (
            "[in#0/concat @ 0x55d4] Error during demuxing: Input/output error",
            TitleDamaged,
            "Error during demuxing",
        ),
        (
            "[out#0/matroska @ 0x55d0] Error writing trailer: Input/output error",
            RipFailed,
            "Error writing trailer",
        ),
        ("av_interleaved_write_frame(): Input/output error", RipFailed, "write_frame"),
        (NO_TITLE, NotFound, "Title 9 not found"),
        ("/dev/sr0: No medium found", NoMedium, "No medium found"),
        ("read of scrambled sector without authentication", ProtectedDisc, "scrambled"),
    ],
)
def test_recorded_logs(log: str, error: type[EngramError], line: str) -> None:
    meaning, why = meaning_of(log)
    assert meaning is not None
    assert meaning.error is error
    assert meaning.remedy
    assert line in why
    assert "0x55" not in why, "addresses mean nothing to a person"


def test_an_unknown_failure_gives_its_first_telling_line() -> None:
    log = (
        "[in#0 @ 0x1] Task finished with error code: -5\n[out @ 0x2] Something new broke\nConversion failed!"
    )
    assert meaning_of(log) == (None, "[out] Something new broke")
    assert meaning_of("") == (None, "")


def test_keys_that_were_not_found_name_their_title_sets() -> None:
    assert cracked_title_sets(TRUNCATED) == {2}
    assert cracked_title_sets(f"{TRUNCATED}\n{TRUNCATED.replace('VTS_02', 'VTS_11')}") == {2, 11}
    assert cracked_title_sets(NO_TITLE) == frozenset()


def test_read_errors_are_seen_whatever_the_exit_code() -> None:
    assert has_read_errors(TRUNCATED)
    assert not has_read_errors(NO_TITLE)


def test_odd_time_stamps_are_told_from_damage() -> None:
    odd = "[aost#0:7/copy @ 0x55] Non-monotonic DTS; previous: 125120, current: 124124; "
    assert has_odd_times(odd)
    assert not has_odd_times(odd + "\n" + TRUNCATED)
    assert not has_odd_times(NO_TITLE)


def test_streams_that_are_missing() -> None:
    by_pid = "Failed to set value '0:i:0x1205' for option 'map': Invalid argument"
    assert missing_stream(by_pid) == (0x1205, None)
    assert missing_stream("[out#0/matroska @ 0x5] Cannot map stream #0:2 - unsupported type.") == (None, 2)
    assert missing_stream(FULL) == (None, None)
