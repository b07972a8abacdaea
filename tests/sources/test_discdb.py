"""The index and the network as one: what is confirmed counts, what disagrees is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engramd.discs.model import Disc
from engramd.errors import InvalidArgument
from engramd.models.enums import ClassificationSource, TitleRole
from engramd.sources.discdb import DiscDb, combine, found_from_json, mappings_json
from engramd.sources.discdb_confirm import confirm
from engramd.sources.discdb_index import DiscIndex, write
from engramd.sources.discdb_model import DiscEntry, Work
from engramd.sources.discdb_online import PATH, OnlineDiscDb
from engramd.sources.fetch import Fetcher
from engramd.sources.limits import Limits
from engramd.sources.problems import IndexDamaged, SourceUnreachable
from tests.sources.discdb_made import FILM, SHOW, bluray, entry_of, episode
from tests.sources.test_discdb_online import DISC, FAILED, node, page
from tests.support.webserver import WebServer, json_answer

BY_HASH, BY_NAME = ClassificationSource.DISCDB_HASH, ClassificationSource.DISCDB_NAME
ITEMS = {0: episode(1), 1: episode(2)}
FILMS = bluray([(1, "1", 7000), (2, "2", 6600)])
SECOND = Work(namespace="movie", name="The Lantern II", year=1990, tmdb_id=816)
BOTH = {0: {"Type": "MainMovie", "Title": "The Lantern"}, 1: {"Type": "MainMovie", "Title": "The Lantern II"}}


def index_of(tmp_path: Path, *entries: DiscEntry) -> DiscIndex:
    path = tmp_path / "discdb.sqlite"
    if entries:
        write(entries, path, "made", [])
    return DiscIndex(path)


@pytest.fixture
def online(server: WebServer) -> OnlineDiscDb:
    return OnlineDiscDb(Fetcher("TheDiscDB", server.url, limits=Limits(tries=1)))


def neighbour() -> Disc:
    return bluray([(800, "1", 2501), (801, "2", 2600)], {1: 11, 2: 22})


def test_a_hash_whose_titles_agree_is_confirmed(tmp_path: Path) -> None:
    found = DiscDb(index_of(tmp_path, entry_of(DISC, ITEMS))).find(DISC)

    assert (found.status, found.source, found.work) == ("confirmed", BY_HASH, SHOW)
    assert [(m.title_index, m.role, m.episode) for m in found.mappings] == [
        (0, TitleRole.EPISODE, "S01E01"),
        (1, TitleRole.EPISODE, "S01E02"),
    ]
    assert found.confidence > 0.95
    assert found.reason.startswith("Harbor Station (2019)")


def test_a_hash_of_the_neighbouring_disc_is_rejected_and_says_so(tmp_path: Path) -> None:
    found = DiscDb(index_of(tmp_path, entry_of(neighbour(), ITEMS))).find(DISC)

    assert (found.status, found.source, found.mappings, found.work) == ("rejected", None, (), None)
    assert "is on this disc" in found.rejections[0]


def test_of_two_entries_with_one_hash_the_right_one_counts(tmp_path: Path) -> None:
    wrong = entry_of(neighbour(), {0: episode(7), 1: episode(8)})
    found = DiscDb(index_of(tmp_path, wrong, entry_of(DISC, ITEMS))).find(DISC)

    assert (found.status, [m.episode for m in found.mappings]) == ("confirmed", ["S01E01", "S01E02"])
    assert len(found.rejections) == 1


def test_a_disc_under_a_wrong_hash_is_found_by_its_titles(tmp_path: Path) -> None:
    index = index_of(tmp_path, entry_of(neighbour(), ITEMS), entry_of(DISC, ITEMS, content_hash="E" * 32))

    found = DiscDb(index).find(DISC)

    assert (found.status, found.source) == ("confirmed", BY_NAME)
    assert len(found.rejections) == 1


def test_re_releases_that_agree_are_one_and_complete_each_other(tmp_path: Path) -> None:
    first = entry_of(DISC, {0: episode(1)}, release="2019")
    second = entry_of(DISC, {0: episode(1, "Other words"), 1: episode(2)}, release="2022")

    found = DiscDb(index_of(tmp_path, first, second)).find(DISC)

    assert found.status == "confirmed"
    assert [m.episode for m in found.mappings] == ["S01E01", "S01E02"]


def test_an_edition_that_only_one_entry_names_is_taken(tmp_path: Path) -> None:
    plain = {0: {"Type": "MainMovie", "Title": "The Lantern"}}
    exact = {0: {"Type": "MainMovie", "Title": "The Lantern (Extended Cut)"}}
    index = index_of(tmp_path, entry_of(FILMS, plain, FILM), entry_of(FILMS, exact, FILM, release="2022"))

    found = DiscDb(index).find(FILMS)

    assert (found.status, [m.edition for m in found.mappings]) == ("confirmed", ["Extended Cut"])


def test_entries_that_disagree_are_candidates(tmp_path: Path) -> None:
    first = entry_of(DISC, ITEMS, release="2019")
    second = entry_of(DISC, {0: episode(2), 1: episode(1)}, release="2022")

    found = DiscDb(index_of(tmp_path, first, second)).find(DISC)

    assert (found.status, found.mappings, found.work) == ("candidates", (), SHOW)
    assert [[m.episode for m in one.mappings] for one in found.candidates] == [
        ["S01E01", "S01E02"],
        ["S01E02", "S01E01"],
    ]
    assert "disagree" in found.reason


def test_a_disc_under_two_films_gives_each_its_own(tmp_path: Path) -> None:
    index = index_of(tmp_path, entry_of(FILMS, BOTH, SECOND), entry_of(FILMS, BOTH, FILM))

    found = DiscDb(index).find(FILMS)

    assert (found.status, found.work) == ("confirmed", FILM)
    assert [(m.name, m.work) for m in found.mappings] == [("The Lantern", None), ("The Lantern II", SECOND)]
    assert set(found.works) == {FILM, SECOND}


def test_a_slip_in_a_name_is_still_that_film_and_another_part_is_not(tmp_path: Path) -> None:
    slips = {
        0: {"Type": "MainMovie", "Title": "The Lantrn"},
        1: {"Type": "MainMovie", "Title": "The Lantern III"},
    }
    index = index_of(tmp_path, entry_of(FILMS, slips, FILM), entry_of(FILMS, slips, SECOND))

    found = DiscDb(index).find(FILMS)

    assert (found.work, found.mappings[0].work) == (FILM, None)
    other = found.mappings[1].work
    assert other is not None
    assert (other.name, other.tmdb_id) == ("The Lantern III", None)


def test_a_disc_of_extras_under_two_films_leaves_the_work_open(tmp_path: Path) -> None:
    extras = {0: {"Type": "Extra", "Title": "The Making of the Set"}}
    index = index_of(tmp_path, entry_of(FILMS, extras, FILM), entry_of(FILMS, extras, SECOND))

    found = DiscDb(index).find(FILMS)

    assert (found.status, found.work, found.works) == ("confirmed", None, (FILM, SECOND))


def test_a_name_alone_brings_candidates(tmp_path: Path) -> None:
    database = DiscDb(index_of(tmp_path, entry_of(neighbour(), ITEMS, content_hash=None)))

    found = database.find(DISC, "harbor station", 2019)

    assert (found.status, found.source, found.mappings) == ("candidates", BY_NAME, ())
    assert [one.work for one in found.candidates] == [SHOW]
    assert database.find(DISC).status == "unknown"


def test_the_index_comes_first_and_the_network_is_left_alone(
    tmp_path: Path, server: WebServer, online: OnlineDiscDb
) -> None:
    found = DiscDb(index_of(tmp_path, entry_of(DISC, ITEMS)), online).find(DISC)

    assert found.status == "confirmed"
    assert server.requests == []


def test_what_the_index_lacks_the_network_knows(
    tmp_path: Path, server: WebServer, online: OnlineDiscDb
) -> None:
    server.script(PATH, json_answer(page(node())))

    found = DiscDb(index_of(tmp_path), online).find(DISC)

    assert (found.status, found.source) == ("confirmed", BY_HASH)
    assert [m.episode for m in found.mappings] == ["S01E01"]


def test_a_wrong_hash_in_the_index_may_be_mended_online(
    tmp_path: Path, server: WebServer, online: OnlineDiscDb
) -> None:
    server.script(PATH, json_answer(page(node())))

    found = DiscDb(index_of(tmp_path, entry_of(neighbour(), ITEMS)), online).find(DISC)

    assert found.status == "confirmed"


def test_a_wrong_hash_online_is_rejected_too(tmp_path: Path, server: WebServer, online: OnlineDiscDb) -> None:
    server.script(PATH, json_answer(page(node())))

    assert DiscDb(index_of(tmp_path), online).find(neighbour()).status == "rejected"


def test_an_error_of_the_network_is_no_miss(tmp_path: Path, server: WebServer, online: OnlineDiscDb) -> None:
    server.script(PATH, json_answer(FAILED))
    database = DiscDb(index_of(tmp_path), online)

    with pytest.raises(SourceUnreachable):
        database.find(DISC)
    assert database.find_offline(DISC).status == "unknown"


def test_a_disc_without_hash_asks_nobody(tmp_path: Path, server: WebServer, online: OnlineDiscDb) -> None:
    nameless = DISC.model_copy(update={"content_hash": None})

    assert DiscDb(index_of(tmp_path), online).find(nameless).status == "unknown"
    assert server.requests == []


@pytest.mark.parametrize("entries", [[], [entry_of(DISC, ITEMS)], [entry_of(neighbour(), ITEMS)]])
def test_what_was_found_survives_its_json(entries: list[DiscEntry]) -> None:
    found = combine([confirm(entry, DISC) for entry in entries], BY_HASH)

    written = mappings_json(found)

    assert found_from_json(written) == found
    assert mappings_json(found_from_json(written)) == written, "it is stable"
    assert len(written) < 1500


@pytest.mark.parametrize("written", ["", "null", "[]", '{"status": "maybe"}', '{"mappings": [{}]}'])
def test_other_json_is_refused(written: str) -> None:
    with pytest.raises(InvalidArgument):
        found_from_json(written)


def test_a_later_version_may_add_fields() -> None:
    more: dict[str, Any] = {"status": "unknown", "novelty": 1}

    assert found_from_json(str(more).replace("'", '"')).status == "unknown"


def test_what_the_daemon_imports_is_light() -> None:
    program = (
        "import sys, engramd.models, engramd.discs.model\n"
        "before = set(sys.modules)\n"
        "import engramd.sources.discdb\n"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    heavy = ("httpx", "tenacity", "diskcache", "rapidfuzz", "numpy", "ssl", "graphql")
    assert "engramd" in done.stdout
    assert [name for name in heavy if f"'{name}'" in done.stdout] == []


def test_a_damaged_index_is_told_unless_the_network_knows_the_disc(
    tmp_path: Path, server: WebServer, online: OnlineDiscDb
) -> None:
    index = index_of(tmp_path, entry_of(DISC, ITEMS))
    index.path.write_bytes(b"no database" * 100)
    server.script(PATH, json_answer(page(node())), json_answer(page()))

    assert DiscDb(index, online).find(DISC).status == "confirmed"
    with pytest.raises(IndexDamaged):
        DiscDb(index, online).find(DISC)
    with pytest.raises(IndexDamaged):
        DiscDb(index).find(DISC)
