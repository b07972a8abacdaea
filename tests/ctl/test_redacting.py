"""What a report must not tell: secrets of every shape, homes, names of machines and people, and of discs."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.ctl.redacting import Redactor

PLAIN = Redactor()
MINE = Redactor(
    secrets=frozenset({"hunter2-and-more", "two words"}),
    users=frozenset({"annabella", "root"}),
    hosts=frozenset({"media", "tower.example.org"}),
)
NAMELESS = Redactor(names=frozenset({"Harbor Station", "IT_2017", "Café Müller", "Up"}))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("see https://anna:pw@nas.lan:8443/share/x?y=1 now", "see https://nas.lan:8443/…?(secret) now"),
        (
            "GET https://api.themoviedb.org/3/tv/1?api_key=abc",
            "GET https://api.themoviedb.org/3/tv/1?(secret)",
        ),
        ("https://hooks.example.org/T0/B0/xyz", "https://hooks.example.org/…"),
        ("http://localhost:8123/api/webhook/x", "http://localhost:8123/…"),
        ("postgresql+psycopg://engramd:pw@db/engramd", "postgresql+psycopg://(secret)"),
        ("told tgram://123:ABC/42, ntfys://topic", "told tgram://(secret) ntfys://(secret)"),
        ("sqlite:////var/lib/engramd/engramd.db", "sqlite:////var/lib/engramd/engramd.db"),
        ("Authorization: Bearer abcdefghijk", "Authorization: (secret)"),
        ("X-Plex-Token: abc def", "X-Plex-Token: (secret)"),
        ("sent bearer abcdefghij.klm", "sent (secret)"),
        ("tmdb_api_key=abc, next=1", "tmdb_api_key=(secret), next=1"),
        ('{"opensubtitles_password": "a b", "x": 1}', '{"opensubtitles_password": (secret), "x": 1}'),
        ("username=anna,password=pw,uid=1000", "username=(secret),password=(secret),uid=1000"),
        ('app_Key = "T-0123456789abcdefghij@_"', "app_Key = (secret)"),
        ("the key T-0123456789abcdefghij@_ has expired", "the key (secret) has expired"),
        ("eyJhbGciOi.eyJzdWIi.sig-nature", "(secret)"),
        ("key 0123456789abcdef0123456789abcdef", "key (secret)"),
        ("in /home/anna/films/x.mkv and /home/bob", "in /home/(user)/films/x.mkv and /home/(user)"),
        (
            "/media/anna/DISC/x, /run/media/anna/DISC, /srv/media/tv/x",
            "/media/(user)/DISC/x, /run/media/(user)/DISC, /srv/media/tv/x",
        ),
        (r'{"token": "a\"b c", "x": 1}', '{"token": (secret), "x": 1}'),
        (
            "ran x --password pw --api-key abc --token-file",
            "ran x --password (secret) --api-key (secret) --token-file",
        ),
        ("told anna.b+c@mail.example.org of it", "told (address) of it"),
        ("card 00:1A:2b:3c:4d:5e up", "card (address) up"),
        ("from 2001:db8::8a2e:370:7334 and fe80::1%eth0", "from (address) and (address)"),
    ],
)
def test_what_looks_like_a_secret_goes_and_the_rest_stays(text: str, left: str) -> None:
    assert PLAIN.text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "the disc 0123456789ABCDEF0123456789ABCDEF is known",
        "no key is missing; TMDB accepts the key",
        "job 3: ripping: Harbor Station, season 1",
        "engramctl config set tmdb_api_key - (a key is at https://www.themoviedb.org/settings/api)",
        "/srv/media/tv: on /srv/media, ext4",
        "at 2026-11-30T18:20:05 the unit user@1000.service listened on ::1 and 127.0.0.1",
        "libexample 2:6.1.3.1-2 at pci-0000:00:1f.2-ata-1 and std::bad",
    ],
)
def test_what_helps_stays(text: str) -> None:
    assert PLAIN.text(text) == text


def test_what_is_known_to_be_secret_goes_in_every_form() -> None:
    said = "hunter2-and-more hunter2-and-mores two%20words two words words"
    assert MINE.text(said) == "(secret) (secret)s (secret) (secret) (secret)"
    tricky = Redactor(secrets=frozenset({'a"b\\c/d'}))
    for form in ('a"b\\c/d', json.dumps('a"b\\c/d'), "a%22b%5Cc%2Fd"):
        assert "c" not in tricky.text(form).replace("(secret)", ""), form


@given(
    st.text(string.ascii_letters + string.digits + "-_@!?$%&/()=+#.:,;*'\"\\<>|~ ", min_size=4, max_size=40)
)
def test_no_known_secret_survives_wherever_it_stands(secret: str) -> None:
    redactor = Redactor(secrets=frozenset({secret}))
    for text in (
        secret,
        f"x{secret}y",
        f"key={secret}",
        f"https://u:{secret}@h/{secret}",
        json.dumps([secret]),
    ):
        left = redactor.text(text).replace("(secret)", "")
        assert secret not in left, text


def test_people_and_machines_have_no_names() -> None:
    assert MINE.text("annabella on media, tower.example.org and /srv/media/tv of root") == (
        "(user) on (host), (host) and /srv/media/tv of root"
    )
    assert MINE.text("http://Tower.Example.Org:8096 and TOWER.example.org") == "http://(host):8096 and (host)"


@pytest.mark.parametrize(
    "text",
    [
        "job 1: ripping: Harbor Station, season 1",
        "HARBOR_STATION_S1D1 is in the drive",
        "harbor.station.s01e01.mkv",
        "IT 2017 (it-2017)",
        "cafÉ müller",
    ],
)
def test_names_go_in_every_spelling(text: str) -> None:
    left = NAMELESS.text(text).lower()
    assert not any(word in left for word in ("harbor", "station", "2017", "müller")), left


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (
            "engramd[9]: filed title=Some Other Film path=/srv/media/films/Some Other Film.mkv job=3",
            "engramd[9]: filed title=(name) path=(name) job=3",
        ),
        ("moved /srv/media/films/Some Film (1999)/Some Film.mkv", "moved /srv/(name)"),
        ("it is not there (/data/Some Film/VIDEO_TS): mount it", "it is not there (/data/(name): mount it"),
        ("process 7: /usr/bin/ffmpeg -i /dev/sr0 /var/lib/engramd/lock", None),
        ("makemkvcon mkv iso:/srv/import/Some Film.iso all", "makemkvcon mkv iso:/srv/(name)"),
        ("the disc “Some Film” waits", "the disc (name) waits"),
    ],
)
def test_names_that_nobody_knows_go_with_what_holds_them(line: str, left: str | None) -> None:
    assert NAMELESS.said_line(line) == (line if left is None else left)
    assert PLAIN.said_line(line) == line


def test_a_log_names_no_machine_of_the_network() -> None:
    said = "203.0.113.7 asked 192.168.1.4:32400, then 127.0.0.1; version 1.2.3.4-5"
    assert PLAIN.said_line(said) == "(address) asked (address):32400, then 127.0.0.1; version 1.2.3.4-5"


def test_what_is_plugged_in_has_no_name_where_names_are_left_out() -> None:
    assert NAMELESS.said_line("it is at /run/media/anna/Some Film") == "it is at /run/(name)"


def test_fields_keep_their_kinds() -> None:
    row = {
        "id": 3,
        "password": "x",
        "urls": ["https://a:b@c/d"],
        "deep": {"path": "/home/anna", "/home/anna": 1},
        "none": None,
    }
    assert PLAIN.fields(row, secret=("password",)) == {
        "id": 3,
        "password": True,
        "urls": ["https://c/…"],
        "deep": {"path": "/home/(user)", "/home/(user)": 1},
        "none": None,
    }
