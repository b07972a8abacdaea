"""Durations of discs against runtimes as they are listed: rounded, by slot, by part, sped up."""

from __future__ import annotations

import pytest

from engramd.identify.work_runtimes import Fit, episodes_fit, feature_fits


def seconds(*minutes: float) -> tuple[float, ...]:
    return tuple(60 * each for each in minutes)


@pytest.mark.parametrize(
    ("disc", "season", "usual", "fit"),
    [
        ((44, 43.2, 45), (), (44,), Fit.MATCH),
        ((44, 43.2, 90), (), (44, 90), Fit.MATCH),
        ((61, 90, 52), (90, 44, 52, 47, 61), (), Fit.MATCH),
        ((90, 90, 90), (90, 44, 52, 47, 61), (), Fit.POSSIBLE),  # each episode is on a disc once
        ((44, 44, 44), (44,), (), Fit.MATCH),  # the season's runtimes are not all known
        ((43, 42, 44), (), (60,), Fit.POSSIBLE),  # an hour with its advertisements
        ((21, 22, 22.5), (), (30,), Fit.POSSIBLE),
        ((35, 36, 35), (), (50,), Fit.MISMATCH),  # 50 minutes are no slot
        ((22, 23, 22), (), (11,), Fit.POSSIBLE),  # two parts make what the disc has as one episode
        ((22, 22, 22), (), (44,), Fit.MISMATCH),
        ((44, 44, 44), (), (), Fit.UNKNOWN),
        ((), (44,), (44,), Fit.UNKNOWN),
        ((44,), (), (0,), Fit.UNKNOWN),
    ],
)
def test_episodes(disc: tuple[float, ...], season: tuple[int, ...], usual: tuple[int, ...], fit: Fit) -> None:
    assert episodes_fit(seconds(*disc), season, usual) is fit


def test_most_episodes_must_fit() -> None:
    assert episodes_fit(seconds(44, 44, 44, 10), (), (44,)) is Fit.MATCH
    assert episodes_fit(seconds(44, 44, 10, 10), (), (44,)) is Fit.MISMATCH


@pytest.mark.parametrize(
    ("disc", "listed", "pal", "fit"),
    [
        (101.9, 100, False, Fit.MATCH),
        (96.0, 100, False, Fit.POSSIBLE),
        (96.0, 100, True, Fit.MATCH),
        (100.0, 100, True, Fit.MATCH),
        (115.0, 100, False, Fit.POSSIBLE),  # a longer cut
        (130.0, 100, False, Fit.MISMATCH),
        (237.0, 240, False, Fit.MATCH),
        (60.0, 0, False, Fit.UNKNOWN),
    ],
)
def test_features(disc: float, listed: int, pal: bool, fit: Fit) -> None:
    assert feature_fits(60 * disc, (listed,), pal=pal) is fit


def test_features_without_numbers() -> None:
    assert feature_fits(None, (100,)) is Fit.UNKNOWN
    assert feature_fits(6000.0, ()) is Fit.UNKNOWN
