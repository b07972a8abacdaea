"""Tesseract itself, and programs in its place that fail in every way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engramd.match.model import MatchFailed
from engramd.match.pictures.plane import Grey
from engramd.match.pictures.sheet import page
from engramd.match.pictures.tesseract import Tesseract, listed_languages, read_tsv
from engramd.tools import Tools
from tests.match.pictures.made import ENGLISH, READS, draw, word_errors

HEADER = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools()


def pages(*captions: str) -> list[Grey]:
    soft = [np.asarray(draw(caption, 44)) for caption in captions]
    return [page(np.where(s >= 16, 255 - (s - 16) * 17, 255).astype(np.uint8)) for s in soft]


@READS
def test_every_page_has_its_own_text_and_lines(tools: Tools) -> None:
    blank = np.full((60, 200), 255, np.uint8)
    first, second = pages(*ENGLISH[:2])
    readings = Tesseract(tools).read([first, blank, second, blank], "eng")
    assert word_errors(ENGLISH[:2], [readings[0].text, readings[2].text]) < 0.1
    assert readings[2].text.count("\n") == 1
    assert (readings[1].text, readings[3].text) == ("", "")
    assert readings[0].confidence > 80
    assert readings[1].confidence == 0


@READS
def test_version_and_languages(tools: Tools) -> None:
    tesseract = Tesseract(tools)
    assert tesseract.version().startswith("tesseract ")
    assert "eng" in tesseract.languages()
    assert tesseract.read([], "eng") == []


@READS
def test_a_language_that_is_not_there_is_a_failure_with_its_reason(tools: Tools) -> None:
    with pytest.raises(MatchFailed) as failed:
        Tesseract(tools).read(pages("No"), "xyz")
    assert "xyz" in failed.value.why or "language" in failed.value.why


def test_no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(MatchFailed) as failed:
        Tesseract(Tools({"PATH": str(tmp_path)}))
    assert failed.value.remedy == "apt install tesseract-ocr"
    with pytest.raises(MatchFailed) as failed:
        Tesseract(Tools(), tmp_path / "gone").languages()
    assert "tesseract_path" in failed.value.remedy


FAULTS = {
    "kill -SEGV $$": "signal 11",
    "echo cannot allocate >&2; exit 1": "cannot allocate",
    "exit 3": "exit code 3",
    "exit 0": "nothing",
    "echo hello": "hello",
    f"echo '{HEADER}'; echo '5\t1\t1'": "5",
    f"echo '{HEADER}'; echo '5\t9\t1\t1\t1\t1\t0\t0\t9\t9\t90\tno such page'": "no such page",
    "yes | head -n 2000000": "y",
}


@pytest.mark.parametrize("script", FAULTS, ids=range(len(FAULTS)))
def test_a_program_that_fails_or_talks_nonsense(tools: Tools, tmp_path: Path, script: str) -> None:
    with pytest.raises(MatchFailed) as failed:
        Tesseract(tools, stand_in(tmp_path, script)).read(pages("No"), "eng")
    assert FAULTS[script] in failed.value.why
    assert failed.value.remedy


def test_a_program_that_hangs_is_ended(tools: Tools, tmp_path: Path) -> None:
    hanging = Tesseract(tools, stand_in(tmp_path, "sleep 60"), patience=0.2)
    with pytest.raises(MatchFailed, match="too long"):
        hanging.languages()


def test_no_room_for_the_pages(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(MatchFailed) as failed:
        Tesseract(tools, stand_in(tmp_path, "exit 0")).read(pages("No"), "eng")
    assert "TMPDIR" in failed.value.remedy


def stand_in(folder: Path, script: str) -> Path:
    """Write a program that stands in for tesseract."""
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_the_table_of_words_is_put_together_by_lines() -> None:
    rows = [
        HEADER,
        "1\t1\t0\t0\t0\t0\t0\t0\t99\t99\t-1\t",
        "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90\tTwo",
        "5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t80\twords",
        "5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t50\t ",
        "5\t1\t1\t1\t3\t1\t0\t0\t9\t9\t60\there",
    ]
    reading = read_tsv(rows, 2)
    assert [r.text for r in reading] == ["Two words\nhere", ""]
    assert reading[0].confidence == pytest.approx((90 * 3 + 80 * 5 + 60 * 4) / 12)


def test_the_list_of_languages_has_a_heading() -> None:
    assert listed_languages(["List of available languages (2):", "eng", "osd", ""]) == ["eng", "osd"]
    assert listed_languages([]) == []
