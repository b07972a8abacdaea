"""What TMDB says of a disc is told as soon as it is known, also when it is nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from engramd.discs.model import Disc, Media
from engramd.events import JobChanged
from engramd.models import WorkCandidate
from engramd.pipeline.identities import Identities
from engramd.pipeline.lookups import Lookups
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.sources import Sources
from engramd.sources.tmdb import Tmdb
from engramd.tools import CancelToken
from tests.support.databases import Bench


class StandInSources:
    """TMDB is on, and knows nothing."""

    tmdb_online, discdb_online = True, False

    @contextmanager
    def tmdb(self) -> Iterator[Tmdb]:
        yield cast(Tmdb, self)

    def find(self, *_said: object, **_more: object) -> tuple[()]:
        return ()


def test_who_listens_learns_of_evidence_and_works_of_tmdb(sqlite_bench: Bench) -> None:
    store, hub = sqlite_bench.store, sqlite_bench.hub
    job_id = sqlite_bench.job(detected_title="Harbor Station").id or 0
    store.add(WorkCandidate(job_id=job_id, namespace="tv", name="Harbor Nation"))
    seen: list[tuple[list[str], int]] = []
    hub.subscribe(
        JobChanged,
        lambda event: seen.append(
            ([one.claim for one in store.evidence(event.job_id)], len(store.works(event.job_id)))
        ),
    )
    done = threading.Event()
    lookups = Lookups(
        cast(Parts, sqlite_bench),
        cast(Sources, StandInSources()),
        Identities(cast(Parts, sqlite_bench), cast(Sources, None), Reviews(store, hub)),
        Reviews(store, hub),
        CancelToken(),
        done=lambda _job: done.set(),
    )

    lookups.begin(job_id, Disc(source="x", media=Media.DVD, label="HARBOR_STATION"))

    assert done.wait(60)
    assert seen, "a change is announced"
    assert seen[-1] == (["nothing"], 0), "when it is announced all of it is kept"
