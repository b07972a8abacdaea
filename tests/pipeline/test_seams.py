"""Where a title with several episodes is cut."""

from __future__ import annotations

from engramd.match.model import Evidence, Track
from engramd.organize import EpisodeCode
from engramd.pipeline.seams import Piece, even_pieces, pieces_at

THREE = [Piece("S01E01", 0, 1310), Piece("S01E02", 1330, 2600), Piece("S01E03", 2600, 3960)]


def evidence(*chapters: float, gaps: tuple[tuple[float, float], ...] = ()) -> Evidence:
    """Give a title whose words stop only in the gaps (seconds)."""
    starts = [s for s in range(0, 3960, 5) if not any(begin <= s < end for begin, end in gaps)]
    track = Track(
        kind="bitmap", codec="dvd_subtitle", starts=tuple(starts), ends=tuple(s + 4.9 for s in starts)
    )
    return Evidence(source="x", duration=3960, tracks=(track,), chapters=chapters)


def begins(pieces: list[Piece]) -> list[float]:
    return [piece.begin for piece in pieces]


def test_a_cut_is_made_at_the_chapter_next_to_the_seam() -> None:
    found = pieces_at(THREE, evidence(0, 600, 1325, 1375, 2580, 3960), 3960)
    assert begins(found) == [0, 1325, 2580]
    assert [piece.end for piece in found] == [1325, 2580, 3960]
    assert [piece.episode for piece in found] == ["S01E01", "S01E02", "S01E03"]


def test_without_a_chapter_nearby_it_is_made_where_nobody_speaks() -> None:
    quiet = evidence(0, 600, 2000, gaps=((1340, 1360), (1280, 1290), (2570, 2585), (3000, 3200)))
    first, second = begins(pieces_at(THREE, quiet, 3960))[1:]
    assert 1340 <= first <= 1360
    assert 2570 <= second <= 2585


def test_without_anything_it_is_made_at_the_seam() -> None:
    assert begins(pieces_at(THREE, None, 3960)) == [0, 1320, 2600]
    assert begins(pieces_at(THREE, Evidence(source="x", duration=3960), 3960)) == [0, 1320, 2600]


def test_pieces_that_would_be_nothing_are_none() -> None:
    one = [Piece("S01E01", 0, 5), Piece("S01E02", 5, 3960)]
    assert pieces_at(one, None, 3960) == []
    assert pieces_at(THREE[:1], None, 3960) == []
    same = evidence(0, 1320, gaps=())
    close = [Piece("S01E01", 0, 1310), Piece("S01E02", 1310, 1330), Piece("S01E03", 1330, 3960)]
    assert pieces_at(close, same, 3960) == [], "two seams at one chapter"


def test_episodes_that_a_person_names_are_about_as_long() -> None:
    found = even_pieces(EpisodeCode.parse("S02E04-E06"), evidence(0, 1200, 1450, 2700), 3960)
    assert begins(found) == [0, 1200, 2700]
    assert [piece.episode for piece in found] == ["S02E04", "S02E05", "S02E06"]
