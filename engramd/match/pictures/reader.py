"""Reads pages in a language that is known, or that the first pages tell."""

from __future__ import annotations

from collections.abc import Sequence

from engramd.match.language import guess
from engramd.match.model import MatchFailed
from engramd.match.pictures.languages import choose, known, names_of, others, readable
from engramd.match.pictures.plane import Grey
from engramd.match.pictures.slips import repair
from engramd.match.pictures.tesseract import Reading, Tesseract

#: Pages that tell the language, and the confidences (of 100) below which the letters may be other ones, and
#: are: right letters are read with 85 and more, Cyrillic ones as if they were Latin with 47.
PROBE, UNSURE, GARBAGE = 8, 70.0, 55.0
#: Letters that are tried where they are not known.
MOST_SCRIPTS = 6


class PageReader:
    """Reads batches of pages; `languages` are ISO 639-2/B codes of what they may be in, likeliest first.

    Raises MatchFailed if there is no data for these letters, at once or when it turns out.
    """

    def __init__(self, tesseract: Tesseract, languages: Sequence[str]) -> None:
        self._tesseract = tesseract
        self._installed = tesseract.languages()
        told = known(languages)
        self._name = choose(told, self._installed)
        self._language = told[0] if told else None
        self._settled = bool(told)

    def read(self, pages: Sequence[Grey | None]) -> list[str]:
        """Give the text of each page, repaired; empty where there is no page."""
        drawn = [page for page in pages if page is not None]
        readings = iter(self._read(drawn))
        return [repair(next(readings).text, self._language) if page is not None else "" for page in pages]

    def _read(self, pages: list[Grey]) -> list[Reading]:
        if self._settled or not pages:
            return self._tesseract.read(pages, self._name)
        self._settled = True
        probe = self._probe(pages[:PROBE])
        self._language = guess(reading.text for reading in probe)
        better = next((name for name in self._names() if name in self._installed), self._name)
        if better != self._name:
            self._name, probe = better, []
        return probe + self._tesseract.read(pages[len(probe) :], self._name)

    def _probe(self, pages: list[Grey]) -> list[Reading]:
        """Read in the letters that fit best: in others, tesseract is not sure of what it reads."""
        best = self._tesseract.read(pages, self._name)
        if _confidence(best) >= UNSURE:
            return best
        for name in others(self._name, readable(self._installed))[:MOST_SCRIPTS]:
            readings = self._tesseract.read(pages, name)
            if _confidence(readings) > _confidence(best):
                best, self._name = readings, name
        if 0 < _confidence(best) < GARBAGE:
            raise MatchFailed(
                "the pictures are in letters that tesseract has no data for",
                why=f"installed are: {', '.join(readable(self._installed))}",
                remedy="apt install tesseract-ocr-LANGUAGE, for the language of the subtitles",
            )
        return best

    def _names(self) -> tuple[str, ...]:
        return names_of(self._language) if self._language else ()


def _confidence(readings: list[Reading]) -> float:
    letters = sum(len(reading.text) for reading in readings)
    return sum(reading.confidence * len(reading.text) for reading in readings) / letters if letters else 0.0
