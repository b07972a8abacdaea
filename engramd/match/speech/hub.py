"""The hub that models of faster-whisper come from: what it says that a model consists of.

Only asked when a person wants a model. The HTTP library is imported where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError

from engramd.errors import InvalidArgument
from engramd.match.speech.models import NEEDED
from engramd.sources.problems import SourceChanged, SourceRefused, SourceUnreachable

#: The hub's address; another one (a mirror) has to speak the same API.
HUB = "https://huggingface.co"
SOURCE = "the model hub"

#: The models that faster-whisper knows by name: where they lie on the hub, and about how many megabytes.
MODELS: Mapping[str, tuple[str, int]] = {
    "tiny": ("Systran/faster-whisper-tiny", 78),
    "base": ("Systran/faster-whisper-base", 148),
    "small": ("Systran/faster-whisper-small", 486),
    "medium": ("Systran/faster-whisper-medium", 1530),
    "large-v3": ("Systran/faster-whisper-large-v3", 3090),
    "large-v3-turbo": ("mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1620),
    "distil-small.en": ("Systran/faster-distil-whisper-small.en", 335),
    "distil-medium.en": ("Systran/faster-distil-whisper-medium.en", 790),
    "distil-large-v3": ("Systran/faster-distil-whisper-large-v3", 1515),
}

#: What the library reads of a model; nothing else is fetched.
_WANTED = re.compile(
    r"model\.bin|config\.json|preprocessor_config\.json|tokenizer\.json|vocabulary\.(txt|json)"
)
_LARGEST = 20 << 30
_LONGEST_ANSWER = 4 << 20
_TIMEOUT = 30.0


class _Large(BaseModel):
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class RemoteFile(BaseModel):
    """A file as the hub announces it: its size in bytes, and its SHA-256 or (small files) git's SHA-1."""

    rfilename: str
    size: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None
    blobId: Annotated[str, Field(pattern="^[0-9a-f]{40}$")] | None = None  # noqa: N815 - the hub's name
    lfs: _Large | None = None


class RemoteModel(BaseModel):
    """A model as the hub announces it; `sha` is the revision."""

    sha: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    siblings: tuple[RemoteFile, ...] = ()


def repository(name: str) -> str:
    """Give where a model lies on the hub. Raises InvalidArgument with the names that are known."""
    if name not in MODELS:
        known = ", ".join(MODELS)
        raise InvalidArgument("there is no model of that name", where=name, remedy=f"take one of {known}")
    return MODELS[name][0]


def ask(client: Any, hub: str, repo: str) -> RemoteModel:
    """Ask the hub what a model consists of. Raises SourceUnreachable, SourceRefused and SourceChanged."""
    import httpx

    url = f"{hub}/api/models/{repo}"
    try:
        with client.stream("GET", url, params={"blobs": "true"}) as answer:
            check_status(url, answer.status_code)
            body = _bounded(answer, url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(url, str(error) or type(error).__name__) from error
    try:
        model = RemoteModel.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors()[0]
        raise changed(url, ".".join(map(str, fault["loc"])) or "body", fault["msg"]) from error
    return _usable(model, url)


def _bounded(answer: Any, url: str) -> bytes:
    """Read an answer's body, but not without end."""
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > _LONGEST_ANSWER:
            raise changed(url, "body", "it is larger than any list of a model's files")
    return bytes(body)


def new_client() -> Any:
    """Make the HTTP client; the hub sends large files from elsewhere, and their hashes are checked."""
    import httpx

    return httpx.Client(follow_redirects=True, timeout=_TIMEOUT, headers={"User-Agent": "engramd"})


def file_url(hub: str, repo: str, revision: str, name: str) -> str:
    """Give the address of a file of that revision."""
    return f"{hub}/{repo}/resolve/{revision}/{quote(name)}"


def check_status(url: str, status: int) -> None:
    """Raise what a status other than success means."""
    if status in (401, 403, 404):
        raise SourceRefused(
            "the model hub does not give this model",
            source=SOURCE,
            where=url,
            why=f"it answered {status}",
            remedy="see whether the address is right (--from), or take another model",
        )
    if not 200 <= status < 300:
        raise unreachable(url, f"it answered {status}")


def unreachable(url: str, why: str) -> SourceUnreachable:
    """Make the error of a hub that gave no usable answer for now."""
    what, remedy = "the model hub cannot be reached", "try again: what is there already is kept"
    return SourceUnreachable(what, source=SOURCE, where=url, why=why, remedy=remedy)


def changed(url: str, field: str, why: str) -> SourceChanged:
    """Make the error of an answer that is not what the hub documents."""
    what, remedy = "the model hub gave something unexpected", "try again later, or another address (--from)"
    return SourceChanged(what, source=SOURCE, field=field, where=url, why=why, remedy=remedy)


def _usable(model: RemoteModel, url: str) -> RemoteModel:
    files = tuple(one for one in model.siblings if _WANTED.fullmatch(one.rfilename))
    names = {one.rfilename for one in files}
    if lacking := [name for name in NEEDED if name not in names]:
        raise changed(url, "siblings", f"the model lacks {', '.join(lacking)}")
    for one in files:
        if one.size is None or (one.lfs is None and one.blobId is None):
            raise changed(url, f"siblings.{one.rfilename}", "it has no size or no hash")
    return RemoteModel(sha=model.sha, siblings=files)
