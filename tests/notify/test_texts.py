"""The texts of notifications: all can be said, and a person's own are taken or refused with the line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engramd.errors import InvalidArgument
from engramd.notify.texts import NAME, WORDS, Texts, allowed_fields, built_in, checked, filled

KINDS = sorted(set(built_in()) - {WORDS})


class Reported:
    def __init__(self) -> None:
        self.errors: list[InvalidArgument | None] = []

    def __call__(self, error: InvalidArgument | None) -> None:
        self.errors.append(error)


@pytest.fixture
def reported() -> Reported:
    return Reported()


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_can_be_said_and_says_a_command(kind: str, tmp_path: Path, reported: Reported) -> None:
    facts = {name: f"<{name}>" for name in allowed_fields(kind)}
    message = Texts(tmp_path / NAME, reported).say(kind, facts)

    assert "\n" not in message.subject
    assert "engramctl " in message.text
    for name in facts:
        assert f"<{name}>" in message.subject + message.text


def test_the_texts_pass_their_own_check() -> None:
    text = (Path(__file__).parents[2] / "engramd/notify" / NAME).read_text("utf-8")

    assert checked(text, Path(NAME)) == built_in()


def test_a_line_without_anything_to_say_is_left_out() -> None:
    template = "\nIt failed. {why}\n{safe}\n{safe} {why}\nAlways.\n"

    assert filled(template, {"why": "The disc is scratched."}) == (
        "It failed. The disc is scratched.\nThe disc is scratched.\nAlways."
    )


def test_what_is_filled_in_is_not_read_as_a_template(tmp_path: Path, reported: Reported) -> None:
    message = Texts(tmp_path / NAME, reported).say("filed", {"disc": "{job} {0.__class__}", "job": 7})

    assert message.subject == "{job} {0.__class__}: filed"


def test_a_persons_texts_take_the_place_of_some(tmp_path: Path, reported: Reported) -> None:
    own = tmp_path / NAME
    own.write_text('[filed]\nsubject = "{disc} ist da"\n[words]\nseason = "Staffel {number}"\n')
    texts = Texts(own, reported)

    assert texts.say("filed", {"disc": "Firefly"}).subject == "Firefly ist da"
    assert "engramctl show 3" in texts.say("filed", {"job": 3}).text
    assert texts.word("season", number=2) == "Staffel 2"
    assert texts.say("failed", {"disc": "Firefly"}).subject == "Firefly: failed"


def test_a_file_that_is_mended_counts_at_once(tmp_path: Path, reported: Reported) -> None:
    own = tmp_path / NAME
    texts = Texts(own, reported)
    assert texts.say("filed", {"disc": "X"}).subject == "X: filed"
    for number, (text, subject) in enumerate(
        [('[filed]\nsubject = "{dics}!"', "X: filed"), ('[filed]\nsubject = "{disc}!"', "X!")], 1
    ):
        own.write_text(text)
        os.utime(own, (number, number))
        assert texts.say("filed", {"disc": "X"}).subject == subject
    own.unlink()

    assert texts.say("filed", {"disc": "X"}).subject == "X: filed"
    assert [error is None for error in reported.errors] == [False, True, True]


MISTAKES = [
    ('[filed]\nsubject = "a\n', "line 2", ""),
    ('[filed]\nsubject = "{disc}"\n\n[filled]\nsubject = ""\n', "line 4", "no section 'filled'"),
    ('[filed]\nsubjekt = "{disc}"\n', "line 2", "no 'subjekt'"),
    ("[filed]\nsubject = 3\n", "line 2", "is a text"),
    ('# mine\n[filed]\nsubject = "{title}"\n', "line 3", "no {title}"),
    ('[filed]\ntext = """\nfine {disc}\nnot fine {path}\n"""\n', "line 4", "no {path}"),
    ('[filed]\ntext = """\n{disc.id}\n"""\n', "line 3", "more than a name"),
    ('[filed]\ntext = """\n{disc:>10}\n"""\n', "line 3", "more than a name"),
    ('[filed]\ntext = """\n{}\n"""\n', "line 3", "more than a name"),
    ('[filed]\nsubject = "{disc"\n', "line 2", ""),
    ('[words]\nseason = "{count}"\n', "line 2", "no {count}"),
    ("filed = 1\n", "line 1", "no section"),
]


@pytest.mark.parametrize(("text", "line", "why"), MISTAKES)
def test_a_wrong_file_is_refused_with_the_line(
    text: str, line: str, why: str, tmp_path: Path, reported: Reported
) -> None:
    (tmp_path / NAME).write_text(text)

    assert Texts(tmp_path / NAME, reported).say("filed", {"disc": "X"}).subject == "X: filed"
    [error] = reported.errors
    assert error is not None
    assert error.where == f"{NAME}, {line}"
    assert why in error.why


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * 70_000])
def test_a_file_that_is_no_text_is_refused(content: bytes, tmp_path: Path, reported: Reported) -> None:
    (tmp_path / NAME).write_bytes(content)

    assert Texts(tmp_path / NAME, reported).word("daemon") == "engramd"
    assert isinstance(reported.errors[0], InvalidArgument)
