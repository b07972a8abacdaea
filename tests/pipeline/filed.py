"""A filer on a real database, with real videos in staging and a library on a real file system."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from engramd.conditions import Conditions
from engramd.events import LibraryChanged, TitleFiled
from engramd.models import (
    AppConfig,
    ConflictResolution,
    ContentType,
    DiscJob,
    DiscTitle,
    ReviewKind,
    TitleRole,
    TitleState,
)
from engramd.organize.trash import Trash
from engramd.pipeline.filing import Filer
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import Parts, Wakeups
from engramd.pipeline.patience import Patience
from engramd.pipeline.reviews import Reviews
from engramd.tools import Tools
from tests.support.databases import Bench
from tests.support.videos import make_video

SHOW = "Harbor Station"
#: Seconds in which a library must answer here.
PATIENCE = 1.0


class FilingBench:
    """Jobs whose titles are matched; nothing but the file's way into the library is under test."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.store, self.hub, self.lifecycle = bench.store, bench.hub, bench.lifecycle
        self.heard = bench.heard
        self.staging, self.tv, self.films = folder / "staging", folder / "tv", folder / "films"
        for path in (self.staging, self.tv, self.films):
            path.mkdir()
        self.settings = self
        self.current = AppConfig(
            library_tv_path=str(self.tv), library_movies_path=str(self.films), min_free_bytes=0
        )
        self.conditions, self.wakeups, self.tools = Conditions(bench.hub), Wakeups(), Tools()
        parts = cast(Parts, self)
        self.libraries = Libraries(parts, Patience(PATIENCE))
        self.reviews = Reviews(self.store, self.hub)
        self.filer = Filer(parts, self.reviews, self.libraries)
        self._bench, self._jobs = bench, 0

    def episode(self, code: str, show: str = SHOW, *, part: int | None = None, **values: Any) -> DiscTitle:
        """Give a title that is matched as an episode; further values are its job's."""
        job: dict[str, Any] = {"content_type": ContentType.TV, "detected_title": show} | values
        return self._title(job, matched_episode=code, episode_part=part, role=TitleRole.EPISODE)

    def film(self, name: str = "The Film", year: int = 2003, edition: str | None = None) -> DiscTitle:
        """Give a title that is a film."""
        job = {"content_type": ContentType.MOVIE, "detected_title": name, "year": year}
        return self._title(job, role=TitleRole.MAIN_FEATURE, edition=edition, match_source="user")

    def extra(self, name: str, **values: Any) -> DiscTitle:
        """Give a title that is an extra of a show."""
        job: dict[str, Any] = {"content_type": ContentType.TV, "detected_title": SHOW} | values
        return self._title(job, is_extra=True, role=TitleRole.EXTRA, item_name=name)

    def ripped(self, title: DiscTitle, **video: Any) -> DiscTitle:
        """Make a title's file in staging; see `make_video`."""
        path = make_video(self.staging / f"title-{title.id}.mkv", **video)
        size = "480p" if "size" not in video else "1080p"
        self.lifecycle.update_title(
            title,
            staging_file=str(path),
            file_size_bytes=path.stat().st_size,
            video_resolution=size,
            duration_seconds=float(video.get("seconds", 2)),
        )
        return title

    def file(self, title: DiscTitle, said: ConflictResolution | None = None) -> DiscTitle:
        """File a title; give it as it is then."""
        if said is not None:
            title = self.store.need_title(title.job_id, title.title_index)
            if title.state is not TitleState.MATCHED:
                self.lifecycle.move_title(title, TitleState.MATCHED, "a person says so")
            self.lifecycle.update_title(title, filing_choice=said)
        self.filer.run(self.job_of(title), [title])
        return self.store.need_title(title.job_id, title.title_index)

    def filed(self, title: DiscTitle) -> str:
        """File a title that nothing is in the way of; give its path below the library."""
        now = self.file(title)
        assert now.state is TitleState.COMPLETED, now.error_message or now.match_reason
        path = Path(now.organized_to or "")
        root = self.tv if path.is_relative_to(self.tv) else self.films
        return str(path.relative_to(root))

    def job_of(self, title: DiscTitle) -> DiscJob:
        """Give a title's job."""
        return self.store.need_job(title.job_id)

    def question(self, title: DiscTitle) -> str:
        """Give the question that is asked about what the library has, and why it is asked."""
        tasks = self.store.open_reviews(title.job_id)
        [task] = [task for task in tasks if task.kind is ReviewKind.CONFLICT]
        return f"{task.question} {task.why}"

    def announced(self) -> list[TitleFiled | LibraryChanged]:
        """Give what was announced of the library."""
        return [event for event in self.heard.events if isinstance(event, TitleFiled | LibraryChanged)]

    def in_library(self, root: Path | None = None) -> list[str]:
        """Give the files of a library that are not hidden."""
        root = root or self.tv
        paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        return sorted(str(path) for path in paths if not any(part.startswith(".") for part in path.parts))

    def in_trash(self, root: Path | None = None) -> list[str]:
        """Give the names of the videos in a library's trash."""
        return sorted(entry.path.name for entry in Trash(root or self.tv).entries())

    def _title(self, job: dict[str, Any], **values: Any) -> DiscTitle:
        self._jobs += 1
        row = self._bench.job(drive_id=f"/dev/sr{self._jobs}", volume_label=f"DISC_{self._jobs}", **job)
        [title] = self._bench.titles(row)
        for state in (TitleState.RIPPING, TitleState.MATCHING):
            self.lifecycle.move_title(title, state, "a test")
        self.lifecycle.move_title(title, TitleState.MATCHED, "a test", **values)
        return self.ripped(title)


__all__ = ["SHOW", "FilingBench"]
