"""`doctor --bundle`: a tar for a bug report, with everything that helps and nothing that is secret."""

from __future__ import annotations

import io
import json
import os
import pwd
import sqlite3
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engramd.ctl import bundle_system as system
from engramd.ctl.bundle_rows import DAYS, DaemonRows, lines_of, said_or_lack
from engramd.ctl.doctor_alone import configuration_file
from engramd.ctl.doctor_screen import screen
from engramd.ctl.redacting import Redactor
from engramd.errors import EngramError, FilingFailed, InvalidArgument

if TYPE_CHECKING:
    from engramd.ctl.doctor import Examined
    from engramd.ctl.session import Session

#: Where a service keeps its database and gets its credentials; only root can read them.
DATABASE = Path("/var/lib/engramd/engramd.db")
CREDENTIALS = Path("/run/credentials/engramd.service")
_ABOUT = {
    "doctor.txt": "what `engramctl doctor` says",
    "doctor.jsonl": "the same for programs",
    "versions.txt": "versions of engramd, Python, kernel, system and packages",
    "engramd.toml": "the configuration file, without secrets and comments",
    "settings.jsonl": "the settings in force; of secrets only whether they are set",
    "conditions.jsonl": "what the daemon lacks",
    "jobs.jsonl": f"the jobs of the last {DAYS} days",
    "titles.jsonl": "the titles of the jobs that are shown now",
    "events.jsonl": f"what happened to jobs in the last {DAYS} days",
    "reviews.jsonl": "the open questions",
    "drives.jsonl": "the drives as engramd knows them, with serial numbers",
    "unit.txt": "the state and the files of the unit",
    "journal.txt": f"the last {system.JOURNAL_LINES} lines of engramd's journal",
    "udev.txt": "udev's properties of the optical drives",
    "mounts.txt": "the mounts that engramd's folders lie on",
    "devices.txt": "block devices and generic SCSI nodes",
}
_NAMED = "Names of discs, series, films and files are in it; --no-names leaves them out."
_NAMELESS = "Names of discs, series, films and files are left out where engramd knows them."
_LEFT_OUT = "Secrets, homes, user names and the name of this machine are left out."


@dataclass(frozen=True)
class Written:
    """A report that was written."""

    path: Path
    size: int
    parts: Mapping[str, int]
    with_names: bool

    def row(self) -> dict[str, Any]:
        """Give it for scripts; sizes in bytes."""
        return {
            "bundle": str(self.path),
            "size": self.size,
            "parts": dict(self.parts),
            "names": self.with_names,
        }

    def text(self) -> str:
        """Give it for people."""
        width = max(map(len, self.parts))
        lines = [f"{self.path} ({self.size / 1000:.0f} kB, only you can read it) has:", ""]
        lines += [f"  {name.ljust(width)}  {_ABOUT[name]}" for name in self.parts if name in _ABOUT]
        return "\n".join([*lines, "", _LEFT_OUT, _NAMED if self.with_names else _NAMELESS])


def new_target(file: str) -> Path:
    """Give the file to write (named by nobody: one of its own name in this folder).

    Raises InvalidArgument where there is one already.
    """
    target = Path(file) if file else _own_name(Path.cwd())
    if os.path.lexists(target):
        raise InvalidArgument("there is such a file already", where=target, remedy="choose another name")
    return target


def write_bundle(
    session: Session, examined: Examined, target: Path, *, with_names: bool
) -> tuple[Sequence[dict[str, Any]], Callable[[], str]]:
    """Write a report to a new file; give what was written. Raises FilingFailed where it cannot be written."""
    parts = dict(_parts(session, examined, with_names))
    written = Written(
        target.absolute(), _write(target, parts), {n: len(t) for n, t in parts.items()}, with_names
    )
    return [written.row()], written.text


def _parts(session: Session, examined: Examined, with_names: bool) -> Iterator[tuple[str, bytes]]:
    """Give every file of the report."""
    service = None
    with suppress(EngramError):
        service = session.service() if examined.overview else None
    rows = DaemonRows(service, examined.overview) if service is not None else None
    redactor = _redactor(session, rows, with_names)
    said = dict(_of_daemon(rows, redactor)) | dict(_of_system(session, examined, redactor))
    readme = [f"A report of engramd, made by `engramctl doctor --bundle` on {time.strftime('%Y-%m-%d')}.", ""]
    readme += [f"{name}: {about}" for name, about in _ABOUT.items() if name in said]
    readme += ["", _LEFT_OUT, _NAMED if with_names else _NAMELESS]
    if rows is None:
        readme.append("No daemon answered: its jobs, questions, settings and conditions are missing.")
    yield "README.txt", _bytes("\n".join(readme))
    for name in _ABOUT:
        if name in said:
            yield name, _bytes(said[name])


