"""What a person can say with a rip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.pipeline.options import RipOptions, parse_titles

RANGES = st.lists(st.tuples(st.integers(1, 9999), st.integers(0, 50)).filter(lambda r: sum(r) <= 9999))


@given(RANGES, st.sampled_from([",", ", ", " , ", ",,"]))
def test_what_is_written_is_what_is_meant(ranges: list[tuple[int, int]], comma: str) -> None:
    words = [f"{first}-{first + more}" if more else str(first) for first, more in ranges]
    meant = {number - 1 for first, more in ranges for number in range(first, first + more + 1)}
    assert parse_titles(comma.join(words)) == meant


@given(st.text(alphabet="0123456789,- ٣²x", max_size=20) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        titles = parse_titles(text)
    except InvalidArgument:
        return
    assert all(0 <= title < 9999 for title in titles)


@pytest.mark.parametrize(
    "text", ["0", "-1", "3-1", "1-", "-", "1-2-3", "a", "1;2", "10000", "1-10000", "1.5", "²"]
)
def test_what_is_no_list_of_titles_is_named(text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_titles(f"1,{text}")
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"titles": "x"}, {"extras": "perhaps"}, {"content_type": "unknown"}, {"content_type": "film"}]
)
def test_a_wish_that_no_rip_can_have_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument):
        RipOptions(**wrong)  # type: ignore[arg-type]


def test_what_a_rip_can_have_is_taken() -> None:
    options = RipOptions(titles="1,3-5", extras="skip", content_type="tv", season=0)
    assert (options.eject, options.again) == (True, False)
