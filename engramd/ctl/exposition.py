"""The text format of Prometheus, version 0.0.4, as node_exporter's textfile collector reads it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engramd.errors import FilingFailed

Labels = Mapping[str, str]
Sample = tuple[Labels, float]

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@dataclass(frozen=True)
class Family:
    """A metric: its name without the program's, its text for people, and a value for each set of labels."""

    name: str
    kind: Literal["gauge", "counter"]
    text: str
    samples: Sequence[Sample]


def one(name: str, kind: Literal["gauge", "counter"], text: str, value: float) -> Family:
    """Give a metric that has a single value."""
    return Family(name, kind, text, [({}, value)])


def render(families: Iterable[Family], prefix: str = "engramd") -> str:
    """Give the text of the metrics that have a value."""
    return "".join(_family(family, f"{prefix}_{family.name}") for family in families if family.samples)


def _family(family: Family, name: str) -> str:
    lines = [f"# HELP {name} {family.text}", f"# TYPE {name} {family.kind}"]
    lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in family.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def write(file: Path, text: str) -> None:
    """Put a text into a file that others read, all at once; FilingFailed if that cannot be done.

    The temporary file beside it has a name that the collector does not look at.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise _unwritable(file, error) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
            os.fchmod(handle, 0o644)
        Path(temporary).replace(file)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _unwritable(file, error) from None


def _unwritable(file: Path, error: OSError) -> FilingFailed:
    remedy = "name a file in a folder that may be written to"
    return FilingFailed("the metrics cannot be written", where=file, why=error.strerror, remedy=remedy)
