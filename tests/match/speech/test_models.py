"""Which model the daemon listens with."""

from __future__ import annotations

import os
from pathlib import Path

from engramd.match.speech.models import NEEDED, look_at, models_folder, models_in, speech_model


def make(folder: Path, age: int, *lacking: str) -> Path:
    folder.mkdir(parents=True)
    for name in NEEDED:
        if name not in lacking:
            (folder / name).write_bytes(b"12345")
            os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    return folder


def test_the_newest_whole_model_listens(tmp_path: Path) -> None:
    folder = models_folder(tmp_path)
    assert folder == tmp_path / "models"
    assert speech_model("", tmp_path) is None
    old, newer = make(folder / "tiny", 500), make(folder / "small", 100)
    make(folder / "base", 10, "tokenizer.json")
    make(folder / ".medium.0123.part", 0)
    assert [(model.name, model.size, model.lacking) for model in models_in(folder)] == [
        ("base", 10, ("tokenizer.json",)),
        ("small", 15, ()),
        ("tiny", 15, ()),
    ]
    assert speech_model("", tmp_path) == newer
    assert speech_model(str(old), tmp_path) == old


def test_a_model_that_was_named_is_taken_whatever_is_there(tmp_path: Path) -> None:
    make(models_folder(tmp_path) / "small", 0)
    assert speech_model("/srv/none", tmp_path) == Path("/srv/none")


def test_a_folder_that_is_not_there_lacks_everything(tmp_path: Path) -> None:
    assert look_at(tmp_path / "gone").lacking == NEEDED
    (tmp_path / "models").touch()
    assert speech_model("", tmp_path) is None


def test_an_empty_file_is_no_model(tmp_path: Path) -> None:
    folder = make(tmp_path / "cut", 0)
    (folder / "model.bin").write_bytes(b"")
    assert look_at(folder).lacking == ("model.bin",)
