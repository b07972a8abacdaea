"""Exactly the wanted windows of one audio stream, from real files with all their oddities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engramd.match.model import MatchFailed
from engramd.match.speech.sound import RATE, Samples, decode_windows
from tests.support.authoring.tools import run

#: A tone of 440 Hz from second 20 to 21, silence elsewhere.
BEEP = r"aevalsrc=exprs='0.5*sin(2*PI*440*t)*between(t\,20\,21)':sample_rate=48000:duration=60"
TONE = "sine=frequency=440:sample_rate=48000:duration=20"


def ffmpeg(*words: object) -> None:
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *words)


def make(folder: Path, sound: str, *options: object, seconds: float = 20) -> Path:
    """Write a file with a picture that has few key frames (stream 0) and this sound (stream 1)."""
    picture = ("-f", "lavfi", "-i", f"color=size=64x64:rate=25:duration={seconds}")
    target = folder / "title.mkv"
    maps = ("-map", "0:v", "-map", "1:a", "-c:v", "mpeg2video", "-g", 250, "-c:a", "ac3")
    ffmpeg(*picture, "-f", "lavfi", "-i", sound, *maps, *options, target)
    return target


def one(path: Path, begin: float, end: float, stream: int = 1) -> Samples:
    """Decode one window."""
    ((at, samples),) = decode_windows(path, stream, [(begin, end)])
    assert at == begin
    return samples


def loud(samples: Samples, begin: float, end: float) -> bool:
    """Tell whether there is sound from `begin` to `end` seconds of a window."""
    part = samples[round(begin * RATE) : round(end * RATE)]
    assert len(part)
    return float(np.sqrt(np.mean(part**2))) > 0.02


def pitch(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum[5:].argmax() + 5) * RATE / len(samples)


@pytest.fixture(scope="module")
def beep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("beep"), BEEP, seconds=60)


@pytest.mark.parametrize("begin", [0.0, 11.3, 17.25, 19.9])
def test_a_window_is_exactly_where_it_was_asked_for(beep: Path, begin: float) -> None:
    samples = one(beep, begin, begin + 10 if begin > 10 else 30)
    assert len(samples) == round((10 if begin > 10 else 30) * RATE)
    at = np.flatnonzero(np.abs(samples) > 0.05)
    assert at[0] / RATE + begin == pytest.approx(20, abs=0.02)
    assert at[-1] / RATE + begin == pytest.approx(21, abs=0.02)


def test_several_windows_in_any_order(beep: Path) -> None:
    found = dict(decode_windows(beep, 1, [(40.0, 45.0), (18.0, 22.0), (0.0, 5.0)]))
    assert list(found) == [40.0, 18.0, 0.0]
    assert [bool(np.abs(samples).max() > 0.05) for samples in found.values()] == [False, True, False]


def test_the_end_of_the_title_ends_the_window(beep: Path) -> None:
    assert len(one(beep, 55.0, 85.0)) == pytest.approx(5 * RATE, abs=0.05 * RATE)
    assert list(decode_windows(beep, 1, [(70.0, 100.0)])) == []


def test_a_stream_that_starts_late(tmp_path: Path) -> None:
    path = tmp_path / "late.mkv"
    picture = ("-f", "lavfi", "-i", "color=size=64x64:rate=25:duration=40")
    sound = ("-itsoffset", 12, "-f", "lavfi", "-i", TONE)
    ffmpeg(*picture, *sound, "-map", "0:v", "-map", "1:a", "-c:v", "mpeg2video", "-c:a", "ac3", path)
    assert list(decode_windows(path, 1, [(0.0, 10.0)])) == []
    samples = one(path, 10.0, 20.0)
    assert not loud(samples, 0, 1.9)
    assert loud(samples, 2.1, 10)


def test_a_gap_in_the_sound_is_silence(tmp_path: Path) -> None:
    path = make(tmp_path, TONE, "-af", "aselect='not(between(t,5,8))'", "-c:a", "flac")
    samples = one(path, 0.0, 12.0)
    assert loud(samples, 0, 4.8)
    assert not loud(samples, 5.2, 7.8)
    assert loud(samples, 8.2, 12)
    assert pitch(samples[9 * RATE : 11 * RATE]) == pytest.approx(440, abs=2)


def test_broken_packets_cost_only_themselves(tmp_path: Path) -> None:
    path = make(tmp_path, TONE)
    data = bytearray(path.read_bytes())
    middle = len(data) // 4
    data[middle : middle + 20_000] = bytes(n * 37 % 251 for n in range(20_000))
    path.write_bytes(data)
    samples = one(path, 0.0, 20.0)
    assert samples.size > 19 * RATE
    tenths = samples[: samples.size // (RATE // 10) * (RATE // 10)].reshape(-1, RATE // 10)
    assert 0.4 < (np.abs(tenths).max(axis=1) > 0.02).mean() < 1.0


def test_a_stream_of_which_nothing_can_be_decoded_says_so(tmp_path: Path) -> None:
    good, bad = make(tmp_path, TONE), tmp_path / "bad.mkv"
    ffmpeg("-i", good, "-map", 0, "-c", "copy", "-bsf:a", "noise=amount=1", bad)
    with pytest.raises(MatchFailed, match="cannot be decoded") as raised:
        list(decode_windows(bad, 1, [(0.0, 10.0)]))
    assert "packets" in str(raised.value)
    assert raised.value.remedy


def surround(folder: Path, *, centre: str) -> Path:
    """Write 5.1 sound: music at 1000 Hz everywhere, and this in the centre."""
    music = "0.3*sin(2*PI*1000*t)"
    channels = "|".join([music, music, centre, "0", music, music])
    sound = f"aevalsrc=exprs='{channels}':channel_layout=5.1:sample_rate=48000:duration=10"
    return make(folder, sound)


def test_the_centre_of_surround_sound_speaks(tmp_path: Path) -> None:
    assert pitch(one(surround(tmp_path, centre="0.2*sin(2*PI*440*t)"), 2.0, 6.0)) == pytest.approx(440, abs=2)


def test_a_centre_that_is_silent_does_not_speak(tmp_path: Path) -> None:
    assert pitch(one(surround(tmp_path, centre="0"), 2.0, 6.0)) == pytest.approx(1000, abs=2)


def test_stereo_is_mixed(tmp_path: Path) -> None:
    sound = "aevalsrc=exprs='0|0.5*sin(2*PI*440*t)':sample_rate=44100:duration=10"
    samples = one(make(tmp_path, sound, "-c:a", "flac"), 1.0, 5.0)
    assert pitch(samples) == pytest.approx(440, abs=2)
    assert np.abs(samples).max() == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("stream", [0, 2, -1])
def test_what_is_no_sound_is_refused(beep: Path, stream: int) -> None:
    with pytest.raises(MatchFailed, match="nothing to listen to") as raised:
        list(decode_windows(beep, stream, [(0.0, 10.0)]))
    assert "only 1" in raised.value.why
    assert raised.value.remedy


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.mkv"
    path.write_text("no video")
    for wrong in (path, tmp_path / "gone.mkv"):
        with pytest.raises(MatchFailed, match="cannot be read") as raised:
            list(decode_windows(wrong, 1, [(0.0, 10.0)]))
        assert str(wrong) in str(raised.value)
        assert raised.value.remedy
