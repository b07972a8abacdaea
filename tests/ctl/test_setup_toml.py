"""Settings in the text of a configuration file: what a person wrote there stays."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.ctl.setup_toml import with_settings
from engramd.errors import InvalidArgument

FILE = """# The ripper in the living room.
log_level = "debug"   # while it is new

[settings]
# library_tv_path = "/mnt/old"
library_tv_path = "/srv/tv"  # the big disk; see "#42"
"extras_policy" = 'skip'
naming_preset = "jellyfin"


# Nothing below this line.
"""


def test_a_file_that_is_not_there_is_begun() -> None:
    text = with_settings("", {"library_tv_path": "/srv/tv", "tmdb_enabled": True, "min_free_bytes": 5})
    assert text.splitlines()[1:] == [
        "",
        "[settings]",
        'library_tv_path = "/srv/tv"',
        "tmdb_enabled = true",
        "min_free_bytes = 5",
    ]
    assert text.startswith("# ")


def test_comments_order_and_other_lines_stay() -> None:
    text = with_settings(
        FILE, {"library_tv_path": "/mnt/nas/tv", "extras_policy": "ask", "tmdb_enabled": True}
    )
    expected = FILE.replace('"/srv/tv"', '"/mnt/nas/tv"').replace(
        "\"extras_policy\" = 'skip'", 'extras_policy = "ask"'
    )
    expected = expected.replace(
        "# Nothing below this line.\n", "# Nothing below this line.\ntmdb_enabled = true\n"
    )
    assert text == expected


def test_what_is_so_already_changes_nothing() -> None:
    values = {"library_tv_path": "/srv/tv", "naming_preset": "jellyfin"}
    assert with_settings(FILE, values) == FILE
    once = with_settings(FILE, {"library_movies_path": "/srv/films"})
    assert with_settings(once, {"library_movies_path": "/srv/films"}) == once


def test_a_table_behind_the_settings_is_no_part_of_them() -> None:
    file = '[settings]\nextras_policy = "ask"\n\n[other]\nlibrary_tv_path = "mine"\n'
    text = with_settings(file, {"library_tv_path": "/srv/tv"})
    assert text == file.replace('"ask"\n', '"ask"\nlibrary_tv_path = "/srv/tv"\n')


@pytest.mark.parametrize(
    "file",
    [
        'settings.extras_policy = "ask"\n',
        'settings = { extras_policy = "ask" }\n',
        '[settings]\nlibrary_tv_path = """\n/srv/tv"""\n',
    ],
)
def test_a_file_that_cannot_be_changed_is_not_and_the_lines_are_told(file: str) -> None:
    with pytest.raises(InvalidArgument, match="cannot be changed") as caught:
        with_settings(file, {"library_tv_path": "/mnt/tv", "makemkv_key": "T-secret"})
    assert 'library_tv_path = "/mnt/tv"' in caught.value.remedy
    assert "T-secret" not in str(caught.value)


def test_a_file_that_is_no_toml_is_to_be_mended_first() -> None:
    with pytest.raises(InvalidArgument, match="no TOML"):
        with_settings("[settings\n", {"library_tv_path": "/mnt/tv"})


@given(
    st.dictionaries(
        st.sampled_from(["library_tv_path", "makemkv_key", "tmdb_enabled", "languages"]),
        st.text(st.characters(exclude_categories=["Cs"])) | st.booleans(),
        min_size=1,
    ),
    st.sampled_from(["", FILE, "[settings]", '[settings]\nmakemkv_key = "a#b" # c\n[x]\n']),
)
def test_any_value_is_read_back_as_it_was(values: dict[str, str | bool], file: str) -> None:
    text = with_settings(file, values)
    before = tomllib.loads(file)
    assert tomllib.loads(text) == {**before, "settings": {**before.get("settings", {}), **values}}
    assert with_settings(text, values) == text
