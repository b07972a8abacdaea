"""A stand-in for the hub that models come from: its API and small files, as broken as a test wants."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tests.support.webserver import Answer, Seen, WebServer, json_answer

REPOSITORY = "Systran/faster-whisper-tiny"
API = f"/api/models/{REPOSITORY}"
REVISION = "d90ca5fe260221311c53c58e660288d3deb8d356"
#: Kept in the hub's large file storage, the others in git itself.
LARGE = "model.bin"
MODEL: Mapping[str, bytes] = {
    "model.bin": bytes(range(256)) * 4000,
    "config.json": b'{"num_mel_bins": 80}',
    "tokenizer.json": b'{"version": "1.0"}',
    "vocabulary.txt": b"a\nb\n",
}
#: On the hub as well, and of no use here; the last one would leave the folder.
OTHERS: Mapping[str, bytes] = {
    "README.md": b"# read me",
    ".gitattributes": b"*",
    "../model.bin": b"out",
}


def path_of(name: str, revision: str = REVISION) -> str:
    """Give the path at which a file is fetched."""
    return f"/{REPOSITORY}/resolve/{revision}/{name}"


def listing(files: Mapping[str, bytes], revision: str = REVISION, **odd: dict[str, Any]) -> dict[str, Any]:
    """Give what the API says of files; `odd` replaces fields of one file, named with underscores for dots."""
    siblings = []
    for name, content in files.items():
        one: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git_hash(content)}
        if name == LARGE:
            digest = hashlib.sha256(content).hexdigest()
            one["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 134}
        siblings.append(one | odd.get(name.replace(".", "_"), {}))
    return {"id": REPOSITORY, "sha": revision, "private": False, "siblings": siblings}


def git_hash(content: bytes) -> str:
    """Give git's hash of a file's content."""
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def put_model(hub: WebServer, revision: str = REVISION, files: Mapping[str, bytes] = MODEL) -> None:
    """Put a model on the hub; its large file is redirected to another place, as the real hub does."""
    hub.script(API, json_answer(listing({**files, **OTHERS}, revision)))
    for name, content in files.items():
        if name == LARGE:
            hub.script(
                path_of(name, revision), Answer(302, b"", headers={"Location": f"/storage/{revision}"})
            )
            hub.script(f"/storage/{revision}", lambda seen, whole=content: part_of(whole, seen))
        else:
            hub.script(path_of(name, revision), lambda seen, whole=content: part_of(whole, seen))


def part_of(content: bytes, seen: Seen) -> Answer:
    """Answer with what a Range header asks for."""
    wanted = seen.headers.get("range", "")
    if not wanted:
        return Answer(200, content, "application/octet-stream")
    begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
    where = f"bytes {begin}-{len(content) - 1}/{len(content)}"
    return Answer(206, content[begin:], "application/octet-stream", {"Content-Range": where})
