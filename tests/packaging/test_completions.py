"""The shipped completions in real shells, in which a person presses a key; the daemon is a real one."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.daemon import DaemonUnderTest
from tests.support.recorded import FILM, OLD_SHOW, OTHER_SHOW, SHOW, daemon_with_a_past
from tests.support.tmux import Tmux, missing_for_tmux
from tests.support.udevbed import missing_for_bed

ROOT = Path(__file__).parents[2]
COMPLETIONS = ROOT / "packaging/completions"
FILES = {"bash": "engramctl", "zsh": "_engramctl", "fish": "engramctl.fish"}
#: engramctl, that waits for the daemon as long as a busy machine may need.
PROGRAM = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
from engramd.ctl import __main__, completing
completing.LIMIT = 20
__main__.main()
"""
PROMPT = "ready>"
#: How each shell is begun with our completions and no others but its own, whatever the machine's files say.
START = {
    "bash": (f"PS1='{PROMPT} '; . {COMPLETIONS}/engramctl; clear",),
    "zsh": (
        f"PS1='{PROMPT} ' exec zsh -f",
        f"fpath=({COMPLETIONS} $fpath); autoload -Uz compinit; compinit -D -u; clear",
    ),
    "fish": (
        f"""exec fish --no-config --init-command "source {COMPLETIONS}/engramctl.fish; """
        f"""function fish_prompt; echo '{PROMPT} '; end" """,
        "clear",
    ),
}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonUnderTest]:
    """Give a daemon that knows four jobs, a question, a change, a drive, and a file in its trash."""
    if missing := missing_for_bed():
        pytest.skip(missing)
    with daemon_with_a_past(tmp_path_factory.mktemp("daemon")) as running:
        yield running


@pytest.fixture
def environment(daemon: DaemonUnderTest, tmp_path: Path) -> Mapping[str, str]:
    """Give what a shell sees: engramctl on its path, the bus, and a home folder of its own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    script = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m engramd.ctl "$@"\n'
    (programs / "engramctl").write_text(script)
    (programs / "engramctl").chmod(0o755)
    (tmp_path / "home" / SHOW).mkdir(parents=True)
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "LC_ALL": "C.UTF-8",
        **daemon.bus.environment,
    }


class Keyboard(Tmux):
    """A terminal whose keys are pressed one after the other."""

    def type(self, text: str) -> None:
        """Type text, and no Enter."""
        self._tmux("send-keys", "-l", "--", text)

    def complete(self, text: str, *more: str) -> None:
        """Type the beginning of a line, and press the key that completes it."""
        self.type(text)
        self.press("Tab", *more)


def need(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


def run(environment: Mapping[str, str], *command: str) -> str:
    """Run a shell in the home folder; give what it writes. It must not complain."""
    done = subprocess.run(
        command,
        env=dict(environment),
        cwd=environment["HOME"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


BASH = """. "$0"
for line; do
    COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=37
    _engramctl engramctl && printf '%s|' "${COMPREPLY[@]}" && echo
done
"""


def test_bash_gets_words_that_it_can_insert(environment: Mapping[str, str]) -> None:
    lines = {
        "engramctl show ": "4|3|1|",
        "engramctl answer 1 s0": "S02E02|S02E03|",
        "engramctl rename He": f"{re.sub(r'([^A-Za-z])', lambda m: chr(92) + m[1], FILM)}|",
        "engramctl season Übersee:\\ T": "\\ Teil\\ 2|",
        "engramctl jobs --bus=s": "system|session|",
        "engramctl nonsense ": "|",
    }

    said = run(environment, "bash", "--norc", "-c", BASH, f"{COMPLETIONS}/engramctl", *lines)

    assert dict(zip(lines, said.splitlines(), strict=True)) == lines


def test_fish_shows_words_with_what_they_mean(environment: Mapping[str, str]) -> None:
    need("fish")
    lines = ("show ", "rename He", "jobs --bus=se", "nonsense ")
    asked = "; echo ---; ".join(f"complete -C {shlex.quote(f'engramctl {line}')}" for line in lines)

    said = run(environment, "fish", "--no-config", "-c", f"source {COMPLETIONS}/engramctl.fish; {asked}")

    jobs, films, buses, nothing = (part.splitlines() for part in said.split("---\n"))
    assert [line.split("\t")[0] for line in jobs] == ["4", "3", "1"]
    assert jobs[2].startswith(f"1\t{SHOW} (2003)")
    assert (films, buses, nothing) == ([f"{FILM}\tfilm"], [buses[0]], [])
    assert buses[0].startswith("--bus=session")


@pytest.mark.skipif(bool(missing_for_tmux()), reason=missing_for_tmux())
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_person_presses_the_key(shell: str, environment: Mapping[str, str], tmp_path: Path) -> None:
    need(shell)
    with Keyboard(tmp_path, environment, columns=110) as terminal:
        terminal.run("cd")
        for line in START[shell]:
            terminal.run(line)
            terminal.wait_for(lambda screen: screen.endswith(PROMPT))

        # A folder of that name is here, and is not what is meant.
        terminal.complete("engramctl season harbor\\ S")
        terminal.wait_for(lambda screen: screen.endswith(("season Harbor\\ Station", f"season '{SHOW}'")))
        terminal.press("C-u")

        terminal.complete('engramctl season "Harbor S')
        terminal.wait_for(lambda screen: screen.endswith(f'engramctl season "{SHOW}"'))
        terminal.press("C-u")

        terminal.complete("engramctl show ", "Tab")
        shown = terminal.wait_for(lambda screen: OLD_SHOW in screen and OTHER_SHOW in screen)
        assert re.search(rf"1  .*{SHOW} \(2003\), season 1", shown), shown
        terminal.press("C-u")

        terminal.complete("engramctl rename He")
        terminal.wait_for(re.compile(r"rename \W?Heat.*it\W{0,3}$").search)
        terminal.press("C-a")
        terminal.type("echo ")
        terminal.press("Enter")
        terminal.wait_for(f"\nengramctl rename {FILM}\n")
        assert not (Path(environment["HOME"]) / "pwned").exists()
        assert "command not found" not in terminal.screen()
        assert "rror" not in terminal.screen()
