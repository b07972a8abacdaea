"""What is written for people: users have names, and wide lines go on below."""

from __future__ import annotations

import pytest

from engramd.ctl import output


def test_into_a_pipe_a_line_is_whole_and_people_have_names(capsys: pytest.CaptureFixture[str]) -> None:
    output.echo(f"cancelled by uid 0 {'x' * 90} {'y' * 90}")

    assert capsys.readouterr().out == f"cancelled by root {'x' * 90} {'y' * 90}\n"


def test_on_a_terminal_each_line_fits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "columns", lambda: 20)
    output.echo("short\ncancelled by uid 0 at once")

    assert capsys.readouterr().out == "short\ncancelled by root at\n  once\n"
