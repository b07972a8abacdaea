"""The service on a real bus: what clients see, and what they cannot break."""

from __future__ import annotations

import os
import re
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from engramd.bus import names
from engramd.bus.client import Client, NoDaemon
from engramd.bus.introspection import interfaces, xml
from engramd.errors import Busy, EngramError, InvalidArgument, NoMedium, NotFound, WrongState
from tests.support.busservice import ServiceProcess, connected, run_on, running_service, wait_for
from tests.support.privatebus import PrivateBus

MANAGER = (names.ROOT, names.MANAGER)
ACTOR = f"uid {os.getuid()}" if os.getuid() else "root"


def rip(client: Client, service: ServiceProcess, name: str, **options: Any) -> Any:
    path = str(service.folder / "import" / name)
    return client.call(*MANAGER, "Rip", "sa{sv}", (path, options))


def test_busctl_and_gdbus_see_the_tree(bus: PrivateBus, service: ServiceProcess) -> None:
    job_id = service.do("job")
    tree = wait_for(
        lambda: (
            (found := run_on(bus, "busctl", "--system", "tree", "--list", names.BUS_NAME).stdout)
            and names.title_path(job_id, 2) in found
            and found
        ),
        "the job's titles appear",
    )
    for path in (names.ROOT, names.drive_path("SN_2d42"), names.job_path(job_id)):
        assert path in tree.split()
    where = (names.BUS_NAME, names.job_path(job_id), names.JOB)
    state = run_on(bus, "busctl", "--system", "get-property", *where, "State")
    assert state.stdout.strip() == 's "ripping"', state.stderr
    listed = run_on(bus, "busctl", "--system", "introspect", *where)
    assert re.search(r"\.Cancel\s+method", listed.stdout), listed.stdout
    assert re.search(r"\.Headline\s+property\s+s\s+\"Firefly: ripping", listed.stdout), listed.stdout
    called = run_on(
        bus, "gdbus", "call", "--system", "-d", names.BUS_NAME, "-o", names.ROOT, "-m",
        f"{names.MANAGER}.GetJob", str(job_id),
    )  # fmt: skip
    assert called.stdout.strip() == f"(objectpath '{names.job_path(job_id)}',)", called.stderr


