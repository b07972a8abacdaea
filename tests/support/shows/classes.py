"""Which kinds of discs matching is scored on, in two halves that share no show and no way of writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from tests.support.shows.discs import DiscCase

Half = Literal["fit", "test"]
Group = Literal["whole track", "other language", "little", "absent", "labels"]

FIRST_SEED = {"fit": 10_000, "test": 500_000}
KINDS = {"fit": ("anime", "sitcom", "drama"), "test": ("sitcom", "drama", "anime")}
#: In the test half people talk otherwise, of other things, and tell longer stories.
HABITS: dict[Half, dict[str, float]] = {
    "fit": {},
    "test": {
        "phrase": 0.55,
        "general": 0.20,
        "topic": 0.13,
        "words_a_line": 5.4,
        "story": 5,
        "cold_open": 90.0,
    },
}


@dataclass(frozen=True)
class Class:
    """A kind of disc; `group` is its goal, `most` how many pictures may be read of a title."""

    name: str
    group: Group
    case: dict[str, Any]
    separate: bool = False
    most: int | None = None


BITMAP: dict[str, Any] = {"shown": "bitmap"}
OCR: dict[str, Any] = {"shown": "bitmap", "ocr": 0.04}
ALL = 100_000

CLASSES = (
    Class("same language, independent", "whole track", {}),
    Class("dub captions", "whole track", {"kind": "anime", "seen": "dub", "shown": "caption"}),
    Class("captions, rolled up", "whole track", {"shown": "rolling"}),
    Class("uncut disc, broadcast reference", "whole track", {"kind": "sitcom", "cut": True}),
    Class("PAL reference", "whole track", {"pal": True}),
    Class("each title by itself", "whole track", {}, separate=True),
    Class("two agreeing sources", "whole track", {"sources": 2}),
    Class("double episodes", "whole track", {"pairs": True, "titles": 3}),
    Class("pictures, all may be read", "whole track", OCR, most=ALL),
    Class("other language", "other language", BITMAP | {"language": "heb"}),
    Class("other language, another cut", "other language", BITMAP | {"language": "fre", "cut": True}),
    Class("other language, PAL", "other language", BITMAP | {"language": "ger", "pal": True}),
    Class("other language, both", "other language", BITMAP | {"language": "rus", "cut": True, "pal": True}),
    Class("no times, 15 pictures", "little", OCR | {"clock": True}, most=15),
    Class("no times, 40 pictures", "little", OCR | {"clock": True}, most=40),
    Class("no times, all pictures", "little", BITMAP | {"ocr": 0.06, "clock": True}, most=ALL),
    Class("speech, 40 % wrong words", "little", {"shown": "speech", "wer": 0.40}, most=0),
    Class("speech, 65 % wrong words", "little", {"shown": "speech", "wer": 0.65}, most=0),
    Class("reference absent, text", "absent", {"absent": 3}),
    Class("reference absent, times", "absent", BITMAP | {"language": "heb", "absent": 3}),
    Class("reference absent, cut, pictures", "absent", OCR | {"cut": True, "absent": 3}, most=ALL),
    Class("reference absent, speech", "absent", {"shown": "speech", "wer": 0.5, "absent": 3}, most=0),
    Class("extra titles", "absent", {"extra": 3, "titles": 3}),
    Class("extra titles, times", "absent", BITMAP | {"language": "jpn", "extra": 3, "titles": 3}),
    Class("wrong show of the name", "absent", {"wrong_show": True}),
    Class("wrong show, times", "absent", BITMAP | {"language": "heb", "wrong_show": True}),
    Class("labels swapped, one source", "labels", {"faults": "swap"}),
    Class("labels shifted, one source", "labels", {"faults": "shift"}),
    Class("one text twice, one source", "labels", {"faults": "duplicate"}),
    Class("labels swapped, two sources", "labels", {"faults": "swap", "sources": 2}),
    Class("labels shifted, three sources", "labels", {"faults": "shift", "sources": 3}),
    Class("swapped, two, times", "labels", BITMAP | {"faults": "swap", "sources": 2, "language": "heb"}),
    Class("two segments a title", "whole track", {"kind": "short", "pairs": True, "titles": 4}),
    Class("nothing but signs", "absent", {"only": "signs"}),
    Class("nothing but a commentary", "absent", {"only": "commentary"}),
    Class("nothing but a commentary, times", "absent", BITMAP | {"only": "commentary"}),
)  # fmt: skip


def cases(kind: Class, half: Half, discs: int) -> Iterator[DiscCase]:
    """Give the discs of a class; sizes, shows and lengths of season vary from one to the next."""
    kinds, changes = KINDS[half], tuple(HABITS[half].items())
    for number in range(discs):
        seed = FIRST_SEED[half] + 1000 * CLASSES.index(kind) + number
        usual = DiscCase(seed, kinds[number % 3], titles=4 + number % 3, season=(13, 24, 10, 22)[number % 4])
        yield replace(usual, habits=changes, **kind.case)
