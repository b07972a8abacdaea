"""Models of faster-whisper on this machine: where they lie, and whether one is whole. Light to import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

#: The folder of fetched models, in the state folder.
FOLDER = "models"
#: What a model cannot do without. Without its own tokenizer the library would fetch one from the network.
NEEDED = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True)
class Model:
    """A model's folder; `size` in bytes; `lacking` names what is missing (nothing: it can be used)."""

    name: str
    path: Path
    size: int
    fetched_at: datetime
    lacking: tuple[str, ...] = ()


def models_folder(state: Path) -> Path:
    """Give the folder for fetched models of a daemon with this state folder."""
    return state / FOLDER


def models_in(folder: Path) -> list[Model]:
    """Give the models in a folder, the newest first; none where it is not there. Raises PermissionError."""
    try:
        inside = [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [look_at(one) for one in inside]
    return sorted(found, key=lambda model: (model.fetched_at, model.name), reverse=True)


def look_at(folder: Path) -> Model:
    """Look at one model's folder, which need not be there."""
    files = {one.name: one.stat() for one in folder.iterdir() if one.is_file()} if folder.is_dir() else {}
    return Model(
        name=folder.name,
        path=folder,
        size=sum(stat.st_size for stat in files.values()),
        fetched_at=datetime.fromtimestamp(max((s.st_mtime for s in files.values()), default=0), UTC),
        lacking=tuple(name for name in NEEDED if name not in files or not files[name].st_size),
    )


def speech_model(configured: str, state: Path) -> Path | None:
    """Give the model to listen with: the one that the setting `speech_model_path` names, whatever is there,
    else the newest whole one that was fetched; None where there is none, or it is hidden from this user.
    """
    if configured:
        return Path(configured)
    try:
        return next((one.path for one in models_in(models_folder(state)) if not one.lacking), None)
    except OSError:
        return None
