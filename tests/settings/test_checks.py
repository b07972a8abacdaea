"""Addresses and languages: whatever is typed is taken or refused, and nothing else happens."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.settings.checks import ADDRESSES, check
from engramd.settings.formats import FORMATS, LONGEST, PATH

FOLDERS = [name for name, kind in FORMATS.items() if kind is PATH]
PARTS = st.sampled_from(
    [
        *("https", "http", "ftp", "://", ":", "//", "/", "@", "[", "]", ".", "%", "?", "#", " ", "\t", "\\"),
        *("::1", "127.0.0.1", "localhost", "example.org", "443", "99999", "xn--", "me", "\uff20", "\uff45"),
    ]
)
HOSTILE = st.lists(PARTS, max_size=8).map("".join) | st.text(max_size=40)


def is_taken(name: str, value: str) -> bool:
    try:
        check(name, value)
    except InvalidArgument:
        return False
    return True


@given(st.sampled_from(ADDRESSES), HOSTILE)
def test_an_address_that_is_taken_sends_nothing_in_the_clear_and_holds_no_password(
    name: str, value: str
) -> None:
    if not is_taken(name, value):
        return
    address = urlsplit(value)
    assert address.hostname
    assert address.username is address.password is None
    if address.scheme != "https":
        local = address.hostname == "localhost" or address.hostname.endswith(".localhost")
        assert local or address.hostname == "::1" or address.hostname.startswith("127.")


@given(st.sampled_from([*FOLDERS, "import_paths", "metadata_language", "tmdb_api_key"]), HOSTILE)
def test_every_text_is_taken_or_refused(name: str, value: str) -> None:
    if is_taken(name, value) and name in FOLDERS:
        assert value.startswith("/") or not value


@pytest.mark.parametrize("value", ["0664", "664", "0640", "0600", "0666"])
def test_modes_of_files_are_octal_and_let_the_owner_in(value: str) -> None:
    check("file_mode", value)


@pytest.mark.parametrize("value", ["2775", "0775", "775", "2770", "0700"])
def test_modes_of_folders_may_be_set_gid(value: str) -> None:
    check("folder_mode", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name in ("file_mode", "folder_mode")
        for value in ("", "rw", "0o664", "-664", "668", "0044", "4775", "00664", "６６４")
    ]
    + [("file_mode", "0755"), ("file_mode", "2664"), ("folder_mode", "0664"), ("folder_mode", "1775")],
)
def test_other_modes_are_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidArgument, match="octal"):
        check(name, value)


@given(st.sampled_from(["file_mode", "folder_mode"]), HOSTILE)
def test_every_mode_that_is_taken_can_be_read(name: str, value: str) -> None:
    if is_taken(name, value):
        assert int(value, 8) & 0o600 == 0o600


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_refusal_does_not_repeat_a_password(name: str) -> None:
    for value in (
        "https://me:sesame@example.org",
        "http://me:sesame@example.org",
        "ftp://me:sesame@host",
        "https://me:sesame@a\n",
    ):
        with pytest.raises(InvalidArgument) as caught:
            check(name, value)
        assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("name", ["tmdb_api_key", "import_paths", "naming_movie_format"])
def test_a_value_without_end_is_refused_and_not_repeated(name: str) -> None:
    check(name, "/" + "k" * (LONGEST - 1))
    with pytest.raises(InvalidArgument) as caught:
        check(name, "/" + "k" * LONGEST)
    assert "kkk" not in str(caught.value)
