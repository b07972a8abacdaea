"""Discs that the tests author, read as a drive's disc would be, and identified."""

from __future__ import annotations

from engramd.discs import read_disc
from engramd.identify import identify
from engramd.models.enums import ContentType, TitleRole
from tests.support.authoring import AuthoredDisc

ROLES = {
    "play_all": TitleRole.PLAY_ALL,
    "episode": TitleRole.EPISODE,
    "film": TitleRole.MAIN_FEATURE,
    "extra": TitleRole.EXTRA,
    "logo": TitleRole.EXTRA,
    "duplicate": TitleRole.DUPLICATE,
}


def assert_as_authored(authored: AuthoredDisc, kind: ContentType) -> None:
    disc = read_disc(authored.image)
    verdict = identify(disc)
    assert verdict.content_type is kind, verdict.reason
    assert not verdict.needs_review
    truth = {t.number: ROLES[t.kind] for t in authored.titles}
    playlists = [t for t in disc.titles if not t.source_file.lower().endswith(".m2ts")]
    assert {t.number: verdict.roles[t.index].role for t in playlists} == truth
    ordered = [t.number for t in authored.episodes]
    places = {verdict.roles[t.index].place: t.number for t in playlists if t.number in ordered}
    assert [places[n] for n in sorted(p for p in places if p is not None)] == ordered


def test_the_dvd_of_a_series(tv_dvd: AuthoredDisc) -> None:
    assert_as_authored(tv_dvd, ContentType.TV)


def test_the_dvd_of_a_film(film_dvd: AuthoredDisc) -> None:
    assert_as_authored(film_dvd, ContentType.MOVIE)


def test_the_bluray_of_a_series(tv_bluray: AuthoredDisc) -> None:
    assert_as_authored(tv_bluray, ContentType.TV)


def test_label_and_sentence(tv_dvd: AuthoredDisc) -> None:
    verdict = identify(read_disc(tv_dvd.image))
    assert (verdict.title, verdict.season, verdict.disc_number) == ("Harbor Station", 1, 1)
    assert "share their segments with title 1 (play-all)" in verdict.reason
