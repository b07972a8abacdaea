"""Compressed answers are never unpacked further than they may be large."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from engramd.sources.wire import BadBody, _gunzipped

LIMIT = 1000


def test_a_small_piece_that_holds_a_thousandfold_is_unpacked_to_the_limit_only() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 60_000
    assert len(next(_gunzipped(iter([bomb]), LIMIT))) == LIMIT + 1


def test_pieces_are_unpacked_as_they_come() -> None:
    packed = gzip.compress(b"all of it" * 50)
    pieces = iter([packed[n : n + 7] for n in range(0, len(packed), 7)])
    assert b"".join(_gunzipped(pieces, LIMIT)) == b"all of it" * 50


@pytest.mark.parametrize("body", [b"", b"\x1f\x8b", b"plain text", gzip.compress(b"all of it", mtime=0)[:-1]])
def test_what_is_not_whole_is_told(body: bytes) -> None:
    with pytest.raises(BadBody):
        list(_gunzipped(iter([body]), LIMIT))


def test_what_follows_the_compressed_data_is_not_read() -> None:
    def endless() -> Iterator[bytes]:
        yield gzip.compress(b"all of it") + b"more"
        raise AssertionError("it went on reading")

    assert b"".join(_gunzipped(endless(), LIMIT)) == b"all of it"
