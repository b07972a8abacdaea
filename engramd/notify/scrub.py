"""Takes out of a sentence what no message may tell: secrets, and where on this machine files lie. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engramd.models import AppConfig
from engramd.settings.secrets import SECRETS

#: A path of two or more parts that is not the rest of an address or of another path.
_PATH = re.compile(r"(?<![\w:/.~…-])/(?!dev/)(?:[^\s/:;,()'\"]+/)+([^\s/:;,()'\"]*)")
#: Shorter values than this are no secrets, and would tear words apart.
_SHORTEST = 4


def scrubbed(text: str, settings: AppConfig, folders: Iterable[str] = ()) -> str:
    """Give a text on one line, without secrets and without full paths: of a path its last part stays.

    `folders` are further ones that are known, which may have blanks in their names.
    """
    for secret in _secrets(settings):
        text = text.replace(secret, "…")
    known = {str(getattr(settings, name)) for name in AppConfig.model_fields if name.endswith("_path")}
    for folder in sorted(
        {f.rstrip("/") for f in (*known, *folders) if f.startswith("/")}, key=len, reverse=True
    ):
        if folder.count("/") > 1:
            text = text.replace(folder, "…/" + folder.rpartition("/")[2])
    text = _PATH.sub(lambda found: "…/" + (found[1] or found[0].rstrip("/").rpartition("/")[2]), text)
    # What a disc is called must not look like lines of the message.
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _secrets(settings: AppConfig) -> list[str]:
    words = {word for name in SECRETS for word in str(getattr(settings, name)).split()}
    return sorted((word for word in words if len(word) >= _SHORTEST), key=len, reverse=True)
