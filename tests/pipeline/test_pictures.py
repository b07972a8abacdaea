"""Pictures of a question's title: made once, when somebody looks, and gone with the question."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.events import JobChanged
from engramd.models import DiscTitle, ReviewKind
from engramd.pipeline.parts import Parts
from engramd.pipeline.pictures import Pictures
from engramd.pipeline.reviews import Reviews
from engramd.tools import CancelToken, Outcome, Tools
from tests.support.databases import Bench
from tests.support.videos import make_video


class CountedTools(Tools):
    """Real tools that count what they run."""

    runs = 0

    def run(self, argv: Sequence[Any], **options: Any) -> Outcome:
        self.runs += 1
        return super().run(argv, **options)


class House:
    """Pictures with a real video and a real question."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.cache = bench, folder / "cache"
        self.tools = CountedTools()
        world = SimpleNamespace(hub=bench.hub, tools=self.tools, paths=SimpleNamespace(cache=self.cache))
        self.pictures = Pictures(cast(Parts, world), CancelToken())
        self.reviews = Reviews(bench.store, bench.hub)
        [self.title] = bench.titles(bench.job())
        bench.lifecycle.update_title(self.title, duration_seconds=4.0)
        self.reviews.ask(ReviewKind.EPISODE, self.title.job_id, "Which is it?", title=self.title)
        self.video = folder / "title.mkv"

    def begin(self, file: str, title: DiscTitle | None = None) -> None:
        self.pictures.begin(1, title or self.title, file, 2)

    def soon(self, condition: Callable[[], object]) -> bool:
        end = time.monotonic() + 30
        while not condition() and time.monotonic() < end:
            time.sleep(0.02)
        return bool(condition())


@pytest.fixture
def house(sqlite_bench: Bench, tmp_path: Path) -> House:
    """Give a question about a title with a video of four seconds."""
    house = House(sqlite_bench, tmp_path)
    make_video(house.video, size="64x64", seconds=4)
    return house


def test_pictures_are_made_once_and_go_with_their_question(house: House) -> None:
    left = house.cache / "review-pictures/7/000001.jpg"
    left.parent.mkdir(parents=True)
    left.touch()
    house.pictures.start()
    assert not left.exists(), "what an earlier run made is not known any more"
    assert house.pictures.of(1) == ()
    house.begin(str(house.video))
    assert house.soon(lambda: house.pictures.of(1)), "there are none"
    names = [Path(picture).name for picture in house.pictures.of(1)]
    assert names == ["000000.jpg", "000001.jpg", "000002.jpg"], "and what is worth looking at"
    assert all(Path(picture).stat().st_size for picture in house.pictures.of(1))
    assert JobChanged(house.title.job_id) in house.bench.heard.events, "nobody is told that they are there"
    house.begin(str(house.video))
    house.pictures.begin(2, house.title, str(house.video), 2)
    assert house.soon(lambda: house.pictures.of(2))
    assert house.tools.runs == 2, "they are made once for each question"
    house.reviews.close(house.title.job_id, title=house.title, answer="S01E01")
    assert house.pictures.of(1) == ()
    assert [folder.name for folder in (house.cache / "review-pictures").iterdir()] == ["2"]


def test_a_title_without_a_file_gets_its_pictures_when_it_has_one(house: House) -> None:
    house.pictures.start()
    house.begin("")
    house.begin(str(house.video))
    assert house.soon(lambda: house.pictures.of(1))
