"""The machine as setup changes it: folders, files of root, groups, and the service."""

from __future__ import annotations

import grp
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engramd.ctl.programs import Answer, ask
from engramd.ctl.setup_unit import refusal
from engramd.errors import EngramError, FilingFailed, InvalidArgument

CONFIG = "etc/engramd/engramd.toml"
DROP_IN = "etc/systemd/system/engramd.service.d/engramctl-setup.conf"
#: A folder in which the group writes, and which inherits it.
_SHARED = 0o2070
#: Seconds that the service may take to stop and to start, with a migration between.
_PATIENCE = 300.0


@dataclass(frozen=True)
class Machine:
    """What is done with root's rights. Files of the system lie below `root`, libraries where they are."""

    root: Path = Path("/")
    ask: Callable[..., Answer] = ask

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.root / CONFIG

    @property
    def drop_in(self) -> Path:
        """The drop-in of the unit."""
        return self.root / DROP_IN

    def has_systemd(self) -> bool:
        """Whether systemd runs the machine."""
        return (self.root / "run/systemd/system").is_dir()

    def read(self, file: Path) -> str:
        """Give the text of a file; nothing where there is none. FilingFailed where it cannot be read."""
        try:
            return file.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise FilingFailed("a file cannot be read", where=file, why=error) from error

    def write(self, file: Path, text: str, *, mode: int, group: str = "root") -> bool:
        """Write a file of root and a group, whole or not at all; whether that changed anything.

        What was there before the first time stays beside it, as `.bak`.
        """
        if file.exists() and self.read(file) == text:
            return False
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists() and not Path(f"{file}.bak").exists():
                _put(Path(f"{file}.bak"), file.read_bytes(), mode, group_number(group))
            _put(file, text.encode(), mode, group_number(group))
        except OSError as error:
            raise FilingFailed("a file cannot be written", where=file, why=error.strerror) from error
        return True

    def wants_mounts(self) -> bool:
        """Whether systemd knows WantsMountsFor=, which came with version 256."""
        found = re.match(r"systemd (\d+)", self.ask("systemctl", "--version").out)
        return found is not None and int(found[1]) >= 256

    def add_group(self, name: str) -> bool:
        """Make a group where there is none; whether one was made."""
        with suppress(KeyError):
            grp.getgrnam(name)
            return False
        self._run("groupadd", "--system", name)
        return True

    def try_to_start(self) -> None:
        """Start the service where it is stopped, so that it tells what is set; nothing comes of a failure."""
        self.ask("systemctl", "start", "engramd.service", seconds=_PATIENCE)

    def start(self, *, changed: bool) -> bool:
        """Start the service, anew where its files changed; whether it was (re)started."""
        if changed:
            self._run("systemctl", "daemon-reload")
        elif self.ask("systemctl", "is-active", "--quiet", "engramd.service").code == 0:
            return False
        self._run("systemctl", "restart", "engramd.service", seconds=_PATIENCE)
        return True

    def _run(self, *words: str, seconds: float = 30.0) -> None:
        answer = self.ask(*words, seconds=seconds)
        if answer.code != 0:
            why = answer.errors.strip().rpartition("\n")[2]
            remedy = "journalctl --unit engramd --pager-end" if words[0] == "systemctl" else ""
            raise EngramError(f"`{' '.join(words)}` failed", why=why, remedy=remedy)


def make_folder(folder: Path, group: str = "") -> bool:
    """Make a folder of a group, which inherits it to all below; whether that changed anything.

    One that is there stays as it is, unless it is empty. Without a group it has that of who makes it.
    FilingFailed; InvalidArgument where a link leads to what is no place for a library.
    """
    try:
        is_new = not folder.exists()
        _make_with_parents(folder)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _refuse_astray(handle, folder)
            return _given(handle, group, is_new=is_new)
        finally:
            os.close(handle)
    except OSError as error:
        raise FilingFailed("a folder cannot be made", where=folder, why=error.strerror) from error


def _make_with_parents(folder: Path) -> None:
    """Make a folder, and those above it so that the service can walk through, whatever umask root has."""
    before = os.umask(0o022)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    finally:
        os.umask(before)


def _refuse_astray(handle: int, folder: Path) -> None:
    """Refuse what is no place for a library where links have led there; InvalidArgument."""
    really = Path(f"/proc/self/fd/{handle}").readlink()
    if really != folder and (why := refusal(really)):
        raise InvalidArgument(
            f"this folder cannot be used: it is {really}",
            where=folder,
            why=why,
            remedy="look who made that link, and name another folder",
        )


def _given(handle: int, group: str, *, is_new: bool) -> bool:
    """Give the opened folder to a group if it is new or empty, wherever links lead now; say whether."""
    status = os.fstat(handle)
    number = group_number(group) if group else status.st_gid
    is_right = status.st_gid == number and status.st_mode & _SHARED == _SHARED
    if not is_new and (is_right or os.listdir(handle)):
        return False
    try:
        os.fchown(handle, -1, number)
        os.fchmod(handle, 0o2775)
    except OSError:
        if is_new:
            raise
        return False  # the service says what it lacks
    return True


def group_of(folder: str) -> str:
    """Give the name of a folder's group; empty where there is none."""
    with suppress(OSError, KeyError):
        return grp.getgrgid(Path(folder).stat().st_gid).gr_name
    return ""


def group_number(name: str) -> int:
    """Give the number of a group. FilingFailed where there is none."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        remedy = "sudo systemd-sysusers" if name == "engramd" else f"sudo groupadd --system {name}"
        raise FilingFailed("there is no such group", where=name, remedy=remedy) from None


def _put(file: Path, content: bytes, mode: int, group: int) -> None:
    """Write a file under a name of its own, and give it its name when it is on the disk."""
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fchown(descriptor, -1, group)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
