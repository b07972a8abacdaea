"""Under which heading doctor shows a finding. Pure."""

from __future__ import annotations

#: Headings, in the order in which a person reads them.
SERVICE, RIGHTS, DRIVES, TOOLS = "service", "rights", "drives", "tools"
ACCOUNTS, FOLDERS, DATA, NEWS = "accounts", "folders", "data", "news"
GROUPS = (SERVICE, RIGHTS, DRIVES, TOOLS, ACCOUNTS, FOLDERS, DATA, NEWS)

#: The beginnings of ids, and where they belong; what is not here is about a folder.
_OF = (
    (SERVICE, ("user",)),
    (DRIVES, ("drive", "sg-", "polled-", "/dev/")),
    (TOOLS, ("tool-", "ffmpeg", "reader-", "tesseract", "speech", "makemkv-makemkv", "makemkv-version")),
    (TOOLS, ("programs", "readers", "makemkv", "others", "pictures")),
    (ACCOUNTS, ("makemkv-key", "source", "key-", "network")),
    (DATA, ("database", "clock", "state", "cache", "trash-", "discdb-agreement")),
    (NEWS, ("notify", "server-", "hook")),
)


def group_of(finding_id: str) -> str:
    """Give the heading; the longest beginning decides."""
    fitting = [
        (len(begin), group) for group, begins in _OF for begin in begins if finding_id.startswith(begin)
    ]
    return max(fitting)[1] if fitting else FOLDERS
