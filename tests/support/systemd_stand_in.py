"""A stand-in for systemctl and journalctl, which need a booted systemd: they say what systemd 252 said."""

from __future__ import annotations

from pathlib import Path

#: What `systemctl show engramd` said of each standing of a unit.
RECORDED = {
    "missing": "Result=success\nExecMainStatus=0\nLoadState=not-found\nActiveState=inactive\n",
    "stopped": "Result=success\nExecMainStatus=0\nLoadState=loaded\nActiveState=inactive\n",
    "failed": "Result=exit-code\nExecMainStatus=78\nLoadState=loaded\nActiveState=failed\n",
    "masked": "Result=exit-code\nExecMainStatus=78\nLoadState=masked\nActiveState=failed\n",
    "starting": "Result=success\nExecMainStatus=0\nLoadState=loaded\nActiveState=activating\n",
    "running": "Result=success\nExecMainStatus=0\nLoadState=loaded\nActiveState=active\n",
}
_SCRIPT = """#!/bin/sh
# Stand-in: says what the real program said, and writes down how it was called.
echo "$0 $*" >> '{calls}'
cat '{said}'
exit {code}
"""


class SystemdStandIn:
    """Two programs in `folder`, to be found first on the search path."""

    def __init__(self, folder: Path, standing: str, *, last_error: str = "", code: int = 0) -> None:
        self.folder = folder / "systemd"
        self.folder.mkdir()
        self._calls = self.folder / "calls"
        for name, said in (("systemctl", RECORDED.get(standing, "")), ("journalctl", last_error)):
            file = self.folder / f"{name}.said"
            file.write_text(said, "utf-8")
            program = self.folder / name
            program.write_text(_SCRIPT.format(calls=self._calls, said=file, code=code), "utf-8")
            program.chmod(0o755)

    def calls(self) -> list[list[str]]:
        """Give the words of every call, the program's name first."""
        lines = self._calls.read_text("utf-8").splitlines() if self._calls.exists() else []
        return [[Path(line.split()[0]).name, *line.split()[1:]] for line in lines]
