"""What the daemon knows that can be completed: each source gives words, with what each means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engramd.bus.names import BusKind
    from engramd.ctl.service import Properties, Service, Snapshot

Word = tuple[str, str]
#: Not a word, but a wish: that the shell completes the paths of files, or of folders.
ANY_FILE: Word = ("", "file")
ANY_FOLDER: Word = ("", "dir")
_ENDED = ("completed", "failed")
#: Jobs of the past that are looked at for names: so many at once, and so many times.
_PAGE, _PAGES = 100, 10


@dataclass
class Asked:
    """What a source is asked: what is typed of the word, and what the parameters before it are."""

    bus: BusKind
    seconds: float
    typed: str
    given: Mapping[str, Any]

    @cached_property
    def service(self) -> Service:
        """The daemon; NoDaemon where there is none. Nobody is ever asked for a password."""
        from engramd.bus.client import Client
        from engramd.ctl.service import Service

        return Service(Client(self.bus, timeout=self.seconds, interactive=False))

    @cached_property
    def snapshot(self) -> Snapshot:
        """All objects of the daemon."""
        return self.service.look()

    def given_before(self, name: str) -> int:
        """Give how many words a parameter that takes several has already."""
        given = self.given.get(name)
        return len(given) if isinstance(given, tuple) else 0


Source = Callable[[Asked], Iterable[Word]]


def jobs(asked: Asked) -> Iterator[Word]:
    """Give the jobs, the newest first."""
    for number, job in reversed(asked.snapshot.jobs.items()):
        yield str(number), job["Headline"]


def unfinished_jobs(asked: Asked) -> Iterator[Word]:
    """Give the jobs that can be stopped."""
    return (word for word in jobs(asked) if asked.snapshot.jobs[int(word[0])]["State"] not in _ENDED)


def ended_jobs(asked: Asked) -> Iterator[Word]:
    """Give the jobs that can be taken off the list."""
    return (word for word in jobs(asked) if asked.snapshot.jobs[int(word[0])]["State"] in _ENDED)


def drives(asked: Asked) -> Iterator[Word]:
    """Give the drives by their own names, else by their devices: `left`, `sr0`, `/dev/sr0`."""
    from engramd.ctl.job_words import own_name

    for path, drive in asked.snapshot.drives.items():
        if path.rpartition("/")[2].startswith("virtual_"):
            continue
        device: str = drive["Device"]
        short = own_name(drive) or device.rpartition("/")[2]
        disc = f": {drive['VolumeLabel']}" if drive["VolumeLabel"] else ""
        yield device if asked.typed.startswith("/") else short, f"{device}, {drive['State']}{disc}"


def drives_and_files(asked: Asked) -> Iterator[Word]:
    """Give what can be read: a file or folder, or a drive, where there is a daemon to name it."""
    yield ANY_FILE
    yield from drives(asked)


def drives_and_jobs(asked: Asked) -> Iterator[Word]:
    """Give what can be ejected: a drive, or the disc of a job."""
    yield from drives(asked)
    yield from unfinished_jobs(asked)


def titles(asked: Asked) -> Iterator[Word]:
    """Give the titles of the job before, numbered from 1, each with what it is taken for."""
    for title in asked.snapshot.titles_of(asked.given.get("job") or 0):
        yield str(title["TitleIndex"] + 1), _title(title)


def _title(title: Properties) -> str:
    from engramd.ctl.text import length

    named = title["MatchedEpisode"] or title["ItemName"] or title["Comment"] or title["Role"]
    return ", ".join(filter(None, (named, length(title["DurationSeconds"]), title["State"])))


def titles_and_episodes(asked: Asked) -> Iterable[Word]:
    """Give the titles of the job before, and after one of them the episodes that it may be."""
    what = asked.given.get("what") or ()
    if not what:
        return titles(asked)
    key = (asked.given.get("job") or 0, int(what[0]) - 1)
    candidates = asked.snapshot.titles[key]["Candidates"] if len(what) == 1 else ()
    return ((one["episode"], one["reason"]) for one in candidates)


def titles_and_steps(asked: Asked) -> Iterator[Word]:
    """Give the ways to shift: one episode on, and at first the titles that it can be for."""
    yield "+1", "one episode on"
    if not asked.given_before("what"):
        yield from titles(asked)


def questions(asked: Asked) -> Iterator[Word]:
    """Give the open questions."""
    for number, review in asked.snapshot.reviews.items():
        yield str(number), review["Summary"]


def options(asked: Asked) -> Iterator[Word]:
    """Give the answers that the question before offers, the best first."""
    from engramd.ctl.text import percent

    for option in asked.snapshot.reviews[asked.given.get("question") or 0]["Options"]:
        text = "" if option["text"] == option["id"] else option["text"]
        sure = percent(option["confidence"]) if option["confidence"] > 0 else ""
        yield option["id"], ", ".join(filter(None, (text, sure, option["evidence"])))


def shows(asked: Asked) -> Iterator[Word]:
    """Give the series of all discs so far by name, the latest first."""
    return _works(asked, "tv")


def shows_and_films(asked: Asked) -> Iterator[Word]:
    """Give the series and films of all discs so far by name, the latest first."""
    return _works(asked, "")


def _works(asked: Asked, content_type: str) -> Iterator[Word]:
    for job in _past_jobs(asked, content_type):
        if job["DetectedTitle"]:
            yield job["DetectedTitle"], _work(job)


def _past_jobs(asked: Asked, content_type: str) -> Iterator[Properties]:
    """Give jobs of the past page by page, so that what takes too long is not all lost."""
    wanted: Properties = {"limit": _PAGE}
    wanted |= {"content_type": content_type} if content_type else {}
    wanted |= {"show": asked.typed} if asked.typed else {}
    for _ in range(_PAGES):
        page: list[Properties] = asked.service.manager("History", "a{sv}", wanted)
        yield from page
        if not page:
            return
        wanted["before_id"] = page[-1]["Id"]


def _work(job: Properties) -> str:
    year = f", {job['Year']}" if job["Year"] else ""
    return {"tv": "series", "movie": "film"}.get(job["ContentType"], "disc") + year


def files(_asked: Asked) -> Iterator[Word]:
    """Give any file."""
    yield ANY_FILE


def changes(asked: Asked) -> Iterator[Word]:
    """Give what people changed and can undo, the newest first."""
    return ((str(one["id"]), one["sentence"]) for one in _changes(asked))


def answered(asked: Asked) -> Iterator[Word]:
    """Give the questions whose answers can be undone, the newest first."""
    return ((str(one["review"]), one["sentence"]) for one in _changes(asked) if one["review"])


def _changes(asked: Asked) -> list[Properties]:
    found: list[Properties] = asked.service.manager("Changes", "a{sv}", {})
    return [one for one in found if one["state"] == "done"]


def settings(asked: Asked) -> Iterator[Word]:
    """Give the names of the settings."""
    return ((one["name"], one["text"]) for one in asked.service.settings("Describe"))


def topics(asked: Asked) -> Iterator[Word]:
    """Give the topics that the settings are about."""
    return ((one["group"], "") for one in asked.service.settings("Describe"))


def values(asked: Asked) -> Iterator[Word]:
    """Give the values that the setting before can have, where they are few."""
    name = str(asked.given.get("name"))
    found = {one["name"]: one for one in asked.service.settings("Describe")}[name]
    if name.endswith("_path"):
        yield ANY_FILE
    choices = ("true", "false") if found["type"] == "bool" else found.get("choices", ())
    now, default = _written(asked.service.values().get(name, "")), _written(found["default"])
    for choice in choices:
        yield choice, ", ".join(["as it is now"] * (choice == now) + ["the default"] * (choice == default))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def folders(asked: Asked) -> Iterator[Word]:
    """Give any folder, and those of the libraries that are set."""
    yield ANY_FOLDER
    yield from libraries(asked)


def libraries(asked: Asked) -> Iterator[Word]:
    """Give the folders of the libraries that are set."""
    for name, path in asked.service.values().items():
        if name.startswith("library_") and name.endswith("_path") and path:
            yield path, name


def roots(asked: Asked) -> Iterator[Word]:
    """Give the libraries and the staging folder, each of which has a trash."""
    yield from libraries(asked)
    if staging := asked.service.values().get("staging_path"):
        yield staging, "staging_path"


def trash(asked: Asked) -> Iterator[Word]:
    """Give what was thrown away, by its id."""
    return ((one["id"], one["path"]) for one in asked.service.manager("Trash", "a{sv}", {}))
