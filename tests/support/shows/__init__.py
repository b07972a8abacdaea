"""Shows made by code, to measure matching with: their statistics agree with those of real subtitle files.

`Show(seed, kind).episode(season, number)` is the truth, `subtitle(episode, style, luck, edition)` what
somebody publishes of it, `make_disc(DiscCase(seed, …))` a disc with references, and
`write_disc_case(folder, case)` writes its files.
"""

from tests.support.shows.discs import Disc, DiscCase, MadeTitle, make_disc
from tests.support.shows.script import Episode, Habits, Line, Show
from tests.support.shows.subtitling import Edition, Style, subtitle
from tests.support.shows.writing import (
    MadeReader,
    Written,
    evidence_of,
    write_disc_case,
    write_evidence,
    write_references,
)

__all__ = [
    "Disc",
    "DiscCase",
    "Edition",
    "Episode",
    "Habits",
    "Line",
    "MadeReader",
    "MadeTitle",
    "Show",
    "Style",
    "Written",
    "evidence_of",
    "make_disc",
    "subtitle",
    "write_disc_case",
    "write_evidence",
    "write_references",
]
