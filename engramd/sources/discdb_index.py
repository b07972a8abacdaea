"""TheDiscDB's public data as a local index: one SQLite file, built as a whole and put in place at once.

Each disc is one row: what is looked for in columns, the entry itself as compressed JSON. Discs are found by
content hash, by the name of their work, and by their structure: sizes of titles are as good as unique, and
the place and length of a long title nearly so.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engramd.discs.model import Disc
from engramd.errors import FilingFailed, NotAuthorized, NotFound
from engramd.sources.discdb_compare import Comparison, base_name
from engramd.sources.discdb_folder import find_data, read_folder
from engramd.sources.discdb_model import DiscEntry, Namespace
from engramd.sources.discdb_roles import plain
from engramd.sources.problems import IndexDamaged

#: Layout of the file; another one must be built anew.
VERSION = 1
FILE_NAME = "discdb.sqlite"
#: Shorter titles (logos, warnings, trailers) are on many discs, in seconds.
TELLING = 60
#: Titles of a disc that are looked for, the longest first; entries that a lookup gives at most.
MOST_TITLES, MOST_ENTRIES = 16, 8
#: Rows of one key that are counted; a key of more discs tells nothing.
MOST_ROWS = 5_000
#: Files left out that are named.
MOST_PROBLEMS = 200
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE discs (id INTEGER PRIMARY KEY, content_hash TEXT, name TEXT NOT NULL, year INTEGER,
    namespace TEXT NOT NULL, titles INTEGER NOT NULL, entry BLOB NOT NULL);
CREATE TABLE marks (mark INTEGER NOT NULL, disc INTEGER NOT NULL, PRIMARY KEY (mark, disc)) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX discs_by_hash ON discs (content_hash) WHERE content_hash IS NOT NULL;
CREATE INDEX discs_by_name ON discs (name, year);
"""

Progress = Callable[[int], None]


