"""Secrets are written and never read back, whoever asks, and however it goes wrong."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engramd.errors import InvalidArgument, NotFound, WrongState
from engramd.events import Event, EventHub
from engramd.settings import SECRETS, ConfigFile, Settings, read_config_file
from engramd.store import Store

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def told() -> list[Event]:
    """Every event that is published."""
    return []


@pytest.fixture
def settings_of(sqlite_store: Store, told: list[Event]) -> Callable[[ConfigFile], Settings]:
    hub = EventHub()
    hub.subscribe(Event, told.append)
    return lambda file: Settings(sqlite_store, file, hub)


def file_of(folder: Path, text: str = "", credential: bytes | None = None) -> ConfigFile:
    """Read a configuration file with this text, and perhaps a credential beside it."""
    (folder / "engramd.toml").write_text(text, "utf-8")
    (folder / "credentials").mkdir(exist_ok=True)
    if credential is not None:
        (folder / "credentials/tmdb_api_key").write_bytes(credential)
    environment = {"CREDENTIALS_DIRECTORY": str(folder / "credentials")}
    return read_config_file(folder / "engramd.toml", environment)


def described(settings: Settings) -> dict[str, Any]:
    return next(one for one in settings.describe() if one["name"] == "tmdb_api_key")


def test_the_key_of_tmdb_is_a_secret() -> None:
    assert "tmdb_api_key" in SECRETS
    assert "tmdb_url" not in SECRETS


def test_a_secret_is_used_and_not_told(
    settings_of: Callable[[ConfigFile], Settings], told: list[Event], tmp_path: Path
) -> None:
    settings = settings_of(file_of(tmp_path))
    assert described(settings)["set"] is False

    settings.set("tmdb_api_key", KEY)

    assert settings.current.tmdb_api_key == KEY
    assert described(settings)["set"] is True
    assert "tmdb_api_key" not in settings.values()
    for place in (settings.values(), settings.describe(), told, settings):
        assert KEY not in repr(place)
    assert len(told) == 1
    settings.reset(["tmdb_api_key"])
    assert described(settings)["set"] is False


@pytest.mark.parametrize(
    "bad", [int(KEY[:10]), [KEY], {KEY: KEY}, b"\xff" + KEY.encode(), f"{KEY}\n{KEY}", f"{KEY}\0"]
)
def test_what_is_wrong_with_a_secret_does_not_tell_it(
    settings_of: Callable[[ConfigFile], Settings], tmp_path: Path, bad: object
) -> None:
    settings = settings_of(file_of(tmp_path))
    with pytest.raises(InvalidArgument, match="tmdb_api_key") as caught:
        settings.set("tmdb_api_key", bad)

    assert KEY[:10] not in "".join(traceback.format_exception(caught.value))


def test_a_credential_locks_as_the_file_does(
    settings_of: Callable[[ConfigFile], Settings], tmp_path: Path
) -> None:
    file = file_of(tmp_path, '[settings]\ntmdb_api_key = "of the file"\n', f"{KEY}\n".encode())
    settings = settings_of(file)

    assert settings.current.tmdb_api_key == KEY, "the credential wins"
    assert (described(settings)["locked"], described(settings)["set"]) == (True, True)
    for change in (lambda: settings.set("tmdb_api_key", "x"), lambda: settings.reset(["tmdb_api_key"])):
        with pytest.raises(WrongState, match="credential locks") as caught:
            change()
        assert KEY not in str(caught.value)
    assert KEY not in repr(file)
    assert "of the file" not in repr(file)


def test_a_credential_is_never_stored(
    settings_of: Callable[[ConfigFile], Settings], sqlite_store: Store, tmp_path: Path
) -> None:
    settings = settings_of(file_of(tmp_path, credential=KEY.encode()))
    settings.set("extras_min_seconds", 20)

    assert sqlite_store.load_config().tmdb_api_key == ""
    assert settings.current.tmdb_api_key == KEY


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"\xff" + KEY.encode(), f"{KEY}\n{KEY}".encode(), b"k" * 5000]
)
def test_a_credential_that_is_no_key_is_named_and_not_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidArgument, match="credentials/tmdb_api_key") as caught:
        file_of(tmp_path, credential=content)

    shown = "".join(traceback.format_exception(caught.value))
    assert KEY not in shown
    assert "kkkk" not in shown


def test_a_credential_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "credentials/tmdb_api_key").mkdir(parents=True)

    with pytest.raises(InvalidArgument, match="credentials/tmdb_api_key"):
        file_of(tmp_path)


def test_a_folder_of_credentials_that_cannot_be_entered_is_named(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("no folder")

    with pytest.raises(InvalidArgument, match="credentials/apprise_urls"):
        read_config_file(tmp_path / "engramd.toml", {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})


def test_other_credentials_are_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/extras_policy").write_text("skip")
    (tmp_path / "credentials/other").write_bytes(os.urandom(10_000))

    assert file_of(tmp_path).locked == {}
    assert read_config_file(tmp_path / "none.toml", {}).locked == {}


def test_a_file_that_is_wrong_about_a_secret_does_not_tell_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="tmdb_api_key must be text") as caught:
        file_of(tmp_path, f'[settings]\ntmdb_api_key = ["{KEY}"]\n')

    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_what_is_no_name_of_a_setting_is_not_repeated(
    settings_of: Callable[[ConfigFile], Settings], tmp_path: Path
) -> None:
    settings = settings_of(file_of(tmp_path))
    with pytest.raises(NotFound) as caught:
        settings.change({KEY: "tmdb_api_key"})
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "text", "warns"),
    [
        (0o644, f'[settings]\ntmdb_api_key = "{KEY}"\n', True),
        (0o640, f'[settings]\ntmdb_api_key = "{KEY}"\n', False),
        (0o644, 'database_url = "postgresql://me:word@host/x"\n', True),
        (0o644, '[settings]\nextras_policy = "skip"\n', False),
    ],
)
def test_a_file_with_secrets_that_everybody_may_read_is_warned_about(
    settings_of: Callable[[ConfigFile], Settings],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    mode: int,
    text: str,
    warns: bool,
) -> None:
    file = file_of(tmp_path, text)
    file.path.chmod(mode)
    settings_of(file)
    assert ("chmod 0640" in caplog.text) == warns
    assert KEY not in caplog.text


def test_a_key_is_not_told_to_another_address_than_it_was_entered_for(
    settings_of: Callable[[ConfigFile], Settings], tmp_path: Path
) -> None:
    settings = settings_of(file_of(tmp_path))
    settings.set("tmdb_api_key", KEY)
    settings.set("tmdb_url", "https://api.themoviedb.org")
    assert settings.current.tmdb_api_key == KEY, "the address is the same"
    settings.set("tmdb_url", "https://mirror.example")
    assert settings.current.tmdb_api_key == ""
    settings.change({"tmdb_api_key": KEY, "tmdb_url": "https://other.example"})
    assert settings.current.tmdb_api_key == KEY, "it was given together with the address"


def test_a_locked_key_locks_the_address_that_it_is_sent_to(
    settings_of: Callable[[ConfigFile], Settings], tmp_path: Path
) -> None:
    settings = settings_of(file_of(tmp_path, credential=KEY.encode()))
    with pytest.raises(WrongState, match="another address"):
        settings.set("tmdb_url", "https://mirror.example")
    assert settings.current.tmdb_url == "https://api.themoviedb.org"
