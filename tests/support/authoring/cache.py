"""Authored discs kept between test runs, keyed by the sources that author them and by the arguments."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .model import AuthoredDisc

SOURCES = Path(__file__).parent
TRUTH = "truth.json"
#: Seconds that a disc of other sources is kept: another run may be using it.
KEEP = 3600.0


def cache_folder() -> Path:
    """Give the folder of the cache: $ENGRAMD_DISC_CACHE, or `.disc-cache` at the root of the checkout."""
    return Path(os.environ.get("ENGRAMD_DISC_CACHE") or SOURCES.parents[2] / ".disc-cache")


def cached_disc(
    make: Callable[..., AuthoredDisc], name: str, *, cache: Path | None = None, **options: Any
) -> AuthoredDisc:
    """Author a disc with `make(image, **options)`, or give the one that an earlier run authored.

    Safe for several runs at once: one authors, the others wait for it. Discs of other sources or arguments
    are removed once nobody has asked for them for an hour.
    """
    root = cache or cache_folder()
    root.mkdir(parents=True, exist_ok=True)
    folder = root / f"{name}-{_key(make, root, options)}"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / TRUTH).exists():
            os.utime(folder)
            return AuthoredDisc.load(folder / TRUTH)
        shutil.rmtree(folder, ignore_errors=True)
        for old in root.glob(f"{name}-*"):
            if time.time() - old.stat().st_mtime > KEEP:
                shutil.rmtree(old, ignore_errors=True)
        folder.mkdir()
        disc = make(folder / f"{name}.iso", **options)
        disc.save(folder / TRUTH)
        return disc


def _key(make: Callable[..., AuthoredDisc], root: Path, options: dict[str, Any]) -> str:
    digest = hashlib.sha256(f"{make.__name__} {root} {sorted(options.items())}".encode())
    for source in sorted(SOURCES.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
