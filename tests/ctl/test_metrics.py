"""engramctl metrics: what Prometheus reads, with a daemon and without one."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from engramd.bus import names
from engramd.ctl import metrics
from engramd.ctl.app import app
from engramd.ctl.exposition import Family, render, write
from engramd.ctl.service import Snapshot
from engramd.errors import FilingFailed
from engramd.models import JobState, Outcome, WaitingFor
from tests.support.busservice import ServiceProcess, running_service, wait_for
from tests.support.clickrunner import runner
from tests.support.privatebus import PrivateBus

NOW = 1_800_000_000.0
LINE = re.compile(r'(?P<name>\w+)(\{(?P<labels>(\w+="(\\.|[^"\\])*",?)*)\})? (?P<value>-?[0-9.e+-]+)')


def parsed(text: str) -> dict[str, float]:
    """Give the samples of a text, strictly, by name and labels as they are written."""
    samples: dict[str, float] = {}
    kinds: dict[str, str] = {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("#"):
            _, what, name, rest = line.split(" ", 3)
            assert what in ("HELP", "TYPE")
            assert (name in kinds) == (what == "TYPE")
            kinds[name] = rest
            continue
        found = LINE.fullmatch(line)
        assert found, line
        assert kinds[found["name"]] in ("gauge", "counter")
        key = line.rpartition(" ")[0]
        assert key not in samples, f"{key} is there twice"
        samples[key] = float(found["value"])
    return samples


def promtool(text: str) -> str:
    """Give what Prometheus' own checker has to say."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    command = ["promtool", "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def job(number: int, **values: Any) -> dict[str, Any]:
    found = {"Id": number, "State": "ripping", "DriveId": "/dev/sr0", "Rate": 5_000_000, "WaitingFor": ""}
    return found | values


MANAGER: dict[str, Any] = {
    "Version": "1.2.3",
    "InterfaceVersion": 5,
    "FreeSpace": {"/srv/media/tv": 12_345_600_000},
    "Conditions": [{"severity": "error"}, {"severity": "error"}],
}
TOTALS: dict[str, Any] = {
    "jobs": [
        {"state": "completed", "outcome": "complete", "count": 41},
        {"state": "failed", "outcome": "cancelled", "count": 1},
        {"state": "ripping", "outcome": "", "count": 2},
    ],
    "started": 44,
    "ended": {"completed": 43, "failed": 2},
    "ripped_titles": 300,
    "ripped_bytes": 1_234_567_890_123,
}
SNAPSHOT = Snapshot(
    drives={
        names.drive_path("A"): {"State": "busy"},
        names.drive_path("B"): {"State": "busy"},
        names.drive_path("virtual_1"): {"State": "busy"},
    },
    jobs={
        1: job(1),
        2: job(2, Rate=3_000_000),
        3: job(3, DriveId="/srv/media/import/disc.iso"),
        4: job(4, State="organizing", WaitingFor="library"),
        5: job(5, State="completed"),
    },
    reviews={1: {"Created": (NOW - 60) * 1_000_000}, 2: {"Created": (NOW - 7200) * 1_000_000}},
)


def test_everything_is_a_number() -> None:
    samples = parsed(render(metrics.families(MANAGER, SNAPSHOT, TOTALS, NOW)))

    wanted = {
        'engramd_jobs{state="completed",outcome="complete"}': 41,
        'engramd_jobs{state="completed",outcome="partial"}': 0,
        'engramd_jobs{state="failed",outcome="cancelled"}': 1,
        'engramd_jobs{state="ripping",outcome=""}': 2,
        'engramd_jobs{state="matching",outcome=""}': 0,
        "engramd_jobs_started_total": 44,
        'engramd_jobs_ended_total{state="completed"}': 43,
        'engramd_jobs_ended_total{state="failed"}': 2,
        'engramd_jobs_waiting{reason="library"}': 1,
        'engramd_jobs_waiting{reason="disc"}': 0,
        'engramd_drives{state="busy"}': 2,
        'engramd_drives{state="empty"}': 0,
        "engramd_titles_ripped_total": 300,
        "engramd_ripped_bytes": 1_234_567_890_123,
        'engramd_rip_rate_bytes_per_second{drive="/dev/sr0"}': 8_000_000,
        'engramd_rip_rate_bytes_per_second{drive="image"}': 5_000_000,
        "engramd_reviews_open": 2,
        "engramd_review_oldest_age_seconds": 7200,
        'engramd_conditions{severity="error"}': 2,
        'engramd_conditions{severity="warning"}': 0,
        'engramd_free_space_bytes{folder="/srv/media/tv"}': 12_345_600_000,
    }
    assert {key: samples.get(key) for key in wanted} == wanted
    assert [key for key in samples if 'version="1.2.3",interface_version="5"' in key]


