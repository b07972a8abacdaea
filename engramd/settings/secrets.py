"""Settings that are written and never read back, and systemd's credentials, which may lock them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from engramd.errors import InvalidArgument
from engramd.models import AppConfig

#: A credential is a key or a token, and no file of any size.
_LARGEST = 4096


def _is_secret(name: str) -> bool:
    extra = AppConfig.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and extra.get("secret") is True


#: Names of the settings whose values are never shown.
SECRETS = frozenset(name for name in AppConfig.model_fields if _is_secret(name))

#: Addresses that a secret is sent to: a secret was entered for one address, and is not told to another.
SENT_TO = {
    "tmdb_url": ("tmdb_api_key",),
    "opensubtitles_url": ("opensubtitles_api_key", "opensubtitles_username", "opensubtitles_password"),
    "plex_url": ("plex_token",),
    "jellyfin_url": ("jellyfin_api_key",),
    "emby_url": ("emby_api_key",),
}


def credentials_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """Give the folder in which systemd passes credentials on, if it does."""
    folder = (os.environ if environment is None else environment).get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None


def read_credentials(folder: Path | None) -> dict[str, str]:
    """Give the secrets that systemd passes on: files of its folder that are named as a setting.

    InvalidArgument names a file that cannot be read, or holds no line of text; what it holds is not told.
    """
    if folder is None:
        return {}
    found = {name: _content(folder / name) for name in sorted(SECRETS)}
    return {name: text for name, text in found.items() if text is not None}


def _content(file: Path) -> str | None:
    """Read a credential; None where there is none."""
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST + 1).decode("utf-8").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(file, error.strerror) from None
    except UnicodeDecodeError:
        raise _unusable(file, "it is not UTF-8") from None
    if not text or not text.isprintable() or len(text) > _LARGEST:
        raise _unusable(file, "it is not one line of text")
    return text


def _unusable(file: Path, why: object) -> InvalidArgument:
    return InvalidArgument(
        "a credential cannot be used", where=file, why=why, remedy="mend or remove it, and restart engramd"
    )
