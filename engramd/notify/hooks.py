"""Runs a person's programs when something happened: those of the folder `hooks_path`, by their names.

They run one after another on a thread of their own, so that none holds a job; what one does wrong is a
condition, and its output goes into the journal with the job's field.
"""

from __future__ import annotations

import os
import re
import stat
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from engramd.conditions import Condition, Conditions
from engramd.errors import Cancelled, EngramError, InvalidArgument
from engramd.models import AppConfig
from engramd.tools import CancelToken, Outcome, Tools

log = structlog.get_logger(__name__)

CONDITION = "hook"
REMEDY = "mend the hook, or take its permission to run (chmod -x); what it wrote: journalctl -u engramd"
#: Names that editors and package managers leave, and hidden ones, are no hooks.
_NO_HOOK = re.compile(r"\..*|.*(~|\.(bak|orig|rej|swp|dpkg-\w+|rpm\w+|ucf-\w+))")
#: Calls that may wait; a hook that is slow for ever must not fill the memory.
_MOST_WAITING = 1000
#: Lines of one run that go into the journal.
_MOST_LINES = 200


class Hooks:
    """Runs all hooks for each call that is waiting."""

    def __init__(
        self, tools: Tools, conditions: Conditions, settings: Callable[[], AppConfig], cancel: CancelToken
    ) -> None:
        self._tools = tools
        self._conditions = conditions
        self._settings = settings
        self._cancel = cancel
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], Mapping[str, str] | None]] = deque()
        self._failing: set[str] = set()

    def add(self, facts: Callable[[], Mapping[str, str] | None]) -> None:
        """Have the hooks run; `facts` gives their environment when their turn comes, None: do not run."""
        with self._lock:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append(facts)
                return
        log.warning("hooks are too slow, and do not run for what happens now", waiting=_MOST_WAITING)

    def run_waiting(self) -> None:
        """Run the hooks for everything that waits."""
        while not self._cancel.cancelled:
            with self._lock:
                facts = self._waiting.popleft() if self._waiting else None
            if facts is None:
                return
            self._run_all(facts)

    def _run_all(self, facts: Callable[[], Mapping[str, str] | None]) -> None:
        hooks, refused = find_hooks(Path(self._settings().hooks_path or "/nonexistent"))
        found = {CONDITION + "-" + name for name in (*map(_name, hooks), *map(_name, refused))}
        for gone in self._failing - found:
            self._note(gone.removeprefix(CONDITION + "-"), "")
        for path, why in refused.items():
            self._note(path.name, f"the hook {path.name} is not run: {why}")
        environment = facts() if hooks else None
        for hook in hooks if environment else ():
            self._run(hook, environment or {})

    def _run(self, hook: Path, environment: Mapping[str, str]) -> None:
        job = environment.get("ENGRAM_JOB") or None
        told = log.bind(job=job, hook=hook.name)
        count = 0

        def write(line: str) -> None:
            nonlocal count
            count += 1
            if count <= _MOST_LINES:
                told.info(line)

        try:
            outcome = self._tools.run(
                [hook, environment["ENGRAM_EVENT"]],
                on_line=write,
                timeout=float(self._settings().hooks_seconds),
                cancel=self._cancel,
                env=environment,
                cwd=Path("/"),
            )
        except Cancelled:
            return
        except EngramError as error:
            self._note(hook.name, f"the hook {hook.name} cannot be run: {error}", job)
            return
        for line in outcome.stderr.splitlines()[-_MOST_LINES:]:
            told.warning(line)
        self._note(hook.name, self._fault(hook.name, outcome), job)

    def _fault(self, name: str, outcome: Outcome) -> str:
        """Say what a run was not as it should be; empty if it was."""
        if outcome.timed_out:
            limit = self._settings().hooks_seconds
            return f"the hook {name} was ended, since it ran for more than {limit} s (hooks_seconds)"
        if outcome.returncode < 0:
            return f"the hook {name} was ended by signal {-outcome.returncode}"
        return f"the hook {name} failed with exit code {outcome.returncode}" if outcome.returncode else ""

    def _note(self, name: str, fault: str, job: str | None = None) -> None:
        """Keep the condition of one hook as its last run was."""
        key = f"{CONDITION}-{name}"
        if not fault:
            self._failing.discard(key)
            self._conditions.clear(key)
            return
        if key not in self._failing or job:
            log.warning(fault, job=job)
        self._failing.add(key)
        self._conditions.set(Condition(key, fault, REMEDY))


def find_hooks(folder: Path) -> tuple[list[Path], dict[Path, str]]:
    """Give the hooks of a folder in the order of their names, and those that must not run with the reason.

    A program that others than root and this user can change is refused; what is not executable is no hook.
    """
    try:
        entries = sorted(entry for entry in folder.iterdir() if not _NO_HOOK.fullmatch(entry.name))
    except OSError:
        return [], {}
    hooks: list[Path] = []
    refused: dict[Path, str] = {}
    for entry in entries:
        if not entry.is_file() or not os.access(entry, os.X_OK):
            continue
        try:
            _check_owner(folder, "its folder")
            _check_owner(entry, "it")
        except InvalidArgument as error:
            refused[entry] = str(error)
        else:
            hooks.append(entry)
    return hooks, refused


def _check_owner(path: Path, what: str) -> None:
    try:
        status = path.stat()
    except OSError as error:
        raise InvalidArgument(f"{what} cannot be looked at", why=error.strerror) from None
    # Who is of this process's group, or of root's, may do all of this anyway.
    if status.st_mode & stat.S_IWGRP and status.st_gid not in (0, os.getegid()):
        raise InvalidArgument(f"{what} can be written by another group", remedy=f"chmod g-w {path.name}")
    if status.st_mode & stat.S_IWOTH:
        raise InvalidArgument(f"{what} can be written by others", remedy=f"chmod o-w {path.name}")
    if status.st_uid not in (0, os.geteuid()):
        raise InvalidArgument(f"{what} belongs to another user than root", remedy=f"chown root {path.name}")


def _name(path: Path) -> str:
    return path.name
