"""Logging: the journal's native protocol with fields under systemd, readable lines elsewhere."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from engramd import log

ROOT = Path(__file__).parents[1]


def parsed(data: bytes) -> dict[str, str]:
    """Read an entry by the rules of the protocol: `NAME=value`, or name, 64-bit length, value."""
    fields = {}
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack("<Q", rest[:8])
            value, end, data = rest[8 : 8 + length], rest[8 + length : 9 + length], rest[9 + length :]
            assert (len(value), end) == (length, b"\n")
        else:
            data = rest
        assert name.decode().replace("_", "").isalpha()
        assert name.decode().isupper()
        fields[name.decode()] = value.decode("utf-8")
    return fields


class Journal:
    """The receiving end, as journald has it: a datagram socket that takes memory files too."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(5)
        self.seals = 0

    def entry(self) -> dict[str, str]:
        data, files, _, _ = socket.recv_fds(self._socket, 1 << 20, 1)
        if files:
            assert data == b""
            self.seals = fcntl.fcntl(files[0], fcntl.F_GET_SEALS)
            with os.fdopen(files[0], "rb") as file:
                file.seek(0)
                data = file.read()
        return parsed(data)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """Log into a journal of the test's own; all logging is as before at its end."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    receiver = Journal(tmp_path / "socket")
    monkeypatch.setattr(log, "JOURNAL_SOCKET", str(tmp_path / "socket"))
    monkeypatch.setattr(log, "to_journal", lambda _environment: True)
    log.configure("info")
    yield receiver
    root.handlers[:], _ = before
    root.setLevel(before[1])
    structlog.reset_defaults()
    receiver.close()


def test_a_message_has_its_fields(journal: Journal) -> None:
    logger = structlog.get_logger("engramd.rip")
    logger.warning("the rip is slow", job=7, title=0, drive="/dev/sr0", phase="rip", rate=3.5)
    assert journal.entry() == {
        "MESSAGE": "the rip is slow rate=3.5",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "engramd",
        "LOGGER": "engramd.rip",
        "ENGRAM_JOB": "7",
        "ENGRAM_TITLE": "0",
        "ENGRAM_DRIVE": "/dev/sr0",
        "ENGRAM_PHASE": "rip",
    }


def test_what_is_bound_to_a_thread_is_in_each_message(journal: Journal) -> None:
    with structlog.contextvars.bound_contextvars(job=8):
        structlog.get_logger("a").info("one")
        logging.getLogger("alembic_like.library").error("%s of %d", "two", 2)
    structlog.get_logger("a").info("three")
    entries = [journal.entry() for _ in range(3)]
    assert [e.get("ENGRAM_JOB") for e in entries] == ["8", "8", None]
    assert [e["MESSAGE"] for e in entries] == ["one", "two of 2", "three"]
    assert [e["PRIORITY"] for e in entries] == ["6", "3", "6"]
    assert entries[1]["LOGGER"] == "alembic_like.library"


def test_several_lines_are_one_message(journal: Journal) -> None:
    structlog.get_logger("a").info("one\nPRIORITY=0\nthree")
    entry = journal.entry()
    assert (entry["MESSAGE"], entry["PRIORITY"]) == ("one\nPRIORITY=0\nthree", "6")


def test_a_label_cannot_forge_a_field(journal: Journal) -> None:
    structlog.get_logger("a").info("inserted", drive="x\nPRIORITY=0", label="LABEL\nMESSAGE=forged")
    entry = journal.entry()
    assert entry["ENGRAM_DRIVE"] == "x\nPRIORITY=0"
    assert (entry["MESSAGE"], entry["PRIORITY"]) == ("inserted label=LABEL\nMESSAGE=forged", "6")


def test_text_of_all_languages_and_of_none_arrives(journal: Journal) -> None:
    structlog.get_logger("a").info("Ōban – “č” 🎬 \ud800", drive="\udcff")
    assert journal.entry()["MESSAGE"] == "Ōban – “č” 🎬 ?"


@pytest.mark.parametrize("of_a_library", [False, True])
def test_an_exception_comes_with_its_way(journal: Journal, of_a_library: bool) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        if of_a_library:
            logging.getLogger("library").exception("it broke")
        else:
            structlog.get_logger("a").exception("it broke", job=1)
    entry = journal.entry()
    first, *rest = entry["MESSAGE"].splitlines()
    assert first == "it broke"
    assert rest[0].startswith("Traceback")
    assert rest[-1] == "ZeroDivisionError: division by zero"
    assert entry["PRIORITY"] == "3"


def test_a_long_entry_comes_as_a_sealed_file(journal: Journal) -> None:
    structlog.get_logger("a").info("x" * 3_000_000, job=9)
    entry = journal.entry()
    assert (len(entry["MESSAGE"]), entry["ENGRAM_JOB"]) == (3_000_000, "9")
    wanted = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
    assert journal.seals == wanted


def test_the_level_is_kept(journal: Journal) -> None:
    structlog.get_logger("a").debug("not wanted")
    logging.getLogger("httpx").info("not wanted either")
    structlog.get_logger("a").info("wanted")
    assert journal.entry()["MESSAGE"] == "wanted"


def test_a_journal_that_is_away_costs_the_message_only(
    journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "socket").unlink()
    structlog.get_logger("a").info("lost")
    assert "FileNotFoundError" in capsys.readouterr().err
    back = Journal(tmp_path / "socket")
    structlog.get_logger("a").info("back")
    assert back.entry()["MESSAGE"] == "back"
    back.close()


def test_a_librarys_bad_call_does_not_reach_who_called_it(
    journal: Journal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [h for h in logging.getLogger().handlers if isinstance(h, log.JournalHandler)]
    monkeypatch.setattr(logging.getLogger(), "handlers", ours)  # pytest's own handler would raise
    logging.getLogger("library").error("%d titles", "three")
    assert "three" in capsys.readouterr().err
    structlog.get_logger("a").info("next")
    assert journal.entry()["MESSAGE"] == "next"


CODE = """
import structlog
from engramd import log
log.configure()
structlog.get_logger("a").info("hello", job=3)
"""


def test_lines_for_people_go_to_standard_error() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, cwd=ROOT, check=True, env={}
    )
    assert done.stdout == ""
    assert "hello" in done.stderr
    assert "job=3" in done.stderr
    assert "\x1b" not in done.stderr


def test_standard_error_is_the_journals_stream_only_if_the_numbers_agree(tmp_path: Path) -> None:
    code = "import os, sys; from engramd.log import to_journal; sys.exit(to_journal(os.environ))"
    with (tmp_path / "stream").open("w") as stream:
        status = os.fstat(stream.fileno())
        told = {
            f"{status.st_dev}:{status.st_ino}": 1,
            f"{status.st_dev}:{status.st_ino + 1}": 0,
            "": 0,
            "nonsense": 0,
        }
        for value, expected in told.items():
            done = subprocess.run(
                [sys.executable, "-c", code],
                stderr=stream,
                cwd=ROOT,
                env={"JOURNAL_STREAM": value},
                check=False,
            )
            assert done.returncode == expected, value
    assert (tmp_path / "stream").read_text() == ""
