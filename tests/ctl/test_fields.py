"""JSON has the fields of the data model, with its values."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from engramd.ctl.drives import drive_fields
from engramd.ctl.fields import plain
from engramd.ctl.look import job_fields
from engramd.ctl.session import Session
from engramd.models import DiscJob, DiscTitle
from tests.ctl.samples import job, title


def test_a_job_has_every_field_of_its_row_under_the_same_name() -> None:
    row = DiscJob(
        id=4,
        drive_id="/dev/sr0",
        detected_season=0,
        created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        updated_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    given = {"detected_season": 0, "created_at": row.created_at, "updated_at": row.created_at}
    fields = plain(job(**given, **{name: getattr(row, name) for name in ("volume_label", "detected_title")}))

    assert fields["created_at"] == "2026-01-02T03:04:05Z"
    # hint_id is the daemon's own note of what a person said beforehand.
    for name in DiscJob.model_fields.keys() - {"hint_id"}:
        assert name in fields, f"{name} is lacking"
    for name in (
        "completed_at",
        "detected_title",
        "year",
        "diskseq",
        "outcome",
        "waiting_for",
        "content_hash",
    ):
        assert fields[name] is None, name
    assert fields["detected_season"] == 0
    assert fields["volume_label"] == ""


def test_a_job_with_titles_has_every_field_of_theirs() -> None:
    fields = job_fields(job(), [title(0, place=0), title(1)])

    first, second = fields["titles"]
    # filing_… are the daemon's own notes about a move that is under way.
    for name in (name for name in DiscTitle.model_fields if not name.startswith("filing_")):
        assert name in first, f"{name} is lacking"
    assert (first["place"], second["place"], second["matched_episode"]) == (0, None, None)
    assert [one["number"] for one in fields["titles"]] == [1, 2]


@pytest.mark.parametrize(("path", "number"), [("/org/engramd/Engram1/jobs/7", 7), ("/", None)])
def test_a_drive_names_its_job_by_number(path: str, number: int | None) -> None:
    fields = drive_fields({"Device": "/dev/sr0", "Serial": "", "FreeAt": 0, "Job": path})

    assert fields == {"device": "/dev/sr0", "serial": "", "free_at": None, "job_id": number}


def test_evidence_and_works_are_fields_of_a_job() -> None:
    fields = plain(job())

    assert fields["evidence"][0] == {
        "source": "label", "claim": "Harbor Station, season 1", "confidence": 0.98, "followed": True,
        "sentence": "the label says HARBOR_STATION_S1_D1", "at": "2026-01-02T12:00:00Z",
    }  # fmt: skip
    assert fields["evidence"][1]["sentence"] == ""
    assert fields["works"] == [
        {
            "namespace": "tv", "tmdb_id": 123, "name": "Harbor Station", "year": 2003, "confidence": 0.87,
            "reason": "the name agrees",
        }
    ]  # fmt: skip


def test_what_a_title_is_by_itself_is_told_from_nothing() -> None:
    none, own = (
        plain(title(0)),
        plain(title(1, own_season=0, own_tmdb_id=5, own_content_type="tv", comment="A")),
    )

    names = ("own_season", "own_tmdb_id", "own_content_type", "own_title", "item_name", "comment")
    assert [none[name] for name in names] == [None, None, None, None, None, ""]
    assert [own[name] for name in names] == [0, 5, "tv", None, None, "A"]


def test_times_of_a_change_are_iso_and_none_is_none() -> None:
    assert plain({"undone_at": 0, "at": 1_000_000}) == {"undone_at": None, "at": "1970-01-01T00:00:01Z"}


def test_json_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    r"""A label of a disc holds the sign that terminals take for `ESC [`, and one that deletes."""
    said = {"label": "A\x1b[2J\x9b2J\x7f\u202eB"}
    Session(json=True).give([said], lambda: "")
    out = capsys.readouterr().out
    assert out.strip().isprintable()
    assert json.loads(out) == said
