"""An evening with engramctl: every command in turn, as it is told in `transcripts/`.

The acts of a scene follow one another; those of `STILL` look only, while a rip stands still, and are run side
by side. `FAILED`, `JOBS` and `HOUSE` do not touch the same things, so that these scenes are played at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.ctl.test_review_in_tmux import season_disc
from tests.sources.discdb_made import HASH, bluray, episode, recorded, write_checkout
from tests.support.authoring import make_film_dvd
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.model import write_srt
from tests.support.little_world import Act, LittleWorld
from tests.support.rows import Rows
from tests.support.videos import make_video

SHOW = "Harbor Station"


def look(*lines: str, **more: Any) -> list[Act]:
    """Give acts in a terminal, in a pipe, and as JSON."""
    return [Act(line, **more) for line in lines]


def ways(terminal: str, pipe: str, as_json: str, **more: Any) -> list[Act]:
    """Give three acts, each run in another way: what changes something cannot be done twice."""
    return [Act(terminal, "t", **more), Act(pipe, "p", **more), Act(as_json, "j", **more)]


def until(state: str, job: int) -> Callable[[LittleWorld], object]:
    """Wait until a job is in a state."""
    return lambda world: Rows(world.daemon).until(state, job=job)


def rips(world: LittleWorld) -> None:
    """Wait until the first title of the last job is being ripped."""
    rows = Rows(world.daemon)
    rows.wait(lambda: rows.count("ripping"), "no title is ripped")


class Grows:
    """Whether the bar of a rip has grown since it was seen first."""

    def __init__(self) -> None:
        self._first: int | None = None

    def __call__(self, screen: str) -> bool:
        drawn = re.search(r"(━*)─+ .*B/s .* left", screen)
        if drawn is None:
            return False
        if self._first is None:
            self._first = len(drawn[1])
        return len(drawn[1]) > self._first


def in_trash(world: LittleWorld) -> str:
    """Give the id of the one thing that is in the trash."""
    [found] = world.daemon.films.glob(".engram-trash/*Z-*")
    return found.name


def furnish(world: LittleWorld) -> None:
    """Put into the house what the acts name."""
    world.put(cached_disc(make_film_dvd, "film_dvd").image, "the_long_voyage.iso")
    for number in (1, 2, 3):
        world.put(season_disc(number).image, f"disc_{number}.iso")
    (world.imports / "broken.iso").write_bytes(b"no disc" * 1000)
    make_video(world.imports / "videos/Harbor Lights (1999).mkv", size="320x240", seconds=20)
    for number, title in enumerate(season_disc(3).episodes, 1):
        for name in ("subs", "other"):
            (world.folder / name).mkdir(exist_ok=True)
            write_srt(title.cues, world.folder / name / f"{SHOW} - S01E0{number}.srt")
    titles = recorded(bluray([(800, "1", 2500.4)]), {0: episode(1)})
    disc = {"Index": 1, "ContentHash": HASH, "Titles": titles}
    write_checkout(world.folder / "thediscdb", {f"series/{SHOW} (2019)/one/disc01.json": disc})


#: The daemon is new, and nothing was ever ripped; there is none on the other bus.
BEGINNING = [
    *(Act(line, "t") for line in ("", "status", "drives", "review", "--help")),
    Act("", "t", daemon=False),
    Act("status", "tp", code=3, daemon=False),
    Act("show 99", "tp", code=1),
    Act("rip", "tp", code=2),
    Act("shwo 1", "t", code=2),
]

#: What needs no daemon.
ALONE = [
    *look("inspect import/disc_3.iso"),
    *look("discdb import thediscdb", "discdb status", "models list", daemon=False),
    *look("models get enormous", code=2),
    *ways("completions bash", "completions zsh", "completions fish"),
    *look(f"references add subs --references refs --show '{SHOW}' --source tv"),
    *look("references list --references refs", "references check --references refs"),
    *look(f"match 'other/{SHOW} - S01E01.srt' --references refs --show '{SHOW}'"),
]

#: Discs go in: a film, two that are asked about, and one that is none; and a film that was ripped elsewhere.
DISCS = [
    Act("rip import/the_long_voyage.iso", "t"),
    Act("rip import/disc_1.iso", "p", code=5),
    Act("rip import/disc_2.iso", "j", code=5),
    Act("rip import/broken.iso", "t", code=1),
    *look("import import/videos --dry-run"),
    Act("import 'import/videos/Harbor Lights (1999).mkv' --type film", "t"),
    Act("rip import/disc_3.iso --no-wait", "t", after=rips),
]

STILL = [
    *look("", "status", "drives", "jobs", "show 2", "history", "events 2", "report", "metrics"),
    *look("review list", "review show 1", f"season '{SHOW}'", "library list", "library scan"),
    *look("config", "config describe staging_path", "doctor"),
    *(Act(line, "t") for line in ("show 1", "show 4", "config list naming")),
    Act("config list extras", "pj"),
    Act("events 2 --follow --limit 2", "t", until="wait for an answer", code=130),
    Act("review", "p", said="q\n"),
    Act("review", "j", code=5),
]

#: The rip goes on, slowly, until it is stopped by who watches it.
WATCHED = [
    Act("watch", "t", until=Grows(), code=130),
    Act("watch 6", "p", until="ripping", code=130),
    Act("watch 6", "j", until='"progress"', code=130),
]

#: What is ripping is stopped, in each of the three ways.
STOPPED = [
    Act("cancel 6", "t", after=until("failed", 6)),
    Act("rip import/disc_3.iso --no-wait", "p"),
    Act("cancel 7", "p", after=until("failed", 7)),
    Act("rip import/disc_3.iso --no-wait", "j"),
    Act("cancel 8", "j", after=until("failed", 8)),
]

#: What failed is tried again; and what touches neither jobs nor drives.
FAILED = [
    *ways("clear 6", "clear 7", "clear 8"),
    *ways("retry 4", "retry 4", "retry 99", code=1),
    *look("db list", "db backup"),
    *look("db restore", code=1, daemon=False),
    Act("setup", "t", until="Series [", code=130),
    Act("setup", "pj", code=2),
]

#: Questions are answered, and what is filed is corrected.
JOBS = [
    *(
        act
        for how in "tpj"
        for act in (
            Act("answer 1 accept", how, after=until("completed", 2)),
            Act("undo --review 1", how, after=until("review_needed", 2)),
        )
    ),
    Act("answer 2 one_by_one", "t"),
    *ways("dismiss 3", "dismiss 4", "dismiss 5"),
    *ways("assign 3 1 S01E04", "assign 3 2=S01E05", "assign 3 3=S01E06"),
    Act("assign 3 9 S01E09", "t", code=1),
    *ways("shift 3 +1", "shift 3 -1", "shift 3 1-3 +1"),
    *ways(
        "identify 3 --title 'Harbour Station' --season 2",
        f"identify 3 --title '{SHOW}' --season 1",
        "identify 3 --disc 2",
    ),
    *ways("rematch 2", "rematch 5", "rematch 5"),
    *ways("extra 1 2 trailer", "extra 1 3 featurette", "extra 1 2 interview"),
    *ways("""edition 5 1 "Director's Cut\"""", "edition 5 1 Extended", "edition 5 1"),
    Act("undo", "t"),
    Act("config set naming_preset jellyfin", "t"),
    Act(f"rename '{SHOW}' --dry-run", "tj"),
    Act(f"rename '{SHOW}' --yes", "p"),
    Act("trash list", "t"),
    Act("skip 1 2", "t"),
    *look("trash list"),
    Act("trash restore ID", "t", fill=in_trash),
    Act("skip 1 3", "p"),
    Act("trash restore ID", "p", fill=in_trash),
    Act("skip 5 1", "j"),
    Act("trash restore ID", "j", fill=in_trash),
    Act("trash restore nothing", "t", code=1),
    Act("skip 3 3", "p"),
    *ways("trash empty --yes --days 30", "trash empty --yes", "trash empty --yes"),
    *look("changes"),
    Act(f"season '{SHOW}'", "t"),
    Act("split 2 1 S01E01-E02", "t"),
    Act("split 2 2", "pj", code=1),
]

