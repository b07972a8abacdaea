"""The drop-in of the service's unit that opens its sandbox for the library. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

#: What the unit itself lets the service write.
OPEN = Path("/srv/media")
#: The service's own group.
GROUP = "engramd"
#: How many names a folder must have at least to be opened as a whole: below others are those of strangers.
_DEPTHS = {"srv": 2, "mnt": 2, "media": 2, "home": 3, "run": 4}
_SYSTEM = frozenset(
    ("bin", "boot", "dev", "etc", "lib", "lib64", "opt", "proc", "root", "sbin", "sys", "tmp", "usr", "var")
)
#: Folders that the unit hides, all at once (ProtectHome=).
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
#: Folders that are the machine's own, or the service's private ones (PrivateTmp=).
_CLOSED = (
    "/tmp",
    "/var/tmp",
    "/proc",
    "/sys",
    "/dev",
    "/etc",
    "/usr",
    "/boot",
    "/bin",
    "/sbin",
    "/lib",
    "/run/user",
)

_TEXT = """# Written by `sudo engramctl setup`, each time anew: changes of yours go into another file.
[Unit]
{key}={mounts}

[Service]
"""


def drop_in(folders: Sequence[Path], group: str, *, wants_mounts: bool = False) -> str:
    """Give the drop-in for these folders, whose files belong to a group.

    Where systemd can want mounts it does not require them: one that is unplugged must not end the service.
    """
    lines = [f"SupplementaryGroups={group}"] if group != GROUP else []
    opened = trees(folders)
    hidden = [tree for tree in opened if is_hidden(tree)]
    if hidden:
        lines += ["# Homes are hidden; only these folders of them are shown.", "ProtectHome=tmpfs"]
        lines += [f"BindPaths={_bind_word(tree)}" for tree in hidden]
    lines += [f"ReadWritePaths={_word(tree, '-')}" for tree in opened if tree not in hidden]
    key = "WantsMountsFor" if wants_mounts else "RequiresMountsFor"
    text = _TEXT.format(key=key, mounts=" ".join(map(_word, dict.fromkeys(folders))))
    return text + "".join(f"{line}\n" for line in lines)


def trees(folders: Iterable[Path]) -> list[Path]:
    """Give the trees to open: one for all folders if it can be, as no file is renamed from one to another."""
    outside = [folder for folder in dict.fromkeys(folders) if not folder.is_relative_to(OPEN)]
    if not outside:
        return []
    whole = Path(os.path.commonpath(outside))
    if whole in outside or _may_be_opened(whole):
        return [whole]
    return [
        one for one in outside if not any(one != other and one.is_relative_to(other) for other in outside)
    ]


def refusal(folder: Path) -> str:
    """Say why a folder cannot be a library; empty: it can."""
    if not folder.is_absolute() or ".." in folder.parts:
        return "it is no absolute path"
    if len(folder.parts) < 3 and (folder == Path("/") or folder.parts[1] in {*_SYSTEM, *_DEPTHS}):
        return "it holds more than a library"
    if any(folder.is_relative_to(closed) for closed in _CLOSED):
        return "the service cannot use what is there"
    return ""


def is_hidden(folder: Path) -> bool:
    """Whether the unit hides what is there."""
    return any(folder.is_relative_to(home) for home in _HOMES)


def _may_be_opened(folder: Path) -> bool:
    names = folder.parts[1:]
    return bool(names) and names[0] not in _SYSTEM and len(names) >= _DEPTHS.get(names[0], 1)


def _word(path: Path, before: str = "") -> str:
    """Write a path as units have it: what is special is escaped, and blanks want quotation marks."""
    text = before + str(path).replace("\\", "\\\\").replace("%", "%%").replace('"', '\\"')
    return f'"{text}"' if any(c.isspace() or c in "\"'" for c in text) else text


def _bind_word(path: Path) -> str:
    """Write a path where a colon would separate it from another one."""
    return _word(path).replace(":", "\\:")