def members(node: ET.Element) -> dict[str, set[tuple[str, ...]]]:
    """Everything that is declared in an introspection document, by interface."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for interface in node.iter("interface"):
        entries = found.setdefault(interface.get("name", ""), set())
        for member in interface:
            kind = (member.tag, member.get("name", ""), member.get("type", ""), member.get("access", ""))
            arguments = [
                f"{arg.get('name')}:{arg.get('type')}:{arg.get('direction', '')}"
                for arg in member.iter("arg")
            ]
            notes = [f"{note.get('name')}={note.get('value')}" for note in member.iter("annotation")]
            entries.add((*kind, *arguments, *sorted(notes)))
    return found


def test_what_is_published_is_the_file(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    service.do("review", job_id=job_id, index=0)
    wait_for(lambda: names.title_path(job_id, 0) in client.objects(), "the title appears")
    review = wait_for(lambda: client.properties(names.job_path(job_id), names.JOB)["Reviews"], "the review")[
        0
    ]
    published: dict[str, set[tuple[str, ...]]] = {}
    for path in (
        names.ROOT,
        names.drive_path("SN_2d42"),
        names.job_path(job_id),
        names.title_path(job_id, 0),
        review,
    ):
        text = client.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")
        published |= members(ET.fromstring(text))
    for interface, entries in members(ET.fromstring(xml())).items():
        assert {tuple(filter(None, e)) for e in published[interface]} == {
            tuple(part for part in e if part) for e in entries
        }, interface


def test_every_property_has_its_type_and_a_value(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job", titles=1)
    wait_for(lambda: names.title_path(job_id, 0) in client.objects(), "the title appears")
    title = client.properties(names.title_path(job_id, 0), names.TITLE)
    assert title["DurationSeconds"] == 2640
    assert title["Place"] == -1
    job = client.properties(names.job_path(job_id), names.JOB)
    assert job.keys() == interfaces()[names.JOB].properties.keys()
    assert (job["Id"], job["State"], job["DetectedSeason"], job["Year"]) == (job_id, "ripping", -1, 0)
    assert abs(job["CreatedAt"] / 1e6 - time.time()) < 60
    drive = client.properties(names.drive_path("SN_2d42"), names.DRIVE)
    assert drive["Policy"] == {"on_insert": "rip", "eject": True}
    manager = client.properties(*MANAGER)
    assert manager["Version"]
    assert manager["Busy"] is True
    assert manager["SafeToPowerOff"] is False
    values = client.properties(names.ROOT, names.SETTINGS)["Values"]
    assert values["extras_policy"] == "skip"
    assert "is not in the interface" not in service.log()
    assert "could not be put" not in service.log()
    assert " is no " not in service.log()


def test_the_reply_of_rip_comes_after_its_object(client: Client, service: ServiceProcess) -> None:
    for number in range(10):
        path = rip(client, service, f"disc{number}", titles="1,3-4", season=2)
        assert client.properties(path, names.JOB)["VolumeLabel"] == f"disc{number}"
    assert ["rip", str(service.folder / "import/disc9"), "1,3-4", 2, ACTOR] in service.do("asked")


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("empty", NoMedium, "there is no disc"),
        ("strange", InvalidArgument, "half a character ? and a NUL \ufffd end here"),
        ("bug", EngramError, "internal error"),
        ("exit", EngramError, "internal error"),
    ],
)
def test_errors_of_handlers(
    client: Client, service: ServiceProcess, name: str, kind: type[EngramError], text: str
) -> None:
    with pytest.raises(EngramError) as caught:
        rip(client, service, name)
    assert type(caught.value) is kind
    assert text in str(caught.value)
    assert "secret" not in str(caught.value)
    assert client.properties(*MANAGER)["Version"], "the service is still there"


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ((*MANAGER, "Rip", "s", ("/x",)), InvalidArgument),
        ((*MANAGER, "Rip", "ua{sv}", (5, {})), InvalidArgument),
        ((*MANAGER, "Rip", "sa{sv}", ("relative", {})), InvalidArgument),
        ((*MANAGER, "Rip", "sa{sv}", ("/etc/passwd", {})), InvalidArgument),
        ((*MANAGER, "Rip", "sa{sv}", ("/x", {"seson": 2})), InvalidArgument),
        ((*MANAGER, "Rip", "sa{sv}", ("/x", {"season": "two"})), InvalidArgument),
        ((*MANAGER, "History", "a{sv}", ({"state": "odd"},)), InvalidArgument),
        ((*MANAGER, "History", "a{sv}", ({"before": -(1 << 62)},)), InvalidArgument),
        ((*MANAGER, "GetJob", "t", (99999,)), NotFound),
        ((*MANAGER, "GetJob", "t", ((1 << 64) - 1,)), NotFound),
        ((*MANAGER, "Nonsense"), NotFound),
        ((f"{names.ROOT}/jobs/99999", names.JOB, "Cancel"), NotFound),
        ((names.ROOT, names.SETTINGS, "Set", "a{sv}", ({"nonsense": 1},)), NotFound),
        ((names.ROOT, names.SETTINGS, "Set", "a{sv}", ({"extras_policy": "keep"},)), WrongState),
        ((names.ROOT, names.SETTINGS, "Set", "a{sv}", ({"max_concurrent_matches": 0},)), InvalidArgument),
        ((names.ROOT, names.PROPERTIES, "Get", "ss", (names.MANAGER, "Nonsense")), InvalidArgument),
        ((names.ROOT, names.PROPERTIES, "Set", "ssv", (names.MANAGER, "Busy", True)), InvalidArgument),
    ],
)
def test_bad_calls_get_typed_errors(client: Client, call: tuple[Any, ...], kind: type[EngramError]) -> None:
    with pytest.raises(EngramError) as caught:
        client.call(*call)
    assert caught.value.code == kind.code, caught.value


def test_reading_goes_on_while_a_method_is_slow(
    bus: PrivateBus, service: ServiceProcess, client: Client
) -> None:
    with connected(bus) as other:
        replies: list[Any] = []
        calls = [
            threading.Thread(target=lambda n=n: replies.append(rip(other, service, f"slow{n}")))
            for n in range(4)
        ]
        start = time.monotonic()
        for call in calls:
            call.start()
        time.sleep(0.3)
        slowest = 0.0
        for turn in range(20):
            before = time.monotonic()
            client.call(names.ROOT, names.PROPERTIES, "Get", "ss", (names.MANAGER, "Busy"))
            slowest = max(slowest, time.monotonic() - before)
            assert turn or not replies, "the slow calls were over before the reading began"
        assert slowest < 1.0
        for call in calls:
            call.join()
        assert len(replies) == 4
        assert time.monotonic() - start < 4.5, "slow calls of 1.5 s each run side by side"


def test_too_many_calls_of_one_client_are_refused(bus: PrivateBus, service: ServiceProcess) -> None:
    with connected(bus) as eager:
        outcomes: list[str] = []

        def one(number: int) -> None:
            try:
                rip(eager, service, f"slow-{number}")
                outcomes.append("done")
            except Busy:
                outcomes.append("busy")

        calls = [threading.Thread(target=one, args=(number,)) for number in range(20)]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
    assert outcomes.count("done") == 16
    assert outcomes.count("busy") == 4


def test_history_pages_are_cut_where_they_become_too_large(client: Client, service: ServiceProcess) -> None:
    service.do("history", count=60, text=450_000)
    pages: list[list[str]] = []
    options: dict[str, Any] = {"state": "completed", "limit": 60}
    while page := client.call(*MANAGER, "History", "a{sv}", (options,)):
        pages.append([row["VolumeLabel"] for row in page if row["VolumeLabel"].isdigit()])
        options["before_id"] = page[-1]["Id"]
    assert [label for labels in pages for label in labels] == [str(number) for number in range(59, -1, -1)]
    assert 1 < max(map(len, pages)) < 20, "8 MiB are less than 20 rows of 450 kB"
    page = client.call(*MANAGER, "History", "a{sv}", ({"limit": 5, "state": "completed"},))
    assert [row["VolumeLabel"] for row in page] == ["59", "58", "57", "56", "55"]
    after = client.call(*MANAGER, "History", "a{sv}", ({"limit": 1, "before": page[-1]["CreatedAt"]},))
    assert after[0]["VolumeLabel"] == "54"


def test_a_job_of_the_history_becomes_an_object_when_asked_for(
    client: Client, service: ServiceProcess
) -> None:
    job_id = service.do("job", state="completed")
    wait_for(lambda: names.job_path(job_id) in client.objects(), "it is shown for a day")
    service.do("old", job_id=job_id)
    wait_for(lambda: names.job_path(job_id) not in client.objects(), "it goes after a day")
    path = client.call(*MANAGER, "GetJob", "t", (job_id,))
    assert client.properties(path, names.JOB)["State"] == "completed"
    client.call(path, names.JOB, "Clear")
    wait_for(lambda: path not in client.objects(), "a cleared job goes")


def test_methods_reach_the_station(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    path = wait_for(lambda: client.call(*MANAGER, "GetJob", "t", (job_id,)), "the job")
    client.call(path, names.JOB, "Identify", "a{sv}", ({"title": "Firefly", "season": 1},))
    client.call(names.title_path(job_id, 1), names.TITLE, "Assign", "s", ("S01E02",))
    client.call(names.drive_path("SN_2d42"), names.DRIVE, "SetName", "s", ("Lower",))
    client.call(names.ROOT, names.SETTINGS, "Set", "a{sv}", ({"max_concurrent_matches": 3},))
    asked = service.do("asked")
    assert ["identify_job", job_id, {"title": "Firefly", "season": 1}, ACTOR] in asked
    assert ["assign_title", job_id, 1, "S01E02", ACTOR] in asked
    assert ["set_drive_name", "SN_2d42", "Lower", ACTOR] in asked
    wait_for(
        lambda: client.properties(names.ROOT, names.SETTINGS)["Values"]["max_concurrent_matches"] == 3,
        "the setting is published",
    )
    described = client.call(names.ROOT, names.SETTINGS, "Describe")
    assert {"name": "extras_policy", "locked": True}.items() <= {
        key: value for item in described if item["name"] == "extras_policy" for key, value in item.items()
    }.items()
    with pytest.raises(WrongState):
        client.call(path, names.JOB, "Clear")
    assert client.call(*MANAGER, "Check", "a{sv}", ({},))[0]["id"] == "tool"


def test_a_question_is_answered_by_its_option(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    service.do("review", job_id=job_id, index=1)
    path = wait_for(
        lambda: client.properties(client.call(*MANAGER, "GetJob", "t", (job_id,)), names.JOB)["Reviews"], "it"
    )[0]
    review = client.properties(path, names.REVIEW)
    assert review["Subject"] == names.title_path(job_id, 1)
    first = {"id": "S01E02", "text": "S01E02", "value": "S01E02", "confidence": 0.8, "evidence": "words"}
    assert review["Options"][0] == first
    details = client.call(path, names.REVIEW, "Details", "a{sv}", ({},))
    assert (details["title"], details["captions"], details["at"]) == (2, ["1:01  It is late."], 61)
    assert (details["roster"], details["plots"]) == ([], {})
    assert review["Default"] == "S01E02"
    assert client.properties(*MANAGER)["Attention"] is True
    with pytest.raises(InvalidArgument, match="options are S01E02, S01E03, extra, skip"):
        client.call(path, names.REVIEW, "Answer", "a{sv}", ({"option": "9"},))
    with pytest.raises(InvalidArgument, match="a disc, a season or a set"):
        client.call(path, names.REVIEW, "Answer", "a{sv}", ({"option": "S01E03", "for": "ever"},))
    client.call(path, names.REVIEW, "Answer", "a{sv}", ({"option": "S01E03", "for": "season"},))
    assert path not in client.objects()
    assert ["answer_review", review["Id"], "S01E03", ACTOR, "season"] in service.do("asked")


def test_what_is_proposed_for_a_disc_is_accepted_as_it_was_read(
    client: Client, service: ServiceProcess
) -> None:
    job_id = service.do("job")
    service.do("proposal", job_id=job_id)
    path = wait_for(
        lambda: client.properties(client.call(*MANAGER, "GetJob", "t", (job_id,)), names.JOB)["Reviews"], "it"
    )[0]
    review = client.properties(path, names.REVIEW)
    assert (review["Scope"], review["Default"]) == ("disc", "accept")
    assert [tuple(option.values()) for option in review["Options"]] == [
        ("accept", "titles 1-3 are S01E01-E03", "1-3=S01E01-E03", 0.5, "order"),
        ("S01E04", "titles 1-3 are S01E04-E06", "1-3=S01E04-E06", 0.2, "order"),
        ("one_by_one", "Ask for each title", "one_by_one", 0.0, ""),
    ]
    client.call(path, names.REVIEW, "Answer", "a{sv}", ({"option": "accept"},))
    assert ["answer_review", review["Id"], "1-3=S01E01-E03", ACTOR, ""] in service.do("asked")


def test_several_titles_are_assigned_one_is_split_and_a_season_is_listed(
    client: Client, service: ServiceProcess
) -> None:
    job_id = service.do("job")
    path = client.call(*MANAGER, "GetJob", "t", (job_id,))
    client.call(path, names.JOB, "Assign", "a{us}a{sv}", ({0: "S01E01", 2: "S01E03"}, {}))
    client.call(names.title_path(job_id, 1), names.TITLE, "Split", "a{sv}", ({"episodes": "S01E01-E02"},))
    asked = service.do("asked")
    assert ["split_title", job_id, 1, "S01E01-E02", ACTOR] in asked
    assert ["assign_titles", job_id, {"0": "S01E01", "2": "S01E03"}, ACTOR] in asked
    for episodes, options in (({}, {}), ({0: "x" * 5000}, {}), ({0: "S01E01"}, {"season": 1})):
        with pytest.raises(InvalidArgument):
            client.call(path, names.JOB, "Assign", "a{us}a{sv}", (episodes, options))

    [row] = client.call(*MANAGER, "Season", "sa{sv}", ("Firefly", {"season": 1}))
    assert row == {
        "season": 1, "episode": 4, "name": "Shindig", "minutes": 44.0, "state": "missing",
        "job": 0, "title": 0, "disc": -1, "path": "", "standing": "missing",
        "waiting_for": "", "lack": "", "file": "", "also": [],
    }  # fmt: skip
    with pytest.raises(NotFound):
        client.call(*MANAGER, "Season", "sa{sv}", ("nothing", {}))


def test_what_a_disc_may_be_is_told_with_its_evidence(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    service.do("identity", job_id=job_id)
    path = client.call(*MANAGER, "GetJob", "t", (job_id,))
    job = wait_for(lambda: (found := client.properties(path, names.JOB))["Works"] and found, "the works")
    [said] = job["Evidence"]
    assert (said["source"], said["claim"], said["followed"]) == ("label", "Firefly, season 1", True)
    assert abs(said["at"] / 1e6 - time.time()) < 60
    assert [(work["name"], work["namespace"], work["tmdb_id"]) for work in job["Works"]] == [
        ("Firefly", "tv", 1437),
        ("Serenity", "movie", 16320),
    ]

    question = client.properties(job["Reviews"][0], names.REVIEW)
    assert (question["Kind"], question["Default"], question["Subject"]) == ("identity", "1", path)
    second = question["Options"][1]
    assert (second["id"], second["text"], second["value"]) == (
        "2",
        "Serenity, TMDB film 16320",
        "movie:16320",
    )
    assert (second["confidence"], second["evidence"]) == (0.1, "")
    service.do("work", job_id=job_id, called="Firebird")
    wait_for(
        lambda: (
            [work["name"] for work in client.properties(path, names.JOB)["Works"]]
            == ["Firefly", "Firebird", "Serenity"]
        ),
        "works change with the job",
    )
    options = client.properties(job["Reviews"][0], names.REVIEW)["Options"]
    told = [(one["id"], one["value"]) for one in options[:3]]
    assert told == [("1", "tv:1437"), ("3", "tv:1"), ("2", "movie:16320")], "a number stays what it was"
    client.call(job["Reviews"][0], names.REVIEW, "Answer", "a{sv}", ({"option": "2"},))
    assert ["answer_review", question["Id"], "movie:16320", ACTOR, ""] in service.do("asked")


def test_the_number_of_a_season_is_no_option(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    service.do("identity", job_id=job_id, kind="season")
    path = client.call(*MANAGER, "GetJob", "t", (job_id,))
    review = wait_for(lambda: client.properties(path, names.JOB)["Reviews"], "the question")[0]
    question = client.properties(review, names.REVIEW)
    assert [one["id"] for one in question["Options"]] == ["tv:1437", "movie:16320"]
    assert question["Default"] == ""
    client.call(review, names.REVIEW, "Answer", "a{sv}", ({"value": 2},))
    assert ["answer_review", question["Id"], "2", ACTOR, ""] in service.do("asked")


def test_a_work_is_identified_with_its_namespace(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    path = client.call(*MANAGER, "GetJob", "t", (job_id,))
    said = {"tmdb_id": 1437, "tmdb_namespace": "tv", "edition": "Restored"}
    client.call(path, names.JOB, "Identify", "a{sv}", (said,))
    assert ["identify_job", job_id, said | {"content_type": "tv"}, ACTOR] in service.do("asked")
    for wrong in ({"tmdb_namespace": "movie", "content_type": "tv"}, {"tmdb_id": "", "title": "Heat"}):
        with pytest.raises(InvalidArgument):
            client.call(path, names.JOB, "Identify", "a{sv}", (said | wrong,))
    for wrong in ({"tmdb_namespace": "tv"}, {"title": " ", "season": 1}):
        with pytest.raises(InvalidArgument):
            client.call(path, names.JOB, "Identify", "a{sv}", (wrong,))
    assert sum(asked[0] == "identify_job" and asked[1] == job_id for asked in service.do("asked")) == 1


def test_text_without_end_is_refused(client: Client, service: ServiceProcess) -> None:
    job_id = service.do("job")
    path = client.call(*MANAGER, "GetJob", "t", (job_id,))
    long = "x" * 100_000
    with pytest.raises(InvalidArgument, match="characters"):
        client.call(path, names.JOB, "Identify", "a{sv}", ({"title": long},))
    with pytest.raises(InvalidArgument, match="characters"):
        client.call(*MANAGER, "Rip", "sa{sv}", (f"/{long}", {}))
    service.do("review", job_id=job_id, index=0)
    review = wait_for(lambda: client.properties(path, names.JOB)["Reviews"], "the question")[0]
    for answer in ({"value": long}, {"value": [long]}, {"option": long}):
        with pytest.raises(InvalidArgument):
            client.call(review, names.REVIEW, "Answer", "a{sv}", (answer,))
    assert long not in str(service.do("asked"))


def test_a_secret_is_written_and_never_told(client: Client, service: ServiceProcess, bus: PrivateBus) -> None:
    key = "0123456789abcdef-" + "k" * 20
    settings = (names.ROOT, names.SETTINGS)
    told: list[Any] = []
    with connected(bus) as other:
        watch = threading.Thread(target=other.watch, args=(lambda *what: told.append(what),))
        watch.start()
        wait_for(lambda: told, "the watch began")
        client.call(*settings, "Set", "a{sv}", ({"tmdb_api_key": key, "extras_min_seconds": 20},))
        wait_for(
            lambda: client.properties(*settings)["Values"]["extras_min_seconds"] == 20, "the change is told"
        )
        described = {one["name"]: one for one in client.call(*settings, "Describe")}
        refusals = []
        for bad in ({"tmdb_api_key": [key]}, {"tmdb_api_key": f"{key}\n{key}"}, {"tmdb_api_key": {key: key}}):
            with pytest.raises(InvalidArgument) as caught:
                client.call(*settings, "Set", "a{sv}", (bad,))
            refusals.append(str(caught.value))
        client.call(*settings, "Reset", "as", (["extras_min_seconds"],))
        wait_for(lambda: [what[0] for what in told].count("properties") >= 2, "both changes are heard")
        other.stop()
        watch.join()

    entry = described["tmdb_api_key"]
    assert (entry["secret"], entry["set"], entry["default"]) == (True, True, "")
    assert "`engramctl config set tmdb_api_key` asks for it" in entry["text"]
    assert described["extras_policy"]["secret"] is False
    assert "tmdb_api_key" not in client.properties(*settings)["Values"]
    assert f"{ACTOR} set tmdb_api_key, extras_min_seconds" in service.log()
    for place in (str(told), str(described), str(refusals), service.log(), str(client.properties(*MANAGER))):
        assert key not in place
    assert all("tmdb_api_key" in refusal for refusal in refusals)
    client.call(*settings, "Reset", "as", (["tmdb_api_key"],))
    again = {one["name"]: one for one in client.call(*settings, "Describe")}
    assert again["tmdb_api_key"]["set"] is False


def test_calls_leak_nothing(client: Client, service: ServiceProcess) -> None:
    text = "x" * 2000

    def burst(count: int) -> int:
        for _ in range(count):
            client.call(names.ROOT, names.PROPERTIES, "Get", "ss", (names.MANAGER, "Version"))
            with pytest.raises(InvalidArgument):
                client.call(*MANAGER, "Rip", "sa{sv}", (text, {}))
        size: int = service.do("rss")
        return size

    burst(500)
    before = burst(100)
    grown = burst(1500) - before
    assert grown < 3000 * 200, f"{grown / 3000:.0f} bytes a call; a leak has 1000 to 4000"


def test_objects_that_are_gone_are_freed(client: Client, service: ServiceProcess) -> None:
    service.do("churn", times=2)
    wait_for(lambda: client.properties(*MANAGER)["Version"], "calm")
    before = service.do("exported")
    service.do("churn", times=20)
    last = service.do("job")
    wait_for(lambda: names.job_path(last) in client.objects(), "all is published")
    after = wait_for(lambda: (n := service.do("exported")) <= before + 2 * 4 + 4 and n, "objects are freed")
    assert after >= before, "the last job's objects are alive"


def test_a_second_daemon_is_refused(bus: PrivateBus, service: ServiceProcess, tmp_path: Path) -> None:
    second = ServiceProcess(bus, tmp_path)
    assert second.greeting["refused"] == "Busy"
    assert second.stop() == 0


def test_without_a_daemon() -> None:
    with PrivateBus() as lonely, connected(lonely) as client:
        assert client.running() is False
        with pytest.raises(NoDaemon, match="not running"):
            client.objects()
        with pytest.raises(NoDaemon):
            client.watch(lambda *_: None)


def test_a_session_bus_serves_its_own_user(tmp_path: Path) -> None:
    with PrivateBus(system=False) as bus, running_service(tmp_path, bus) as service, connected(bus) as client:
        assert client.running()
        path = client.call(*MANAGER, "Rip", "sa{sv}", (str(tmp_path / "anywhere"), {}))
        assert client.properties(path, names.JOB)["State"] == "identifying"
        assert service.stop() == 0
        assert client.running() is False


def test_the_loss_of_the_bus_is_reported(tmp_path: Path) -> None:
    with PrivateBus() as bus, running_service(tmp_path, bus) as service:
        bus.kill_bus()
        assert "system bus is gone" in service.listen()["lost"]
        assert service.listen() == {"stopped": True}
        assert service.process.wait(10) == 0
