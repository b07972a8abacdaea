"""Which engine listens, and what is said where none can."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engramd.match.model import MatchFailed
from engramd.match.speech import engines
from engramd.match.speech.engines import choose_engine, known_language, model_fault
from engramd.optional import how_to_get


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Give the packages that are installed: none, until a test adds some."""
    packages: set[str] = set()
    monkeypatch.setattr(engines, "installed", lambda package: package in packages)
    return packages


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("eng", "eng"), ("fra", "fre"), ("deu", "ger"), ("ENG", "eng"), ("und", None), ("", None),
        (None, None), ("mul", None), ("zxx", None), ("e1g", None), ("gér", None), ("english", None),
    ],
)  # fmt: skip
def test_codes_of_languages(code: str | None, known: str | None) -> None:
    assert known_language(code) == known


def test_without_any_engine_both_extras_are_named(there: set[str]) -> None:
    with pytest.raises(MatchFailed, match="nothing here hears speech") as raised:
        choose_engine(None, "eng")
    for part in ("pip install pocketsphinx", "pip install faster-whisper", "engramctl models get"):
        assert part in raised.value.remedy
    assert "pocketsphinx is not installed" in raised.value.why


@pytest.mark.parametrize("language", ["ger", "deu"])
def test_a_language_without_an_engine_is_named_with_what_would_understand_it(
    there: set[str], language: str
) -> None:
    pytest.importorskip("pocketsphinx")
    there.add("pocketsphinx")
    with pytest.raises(MatchFailed, match="in the language ger") as raised:
        choose_engine(None, language)
    assert "pip install faster-whisper" in raised.value.remedy
    assert "engramctl models get" in raised.value.remedy
    assert "pip install pocketsphinx" not in raised.value.remedy


@pytest.mark.parametrize("language", ["eng", "und", None])
def test_pocketsphinx_listens_where_there_is_no_model(there: set[str], language: str | None) -> None:
    pytest.importorskip("pocketsphinx")
    there |= {"pocketsphinx", "faster_whisper"}
    assert choose_engine(None, language).name == "pocketsphinx"


def test_a_model_without_the_package_that_reads_it(there: set[str], tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    assert model_fault(tmp_path) == ("faster-whisper is not installed", how_to_get("faster-whisper"))
    there.add("pocketsphinx")
    assert choose_engine(tmp_path, "eng").name == "pocketsphinx (faster-whisper is not installed)"


def test_a_folder_that_is_no_model(there: set[str], tmp_path: Path) -> None:
    there.add("faster_whisper")
    fault, remedy = model_fault(tmp_path / "gone")
    assert "is not there" in fault
    assert str(tmp_path / "gone") in fault
    assert "engramctl models get" in remedy
    fault, _ = model_fault(tmp_path)
    assert fault.endswith("lacks model.bin, config.json, tokenizer.json")
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_text("x")
    assert model_fault(tmp_path) == ("", "")


def test_the_daemon_may_ask_what_there_is_without_loading_it() -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from engramd.match.speech.engines import installed, model_fault\n"
        "from engramd.match.speech.models import speech_model\n"
        "from engramd.match.speech.windows import plan\n"
        "installed('pocketsphinx'), model_fault(Path('/')), speech_model('', Path('/')), plan(1000)\n"
        "heavy = ('numpy', 'av', 'pocketsphinx', 'faster_whisper', 'ctranslate2', 'httpx')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
