"""A file's index tells of its subtitles what reading all of it does; where it does not, it says so."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.rip.subtitle_facts import read_facts
from engramd.rip.subtitle_index import facts_by_index
from tests.rip.samples import text_sample
from tests.support.authoring import AuthoredDisc


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_sample(tmp_path_factory.mktemp("index") / "text.mkv", {"eng": 5, "fre": 2})


def test_text_is_counted_by_the_index_as_by_reading_all(text: Path, tmp_path: Path) -> None:
    found = facts_by_index(text)
    assert found == read_facts(text)
    assert found is not None
    assert [one.events for one in found.values()] == [5, 2]
    assert facts_by_index(text_sample(tmp_path / "plain.mkv", {})) == {}


def test_display_sets_of_a_real_disc_are(tv_bluray: AuthoredDisc, tmp_path: Path) -> None:
    clip, file = tv_bluray.folder / "BDMV/STREAM/00001.m2ts", tmp_path / "a.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-map", "0", "-c", "copy", file], check=True)
    found = facts_by_index(file)
    assert found == read_facts(file)
    assert found is not None
    assert [one.events for one in found.values()] == [len(tv_bluray.title(1).cues)]


def test_the_index_of_another_writer_is_not_trusted(text: Path, tmp_path: Path) -> None:
    """MakeMKV and mkvmerge are free to index what they like, and compress."""
    other = tmp_path / "other.mkv"
    other.write_bytes(text.read_bytes().replace(b"Lavf", b"libM"))
    assert facts_by_index(other) is None
    (tmp_path / "cut.mkv").write_bytes(text.read_bytes()[:700])
    assert facts_by_index(tmp_path / "cut.mkv") is None
    (tmp_path / "none.mkv").write_bytes(b"nothing of the kind")
    assert facts_by_index(tmp_path / "none.mkv") is None


@given(data=st.data())
def test_damage_is_read_without_harm(
    text: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(text.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    damaged = tmp_path_factory.getbasetemp() / "damaged.mkv"
    damaged.write_bytes(content)
    facts_by_index(damaged)
