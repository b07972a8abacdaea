"""The texts of `.nfo` files, read back by an XML parser, whatever names come."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from engramd.organize.listings import Listings
from engramd.organize.nfo import EpisodeFacts, WorkFacts, episodes_nfo, film_nfo, plain, show_nfo

#: Whatever a label, a database or a person may say: markup, control characters, what no XML may hold.
HOSTILE = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    ["]]>", "<!--", "&amp;", "<![CDATA[", "<?xml?>", "a\x00b", "\ud800", "\ufffe", "&#0;", "\r\n", "\"'"]
)


def blocks(text: str) -> list[ElementTree.Element]:
    """Read a file as the servers do: a declaration, and then one element after the other."""
    declaration, _, rest = text.partition("\n")
    assert declaration.startswith("<?xml")
    assert text.encode(), "it is good UTF-8"
    return list(ElementTree.fromstring(f"<all>{rest}</all>"))


def test_a_film_says_what_is_known_of_it_and_nothing_else() -> None:
    text = film_nfo(WorkFacts("Fast & Loose", "Vite <et> mal", 1999, tmdb_id=603))
    [film] = blocks(text)
    assert film.tag == "movie"
    assert {one.tag: one.text for one in film} == {
        "title": "Fast & Loose",
        "originaltitle": "Vite <et> mal",
        "year": "1999",
        "uniqueid": "603",
    }
    number = film.find("uniqueid")
    assert number is not None
    assert number.attrib == {"type": "tmdb", "default": "true"}
    assert ElementTree.fromstring(text.encode()).tag == "movie", "a single work is a document of its own"


def test_a_file_of_several_episodes_has_a_block_for_each() -> None:
    facts = [
        EpisodeFacts("The Show", 0, 1, "Dawn", "2008-01-20", "It begins.", 25, 62085),
        EpisodeFacts("The Show", 0, 2),
    ]
    first, second = blocks(episodes_nfo(facts))
    assert [one.tag for one in (first, second)] == ["episodedetails"] * 2
    assert [first.findtext(name) for name in ("season", "episode", "title", "aired", "runtime", "plot")] == [
        "0", "1", "Dawn", "2008-01-20", "25", "It begins.",
    ]  # fmt: skip
    assert {one.tag for one in second} == {"showtitle", "season", "episode"}


@given(HOSTILE, HOSTILE, HOSTILE)
def test_hostile_names_are_text_and_nothing_else(title: str, other: str, plot: str) -> None:
    [show] = blocks(show_nfo(WorkFacts(title, other, plot=plot)))
    assert (show.tag, len(list(show.iter()))) == ("tvshow", 1 + len(list(show)))
    said = {one.tag: (one.text or "") for one in show}
    wanted = {"title": plain(title), "originaltitle": plain(other), "plot": plain(plot)}
    assert said == {name: text for name, text in wanted.items() if text}
    [episode] = blocks(episodes_nfo([EpisodeFacts(title, 1, 2, other, plot=plot)]))
    assert (episode.findtext("title") or "") == plain(other)


def test_the_library_knows_its_folders_again_by_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "tvshow.nfo"
    path.write_text(show_nfo(WorkFacts("Fast & Loose", year=2004, tmdb_id=1972)))
    told = Listings().nfo(path)
    assert told is not None
    assert (told.name, told.year, told.id_of("tmdb")) == ("Fast & Loose", 2004, "1972")
