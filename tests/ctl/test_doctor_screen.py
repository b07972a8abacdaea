"""What doctor shows: for eyes on 80 columns, for terminals without signs, and with commands to be copied."""

from __future__ import annotations

import shlex

import click
import pytest

from engramd.ctl import cells
from engramd.ctl.doctor_screen import check, screen, summary

LONG = (
    "sudo mkdir -p /etc/systemd/system/engramd.service.d && printf '%s\\n' '[Service]'"
    " 'ReadWritePaths=\"/data/my tv\"' | sudo tee -a /etc/systemd/system/engramd.service.d/paths.conf"
    " && sudo systemctl daemon-reload && sudo systemctl restart engramd"
)
FOUND = [
    check("daemon", "service", "ok", "engramd 0.1.0 answers on the system bus", short="engramd 0.1.0"),
    check("unit", "service", "ok", "the unit is active, and is started at boot", short="starts at boot"),
    check("bus-policy", "service", "ok", "the bus policy is installed"),
    check("makemkv-makemkv", "tools", "info", "MakeMKV is not installed", "install MakeMKV (makemkv.com)"),
    check("ffmpeg", "tools", "ok", "FFmpeg 7.1 reads DVDs", short="FFmpeg 7.1"),
    check("tool-ddrescue", "tools", "warning", "ddrescue is not installed", "sudo apt install gddrescue"),
    check("tv", "folders", "error", "the library of series cannot be written (/data/my tv)", LONG),
    check("films", "folders", "ok", "the library of films can be written", short="films"),
    check("strange", "", "odd", "a daemon of another time says something\x1b[2J"),
]
SHOWN = """\
! Service   a daemon of another time says something\N{REPLACEMENT CHARACTER}[2J
✓           engramd 0.1.0, starts at boot
! Tools     ddrescue is not installed
            → sudo apt install gddrescue
·           MakeMKV is not installed
            → install MakeMKV (makemkv.com)
✓           FFmpeg 7.1
✗ Folders   the library of series cannot be written (/data/my tv)
            → sudo mkdir -p /etc/systemd/system/engramd.service.d && \\
              printf '%s\\n' '[Service]' 'ReadWritePaths="/data/my tv"' | \\
              sudo tee -a /etc/systemd/system/engramd.service.d/paths.conf && \\
              sudo systemctl daemon-reload && sudo systemctl restart engramd
✓           films

1 problem, 2 warnings; first: the library of series cannot be written (/data/my…"""


def plain(**options: object) -> str:
    return click.unstyle(screen(FOUND, wide=80, **options))  # type: ignore[arg-type]


def test_what_is_wrong_comes_first_in_each_group_and_what_is_fine_in_a_line() -> None:
    assert plain() == SHOWN
    assert all(cells.width(line) <= 80 for line in plain().splitlines())


def test_with_all_each_check_has_a_line() -> None:
    shown = plain(every=True)
    for one in FOUND[:-1]:
        assert one["text"].split(" (")[0] in shown, one
    assert "✓           the bus policy is installed" in shown


def test_without_signs_marks_are_ascii() -> None:
    shown = plain(ascii_only=True).replace("\N{REPLACEMENT CHARACTER}", "?")
    marks = {line[0] for line in shown.splitlines() if line and line[0] != " "}
    assert marks == {"!", "+", "-", "x", "1"}


def test_a_command_in_lines_is_the_command_when_it_is_copied() -> None:
    for wide in (40, 60, 80, 200):
        lines = click.unstyle(screen([FOUND[6]], wide=wide)).splitlines()
        begin = next(place for place, line in enumerate(lines) if "→" in line)
        copied = "\n".join(lines[begin:-2]).replace("→", "")
        assert shlex.split(copied.replace("\\\n", " ")) == shlex.split(LONG)


def test_colours_say_what_is_wrong() -> None:
    shown = screen(FOUND, wide=80)
    assert click.style("✗", fg="red") in shown
    assert click.style("!", fg="yellow") in shown
    assert click.style("✓", fg="green") in shown


@pytest.mark.parametrize(
    ("severities", "line"),
    [
        (("ok", "info"), "All is well: 2 checks."),
        (("ok", "warning"), "1 warning; first: it is warning"),
        (("warning", "error", "error"), "2 problems, 1 warning; first: it is error"),
    ],
)
def test_the_last_line_counts_and_names_the_first(severities: tuple[str, ...], line: str) -> None:
    found = [check(str(number), "data", one, f"it is {one}") for number, one in enumerate(severities)]
    assert [click.unstyle(one) for one in summary(found, 80)] == [line]


def test_the_first_problem_is_the_one_that_stands_first() -> None:
    found = [check("drives", "drives", "warning", "no drive"), check("udev", "service", "warning", "no rule")]
    assert click.unstyle(screen(found, wide=80)).splitlines()[-1] == "2 warnings; first: no rule"


def test_one_sentence_for_several_checks_is_said_once_by_the_worst() -> None:
    severities = {"reader-dvd": "warning", "ffmpeg": "error", "reader-bluray": "warning"}
    same = [check(name, "tools", how, "there is no FFmpeg", "get it") for name, how in severities.items()]
    assert click.unstyle(screen(same, wide=80)).splitlines() == [
        "✗ Tools     there is no FFmpeg",
        "            → get it",
        "",
        "1 problem; first: there is no FFmpeg",
    ]
