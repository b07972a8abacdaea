"""The next steps where nothing was ever ripped, from what is set, installed and connected. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engramd.ctl.service import Properties

#: Steps that are told at once.
_MOST = 3
_LIBRARIES = {"library_tv_path": "series", "library_movies_path": "films"}


@dataclass(frozen=True)
class Step:
    """Something that a person can do, and the command for it."""

    text: str
    command: str = ""


def steps(
    values: Mapping[str, object],
    keys: Collection[str],
    findings: Mapping[str, Properties],
    drives: Iterable[Properties],
) -> list[Step]:
    """Give the next three steps: what nothing goes without first, then a disc, then what makes it better.

    `values` are settings, `keys` the names of secrets that are set, `findings` those of the daemon's check.
    """
    needed = [*_library(values, findings), *_reader(findings)]
    helpful = [*_tmdb(values, keys), *_makemkv(findings), *_references(values)]
    return [*needed[: _MOST - 1], _disc(drives), *helpful][:_MOST]


def _library(values: Mapping[str, object], findings: Mapping[str, Properties]) -> Iterator[Step]:
    unset = [name for name in _LIBRARIES if not values.get(name)]
    if len(unset) == len(_LIBRARIES):
        yield Step(
            "say where series and films are filed, and what else matters, in five questions",
            "sudo engramctl setup",
        )
    for name in _LIBRARIES:
        found = findings.get(name)
        if found is not None and found["severity"] == "error":
            yield Step(str(found["text"]), str(found["remedy"]))


def _reader(findings: Mapping[str, Properties]) -> Iterator[Step]:
    """Nothing can read discs: say what could."""
    readers = [findings.get("reader-dvd"), findings.get("reader-bluray")]
    lacking = [one for one in readers if one is not None and one["severity"] != "ok"]
    if lacking and len(lacking) == len(readers):
        yield Step(f"have discs read: {lacking[0]['text']}", str(lacking[0]["remedy"]))


def _disc(drives: Iterable[Properties]) -> Step:
    found = list(drives)
    if not found:
        return Step("connect an optical drive, or rip a disc image", "engramctl rip FILE")
    return Step(
        "insert a disc; it is ripped by itself. An image or a folder is ripped by", "engramctl rip PATH"
    )


def _tmdb(values: Mapping[str, object], keys: Collection[str]) -> Iterator[Step]:
    if values.get("tmdb_enabled") and values.get("network_enabled"):
        if "tmdb_api_key" not in keys:
            yield Step(
                "give the key for TMDB, which knows series and films", "engramctl config set tmdb_api_key"
            )
        return
    commands = ["engramctl config set tmdb_api_key"] if "tmdb_api_key" not in keys else []
    commands += [f"engramctl config set {name} true" for name in _switches(values)]
    yield Step("let TMDB be asked for the names of series, films and episodes", "; ".join(commands))


def _switches(values: Mapping[str, object]) -> list[str]:
    return [name for name in ("network_enabled", "tmdb_enabled") if not values.get(name)]


def _makemkv(findings: Mapping[str, Properties]) -> Iterator[Step]:
    found = [one for name, one in findings.items() if name.startswith("makemkv-")]
    lacking = [one for one in found if "not installed" in one["text"]]
    if lacking:
        remedy = str(lacking[0]["remedy"] or "engramctl doctor")
        yield Step("install MakeMKV: without it discs that are copy protected wait", remedy)


def _references(values: Mapping[str, object]) -> Iterator[Step]:
    if not values.get("references_path"):
        yield Step(
            "keep reference subtitles, by which episodes are told apart",
            "engramctl config set references_path /srv/media/references",
        )