def test_prometheus_finds_nothing_wrong_with_it() -> None:
    found = metrics.families(MANAGER, SNAPSHOT, TOTALS, NOW)
    text = render([*found, *metrics.scrape(NOW + 0.5, 0.012)])
    assert promtool(text) == ""
    assert promtool(text.replace("# TYPE engramd_drives gauge", "# TYPE engramd_drives counter"))


def test_the_words_are_those_of_the_models() -> None:
    ended = {JobState.COMPLETED, JobState.FAILED}
    assert set(metrics.UNFINISHED) == set(JobState) - ended
    assert {*metrics.OUTCOMES, "failed"} == set(Outcome)
    assert set(metrics.REASONS) == set(WaitingFor)


@given(st.text())
def test_no_folder_breaks_a_line(folder: str) -> None:
    text = render([Family("x", "gauge", "A text.", [({"folder": folder}, 1.5)])])
    body = text.split("\n", 2)[2].removesuffix("\n")
    found = re.fullmatch(r'engramd_x\{folder="((?:\\[\\"n]|[^\\"\n])*)"\} 1\.5', body)
    assert found
    assert re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], found[1]) == folder


def test_a_file_is_replaced_at_once_and_everybody_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "engramd.prom"
    write(file, "one\n")
    inode = file.stat().st_ino
    with file.open() as opened:
        write(file, "two\n")
        assert opened.read() == "one\n"
    assert file.read_text() == "two\n"
    assert (file.stat().st_mode & 0o777, file.stat().st_ino != inode) == (0o644, True)
    assert list(tmp_path.iterdir()) == [file], "nothing is left beside it"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere/engramd.prom", tmp_path / "folder"):
        (tmp_path / "folder").mkdir(exist_ok=True)
        with pytest.raises(FilingFailed, match="metrics cannot be written") as caught:
            write(file, "x")
        assert str(file) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """Give a service with a job that rips, one that failed, and a question."""
    with (
        PrivateBus(system=False) as bus,
        running_service(tmp_path_factory.mktemp("service"), bus) as process,
    ):
        number = process.do("job", state="ripping")
        process.do("review", job_id=number, index=0)
        process.do("condition", severity="error")
        process.do("job", state="failed")
        yield process


def test_a_daemon_is_asked(service: ServiceProcess, tmp_path: Path) -> None:
    environment = service.bus.environment

    def asked() -> Result:
        return runner().invoke(app, ["--bus", "session", "metrics"], env=environment)

    wait_for(lambda: "\nengramd_reviews_open 1\n" in asked().stdout, "the question is on the bus")
    done = asked()
    assert done.exit_code == 0, done.output
    assert promtool(done.stdout) == ""
    samples = parsed(done.stdout)
    assert samples["engramd_up"] == 1
    assert samples['engramd_jobs{state="ripping",outcome=""}'] == 1
    assert samples['engramd_jobs_ended_total{state="failed"}'] == 1
    assert samples["engramd_jobs_started_total"] == 2
    assert samples["engramd_reviews_open"] == 1
    assert samples['engramd_conditions{severity="error"}'] == 1
    assert samples["engramd_scrape_timestamp_seconds"] > NOW - 100_000_000

    file = tmp_path / "engramd.prom"
    done = runner().invoke(app, ["--bus", "session", "metrics", "--output", str(file)], env=environment)
    assert (done.exit_code, done.output) == (0, "")
    assert parsed(file.read_text()).keys() == samples.keys()

    done = runner().invoke(app, ["--bus", "session", "--json", "metrics"], env=environment)
    assert '{"name": "engramd_up", "labels": {}, "value": 1}' in done.stdout.splitlines()


def test_without_a_daemon_the_file_says_that_it_is_down(tmp_path: Path) -> None:
    file = tmp_path / "engramd.prom"
    file.write_text("engramd_up 1\n")
    with PrivateBus(system=False) as bus:
        words = ["--bus", "session", "metrics", "--output", str(file)]
        done = runner().invoke(app, words, env=bus.environment)

    assert done.exit_code == 3
    assert "engramd is not running" in done.stderr
    samples = parsed(file.read_text())
    assert samples["engramd_up"] == 0
    assert samples.keys() == {
        "engramd_up",
        "engramd_scrape_timestamp_seconds",
        "engramd_scrape_duration_seconds",
    }
    assert promtool(file.read_text()) == ""
