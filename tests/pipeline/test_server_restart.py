"""A real daemon whose PostgreSQL is started anew while it rips a disc."""

from __future__ import annotations

from pathlib import Path

from tests.support.authoring import AuthoredDisc
from tests.support.databases import PostgresCluster
from tests.support.stations import Stations


def test_a_disc_is_ripped_and_asked_about_although_the_server_was_started_anew(
    postgres: PostgresCluster, tmp_path: Path, tv_dvd: AuthoredDisc
) -> None:
    url = postgres.create("started_anew", "schema_of_engramd")
    with Stations(tmp_path, url) as stations:
        attic = stations.make("attic")
        attic.start()
        attic.say("rip", tv_dvd.image, "--no-wait")
        attic.wait_until(lambda: "phase=identify" in attic.log(), "it does not begin")
        postgres.halt()
        try:
            attic.wait_until(lambda: "the database is away" in attic.log(), "it is not missed", 60)
        finally:
            postgres.start()

        attic.wait_until(lambda: attic.job(1)["state"] == "review_needed", "it does not go on", 60)
        assert not attic.job(1)["error_message"], attic.job(1)
        assert "please report" not in attic.log()