def _of_daemon(rows: DaemonRows | None, redactor: Redactor) -> Iterator[tuple[str, str]]:
    if rows is None:
        return
    yield "settings.jsonl", said_or_lack(lambda: rows.settings(redactor))
    for name, read in rows.parts().items():
        yield f"{name}.jsonl", said_or_lack(lambda read=read: lines_of(read(), redactor))  # type: ignore[misc]


def _of_system(session: Session, examined: Examined, redactor: Redactor) -> Iterator[tuple[str, str]]:
    from engramd.models import AppConfig
    from engramd.settings import SECRETS

    checks = [redactor.fields(one) for one in examined.checks]
    folders = [one["where"] for one in examined.checks if one.get("group") in ("folders", "data")]
    file = configuration_file(session.bus)
    texts = {
        "doctor.txt": screen(checks, wide=100, every=True),
        "versions.txt": system.versions(),
        "unit.txt": system.unit(redactor),
        "udev.txt": system.drives(redactor),
        "mounts.txt": system.mounts(folders),
        "devices.txt": "\n".join(map(redactor.said_line, system.devices().splitlines())),
    }
    yield from ((name, redactor.text(_plain(text))) for name, text in texts.items())
    yield "doctor.jsonl", "\n".join(json.dumps(one, ensure_ascii=False) for one in checks)
    yield "engramd.toml", system.configuration(file, redactor, SECRETS, AppConfig.model_fields)
    yield "journal.txt", system.journal(session.bus, redactor)


def _redactor(session: Session, rows: DaemonRows | None, with_names: bool) -> Redactor:
    names: frozenset[str] | None = None
    if not with_names:
        names = frozenset()
        with suppress(EngramError):
            names = frozenset(rows.names()) if rows is not None else names
    host = os.uname().nodename
    users = {os.environ.get("SUDO_USER", ""), os.environ.get("USER", ""), _user()}
    return Redactor(
        secrets=frozenset(known_secrets(configuration_file(session.bus), _database(session), CREDENTIALS)),
        users=frozenset(filter(None, users)),
        hosts=frozenset({host, host.partition(".")[0]}),
        names=names,
    )


def known_secrets(file: Path, database: Path, credentials: Path) -> Iterator[str]:
    """Give the secrets that this user can read, so that they can be taken out wherever they stand."""
    import tomllib

    from engramd.settings import SECRETS

    with suppress(OSError, ValueError):
        content = tomllib.loads(file.read_text("utf-8"))
        settings = content.get("settings")
        if isinstance(settings, Mapping):
            yield from (str(settings[name]) for name in SECRETS if settings.get(name))
        yield from filter(None, [str(content.get("database_url", "")).rpartition("@")[0].rpartition(":")[2]])
    with suppress(OSError):
        yield from (one.read_text("utf-8", "replace").strip() for one in credentials.iterdir())
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        opened.row_factory = sqlite3.Row
        row = opened.execute("SELECT * FROM app_config").fetchone()
        yield from (str(row[name]) for name in (row.keys() if row else ()) if name in SECRETS and row[name])


def _database(session: Session) -> Path:
    if session.bus == "system":
        return DATABASE
    from engramd.paths import Paths

    return Paths.from_environment().state / DATABASE.name


def _write(target: Path, parts: Mapping[str, bytes]) -> int:
    """Write a tar that is new and for its owner only; under sudo it is the caller's. Gives its bytes."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritable(target, error) from error
    content = _packed(parts)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            if os.geteuid() == 0 and os.environ.get("SUDO_UID", "").isdecimal():
                os.fchown(opened.fileno(), int(os.environ["SUDO_UID"]), int(os.environ.get("SUDO_GID", "0")))
    except OSError as error:
        target.unlink(missing_ok=True)
        raise _unwritable(target, error) from error
    return len(content)


def _packed(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in parts.items():
            entry = tarfile.TarInfo(f"engramd-report/{name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(time.time())
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _unwritable(target: Path, error: OSError) -> FilingFailed:
    remedy = "name a file in a folder that you may write to: engramctl doctor --bundle FILE"
    return FilingFailed("the report cannot be written", where=target, why=error.strerror, remedy=remedy)


def _own_name(folder: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return folder / f"engramd-report-{stamp}.tar.gz"


def _user() -> str:
    with suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return ""


def _plain(text: str) -> str:
    return click.unstyle(text)


def _bytes(text: str) -> bytes:
    return (text.rstrip("\n") + "\n").encode("utf-8", "replace")
