"""inspect and match work without a daemon, on real discs and files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import Result

from engramd.ctl.app import app
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.model import write_srt
from tests.support.clickrunner import runner


def engramctl(*arguments: object) -> Result:
    return runner().invoke(app, [str(one) for one in arguments])


@pytest.mark.parametrize("words", [("--json", "inspect"), ("inspect", "--json")])
def test_inspect_says_what_would_be_made_of_a_disc(tv_dvd: AuthoredDisc, words: tuple[str, ...]) -> None:
    done = engramctl(*words, tv_dvd.image)

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["source"] == str(tv_dvd.image)
    assert (said["content_type"], said["needs_review"]) == ("tv", False)
    assert (said["title"], said["season"], said["disc_number"]) == ("Harbor Station", 1, 1)
    assert (said["label"], said["protection"]) == (tv_dvd.label, "none")
    roles = {title["title_index"] + 1: title["role"] for title in said["titles"]}
    assert roles == {title.number: title.kind for title in tv_dvd.titles}
    order = [title["order"] for title in said["titles"] if title["role"] == "episode"]
    assert order == [1, 2, 3]
    for title, truth in zip(said["titles"], tv_dvd.titles, strict=True):
        assert title["duration"] == pytest.approx(truth.seconds, abs=1)


def test_inspect_shows_people_a_table(tv_dvd: AuthoredDisc) -> None:
    done = engramctl("inspect", tv_dvd.image)

    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.stdout
    assert "a series" in done.stdout
    assert sum(" episode " in line for line in done.stdout.splitlines()) == 3


def test_a_path_that_cannot_be_read_costs_the_others_nothing(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    broken = tmp_path / "broken.iso"
    broken.write_bytes(b"no disc" * 100)

    done = engramctl("inspect", "--json", broken, tv_dvd.image)

    assert done.exit_code == 1
    assert json.loads(done.stdout)["source"] == str(tv_dvd.image)
    assert str(broken) in done.stderr


def test_a_dry_run_is_an_inspection_with_what_a_person_says(tv_dvd: AuthoredDisc) -> None:
    done = engramctl(
        "rip", "--dry-run", "--json", "--show", "Other", "--season", "0", "--disc", "3", tv_dvd.image
    )

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["title"], said["season"], said["disc_number"]) == ("Other", 0, 3)


def test_match_says_which_episode_each_file_is(
    tv_dvd: AuthoredDisc, references_folder: Path, tmp_path: Path
) -> None:
    third, first = tmp_path / "a.srt", tmp_path / "b.srt"
    write_srt(tv_dvd.episodes[2].cues, third)
    write_srt(tv_dvd.episodes[0].cues, first)

    done = engramctl("match", third, first, "--references", references_folder, "--json")

    assert done.exit_code == 0, done.output
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(Path(one["source"]).name, one["episode"]) for one in said] == [
        ("a.srt", "S01E03"),
        ("b.srt", "S01E01"),
    ]
    assert all(one["accepted"] and one["confidence"] > 0.95 and one["reason"] for one in said)
    assert {"c", "z", "cosine"} <= said[0]["candidates"][0]["evidence"].keys()


def test_match_exits_with_5_where_a_person_is_needed(
    tv_dvd: AuthoredDisc, references_folder: Path, tmp_path: Path
) -> None:
    lacking = tmp_path / "references"
    shutil.copytree(references_folder, lacking)
    for path in lacking.rglob("*S01E02*"):
        path.unlink()
    folder = tmp_path / "files"
    folder.mkdir()
    write_srt(tv_dvd.episodes[1].cues, folder / "b.srt")

    done = engramctl("match", folder, "--references", lacking)

    assert done.exit_code == 5, done.output
    assert "b.srt" in done.stdout


def test_match_of_a_name_that_is_no_text_costs_the_others_nothing(
    tv_dvd: AuthoredDisc, references_folder: Path, tmp_path: Path
) -> None:
    write_srt(tv_dvd.episodes[0].cues, tmp_path / "a.srt")
    odd = tmp_path / os.fsdecode(b"b\xff.srt")
    shutil.copy(tmp_path / "a.srt", odd)

    done = engramctl("match", tmp_path / "a.srt", odd, "--references", references_folder, "--json")

    assert done.exit_code == 5, done.output
    good, bad = [json.loads(line) for line in done.stdout.splitlines()]
    assert good["episode"] == "S01E01"
    assert (bad["accepted"], "rename" in bad["reason"]) == (False, True)


def test_match_of_nothing_is_a_mistake(tmp_path: Path) -> None:
    assert engramctl("match", tmp_path, "--references", tmp_path).exit_code == 2
