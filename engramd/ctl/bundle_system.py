"""What a report has from the system: versions, configuration, unit, journal, drives, mounts."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from engramd import __version__
from engramd.ctl.programs import ask
from engramd.ctl.redacting import SECRET, Redactor

JOURNAL_LINES = 2000
UNIT = "engramd.service"
#: Debian packages whose versions matter.
_PACKAGES = (
    "engramd", "systemd", "udev", "dbus", "dbus-daemon", "polkitd", "makemkv-bin", "ffmpeg", "gddrescue",
    "mkvtoolnix", "tesseract-ocr", "libdvdread8", "libbluray2", "libudfread0", "python3-gi", "python3-pydbus",
)  # fmt: skip
_LINES_OF_UNIT = re.compile(r"(?im)^(\s*(?:Environment|SetCredential|PassEnvironment|LoadCredential)\w*=).*$")
#: What stands above `[settings]`, and is told.
_TOP_LEVEL = ("settings", "database_url", "log_level", "station")


def versions() -> str:
    """Give the versions of this program, Python, kernel, distribution and packages."""
    lines = [
        f"engramd {__version__} (as engramctl sees it)",
        f"Python {platform.python_version()} ({sys.executable})",
        f"Linux {platform.release()} {platform.version()} {platform.machine()}",
    ]
    with suppress(OSError):
        lines += _of_release(Path("/etc/os-release").read_text("utf-8"))
    lines += ["", "Python packages:", *_python_packages()]
    format_ = "-f=${Package} ${Version}\\n"
    lines += ["", "Debian packages:", ask("dpkg-query", "-W", format_, *_PACKAGES).out]
    return "\n".join(lines)


def configuration(file: Path, redactor: Redactor, secret: Iterable[str], known: Iterable[str]) -> str:
    """Give the configuration file anew from its values: comments, and what nobody knows, are left out."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return f"(there is no {file})"
    except (OSError, UnicodeDecodeError) as error:
        return f"({file} cannot be read by who made this report: {type(error).__name__})"
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at [^)]*\)", str(error))
        return f"({file} is no TOML {where[0] if where else ''}; its text is left out)"
    settings = content.get("settings")
    lines = [f"log_level = {json.dumps(redactor.text(str(content.get('log_level', 'info'))))}"]
    if "station" in content:
        lines.append(f"station = {json.dumps(redactor.text(str(content['station'])))}")
    if "database_url" in content:
        lines.append(f"database_url = {json.dumps(redactor.text(_of_database(content['database_url'])))}")
    if isinstance(settings, Mapping):
        lines.append("[settings]")
        lines += [
            _setting(name, value, redactor, set(secret), set(known)) for name, value in settings.items()
        ]
    others = [name for name in content if name not in _TOP_LEVEL]
    return "\n".join([*lines, *(f"# {redactor.text(name)} = (unknown, left out)" for name in others)])


def unit(redactor: Redactor) -> str:
    """Give how the unit is, and its files without variables and credentials."""
    told = [
        ask("systemctl", "status", UNIT, "--no-pager", "--lines=0", "--full"),
        ask("systemctl", "cat", UNIT, "--no-pager"),
        ask("systemctl", "list-units", "--no-pager", "--all", "engramd*"),
    ]
    said = "\n".join(one.out or one.errors for one in told)
    return "\n".join(map(redactor.said_line, _LINES_OF_UNIT.sub(rf"\1{SECRET}", said).splitlines()))


def journal(bus: str, redactor: Redactor) -> str:
    """Give the last lines of the daemon's journal, each redacted."""
    wanted = ("-u", UNIT) if bus == "system" else ("--user", "-t", "engramd")
    plain = ("--no-pager", "--no-hostname", "-o", "short-iso", "-q")
    answer = ask("journalctl", *wanted, "-n", str(JOURNAL_LINES), *plain, seconds=20.0)
    lines = (answer.out if answer.code == 0 else "").splitlines()
    if not lines:
        return f"(nothing can be read: {redactor.text(answer.errors.strip() or 'the journal has no lines')})"
    return "\n".join(map(redactor.said_line, lines))


def drives(redactor: Redactor) -> str:
    """Give udev's properties of the optical drives; without names no labels."""
    parts = []
    for node in sorted(Path("/dev").glob("sr[0-9]*")):
        said = ask("udevadm", "info", "--query=property", f"--name={node}").out
        lines = [line for line in said.splitlines() if redactor.names is None or not _is_label(line)]
        parts.append("\n".join([f"{node}:", *lines]))
    return "\n\n".join(parts) or "(there is no optical drive)"


def devices() -> str:
    """Give the block devices and the generic SCSI nodes."""
    columns = "NAME,TYPE,SIZE,RO,FSTYPE,TRAN,VENDOR,MODEL,MOUNTPOINTS"
    said = [ask("lsblk", "-o", columns).out or ask("lsblk").out]
    for generic in sorted(Path("/sys/class/scsi_generic").glob("sg*")):
        facts = [_line(generic / "device" / name) for name in ("type", "vendor", "model", "rev")]
        said.append(" ".join([generic.name, *filter(None, facts)]))
    nodes = [*Path("/dev").glob("sr[0-9]*"), *Path("/dev").glob("sg[0-9]*")]
    said += [ask("ls", "-l", *map(str, sorted(nodes))).out] if nodes else ["(no nodes of drives)"]
    return "\n".join(said)


def mounts(folders: Iterable[str]) -> str:
    """Give the mounts that folders lie on, as this process sees them; servers are not named."""
    from engramd.pipeline.checks.mounts import mount_of, read_mounts

    found, lines = read_mounts(), []
    for folder in dict.fromkeys(folder for folder in folders if folder.startswith("/")):
        mount = mount_of(Path(folder), found)
        source = mount.source if mount.source.startswith("/dev/") else f"({mount.kind} of another place)"
        flags = [
            name for name, is_so in (("ro here", mount.is_closed_here), ("ro", mount.is_read_only)) if is_so
        ]
        lines.append(f"{folder}: on {mount.point}, {mount.kind}, {source} {' '.join(flags)}".rstrip())
    return "\n".join(lines) or "(no folder is known)"


def _setting(name: str, value: Any, redactor: Redactor, secret: set[str], known: set[str]) -> str:
    if name in secret:
        return f"{name} = {json.dumps(SECRET)}"
    if name not in known:
        return f"# {redactor.text(name)} = (unknown, left out)"
    return f"{name} = {json.dumps(redactor.setting(value), default=str)}"


def _of_database(url: object) -> str:
    text = str(url)
    return (
        text if text.startswith("sqlite:") and "@" not in text else f"{text.partition('://')[0]}://{SECRET}"
    )


def _of_release(text: str) -> list[str]:
    return [
        line.partition("=")[2].strip('"') for line in text.splitlines() if line.startswith("PRETTY_NAME=")
    ]


def _python_packages() -> list[str]:
    """Give the packages that this program asks for, with their versions here."""
    found = []
    with suppress(metadata.PackageNotFoundError):
        for wanted in metadata.requires("engramd") or ():
            name = re.split(r"[<>=!~;\[ ]", wanted, maxsplit=1)[0]
            with suppress(metadata.PackageNotFoundError):
                found.append(f"{name} {metadata.version(name)}")
    return sorted(set(found))


def _is_label(line: str) -> bool:
    return line.startswith(("ID_FS_LABEL", "ID_FS_UUID", "ID_FS_VOLUME", "ID_FS_LOGICAL", "ID_FS_PUBLISHER"))


def _line(file: Path) -> str:
    with suppress(OSError):
        return os.fsdecode(file.read_bytes()).strip()
    return ""
