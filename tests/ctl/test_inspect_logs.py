"""`engramctl inspect` takes logs of MakeMKV's robot mode in place of discs."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import Result

from engramd.ctl.app import app
from tests.support.clickrunner import runner

EPISODE = """TINFO:{0},8,0,"6"
TINFO:{0},9,0,"0:45:{0}0"
TINFO:{0},11,0,"30{0}0000000"
TINFO:{0},16,0,"0010{0}.mpls"
TINFO:{0},26,0,"5{0}"
SINFO:{0},0,1,6201,"Video"
SINFO:{0},0,19,0,"1920x1080"
SINFO:{0},1,1,6202,"Audio"
SINFO:{0},1,3,0,"eng"
"""
GOOD = 'TCOUNT:4\nCINFO:1,6209,"Blu-ray disc"\nCINFO:32,0,"HARBOR_S1_D2"\n' + "".join(
    map(EPISODE.format, range(4))
)
EXPIRED = (
    'MSG:5055,0,0,"Evaluation period has expired.","x"\nMSG:5010,0,0,"Failed to open disc","x"\nTCOUNT:0\n'
)


def _inspect(folder: Path, *logs: str, json_wanted: bool = True) -> Result:
    paths = []
    for number, log in enumerate(logs):
        paths.append(folder / f"{number}.txt")
        paths[-1].write_text(log, "utf-8")
    return runner().invoke(app, ["inspect", *(["--json"] if json_wanted else []), *map(str, paths)])


def test_inspect_takes_a_log_in_place_of_a_disc(tmp_path: Path) -> None:
    done = _inspect(tmp_path, GOOD)

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["source"], said["content_type"]) == (str(tmp_path / "0.txt"), "tv")
    assert (said["title"], said["season"], said["disc_number"]) == ("Harbor", 1, 2)
    assert [title["role"] for title in said["titles"]] == ["episode"] * 4
    assert [title["title_index"] for title in said["titles"]] == [0, 1, 2, 3]


def test_an_expired_key_is_told_and_costs_the_other_discs_nothing(tmp_path: Path) -> None:
    done = _inspect(tmp_path, EXPIRED, GOOD, "TCOUNT:0\n", GOOD)

    assert done.exit_code == 1
    expired, good, again = map(json.loads, done.stdout.splitlines())
    assert (expired["content_type"], expired["needs_review"], expired["titles"]) == ("unknown", True, [])
    assert expired["error"]["condition"] == "key"
    assert expired["error"]["reason"] == "Evaluation period has expired."
    assert "makemkvcon reg KEY" in expired["error"]["remedy"]
    assert good["content_type"] == again["content_type"] == "tv"
    assert "0.txt" in done.stderr
    assert "2.txt" in done.stderr


def test_people_are_told_in_a_line(tmp_path: Path) -> None:
    done = _inspect(tmp_path, EXPIRED, json_wanted=False)

    assert (done.exit_code, done.stdout) == (1, "")
    assert "key has expired" in done.stderr
