"""Measured on real discs, where the corpus lies beside the checkout; `pytest -s` shows the figures."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engramd.discs.model import Disc, Media, Segment, Title
from engramd.discs.robot_log import read_robot_log
from engramd.models.enums import TitleRole
from engramd.sources.discdb import DiscDb, Found
from engramd.sources.discdb_compare import Comparison
from engramd.sources.discdb_confirm import confirm
from engramd.sources.discdb_index import DiscIndex, write
from engramd.sources.discdb_model import DiscEntry
from engramd.sources.discdb_read import fields, parse_object, read_disc, read_work
from tests.sources.discdb_made import clock

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
DISCS = CORPUS / "discs.jsonl.gz"
MEDIA = {"DVD": Media.DVD, "BD": Media.BLURAY, "UHD": Media.UHD}
#: What MakeMKV leaves out as it is usually set, in seconds.
SHORT = 120

pytestmark = pytest.mark.skipif(
    not DISCS.exists(), reason="the corpus of real discs is not beside the checkout"
)

Recorded = dict[str, Any]


@pytest.fixture(scope="module")
def discs() -> list[Recorded]:
    with gzip.open(DISCS, "rt", encoding="utf-8") as lines:
        return [disc for line in lines if (disc := json.loads(line))["titles"]]


@pytest.fixture(scope="module")
def entries(discs: list[Recorded]) -> dict[str, DiscEntry]:
    return {disc["path"]: as_entry(disc) for disc in discs}


@pytest.fixture(scope="module")
def database(entries: dict[str, DiscEntry], tmp_path_factory: pytest.TempPathFactory) -> DiscDb:
    path = tmp_path_factory.mktemp("index") / "discdb.sqlite"
    write(entries.values(), path, "the corpus", [])
    return DiscDb(DiscIndex(path))


def as_entry(disc: Recorded) -> DiscEntry:
    work = read_work({}, "tv" if disc["kind"] == "series" else "movie", disc["title"])
    titles = [
        {
            "sourcefile": title["src"],
            "segmentmap": title["seg"],
            "duration": clock(title["dur"]),
            "size": title["size"],
            "item": title.get("item"),
        }
        for title in disc["titles"]
    ]
    source = {"titles": titles, "contenthash": disc["hash"], "index": disc["index"], "name": disc["name"]}
    return read_disc(source, work, fields({"slug": disc["release"]}, "release"), disc["path"])


def kept(disc: Recorded) -> list[Recorded]:
    return [title for title in disc["titles"] if title["dur"] >= SHORT]


def as_disc(disc: Recorded) -> Disc:
    """Give the disc as a scan with the usual setting shows it: other numbers, and no short titles."""
    return Disc(
        source=disc["path"],
        media=MEDIA[disc["format"]],
        content_hash=disc["hash"],
        titles=tuple(
            Title(
                index=index,
                number=index,
                source_file=title["src"],
                segment_map=title["seg"],
                segments=tuple(Segment(key=key, duration=0, size=0) for key in _clips(disc, title)),
                duration=title["dur"] + 0.4,
                size=title["size"],
            )
            for index, title in enumerate(kept(disc))
        ),
    )


def _clips(disc: Recorded, title: Recorded) -> list[str]:
    whole = disc["format"] != "DVD" and "..." not in title["seg"]
    return title["seg"].strip("()").split(",") if whole else []


def neighbours(discs: list[Recorded]) -> Iterator[tuple[Recorded, Recorded]]:
    """Give each disc with each other disc of its set."""
    sets: dict[str, list[Recorded]] = defaultdict(list)
    for disc in discs:
        sets[disc["path"].rpartition("/")[0]].append(disc)
    for together in sets.values():
        for disc in together:
            yield from ((disc, other) for other in together if other is not disc)


def same_titles(one: Recorded, other: Recorded) -> bool:
    """Whether two logs are of the same pressing: one disc of a set was recorded under two numbers."""
    facts = ("src", "seg", "dur", "size")
    first, second = ([tuple(t[name] for name in facts) for t in disc["titles"]] for disc in (one, other))
    return first == second


def test_every_disc_is_confirmed_by_its_own_entry_with_every_title_right(
    discs: list[Recorded], entries: dict[str, DiscEntry]
) -> None:
    wrong, named = [], 0
    for disc in discs:
        found = confirm(entries[disc["path"]], as_disc(disc))
        if not found.confirmed:
            wrong.append(found.reason)
            continue
        names = {m.title_index: m for m in found.mappings if m.role is not TitleRole.DUPLICATE}
        for index, title in enumerate(kept(disc)):
            if item := title.get("item"):
                named += 1
                mapping = names.get(index)
                if mapping is None or mapping.name not in " ".join((item.get("Title") or "").split()):
                    wrong.append(f"{disc['path']} {title['src']}: {mapping} instead of {item}")

    print(f"\n{len(discs)} discs, {named} named titles, {len(wrong)} wrong")  # noqa: T201
    assert len(discs) > 1_000
    assert named > 5_000
    assert wrong == []


def test_no_disc_is_taken_for_another_of_its_set(
    discs: list[Recorded], entries: dict[str, DiscEntry]
) -> None:
    tried, alike, wrong = 0, 0, []
    last: tuple[str, Comparison] | None = None
    for disc, other in neighbours(discs):
        if last is None or last[0] != disc["path"]:
            last = (disc["path"], Comparison(as_disc(disc)))
        tried += 1
        if confirm(entries[other["path"]], last[1]).confirmed:
            if same_titles(disc, other):
                alike += 1
            else:
                wrong.append((disc["path"], other["path"]))

    print(f"\n{tried} pairs of discs of one set, {alike} of the same titles, wrongly confirmed {len(wrong)}")  # noqa: T201
    assert tried > 10_000
    assert wrong == []


def test_recorded_logs_are_confirmed_by_the_json_that_was_made_of_them(tmp_path: Path) -> None:
    seen = 0
    for path in sorted((CORPUS / "logs").glob("*.json.gz")):
        log = tmp_path / path.name.replace(".json.gz", ".txt")
        log.write_bytes(gzip.decompress((path.parent / f"{log.name}.gz").read_bytes()))
        disc = read_robot_log(log)
        work = read_work({}, "tv", path.name.partition("--")[0])
        entry = read_disc(parse_object(gzip.decompress(path.read_bytes())), work, {}, path.name)

        found = confirm(entry, disc)

        assert found.confirmed, found.reason
        named = sum(title.item is not None for title in entry.titles)
        assert len([m for m in found.mappings if m.role is not TitleRole.DUPLICATE]) == named
        seen += named
    assert seen > 100


def test_entries_under_the_hash_of_another_disc_are_rejected(discs: list[Recorded], database: DiscDb) -> None:
    shared: dict[str, list[Recorded]] = defaultdict(list)
    for disc in discs:
        if disc["hash"]:
            shared[disc["hash"]].append(disc)
    wrong = [
        together
        for together in shared.values()
        if len({disc["path"].rpartition("/")[0] for disc in together}) == 1 < len(together)
        and not same_titles(*together[:2])
    ]
    assert wrong, "the corpus has such discs"
    for together in wrong:
        for disc in together:
            found = database.find(as_disc(disc))
            assert found.status == "confirmed"
            assert found.disc_index == disc["index"]
            assert len(found.rejections) == len(together) - 1


def test_discs_are_found_by_hash_and_without_one_by_their_titles(
    discs: list[Recorded], database: DiscDb
) -> None:
    with_hash, without = Counter[str](), Counter[str]()
    for number, disc in enumerate(discs):
        scan = as_disc(disc)
        if disc["hash"]:
            with_hash[_judged(database.find(scan), disc)] += 1
        if not disc["hash"] or number % 4 == 0:
            without[_judged(database.find(scan.model_copy(update={"content_hash": None})), disc)] += 1

    print(f"\nby hash {dict(with_hash)}, by titles {dict(without)}")  # noqa: T201
    assert with_hash["confirmed, right work"] == with_hash.total()
    assert without["confirmed, right work"] == without.total()


def _judged(found: Found, disc: Recorded) -> str:
    name = disc["title"].rpartition(" (")[0]
    right = any(work.name == name for work in found.works)
    return f"{found.status}, {'right' if right else 'wrong'} work"