class Summary(BaseModel):
    """What an index holds. `built_at` is UTC; `problems` are sentences about files that were left out.

    `left_out` counts them all; `untitled` are discs without any titles, which nothing can be compared with.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    built_at: datetime
    discs: int
    titles: int
    hashes: int
    works: int
    untitled: int
    left_out: int
    problems: tuple[str, ...] = ()


def build(folder: Path, index_path: Path, progress: Progress | None = None) -> Summary:
    """Build the index from a checkout; the old one stays until the new one is complete and synced.

    `progress` hears the number of discs so far. Raises NotFound (no such data, or no disc in it) and
    FilingFailed (no space, no permission).
    """
    find_data(folder)
    problems: list[str] = []
    source = os.fsencode(folder).decode("utf-8", "replace")
    return write(read_folder(folder, problems.append), index_path, source, problems, progress)


def write(
    entries: Iterable[DiscEntry],
    index_path: Path,
    source: str,
    problems: list[str],
    progress: Progress | None = None,
) -> Summary:
    """Build the index from entries; `problems` may grow while they are read. Raises as `build` does."""
    fresh = index_path.with_name(f".{index_path.name}.{os.getpid()}.new")
    try:
        for left in index_path.parent.glob(f".{index_path.name}.*.new"):
            left.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh)) as database:
            database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES}")
            summary = _fill(database, entries, source, problems, progress)
            if not summary.discs:
                raise NotFound("the data holds no disc that can be read", where=source, why=_first(problems))
            database.executescript(_INDEXES)
            database.execute("INSERT INTO facts VALUES ('summary', ?)", (summary.model_dump_json(),))
            database.execute(f"PRAGMA user_version={VERSION}")
            database.commit()
        _put_in_place(fresh, index_path)
    except (OSError, sqlite3.Error) as error:
        raise FilingFailed(
            "the index of TheDiscDB cannot be written",
            where=index_path,
            why=getattr(error, "strerror", None) or error,
            remedy="let the user that runs the service do it, and give it space",
        ) from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return summary


def _fill(
    database: sqlite3.Connection,
    entries: Iterable[DiscEntry],
    source: str,
    problems: list[str],
    progress: Progress | None,
) -> Summary:
    works, hashes = set[object](), set[str]()
    discs = titles = untitled = 0
    for entry in entries:
        discs += 1
        titles += len(entry.titles)
        untitled += not entry.titles
        works.add((entry.work.namespace, entry.work.name, entry.work.year))
        if entry.content_hash:
            hashes.add(entry.content_hash)
        _insert(database, discs, entry)
        if progress is not None:
            progress(discs)
    return Summary(
        source=source,
        built_at=datetime.now(UTC),
        discs=discs,
        titles=titles,
        hashes=len(hashes),
        works=len(works),
        untitled=untitled,
        left_out=len(problems),
        problems=tuple(problems[:MOST_PROBLEMS]),
    )


def _insert(database: sqlite3.Connection, number: int, entry: DiscEntry) -> None:
    packed = zlib.compress(entry.model_dump_json(exclude_defaults=True).encode(), 6)
    work = entry.work
    database.execute(
        "INSERT INTO discs VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, entry.content_hash, plain(work.name), work.year, work.namespace, len(entry.titles), packed),
    )
    telling = [title for title in entry.titles if title.duration >= TELLING]
    marks = {_size_mark(title.size) for title in telling}
    marks |= {_place_mark(title.source_file, title.duration) for title in telling}
    database.executemany("INSERT INTO marks VALUES (?, ?)", ((mark, number) for mark in marks))


def _first(problems: list[str]) -> str:
    return f"{len(problems)} files were left out, first {problems[0]}" if problems else ""


def _put_in_place(fresh: Path, index_path: Path) -> None:
    descriptor = os.open(fresh, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, 0o644)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(index_path)


def _mark(words: str) -> int:
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "big", signed=True)


def _size_mark(size: int) -> int:
    return _mark(f"size {size}")


def _place_mark(source_file: str, duration: int) -> int:
    return _mark(f"place {base_name(source_file)} {duration}")


class DiscIndex:
    """Lookups in an index. The file is opened for each one, so that a new index counts at once.

    Without a file there is nothing to find; a file that cannot be read raises IndexDamaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether an index was built; NotAuthorized where this user may not even look."""
        try:
            return stat.S_ISREG(self.path.stat().st_mode)
        except PermissionError as error:
            raise NotAuthorized(
                "the index of TheDiscDB may not be read",
                where=self.path,
                remedy="ask as the user that runs the service (sudo -u engramd …)",
            ) from error
        except OSError:
            return False

    def summary(self) -> Summary:
        """Give what the index holds; NotFound if there is none."""
        with self._opened() as database:
            row = database.execute("SELECT value FROM facts WHERE name = 'summary'").fetchone()
        try:
            return Summary.model_validate_json(row[0] if row else "")
        except ValidationError as error:
            raise self._damaged("its summary cannot be read") from error

    def lookup(self, content_hash: str) -> list[DiscEntry]:
        """Give all entries with a content hash, which need not be of this disc; see `confirm`."""
        return self._entries(
            "SELECT entry FROM discs WHERE content_hash = ? ORDER BY id LIMIT ?",
            (content_hash.upper(), MOST_ENTRIES * 4),
        )

    def lookup_name(
        self, name: str, year: int | None = None, namespace: Namespace | None = None, most: int = 200
    ) -> list[DiscEntry]:
        """Give the discs of works of a name, compared without case, accents and punctuation."""
        if not plain(name):
            return []
        return self._entries(
            "SELECT entry FROM discs WHERE name = ?1 AND (?2 IS NULL OR year IS NULL OR year = ?2)"
            " AND (?3 IS NULL OR namespace = ?3) ORDER BY id LIMIT ?4",
            (plain(name), year, namespace, most),
        )

    def lookup_structure(self, disc: Disc | Comparison) -> list[DiscEntry]:
        """Give the entries whose titles are most like those of a disc, the likest first; see `confirm`."""
        comparison = disc if isinstance(disc, Comparison) else Comparison(disc)
        marks = list(dict.fromkeys(_marks(comparison)))
        if not marks or not self.exists():
            return []
        shared: Counter[int] = Counter()
        with self._opened() as database:
            for mark in marks:
                rows = database.execute("SELECT disc FROM marks WHERE mark = ? LIMIT ?", (mark, MOST_ROWS))
                shared.update(number for (number,) in rows)
            best = sorted(shared, key=lambda number: (-shared[number], number))[:MOST_ENTRIES]
            found = [
                database.execute("SELECT entry FROM discs WHERE id = ?", (number,)).fetchone()
                for number in best
            ]
        return [self._entry(row[0]) for row in found if row]

    def _entries(self, query: str, values: tuple[object, ...]) -> list[DiscEntry]:
        if not self.exists():
            return []
        with self._opened() as database:
            rows = database.execute(query, values).fetchall()
        return [self._entry(packed) for (packed,) in rows]

    def _entry(self, packed: bytes) -> DiscEntry:
        try:
            return DiscEntry.model_validate_json(zlib.decompress(packed))
        except (zlib.error, ValidationError, TypeError) as error:
            raise self._damaged("an entry cannot be read") from error

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if not self.exists():
            raise NotFound(
                "there is no index of TheDiscDB",
                where=self.path,
                remedy="engramctl discdb import FOLDER, with a checkout of the public data",
            )
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as database:
                (version,) = database.execute("PRAGMA user_version").fetchone()
                if version != VERSION:
                    raise self._damaged(f"it has layout {version}, not {VERSION}")
                yield database
        except sqlite3.Error as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, why: str) -> IndexDamaged:
        return IndexDamaged(
            "the index of TheDiscDB cannot be read",
            where=self.path,
            why=why,
            remedy="engramctl discdb import FOLDER builds it anew",
        )


def _marks(comparison: Comparison) -> Iterator[int]:
    """Give the marks of the longest titles of a disc: sizes, and places with lengths that may be cut."""
    telling = sorted(
        (title for title in comparison.disc.titles if title.duration >= TELLING),
        key=lambda title: (-title.duration, title.index),
    )
    sizes = dict.fromkeys(comparison.size(title) for title in telling)
    yield from (_size_mark(size) for size in list(sizes)[:MOST_TITLES])
    for title in telling[:MOST_TITLES]:
        for second in (-1, 0, 1):
            yield _place_mark(title.source_file.lower(), int(title.duration) + second)
