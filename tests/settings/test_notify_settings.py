"""Hours, maps of folders and addresses of notifications: taken or refused; secrets are not repeated."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.settings.checks import SERVERS, check
from engramd.settings.hours import read_hours, read_time
from engramd.settings.path_map import mapped, read_path_map


def refusal(name: str, value: str) -> str:
    with pytest.raises(InvalidArgument) as raised:
        check(name, value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"), [("21:00", time(21)), (" 7:05 ", time(7, 5)), ("0:00", time(0))]
)
def test_a_time_of_day_is_read(text: str, expected: time) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize("text", ["", "24:00", "21", "21:60", "9pm", "21:00:00", "-1:00", "٢١:٠٠"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    assert "notify_evening" in refusal("notify_evening", text)


def test_quiet_hours_are_none_or_two_times() -> None:
    assert read_hours("") is None
    assert read_hours("22:00 - 07:30") == (time(22), time(7, 30))
    for text in ("22:00", "22:00-22:00", "22:00-25:00", "22:00-07:00-08:00"):
        assert "quiet_hours" in refusal("quiet_hours", text)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/srv/media/tv/Show/Season 01", "/data/tv/Show/Season 01"),
        ("/srv/media/tv", "/data/tv"),
        ("/srv/media/tv2/Show", "/media/tv2/Show"),
        ("/srv/media/tv/kids/Show", "/kids/Show"),
        ("/srv/films/Alien (1979)", "D:\\Films\\Alien (1979)"),
        ("/home/x", "/home/x"),
    ],
)
def test_the_longest_folder_of_a_map_counts(path: str, expected: str) -> None:
    pairs = read_path_map(
        "/srv/media=/media; /srv/media/tv/=/data/tv/;/srv/media/tv/kids=/kids;/srv/films=D:\\Films"
    )

    assert mapped(path, pairs) == expected


def test_the_root_may_be_mapped() -> None:
    assert mapped("/srv/tv", read_path_map("/=/mnt/host")) == "/mnt/host/srv/tv"
    assert mapped("/srv/tv", read_path_map("/srv/tv=/")) == "/"
    assert mapped("/srv/tv/x", read_path_map("/srv/tv=/")) == "/x"


@pytest.mark.parametrize("text", ["/srv/tv", "srv/tv=/data", "/srv/tv=", "=/data", "/a=/b;/a/=/c"])
def test_what_is_no_map_is_refused(text: str) -> None:
    assert "media_server_path_map" in refusal("media_server_path_map", text)


@given(st.text(st.sampled_from("/=;ab \\"), max_size=20), st.text(st.sampled_from("/ab"), max_size=10))
def test_a_map_that_is_taken_maps_every_path(text: str, path: str) -> None:
    try:
        pairs = read_path_map(text)
    except InvalidArgument:
        return
    assert mapped(f"/{path}", pairs)


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_at_home_may_be_asked_without_encryption(name: str) -> None:
    for value in ("", "http://192.168.1.4:32400", "https://media.example.org/emby", "http://nas:8096"):
        check(name, value)
    for value in ("nas:8096", "ftp://nas", "http://", "http://nas/#x"):
        assert name in refusal(name, value)
    assert "sesame" not in refusal(name, "http://me:sesame@nas")


def test_addresses_of_notifications_are_addresses_and_are_not_repeated() -> None:
    check("apprise_urls", "")
    check("apprise_urls", "tgram://token/chat  json://user:pass@host/path?x=1")
    assert "s3cr3t" not in refusal("apprise_urls", "json://ok s3cr3t-token")


def test_hooks_are_in_an_absolute_folder() -> None:
    check("hooks_path", "/etc/engramd/hooks.d")
    assert "hooks_path" in refusal("hooks_path", "hooks.d")
