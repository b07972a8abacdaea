"""How reference pages are laid out: text that roff would take for orders, lists of keys, Markdown."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "packaging"))

from pages.bus_xml import read_comment, read_interfaces
from pages.document import Block, Items, Page, Paragraph, Part, code, item, items, prose, quoted
from pages.keyed_text import blocks_of
from pages.markdown import page_as_markdown
from pages.roff import page_as_roff


def page(*blocks: Block) -> Page:
    return Page("a.page", 5, "Manual", "a page of the tests", (Part("Part", blocks),))


def rendered(*blocks: Block) -> list[str]:
    """Give the lines of a part as man shows them, without those that are empty."""
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(
        ["groff", "-man", "-ww", "-K", "utf8", "-Tutf8", "-P-cbou", "-rLL=60n"],
        input=page_as_roff(page(*blocks), "1.0"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    lines = done.stdout.partition("\nPART\n")[2].splitlines()[:-1]
    return [line.rstrip() for line in lines if line.strip()]


def test_text_that_roff_would_obey_is_text() -> None:
    nasty = ".nfo files. 'Quoted' back\\slash\\fBbold \\n(PS a^b ~ `x`y …– é --an-option /a-b/c-d \"z\""

    shown = " ".join(" ".join(rendered(Paragraph((("", nasty),)))).split())

    assert shown == nasty.replace(". '", ". '")


ORDERS = (".br", "'br", "\\", "-x", "a'b`c^d~e", ".", "..", "\\&", ".so /etc/passwd")


def test_a_line_that_is_an_order_is_shown() -> None:
    texts = [((style, text),) for style in ("", "b", "i") for text in ORDERS]

    assert rendered(*map(Paragraph, texts)) == [f"       {text}" for [(_, text)] in texts]
    assert rendered(code(*ORDERS)) == [f"           {text}" for text in ORDERS]
    below = Items(tuple(item("a_rather_long_term", Paragraph(text)) for text in texts))
    assert rendered(below)[1::2] == [f"              {text}" for [(_, text)] in texts]


def test_what_is_to_be_copied_has_the_dashes_that_are_typed() -> None:
    text = page_as_roff(page(*prose("Say `--dry-run`, well-known, or --no-wait at /srv/a-b.")), "1.0")

    assert r"\fB\-\-dry\-run\fR" in text
    assert r"or \-\-no\-wait at /srv/a\-b" in text
    assert "well-known" in text, "a hyphen in prose stays one"


def test_a_sentence_begins_a_line_in_the_source() -> None:
    text = page_as_roff(page(*prose("One is here. Two has `this`. Three (e.g. four) ends.")), "1.0")

    assert "One is here.\nTwo has \\fBthis\\fR.\nThree (e.g. four) ends.\n" in text


def test_terms_stand_beside_what_is_said_of_them() -> None:
    close = items(
        [("`a`", "first"), ("`longer`", "second"), ("`a_name_that_is_much_too_long`", "third")], close=True
    )

    assert rendered(close) == [
        "       a       first",
        "       longer  second",
        "       a_name_that_is_much_too_long",
        "               third",
    ]


def test_blocks_below_a_term_are_its_own() -> None:
    shown = rendered(
        Items((item("term", "first", "second", code("x  y"), items([("`k`", "v")])),)), *prose("after")
    )

    assert shown == [
        "       term   first",
        "              second",
        "                  x  y",
        "              k      v",
        "       after",
    ]


def keys(text: str) -> list[object]:
    """Give what is made of a description: paragraphs as text, lists as pairs."""

    def words(block: Paragraph) -> str:
        return "".join(part for _, part in block.text)

    return [
        words(block)
        if isinstance(block, Paragraph)
        else [("".join(part for _, part in one.term), words(one.body[0])) for one in block.items]  # type: ignore
        for block in blocks_of(text)
    ]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Nothing to list as a whole.", ["Nothing to list as a whole."]),
        ("Options: path s (one library).", ["Options: path s (one library)."]),
        ("Gives count u, and bytes t.", ["Gives count u, and bytes t."]),
        (
            "Rip it. Options: titles s (1,3-5), main_only b, eject b; others are refused. Replies.",
            [
                "Rip it. Options:",
                [("titles", "s – 1,3-5"), ("main_only", "b"), ("eject", "b")],
                "Others are refused. Replies.",
            ],
        ),
        (
            "For each, a s, b u (0: none (yet)), c as (names, several); then more x a{ss}",
            [
                "For each:",
                [("a", "s"), ("b", "u – 0: none (yet)"), ("c", "as – names, several")],
                "Then more x a{ss}",
            ],
        ),
        (
            "Each: a s, b t and c i of an enum. As soon as the job, as a rule.",
            ["Each:", [("a", "s"), ("b", "t"), ("c", "i – of an enum")], "As soon as the job, as a rule."],
        ),
    ],
)
def test_keys_in_a_row_become_a_list(text: str, blocks: list[object]) -> None:
    assert keys(text) == blocks


def test_names_and_types_of_keys_are_marked_in_prose() -> None:
    [block] = blocks_of("The change i, or as before.")

    assert block == Paragraph((("", "The "), ("b", "change"), ("", " "), ("i", "i"), ("", ", or as before.")))


def test_markdown_takes_nothing_for_markup() -> None:
    text = page_as_markdown(page(Paragraph(quoted("a*b* _c_ d_e <f> [g](h) `i*j` 5 > 4 | x"))), "1.0")

    assert r"a\*b\* \_c\_ d_e \<f> \[g\](h) `i*j` 5 > 4 \| x" in text


def test_markdown_lists_keep_what_belongs_together() -> None:
    blocks = Items((item("`k` *s*", "first " * 30, code("x"), items([("`in`", "v")])),))

    lines = page_as_markdown(page(blocks), "1.0").splitlines()

    begin = lines.index("## Part") + 2
    assert lines[begin].startswith("* `k` *s*: first first")
    assert lines[begin + 1].startswith("  first")
    assert "  ```" in lines
    assert "  * `in`: v" in lines
    assert all(len(line) <= 120 for line in lines)


XML = """<!-- One, two
  three.

  /a  B
-->
<node><interface name="x.Y">
<annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="false"/>
<method name="M"><annotation name="org.freedesktop.DBus.Deprecated" value="true"/>
<arg name="a" type="s" direction="in"/><arg name="b" type="u" direction="out"/></method>
<signal name="S"><arg name="c" type="t"/></signal>
<property name="P" type="s" access="readwrite"/>
<property name="Q" type="s" access="read">
<annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="invalidates"/></property>
</interface></node>"""


def test_the_xml_is_read_as_it_stands() -> None:
    [found] = read_interfaces(XML)

    [method], [signal], [silent, noted] = found.methods, found.signals, found.properties
    assert ([one.name for one in method.takes], [one.type for one in method.gives]) == (["a"], ["u"])
    assert (method.is_deprecated, signal.gives[0].type, signal.takes) == (True, "t", ())
    assert (silent.change, silent.access, noted.change) == ("silent", "readwrite", "invalidates")
    assert read_comment(XML) == ["One, two\nthree.", "/a  B"]
    assert re.match(r"\S", read_comment(XML)[0])
