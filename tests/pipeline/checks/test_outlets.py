"""Where news go: what is told of addresses without telling them, and hooks that others could change."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.models import AppConfig
from engramd.pipeline.checks import outlets
from engramd.pipeline.checks.outlets import check_hooks, check_targets
from engramd.pipeline.findings import Finding

SECRET = "topic-that-nobody-may-know"


def targets(**settings: object) -> dict[str, Finding]:
    return {finding.id: finding for finding in check_targets(AppConfig(**settings))}


def test_addresses_are_counted_and_never_told() -> None:
    found = targets(apprise_urls=f"ntfys://{SECRET} mailto://anna:{SECRET}@example.org ntfys://other")
    assert found["notify"].severity == "ok"
    assert "3 addresses (ntfys, mailto)" in found["notify"].text
    assert SECRET not in str(found)
    assert targets()["notify"].short == "no notifications"


def test_notifications_without_apprise_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "find_spec", lambda _name: None)
    lacks = targets(apprise_urls=f"ntfys://{SECRET}")["notify"]
    assert (lacks.severity, "apprise" in lacks.remedy) == ("warning", True)


def test_a_media_server_without_its_key_is_a_warning() -> None:
    found = targets(plex_url="http://nas:32400", jellyfin_url="http://nas:8096", jellyfin_api_key=SECRET)
    assert set(found) == {"server-plex", "server-jellyfin"}
    assert found["server-plex"].remedy == "engramctl config set plex_token"
    assert found["server-jellyfin"].severity == "ok"
    assert SECRET not in str(found)


def test_a_hook_that_others_could_change_has_the_command_that_closes_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    settings = AppConfig(hooks_path=str(tmp_path))
    [none] = check_hooks(settings)
    assert (none.severity, none.short) == ("ok", "no hooks")
    for name, mode in (("10-good", 0o755), ("20-open", 0o757), ("30-not run", 0o644)):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(mode)
    refused, runs = check_hooks(settings)
    assert (runs.text, runs.short) == ("1 hook for what happens: 10-good", "1 hook")
    assert (refused.id, refused.severity) == ("hook-20-open", "warning")
    assert "can be written by others" in refused.text
    assert refused.remedy == f"sudo chown root {tmp_path}/20-open && sudo chmod go-w {tmp_path}/20-open"
    tmp_path.chmod(0o777)
    assert f"chmod go-w {tmp_path}" in next(iter(check_hooks(settings))).remedy