#: Drives, settings and the rest of the house.
HOUSE = [
    *ways("drives name sr0 left", "drives name sr1 right", "drives name left left"),
    *ways("drives set left --eject never", "drives set left --speed 4", "drives set right --eject never"),
    Act("drives hold left", "t", until="until Ctrl-C"),
    Act("drives hold left true", "pj"),
    *ways("eject left", "eject right", "eject left"),
    Act("eject", "t", code=1),
    *look(f"next --drive left --show '{SHOW}' --season 1 --disc 2 --discs 3"),
    *(Act(line, "t") for line in ("next", "next --clear", "next")),
    Act(f"tracks '{SHOW}' --audio original,eng", "tp"),
    Act("tracks", "tj"),
    *look(f"order '{SHOW}' dvd", code=1),
    *look("library init tv"),
    *look("config set trash_days 2 weeks", "config get trash_days", "config reset trash_days"),
    Act("config set extras_policy perhaps", "t", code=2),
    *look("notify test"),
    Act("metrics --output engramd.prom", "t"),
    *look("restart", code=3, daemon=False),
]

#: When all is over.
AFTERWARDS = [Act("drives", "t"), Act("clear --finished", "t")]

#: Commands that are shown otherwise, with where. That a daemon is started anew, and a database put back, is
#: shown by test_restart.py and test_db.py: here both say why they cannot.
ELSEWHERE = {"notify desktop": "goes on for ever without a word, and needs a desktop: test_notify.py"}
SCENES = (BEGINNING, ALONE, DISCS, STILL, WATCHED, STOPPED, FAILED, JOBS, HOUSE, AFTERWARDS)
