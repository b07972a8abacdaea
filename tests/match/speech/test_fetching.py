"""Models are fetched whole or not at all, from a stand-in of the hub that breaks in every way."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from engramd.errors import Busy, FilingFailed, InvalidArgument, NoSpace
from engramd.match.speech.fetching import TRIES, fetch_model
from engramd.match.speech.hub import MODELS
from engramd.match.speech.models import Model, models_in
from engramd.sources.problems import SourceChanged, SourceRefused, SourceUnreachable
from tests.match.speech.hub_stand_in import (
    API,
    MODEL,
    REPOSITORY,
    REVISION,
    listing,
    part_of,
    path_of,
    put_model,
)
from tests.support.webserver import Answer, WebServer, json_answer

STORAGE = f"/storage/{REVISION}"
BIN = MODEL["model.bin"]


@pytest.fixture
def hub() -> Iterator[WebServer]:
    with WebServer() as server:
        put_model(server)
        yield server


def fetch(hub: WebServer, folder: Path, **more: object) -> Model:
    return fetch_model("tiny", folder, hub=hub.url, **({"pause": lambda _seconds: None} | more))  # type: ignore[arg-type]


def part(folder: Path) -> Path:
    return folder / f".tiny.{REVISION[:12]}.part"


def test_a_model_is_fetched_with_what_the_library_needs_and_nothing_else(
    hub: WebServer, tmp_path: Path
) -> None:
    said: list[tuple[int, int]] = []
    model = fetch(hub, tmp_path / "models", progress=lambda done, total: said.append((done, total)))
    assert (model.name, model.path, model.lacking) == ("tiny", tmp_path / "models/tiny", ())
    assert {one.name for one in model.path.iterdir()} == {*MODEL, "engramd.json"}
    assert all((model.path / name).read_bytes() == content for name, content in MODEL.items())
    assert [one.name for one in (tmp_path / "models").iterdir()] == ["tiny"]
    assert models_in(tmp_path / "models") == [model]
    assert hub.asked(API)[0].query == {"blobs": "true"}
    total = sum(map(len, MODEL.values()))
    assert said[-1] == (total, total)
    assert [done for done, _ in said] == sorted(done for done, _ in said)
    record = json.loads((model.path / "engramd.json").read_text())
    assert (record["repository"], record["revision"], record["from"]) == (REPOSITORY, REVISION, hub.url)


@pytest.mark.parametrize("first", ["cut short", "another process"])
def test_what_was_cut_off_goes_on_where_it_ended(hub: WebServer, tmp_path: Path, first: str) -> None:
    cut = Answer(200, BIN[:300_000], "application/octet-stream", length=len(BIN))
    if first == "cut short":
        hub.script(STORAGE, cut, lambda seen: part_of(BIN, seen))
    else:
        part(tmp_path).mkdir()
        (part(tmp_path) / "model.bin").write_bytes(BIN[:300_000])
    model = fetch(hub, tmp_path)
    assert (model.path / "model.bin").read_bytes() == BIN
    assert hub.asked(STORAGE)[-1].headers["range"] == "bytes=300000-"


def test_a_hub_that_knows_no_ranges_begins_again(hub: WebServer, tmp_path: Path) -> None:
    part(tmp_path).mkdir()
    (part(tmp_path) / "model.bin").write_bytes(b"x" * 300_000)
    hub.script(STORAGE, Answer(200, BIN, "application/octet-stream"))
    assert (fetch(hub, tmp_path).path / "model.bin").read_bytes() == BIN


def test_a_file_that_is_there_is_not_fetched_again(hub: WebServer, tmp_path: Path) -> None:
    part(tmp_path).mkdir()
    (part(tmp_path) / "model.bin").write_bytes(BIN)
    assert not fetch(hub, tmp_path).lacking
    assert hub.asked(STORAGE) == []


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_a_file_with_another_hash_is_thrown_away(hub: WebServer, tmp_path: Path, name: str) -> None:
    wrong = bytes(len(MODEL[name]))
    hub.script(path_of(name), Answer(200, wrong, "application/octet-stream"))
    with pytest.raises(SourceChanged, match="something unexpected") as raised:
        fetch(hub, tmp_path)
    assert (raised.value.field, "hash" in raised.value.why) == (name, True)
    assert not (part(tmp_path) / name).exists()
    assert models_in(tmp_path) == []
    put_model(hub)
    assert not fetch(hub, tmp_path).lacking


def test_a_file_that_never_ends_is_not_kept(hub: WebServer, tmp_path: Path) -> None:
    hub.script(STORAGE, Answer(200, (BIN for _ in range(50)), "application/octet-stream"))
    with pytest.raises(SourceChanged) as raised:
        fetch(hub, tmp_path)
    assert "larger" in raised.value.why
    assert (part(tmp_path) / "model.bin").stat().st_size == 0


def test_a_hub_that_stumbles_is_asked_again(hub: WebServer, tmp_path: Path) -> None:
    pauses: list[float] = []
    drop = Answer(drop="before")
    hub.script(STORAGE, Answer(503), drop, lambda seen: part_of(BIN, seen))
    assert not fetch(hub, tmp_path, pause=pauses.append).lacking
    assert len(pauses) == 2
    assert pauses == sorted(pauses)


def test_a_hub_that_is_down_keeps_what_is_there(hub: WebServer, tmp_path: Path) -> None:
    hub.script(path_of("vocabulary.txt"), Answer(503))
    with pytest.raises(SourceUnreachable, match="cannot be reached") as raised:
        fetch(hub, tmp_path)
    assert "503" in raised.value.why
    assert "kept" in raised.value.remedy
    assert len(hub.asked(path_of("vocabulary.txt"))) == TRIES
    assert (part(tmp_path) / "model.bin").read_bytes() == BIN


def test_a_model_that_the_hub_does_not_give(hub: WebServer, tmp_path: Path) -> None:
    hub.script(API, Answer(404))
    with pytest.raises(SourceRefused, match="does not give") as raised:
        fetch(hub, tmp_path)
    assert "404" in raised.value.why
    assert list(tmp_path.iterdir()) == []


BAD = {
    "no JSON": (Answer(200, b"<html>"), "JSON"),
    "no end": (Answer(200, (b" " * 65536 for _ in range(1000)), "application/json"), "larger"),
    "no revision": (json_answer({"siblings": []}), "sha"),
    "a revision that is a path": (json_answer(listing(MODEL, "../../x")), "sha"),
    "no tokenizer": (
        json_answer(listing({n: c for n, c in MODEL.items() if n != "tokenizer.json"})),
        "lacks tokenizer",
    ),
    "no size": (json_answer(listing(MODEL, model_bin={"size": None})), "no size"),
    "a size below nothing": (json_answer(listing(MODEL, model_bin={"size": -5})), "siblings"),
    "no hash": (json_answer(listing(MODEL, config_json={"blobId": None})), "no hash"),
}


@pytest.mark.parametrize("fault", BAD)
def test_an_answer_with(fault: str, hub: WebServer, tmp_path: Path) -> None:
    answer, said = BAD[fault]
    hub.script(API, answer)
    with pytest.raises(SourceChanged) as raised:
        fetch(hub, tmp_path)
    assert said in f"{raised.value} {raised.value.field}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "ftp://hub", "http://", "nonsense"])
def test_an_address_where_no_hub_is(tmp_path: Path, address: str) -> None:
    with pytest.raises(SourceUnreachable, match="cannot be reached"):
        fetch_model("tiny", tmp_path, hub=address)


def test_an_older_model_is_replaced(hub: WebServer, tmp_path: Path) -> None:
    fetch(hub, tmp_path)
    (tmp_path / ".tiny.aaaaaaaaaaaa.part").mkdir()
    newer = "e" * 40
    put_model(hub, newer, {**MODEL, "config.json": b'{"newer": 1}'})
    model = fetch(hub, tmp_path)
    assert (model.path / "config.json").read_bytes() == b'{"newer": 1}'
    assert [one.name for one in tmp_path.iterdir()] == ["tiny"]


def test_two_at_once_do_not_spoil_each_other(hub: WebServer, tmp_path: Path) -> None:
    part(tmp_path).mkdir()
    held = os.open(part(tmp_path), os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="being fetched"):
            fetch(hub, tmp_path)
    finally:
        os.close(held)
    assert not fetch(hub, tmp_path).lacking


def test_a_full_disk_is_told_before_anything_is_fetched(
    hub: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1_000_000))
    with pytest.raises(NoSpace, match="1 MB are free") as raised:
        fetch(hub, tmp_path)
    assert "--to" in raised.value.remedy
    assert hub.asked(STORAGE) == []


def test_a_folder_that_cannot_be_made(hub: WebServer, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FilingFailed, match="cannot be written") as raised:
        fetch(hub, tmp_path / "file/models")
    assert str(tmp_path / "file") in str(raised.value)


def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as raised:
        fetch_model("../tiny", tmp_path)
    assert all(name in raised.value.remedy for name in MODELS)


def test_the_names_are_those_of_the_library() -> None:
    utils = pytest.importorskip("faster_whisper.utils")
    assert {name: repo for name, (repo, _) in MODELS.items()}.items() <= utils._MODELS.items()
