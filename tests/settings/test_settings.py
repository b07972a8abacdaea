"""The settings in force: what people set, over the defaults; what the file says, over both."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from engramd.errors import InvalidArgument, NotFound, WrongState
from engramd.events import EventHub, SettingsChanged
from engramd.models import AppConfig, ExtrasPolicy
from engramd.organize import check_naming
from engramd.settings import SECRETS, ConfigFile, Settings
from engramd.store import Store

FILE = Path("/etc/engramd/engramd.toml")


def settings_with(store: Store, **locked: Any) -> Settings:
    return Settings(store, ConfigFile(FILE, settings=locked), EventHub(), checks=(check_naming,))


@pytest.fixture
def settings(sqlite_store: Store) -> Settings:
    return settings_with(sqlite_store)


def test_a_new_daemon_has_the_defaults(settings: Settings) -> None:
    fields = {name: field for name, field in AppConfig.model_fields.items() if name != "id"}
    defaults = {name: field.get_default() for name, field in fields.items() if name not in SECRETS}
    assert settings.values() == defaults
    assert type(settings.values()["extras_policy"]) is str


@pytest.mark.parametrize(
    ("name", "said", "becomes"),
    [
        ("extras_policy", "skip", ExtrasPolicy.SKIP),
        ("max_concurrent_matches", "4", 4),
        ("max_concurrent_matches", 4, 4),
        ("matcher_min_confidence", "0.9", 0.9),
        ("auto_eject_enabled", "false", False),
        ("auto_eject_enabled", "no", False),
        ("auto_eject_enabled", True, True),
        ("library_tv_path", "/srv/media/tv", "/srv/media/tv"),
        ("library_tv_path", "", ""),
        ("import_paths", "/srv/a:/srv/b", "/srv/a:/srv/b"),
        ("tmdb_url", "https://mirror.example:8443/tmdb", "https://mirror.example:8443/tmdb"),
        ("tmdb_url", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("discdb_url", "http://[::1]/graphql", "http://[::1]/graphql"),
        ("discdb_url", "http://localhost/graphql", "http://localhost/graphql"),
        ("metadata_language", "de-DE", "de-DE"),
        ("metadata_language", "de", "de"),
        ("metadata_language", "", ""),
        ("tmdb_api_key", "0123abcd", "0123abcd"),
    ],
)
def test_a_value_is_read_as_its_type(settings: Settings, name: str, said: object, becomes: object) -> None:
    settings.set(name, said)
    value = getattr(settings.current, name)
    assert (value, type(value)) == (becomes, type(becomes))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("extras_policy", "perhaps"),
        ("max_concurrent_matches", "many"),
        ("max_concurrent_matches", 0),
        ("matcher_min_confidence", "0,9"),
        ("auto_eject_enabled", "perhaps"),
        ("min_free_bytes", 2**64 - 1),
        ("min_free_bytes", -1),
        ("library_tv_path", 5),
        ("library_tv_path", "media/tv"),
        ("library_tv_path", "~/tv"),
        ("library_tv_path", "/srv/\0tv"),
        ("staging_path", "/srv/\nstaging"),
        ("references_path", "./subs"),
        ("import_paths", "/srv/a:b"),
        ("naming_episode_format", "{show} - E{episode:02d}"),
        ("naming_episode_format", "{show.__class__} S{season}E{episode}"),
        ("naming_movie_format", "{title"),
        ("naming_movie_format", "{titel}"),
        ("tmdb_url", ""),
        ("tmdb_url", "api.themoviedb.org"),
        ("tmdb_url", "ftp://api.themoviedb.org"),
        ("tmdb_url", "file:///etc/passwd"),
        ("tmdb_url", "https://"),
        ("tmdb_url", "https://:443/x"),
        ("tmdb_url", "https://host:99999"),
        ("tmdb_url", "https://[::1"),
        ("tmdb_url", "https://host/a b"),
        ("tmdb_url", "https://host/#part"),
        ("tmdb_url", "http://api.themoviedb.org"),
        ("tmdb_url", "http://localhost.example.org"),
        ("tmdb_url", "http://127.0.0.1.example.org"),
        ("tmdb_url", "https://me:word@api.themoviedb.org"),
        ("discdb_url", "https://me@thediscdb.com/graphql"),
        ("discdb_url", "http://localhost@thediscdb.com/graphql"),
        ("metadata_language", "german"),
        ("metadata_language", "DE"),
        ("metadata_language", "de_DE"),
        ("metadata_language", "de-DE.UTF-8"),
        ("metadata_language", "de-DE\n"),
        ("tmdb_api_key", "two\nlines"),
    ],
)
def test_a_bad_value_is_refused_and_changes_nothing(
    settings: Settings, sqlite_store: Store, name: str, said: object
) -> None:
    before = settings.values()
    with pytest.raises(InvalidArgument):
        settings.set(name, said)
    assert settings.values() == before
    assert settings_with(sqlite_store).values() == before


def test_a_name_that_does_not_exist_is_refused(settings: Settings) -> None:
    for name in ("libary_tv_path", "id", "__class__"):
        with pytest.raises(NotFound, match=name):
            settings.set(name, "1")


def test_what_is_set_outlives_the_daemon(settings: Settings, sqlite_store: Store) -> None:
    settings.set("library_tv_path", "/srv/media/tv")
    settings.set("extras_policy", "skip")
    again = settings_with(sqlite_store).values()
    assert (again["library_tv_path"], again["extras_policy"]) == ("/srv/media/tv", "skip")


def test_the_file_wins_and_locks(sqlite_store: Store) -> None:
    settings_with(sqlite_store).set("extras_policy", "keep")
    settings = settings_with(sqlite_store, extras_policy="skip")
    assert settings.values()["extras_policy"] == "skip"
    for change in (lambda: settings.set("extras_policy", "keep"), lambda: settings.reset(["extras_policy"])):
        with pytest.raises(WrongState, match=r"locks.*extras_policy in /etc/engramd/engramd\.toml"):
            change()
    settings.set("auto_eject_enabled", False)
    assert settings.values()["extras_policy"] == "skip"
    assert settings_with(sqlite_store).values()["extras_policy"] == "keep", "a lock is not stored"


def test_the_file_may_not_lock_what_could_not_be_set(sqlite_store: Store) -> None:
    with pytest.raises(InvalidArgument, match=r"engramd\.toml") as caught:
        settings_with(sqlite_store, staging_path="staging", naming_movie_format="{titel}")
    assert "staging_path must be an absolute path" in str(caught.value)
    assert "titel" in str(caught.value)


def test_a_file_read_again_counts_at_once_and_a_wrong_one_changes_nothing(sqlite_store: Store) -> None:
    hub, changes = EventHub(), []
    hub.subscribe(SettingsChanged, lambda event: changes.append(set(event.names)))
    settings = Settings(sqlite_store, ConfigFile(FILE, settings={"extras_policy": "skip"}), hub)

    settings.take_file(ConfigFile(FILE, settings={"trash_days": 5}))

    assert settings.values()["trash_days"] == 5
    assert settings.values()["extras_policy"] == "keep", "what the file says no more has its default"
    assert changes == [{"trash_days", "extras_policy"}]
    with pytest.raises(InvalidArgument, match="staging_path"):
        settings.take_file(ConfigFile(FILE, settings={"staging_path": "staging", "trash_days": 6}))
    assert settings.values()["trash_days"] == 5
    with pytest.raises(WrongState, match="locks"):
        settings.set("trash_days", 7)


def test_reset_gives_the_defaults_back_to_all_or_to_none(settings: Settings) -> None:
    settings.set("extras_policy", "skip")
    settings.set("max_concurrent_matches", 7)
    with pytest.raises(NotFound):
        settings.reset(["extras_policy", "no_such_setting"])
    assert settings.values()["extras_policy"] == "skip"
    settings.reset(["extras_policy", "max_concurrent_matches"])
    assert (settings.values()["extras_policy"], settings.values()["max_concurrent_matches"]) == ("keep", 2)


def test_several_settings_are_changed_together_or_not_at_all(settings: Settings) -> None:
    before = settings.values()
    with pytest.raises(InvalidArgument, match="max_concurrent_matches"):
        settings.change({"extras_policy": "skip", "max_concurrent_matches": 0})
    with pytest.raises(InvalidArgument, match="absolute"):
        settings.change({"extras_policy": "skip", "staging_path": "staging"})
    assert settings.values() == before
    settings.change({"extras_policy": "skip", "max_concurrent_matches": "3"})
    assert (settings.values()["extras_policy"], settings.values()["max_concurrent_matches"]) == ("skip", 3)


def test_every_setting_is_described(sqlite_store: Store) -> None:
    described = {d["name"]: d for d in settings_with(sqlite_store, extras_policy="skip").describe()}
    assert described.keys() == AppConfig.model_fields.keys() - {"id"}
    for description in described.values():
        assert description["text"], description
        assert description["type"] in ("str", "int", "float", "bool", "enum")
        assert ("set" in description) == description["secret"]
    assert described["extras_policy"]["choices"] == ["keep", "skip", "ask"]
    assert (described["extras_policy"]["default"], described["extras_policy"]["locked"]) == ("keep", True)
    assert not described["staging_path"]["locked"]


def test_a_change_is_told_when_it_is_stored(sqlite_store: Store) -> None:
    hub, told = EventHub(), []
    settings = Settings(sqlite_store, ConfigFile(FILE), hub)
    hub.subscribe(
        SettingsChanged,
        lambda e: told.append(
            (e.names, settings.current.extras_policy, sqlite_store.load_config().extras_policy)
        ),
    )
    settings.set("extras_policy", "skip")
    with pytest.raises(InvalidArgument):
        settings.set("extras_policy", "perhaps")
    assert told == [(("extras_policy",), "skip", "skip")]


def test_eight_threads_set_eight_settings(settings: Settings, sqlite_store: Store) -> None:
    names = [n for n, d in settings.values().items() if n.endswith("_path")]
    names += ["extras_min_seconds", "staging_cleanup_days", "max_concurrent_matches"]
    begin = threading.Barrier(len(names))

    def change(name: str) -> None:
        begin.wait()
        for turn in range(1, 11):
            settings.set(name, f"/srv/{turn}" if name.endswith("_path") else turn)

    threads = [threading.Thread(target=change, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {name: "/srv/10" if name.endswith("_path") else 10 for name in names}
    assert {name: settings.values()[name] for name in names} == expected
    assert {name: settings_with(sqlite_store).values()[name] for name in names} == expected
