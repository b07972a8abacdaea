"""What is said of options that are wrong: enough to mend them, and never a megabyte."""

from __future__ import annotations

import pytest

from engramd.bus.options import typed_options
from engramd.errors import InvalidArgument


@pytest.mark.parametrize("given", [{"x" * 1_000_000: 1}, {"limit": ["y" * 100_000] * 10}])
def test_an_error_repeats_only_the_beginning_of_what_is_wrong(given: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        typed_options(given, {"limit": int})
    said = str(caught.value)
    assert "limit" in said
    assert "xxx" in said or "yyy" in said
    assert len(said) < 300
