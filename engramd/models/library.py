"""What is known of the libraries: roots, folders, what lies beside a title, and what people changed."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Integer, UniqueConstraint
from sqlmodel import Field

from engramd.models.base import Model, enum_type, time_field, utcnow
from engramd.models.disc_job import LARGEST, Count, SeasonNumber, WorkNumber, Year
from engramd.models.enums import ContentType, EpisodeOrder, WorkNamespace


class LibraryRoot(Model, table=True):
    """A library folder: the id in its marker file, and the file system it was on when last seen.

    Each `station` sees it through a mount of its own; it is empty where the database is not shared.
    `file_system` is its type with its source (`nfs4 nas:/media`), of disks the UUID: their names change from
    start to start. `way` is how files come into it.
    """

    __tablename__ = "library_roots"

    station: str = Field(default="", primary_key=True)
    path: str = Field(primary_key=True)
    marker: str = ""
    file_system: str = ""
    is_mount: bool = False
    way: str = ""
    seen_at: AwareDatetime = time_field(default_factory=utcnow)


class LibraryFolder(Model, table=True):
    """The folder of one show or film in a library: decided once, whatever the naming settings say later.

    `folder` is relative to `root`; `name` is in lower case, as the work is called; `adopted` if it was there
    before.
    """

    __tablename__ = "library_folders"
    __table_args__ = (UniqueConstraint("root", "folder", name="uq_library_folders_place"),)

    id: int | None = Field(default=None, primary_key=True)
    root: str
    folder: str
    kind: ContentType = Field(sa_type=enum_type(ContentType, "library_folder_kind"))
    name: str = Field(index=True)
    year: Year | None = None
    tmdb_id: WorkNumber | None = None
    tmdb_namespace: WorkNamespace | None = Field(
        default=None, sa_type=enum_type(WorkNamespace, "library_folder_namespace")
    )
    adopted: bool = False
    found_at: AwareDatetime = time_field(default_factory=utcnow)


class Sidecar(Model, table=True):
    """A file that was written beside a filed title (or into its folder, then without a title).

    `digest` is the SHA-256 of what was written.
    """

    __tablename__ = "sidecars"

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="disc_jobs.id", index=True)
    title_id: int | None = Field(default=None, foreign_key="disc_titles.id", index=True)
    kind: str
    path: str = Field(index=True)
    digest: str = ""
    created_at: AwareDatetime = time_field(default_factory=utcnow)


class SidecarLack(Model, table=True):
    """Why a filed title, or the folder of its work (then without a title), has no sidecar of a kind.

    `path` is the title's own file, or that of the sidecar that was not written.
    """

    __tablename__ = "sidecar_lacks"

    id: int | None = Field(default=None, primary_key=True)
    title_id: int | None = Field(default=None, foreign_key="disc_titles.id", index=True)
    kind: str
    path: str = Field(index=True)
    why: str
    at: AwareDatetime = time_field(default_factory=utcnow)


class ShowOrder(Model, table=True):
    """Which numbers the episodes of one season of a show get in the library; decided once."""

    __tablename__ = "show_orders"
    __table_args__ = (UniqueConstraint("tmdb_id", "season", name="uq_show_orders_season"),)

    id: int | None = Field(default=None, primary_key=True)
    tmdb_id: WorkNumber
    season: SeasonNumber
    ordering: EpisodeOrder = Field(sa_type=enum_type(EpisodeOrder, "show_order"))
    group_id: str = ""
    reason: str = ""
    actor: str = "engramd"
    decided_at: AwareDatetime = time_field(default_factory=utcnow)


class ShowChoice(Model, table=True):
    """The order that a person chose for a show; it counts for seasons that are decided from then on."""

    __tablename__ = "show_choices"

    tmdb_id: int = Field(
        ge=1, le=2**31 - 1, primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False}
    )
    ordering: EpisodeOrder = Field(sa_type=enum_type(EpisodeOrder, "show_choice"))
    actor: str
    chosen_at: AwareDatetime = time_field(default_factory=utcnow)


class OrderedEpisode(Model, table=True):
    """The number of one episode in a show's chosen order, beside the number it was aired as."""

    __tablename__ = "ordered_episodes"

    id: int | None = Field(default=None, primary_key=True)
    order_id: int = Field(foreign_key="show_orders.id", index=True)
    aired_season: SeasonNumber
    aired_episode: Count
    season: SeasonNumber
    episode: Count


class Change(Model, table=True):
    """What a person changed in one go, and can undo: an answer, or an amendment of what is filed."""

    __tablename__ = "changes"

    id: int | None = Field(default=None, primary_key=True)
    at: AwareDatetime = time_field(default_factory=utcnow)
    actor: str
    sentence: str
    job_id: int | None = Field(default=None, foreign_key="disc_jobs.id", index=True)
    review_id: int | None = Field(default=None, foreign_key="review_tasks.id", index=True)
    done_at: AwareDatetime | None = time_field()
    # Whether its files move back now, or have: it was undone, or could not be carried out.
    is_back: bool = False
    undone_at: AwareDatetime | None = time_field()
    undone_by: str = ""
    # Who carries it out; empty where the database is not shared.
    station: str = ""


class ChangeStep(Model, table=True):
    """One row that a change touched: its values before and after (JSON), and where its file went."""

    __tablename__ = "change_steps"

    id: int | None = Field(default=None, primary_key=True)
    change_id: int = Field(foreign_key="changes.id", index=True)
    place: Count
    job_id: int | None = Field(default=None, foreign_key="disc_jobs.id")
    # No foreign key: titles that never began are listed anew when a disc is read again.
    title_id: int | None = None
    before: str = "{}"
    after: str = "{}"
    old_path: str = ""
    new_path: str = ""
    # What its file is known by: bytes, and nanoseconds since the epoch; 0 where it may change meanwhile.
    size: int = Field(default=0, ge=0, le=LARGEST, sa_type=BigInteger)
    changed_ns: int = Field(default=0, ge=0, le=LARGEST, sa_type=BigInteger)
    # On the present way, forth or back: whether its file went to its hidden name, and arrived.
    is_aside: bool = False
    is_done: bool = False
