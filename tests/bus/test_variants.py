"""Values for the bus: one that does not fit spoils nothing but itself."""

from __future__ import annotations

from typing import Any

import pytest

from engramd.bus.variants import pack_or_empty


@pytest.mark.parametrize(
    ("signature", "value", "becomes"),
    [("u", 1 << 40, 0), ("s", None, ""), ("as", 5, []), ("u", 7, 7), ("s", "a\0\udc80", "a\ufffd?")],
)
def test_what_does_not_fit_becomes_none_and_is_logged(
    signature: str, value: Any, becomes: Any, caplog: pytest.LogCaptureFixture
) -> None:
    packed = pack_or_empty("job 1.TmdbId", signature, value)
    assert packed.get_type_string() == signature
    assert packed.unpack() == becomes
    fits = (signature == "u" and becomes == value) or isinstance(value, str)
    assert ("job 1.TmdbId" in caplog.text) == (not fits)
