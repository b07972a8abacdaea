"""Verdicts as the corpus's own score.py wants them, and what it says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engramd.identify import Verdict
from tests.identify.corpus_discs import DISCS, SCORE, corpus_discs

Report = dict[str, dict[str, float]]


def prediction(name: str, verdict: Verdict) -> dict[str, Any]:
    """Give a verdict as one line of score.py's input."""
    return {
        "source": name,
        "content_type": verdict.content_type,
        "needs_review": verdict.needs_review,
        "titles": [{"title_index": r.title_index, "role": r.role, "order": r.place} for r in verdict.roles],
    }


def score(predictions: Iterable[dict[str, Any]], folder: Path) -> Report:
    """Let score.py judge predictions; `folder` is for the files that it reads."""
    listed = folder / "predictions.jsonl"
    listed.write_text("".join(json.dumps(entry) + "\n" for entry in predictions))
    numbers = {name: kept for name, _, kept in corpus_discs()}
    (folder / "titles.json").write_text(json.dumps(numbers))
    command = [sys.executable, str(SCORE), str(DISCS), str(folder), str(listed), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report: Report = json.loads(done.stdout)
    return report


def table(report: Report) -> str:
    """Give the scores of all discs as lines of text."""
    return "".join(
        f"{name:26}{values['discs']:6.0f} discs {values['share']:7.1%}   by title {values['by_title']:6.1%}\n"
        for name, values in report.items()
        if " ALL " in name and "discs" in values
    )
