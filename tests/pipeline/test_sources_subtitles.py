"""What doctor says of the providers of subtitles. OpenSubtitles.com is a stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.conditions import Conditions
from engramd.events import EventHub
from engramd.models import AppConfig
from engramd.optional import how_to_get
from engramd.pipeline import sources
from engramd.pipeline.sources import Finding, Sources
from tests.support.opensubtitles_stand_in import LOGIN, StandInOpenSubtitles


@pytest.fixture
def site() -> Iterator[StandInOpenSubtitles]:
    with StandInOpenSubtitles(quota=7) as running:
        yield running


def said(folder: Path, **settings: object) -> dict[str, Finding]:
    config = AppConfig(**settings)
    made = Sources(lambda: config, Conditions(EventHub()), folder, folder)
    return {finding.id: finding for finding in made.check()}


def opensubtitles(folder: Path, **settings: object) -> Finding:
    return said(folder, **settings)["source-opensubtitles"]


def test_a_source_that_is_off_is_fine(tmp_path: Path) -> None:
    found = said(tmp_path)
    assert "not asked" in found["source-opensubtitles"].text
    assert found["source-opensubtitles"].severity == "ok"
    assert "source-subliminal" not in found


def test_without_the_network_nobody_is_asked(tmp_path: Path, site: StandInOpenSubtitles) -> None:
    assert set(said(tmp_path, **site.settings, network_enabled=False)) == {"network"}
    assert site.requests == []


def test_a_missing_key_names_its_setting(tmp_path: Path) -> None:
    finding = opensubtitles(tmp_path, opensubtitles_enabled=True)
    assert (finding.severity, "has no key" in finding.text) == ("warning", True)
    assert "engramctl config set opensubtitles_api_key" in finding.remedy


def test_an_accepted_key_tells_what_is_left(tmp_path: Path, site: StandInOpenSubtitles) -> None:
    finding = opensubtitles(tmp_path, **site.settings)
    assert (finding.severity, finding.text) == (
        "ok",
        "OpenSubtitles accepts the key; 7 downloads are left until 00:00 UTC",
    )
    without = site.settings | {"opensubtitles_password": ""}
    assert "without user name and password" in opensubtitles(tmp_path, **without).text
    assert len(site.asked(LOGIN)) == 1


@pytest.mark.parametrize(
    ("changed", "remedy"),
    [
        ("opensubtitles_api_key", "opensubtitles_api_key"),
        ("opensubtitles_password", "opensubtitles_password"),
    ],
)
def test_what_is_refused_names_its_setting(
    changed: str, remedy: str, tmp_path: Path, site: StandInOpenSubtitles
) -> None:
    finding = opensubtitles(tmp_path, **(site.settings | {changed: "wrong"}))
    assert finding.severity == "warning"
    assert remedy in finding.remedy
    assert "wrong" not in finding.text


def test_further_providers_need_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for there, severity in ((object(), "ok"), (None, "warning")):
        monkeypatch.setattr(sources, "find_spec", lambda _name, there=there: there)
        finding = said(tmp_path, subliminal_providers="podnapisi, gestdown")["source-subliminal"]
        assert finding.severity == severity
        assert "podnapisi, gestdown" in finding.text
    assert finding.remedy == how_to_get("subliminal")


def test_looking_often_does_not_log_in_often(tmp_path: Path, site: StandInOpenSubtitles) -> None:
    config = AppConfig(**site.settings)
    made = Sources(lambda: config, Conditions(EventHub()), tmp_path, tmp_path)
    texts = {next(f.text for f in made.check() if f.id == "source-opensubtitles") for _ in range(3)}
    assert len(texts) == 1
    assert len(site.asked(LOGIN)) == 1
    config.opensubtitles_password = "another"
    list(made.check())
    assert len(site.asked(LOGIN)) == 2
