"""What has to be so in the end, whatever happened to the machine in between."""

from __future__ import annotations

from tests.support.vm.guest import MEDIA, Guest
from tests.support.vm.shelf import SERIES

_WHOLE = ("matching", "matched", "completed", "skipped")


def assert_right(guest: Guest) -> None:
    """The job is complete: four files, each as large as it was ripped, nothing on its way, no question."""
    assert guest.until("completed", "failed", "review_needed")["outcome"] == "complete", guest.journal()
    assert guest.filed() == sorted(SERIES)
    for title in guest.titles(1):
        if title["organized_to"]:
            assert int(guest.out(f"stat -c %s '{title['organized_to']}'")) == title["file_size_bytes"]
    assert_no_other_job_works(guest)
    assert guest.rows("SELECT * FROM review_tasks") == []
    guest.wait(lambda: not guest.staged(), "staging is not cleaned")
    assert guest.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def assert_rips_again(guest: Guest, kept: str) -> None:
    """The second title is read once more, the first is kept, and there is still one job."""
    guest.wait(lambda: guest.count("ripping"), "nothing is ripped")
    assert guest.count("ripping") == 1
    assert kept in numbers(guest), "what was ripped is ripped again"
    assert_no_other_job_works(guest)


def assert_all_ripped(guest: Guest, kept: str) -> None:
    """All titles are read in the end, the first one only once, as the one job."""
    guest.wait(lambda: all(t["state"] in _WHOLE for t in guest.titles(1)), "not everything is ripped")
    assert kept in numbers(guest), "what was ripped is ripped again"
    assert len(numbers(guest)) == len(SERIES), "something is there twice"
    assert_no_other_job_works(guest)


def assert_no_other_job_works(guest: Guest) -> None:
    """A disc that came back, also by a boot, is a job of its own, which finds out whose it is and ends."""
    others = "SELECT outcome FROM disc_jobs WHERE id > 1"
    guest.wait(lambda: all(job["outcome"] for job in guest.rows(others)), "another job goes on")
    assert {job["outcome"] for job in guest.rows(others)} <= {"duplicate"}, told(guest)


def told(guest: Guest) -> str:
    """What there is of jobs, and what the journal says."""
    jobs = guest.rows(
        "SELECT id, state, outcome, waiting_for, drive_id, error_message, diskseq FROM disc_jobs"
    )
    events = guest.rows("SELECT job_id, sentence FROM job_events ORDER BY id")
    lines = [str(job) for job in jobs] + [f"{event['job_id']}: {event['sentence']}" for event in events]
    return "\n".join([*lines, guest.out("journalctl -b -u engramd --no-pager")])


def numbers(guest: Guest) -> set[str]:
    """The inodes of all titles, in staging and library: one that is ripped again has another."""
    whole = "tv staging -type f -name '*.mkv'"
    return set(guest.out(f"cd {MEDIA} && find {whole} -printf '%i\n'").split())


def ripped(guest: Guest) -> str:
    """The inode of the title that the moments have ripped whole."""
    [title] = [title for title in guest.titles(1) if title["title_index"] == 1]
    where = title["organized_to"] or guest.out(f"ls {MEDIA}/staging/job-1/*.mkv | head -n 1")
    return guest.out(f"stat -c %i '{where}'")
