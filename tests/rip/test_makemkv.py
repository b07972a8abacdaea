"""The MakeMKV back end, with a stand-in that replays scans of real discs and writes their real titles."""

from __future__ import annotations

import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engramd.discs import read_disc
from engramd.discs.model import Disc, Protection, Title
from engramd.discs.robot_faults import MakemkvFailed
from engramd.errors import Cancelled, NoMedium, NoSpace, RipFailed, ToolMissing
from engramd.rip import (
    Makemkv,
    MakemkvSettings,
    Progress,
    RipResult,
    TitleDamaged,
    TitleStalled,
    TrackPolicy,
    Wanted,
    makemkv_program,
    makemkv_scan,
)
from engramd.rip.makemkv import MakemkvBackend
from engramd.rip.matroska import read_head
from engramd.rip.model import NotOffered
from engramd.tools import CancelToken, Tools, child, supervision
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.broken import scrambled_copy
from tests.support.makemkv import StandInMakemkv, stand_in, title_mkv
from tests.tools.freezer import freezer
from tests.tools.test_tools import until

#: Indexes of titles on the disc: play-all, three episodes, an extra.
PLAY_ALL, FIRST, SECOND, THIRD, EXTRA = range(5)
QUICK = MakemkvSettings(least_seconds=15, stall=1.5)


@pytest.fixture
def locked(tmp_path: Path, tv_dvd: AuthoredDisc, makemkv: StandInMakemkv) -> Disc:
    """Give a protected disc that the stand-in can read."""
    image = scrambled_copy(tv_dvd.image, tmp_path / "locked.iso")
    makemkv.insert(image, tv_dvd.image, css=True)
    disc = read_disc(image)
    assert disc.protection is Protection.CSS
    return disc


class Bench:
    """A back end, and where it rips to."""

    def __init__(self, tmp_path: Path, makemkv: StandInMakemkv) -> None:
        self.folder = tmp_path / "staging"
        self.folder.mkdir()
        self.home = tmp_path / "home"
        self.makemkv = makemkv
        self.tools = Tools()
        self.turns = threading.Lock()
        self.backend = self.with_settings()
        self.progress: list[Progress] = []

    def with_settings(self, **values: object) -> MakemkvBackend:
        """Make the back end anew with other settings."""
        settings = replace(QUICK, path=str(self.makemkv.path), **values)  # type: ignore[arg-type]
        program = Makemkv(self.tools, settings, self.home)
        self.backend = MakemkvBackend(program, self.turns, look_every=0.05)
        return self.backend

    def rip(self, disc: Disc, index: int, **options: object) -> RipResult:
        """Rip one title."""
        return self.backend.rip_title(
            disc,
            disc.titles[index],
            self.target(index),
            on_progress=self.progress.append,
            **options,  # type: ignore[arg-type]
        )

    def target(self, index: int) -> Path:
        """Give the name for a title."""
        return self.folder / f"title-{index + 1:03d}.attempt-1.mkv"

    def left(self) -> list[str]:
        """Give what lies in staging."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def bench(tmp_path: Path, makemkv: StandInMakemkv) -> Bench:
    return Bench(tmp_path, makemkv)


class Told:
    """A listener of a pass."""

    def __init__(self, unwanted: tuple[int, ...] = ()) -> None:
        self.unwanted = unwanted
        self.events: list[tuple[str, int]] = []
        self.fractions: dict[int, list[float]] = {}

    def begun(self, wanted: Wanted) -> bool:
        self.events.append(("begun", wanted.title.index))
        return wanted.title.index not in self.unwanted

    def progress(self, wanted: Wanted, progress: Progress) -> None:
        self.fractions.setdefault(wanted.title.index, []).append(progress.fraction)

    def ripped(self, wanted: Wanted, result: RipResult) -> None:
        assert result.path == wanted.target
        self.events.append(("ripped", wanted.title.index))


def media(disc: AuthoredDisc, title: Title) -> bytes:
    """Give the bytes of the file that MakeMKV makes of a title."""
    return title_mkv(disc.image, title.number).read_bytes()


def test_a_protected_title_is_ripped_verified_and_named(
    bench: Bench, locked: Disc, tv_dvd: AuthoredDisc
) -> None:
    assert bench.backend.refuses(locked) is None
    result = bench.rip(locked, SECOND)
    assert result.path.read_bytes() == media(tv_dvd, locked.titles[SECOND])
    assert (result.path, result.size) == (bench.target(SECOND), result.path.stat().st_size)
    assert result.read_errors == 0, "the one error that every scrambled DVD gives is none"
    assert bench.left() == [bench.target(SECOND).name]


def test_the_program_runs_in_a_home_of_its_own_with_the_same_numbers_for_scan_and_rip(
    bench: Bench, locked: Disc
) -> None:
    bench.with_settings(key="T-key")
    bench.rip(locked, FIRST, tracks=TrackPolicy(audio_languages=("eng",)))
    bench.rip(locked, THIRD, tracks=TrackPolicy(audio_languages=("eng",)))
    scans, rips = bench.makemkv.calls("info"), bench.makemkv.calls("mkv")
    assert len(scans) == 1, "a disc is scanned once"
    for call in (*scans, *rips):
        assert (call.home, call.lc_all, call.key) == (str(bench.home), "C.UTF-8", "T-key")
        assert {"-r", "--noscan", "--minlength=15"} <= set(call.argv)
        assert call.spec == f"iso:{locked.source}"
        assert "T-key" not in " ".join(call.argv), "everybody can read command lines"
    assert all("+sel:" in call.profile for call in rips)
    assert len({call.folder for call in rips}) == 2, "each rip has a folder of its own"
    settings = bench.home / ".MakeMKV/settings.conf"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600


def test_progress_is_that_of_the_file(bench: Bench, locked: Disc) -> None:
    bench.makemkv.set(rate=8_000_000)
    result = bench.rip(locked, FIRST)
    fractions = [progress.fraction for progress in bench.progress]
    assert len(fractions) > 3
    assert fractions == sorted(fractions)
    assert 0 < fractions[-1] <= 1
    assert 0 < bench.progress[-1].bytes <= result.size
    assert max(progress.bytes_per_second for progress in bench.progress) > 0


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda m: m.name_file("Film mit Ümläut, (1).mkv"), id="another name"),
        pytest.param(lambda m: m.extra_file(), id="a second file"),
        pytest.param(lambda m: m.exit_with(1, command="mkv"), id="a bad exit code"),
        pytest.param(lambda m: m.storm(20_000, 4004), id="a storm of messages"),
        pytest.param(lambda m: m.garbage('MSG:1,2\nPRGV:x\n\\"half'), id="garbage"),
        pytest.param(lambda m: m.say(2003, "Scsi error", "/VIDEO_TS/VTS_01_1.VOB", "77824"), id="an error"),
        pytest.param(lambda m: m.lack_java(), id="no Java, which this disc does not need"),
    ],
)
def test_a_whole_file_counts_whatever_else_there_was(
    bench: Bench, locked: Disc, tv_dvd: AuthoredDisc, spoil: Callable[[StandInMakemkv], None]
) -> None:
    spoil(bench.makemkv)
    result = bench.rip(locked, FIRST)
    assert result.path.read_bytes() == media(tv_dvd, locked.titles[FIRST])
    assert bench.left() == [result.path.name]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda m: m.fail_title(), "5003", id="not saved"),
        pytest.param(lambda m: m.crash(signal.SIGSEGV, times=1), "signal 11", id="crash"),
        pytest.param(lambda m: m.crash(signal.SIGKILL, times=1), "signal 9", id="killed"),
        pytest.param(lambda m: m.stop_short(0.4, told=False), "", id="cut off without a word"),
        pytest.param(lambda m: m.write_other_title("05"), "", id="another title's data"),
    ],
)
def test_a_title_that_did_not_come_fails_with_the_reason(
    bench: Bench, locked: Disc, spoil: Callable[[StandInMakemkv], None], why: str
) -> None:
    spoil(bench.makemkv)
    with pytest.raises(RipFailed) as caught:
        bench.rip(locked, FIRST)
    assert why in str(caught.value)
    assert not isinstance(caught.value, TitleDamaged | TitleStalled)
    assert bench.left() == []
    bench.rip(locked, FIRST)


def test_read_errors_are_counted_and_what_was_read_is_kept(bench: Bench, locked: Disc) -> None:
    bench.makemkv.storm(300, 2003, at=0.3, title="02")
    bench.makemkv.stop_short(0.6, title="02")
    with pytest.raises(TitleDamaged) as caught:
        bench.rip(locked, FIRST)
    damaged = caught.value
    assert damaged.read_errors >= 300
    assert damaged.message_code in (2003, 5003)
    assert "clean the disc" in damaged.remedy
    if damaged.partial is not None:
        assert read_head(damaged.partial).duration > 0
    assert bench.left() == ([damaged.partial.name] if damaged.partial else [])
    bench.rip(locked, SECOND)


@pytest.mark.parametrize("ignores_sigterm", [False, True])
def test_a_hang_is_ended_and_is_no_damage(bench: Bench, locked: Disc, ignores_sigterm: bool) -> None:
    bench.makemkv.hang(at=0.5, ignores_sigterm=ignores_sigterm)
    with pytest.raises(TitleStalled) as caught:
        bench.rip(locked, FIRST)
    assert not bench.makemkv.processes()
    assert caught.value.partial is not None, "hours of reading are not thrown away"
    assert read_head(caught.value.partial).duration > 0
    assert bench.left() == [caught.value.partial.name]


def test_progress_that_stands_still_is_a_stall_though_lines_go_on(bench: Bench, locked: Disc) -> None:
    bench.makemkv.spin(at=0.5)
    with pytest.raises(TitleStalled, match="nothing moved"):
        bench.rip(locked, FIRST)


def test_read_errors_that_go_on_for_ever_are_a_stall(bench: Bench, locked: Disc) -> None:
    bench.makemkv.storm(100, 2003, at=0.5)
    bench.makemkv.spin(at=0.5)
    with pytest.raises(TitleStalled) as caught:
        bench.rip(locked, FIRST)
    assert caught.value.read_errors >= 100
    assert caught.value.message_code == 2003
    assert caught.value.partial is not None


def test_slow_is_not_dead(bench: Bench, locked: Disc, tv_dvd: AuthoredDisc) -> None:
    size = len(media(tv_dvd, locked.titles[EXTRA]))
    bench.makemkv.set(rate=size // 4)  # four seconds, with a patience of one and a half
    result = bench.rip(locked, EXTRA)
    assert result.size == size


def test_a_scan_that_takes_its_time_is_waited_for(bench: Bench, locked: Disc) -> None:
    bench.makemkv.slow_scan(2.5)
    bench.rip(locked, EXTRA)


def test_a_person_who_cancels_is_obeyed_at_once(bench: Bench, locked: Disc) -> None:
    bench.makemkv.hang(at=0.5)
    cancel = CancelToken()
    threading.Timer(0.7, lambda: cancel.cancel("enough")).start()
    with pytest.raises(Cancelled, match="work was stopped"):
        bench.rip(locked, FIRST, cancel=cancel)
    assert not bench.makemkv.processes()
    assert bench.left() == []


# -- what the program, the drive or the disc's key lacks ---------------------------------------------------


@pytest.mark.parametrize("code", [5021, 5055, 5073, 5095])
def test_a_bad_key_is_the_programs_fault_and_ends_with_a_good_one(
    bench: Bench, locked: Disc, code: int
) -> None:
    bench.makemkv.needs_key("T-good", code=code)
    refusal = bench.backend.refuses(locked)
    assert isinstance(refusal, MakemkvFailed)
    assert refusal.condition == "key"
    assert "makemkv_key" in refusal.remedy
    assert bench.makemkv.calls("info") == [], "no drive is asked for that"
    bench.with_settings(key="T-good")
    assert bench.backend.refuses(locked) is None
    bench.rip(locked, EXTRA)


def test_a_key_that_expires_during_a_rip_is_remembered(bench: Bench, locked: Disc) -> None:
    assert bench.backend.refuses(locked) is None
    bench.makemkv.needs_key("T-good", after_calls=1)
    with pytest.raises(MakemkvFailed) as caught:
        bench.rip(locked, FIRST)
    assert caught.value.condition == "key"
    refusal = bench.backend.refuses(locked)
    assert isinstance(refusal, MakemkvFailed)
    bench.makemkv.takes_any_key()
    assert bench.backend.program.lacks(anew=True) is None
    bench.rip(locked, FIRST)


@pytest.mark.parametrize(
    ("messages", "condition"),
    [
        (stand_in.NO_ACCESS, "access"),
        (stand_in.NO_DRIVE, "drive"),
        (stand_in.NO_LIBREDRIVE, "uhd"),
        (stand_in.UNKNOWN_DISC_KEY, "disc_key"),
    ],
)
def test_what_drive_or_key_lack_is_no_fault_of_the_disc(
    bench: Bench, locked: Disc, messages: list[stand_in.Said], condition: str
) -> None:
    bench.makemkv.refuse(messages, command="info")
    with pytest.raises(MakemkvFailed) as caught:
        bench.rip(locked, FIRST)
    assert caught.value.condition == condition
    assert caught.value.remedy
    assert bench.backend.refuses(locked) is None, "other discs and drives are not concerned"
    bench.makemkv.heal()
    bench.rip(locked, FIRST)


def test_a_program_that_is_not_there_or_no_makemkv_is_told(
    bench: Bench, locked: Disc, tmp_path: Path
) -> None:
    settings = replace(QUICK, path=str(tmp_path / "none"))
    missing = Makemkv(bench.tools, settings, bench.home).lacks()
    assert isinstance(missing, ToolMissing)
    other = Makemkv(bench.tools, replace(QUICK, path="/bin/true"), bench.home).lacks()
    assert isinstance(other, ToolMissing)
    assert "does not work" in str(other)


def test_a_program_that_was_removed_is_missed_at_once(bench: Bench, locked: Disc) -> None:
    assert bench.backend.refuses(locked) is None
    bench.makemkv.path.unlink()
    with pytest.raises(ToolMissing):
        bench.rip(locked, FIRST)
    assert isinstance(bench.backend.refuses(locked), ToolMissing)


def test_settings_that_are_no_text_are_written_anew(bench: Bench, locked: Disc) -> None:
    bench.with_settings(key="T-key")
    file = bench.home / ".MakeMKV/settings.conf"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xfe\x80")
    assert bench.backend.refuses(locked) is None
    assert bench.makemkv.calls("probe")[-1].key == "T-key"


@pytest.mark.root
def test_a_program_that_hangs_for_good_is_not_asked_again_before_it_has_ended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(makemkv_program, "PROBE_LIMIT", 3.0)
    monkeypatch.setattr(makemkv_program, "ASK_AGAIN", 0.0)
    monkeypatch.setattr(supervision, "KILL_AFTER", 0.3)
    monkeypatch.setattr(child, "LAST_WAIT", 0.2)
    bench.makemkv.hang(command="probe")
    program = bench.backend.program
    with freezer() as ice:
        if ice is None:
            pytest.skip("this kernel has no freezer of cgroup v1, whose processes no signal ends")
        asking = threading.Thread(target=program.lacks)
        asking.start()
        until(lambda: len(bench.makemkv.calls("probe")) == 1, "it was not asked")
        ice.freeze(bench.makemkv.calls("probe")[0].pid)
        asking.join()
        for anew in (False, True):
            missing = program.lacks(anew=anew)
            assert isinstance(missing, ToolMissing)
            assert "cannot be ended" in str(missing)
        assert len(bench.makemkv.calls("probe")) == 1
        bench.makemkv.heal()
        ice.thaw()
        until(lambda: program.lacks() is None, "it was not asked again")


# -- scans -------------------------------------------------------------------------------------------------


def test_a_scan_that_lost_titles_to_read_errors_is_noticed(bench: Bench, locked: Disc) -> None:
    bench.makemkv.lose_titles(3)
    with pytest.raises(TitleDamaged, match="lost the title in its scan"):
        bench.rip(locked, THIRD)
    bench.rip(locked, FIRST)


def test_a_scan_that_lost_titles_is_not_taken_for_the_disc_that_was_cleaned(
    bench: Bench, locked: Disc, tv_dvd: AuthoredDisc
) -> None:
    bench.makemkv.lose_titles(3)
    assert list(bench.backend.together(locked, locked.titles, CancelToken())) == [locked.titles[PLAY_ALL]]
    assert bench.backend.size_together(locked, CancelToken()) > 0
    assert len(bench.makemkv.calls("info")) == 1, "one scan tells both"
    with pytest.raises(TitleDamaged):
        bench.rip(locked, THIRD)
    bench.makemkv.heal()
    assert bench.rip(locked, THIRD).path.read_bytes() == media(tv_dvd, locked.titles[THIRD])
    scans = len(bench.makemkv.calls("info"))
    bench.rip(locked, EXTRA)
    assert len(bench.makemkv.calls("info")) == scans, "the whole one is kept"


def test_a_scan_in_which_only_read_errors_come_is_a_stall(bench: Bench, locked: Disc) -> None:
    bench.makemkv.storm(60, 2003, pause=0.1, command="info")
    with pytest.raises(TitleStalled, match="nothing moved") as caught:
        bench.rip(locked, FIRST)
    assert caught.value.read_errors > 0
    assert not bench.turns.locked(), "other drives may scan"
    assert not bench.makemkv.processes()


def test_a_storm_of_messages_in_a_scan_is_counted_and_not_kept(
    bench: Bench, locked: Disc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(makemkv_scan, "MOST_LINES", 2000)
    bench.makemkv.storm(5000, 2003, command="info")
    bench.rip(locked, EXTRA)


def test_a_scan_whose_output_has_no_end_is_given_up(
    bench: Bench, locked: Disc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(makemkv_scan, "MOST_LINES", 2000)
    bench.makemkv.garbage("no robot line\n" * 5000, command="info")
    with pytest.raises(RipFailed, match="does not come to its end"):
        bench.rip(locked, EXTRA)


def test_a_scan_without_titles_and_errors_offers_nothing(bench: Bench, locked: Disc) -> None:
    bench.makemkv.no_titles()
    with pytest.raises(NotOffered):
        bench.rip(locked, FIRST)


def test_a_title_is_known_by_what_it_is_and_not_by_its_number(
    bench: Bench, locked: Disc, tv_dvd: AuthoredDisc
) -> None:
    bench.with_settings(least_seconds=60)  # leaves the extra out
    with pytest.raises(NotOffered):
        bench.rip(locked, EXTRA)
    assert bench.rip(locked, THIRD).path.read_bytes() == media(tv_dvd, locked.titles[THIRD])
    assert bench.makemkv.calls("mkv")[0].title == "3"


def test_scans_of_different_drives_take_turns(
    bench: Bench, locked: Disc, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    other_image = scrambled_copy(tv_dvd.image, tmp_path / "other.iso")
    bench.makemkv.insert(other_image, tv_dvd.image)
    other = read_disc(other_image)
    bench.makemkv.slow_scan(0.6, command="info")
    threads = [threading.Thread(target=bench.backend.together, args=(d, d.titles, CancelToken()))
               for d in (locked, other)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bench.makemkv.calls("info")) == 2
    assert bench.makemkv.most_at_once("info") == 1


# -- the staging folder and the medium ---------------------------------------------------------------------


@pytest.mark.root
def test_a_full_disk_is_no_fault_of_the_title(bench: Bench, locked: Disc) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", bench.folder], check=True)
    try:
        bench.makemkv.fill_disk("02")
        with pytest.raises(NoSpace):
            bench.rip(locked, FIRST)
        assert bench.left() == []
        bench.rip(locked, FIRST)
    finally:
        subprocess.run(["umount", "-l", bench.folder], check=True)


def test_a_disc_that_is_gone_is_told_as_that(bench: Bench, locked: Disc) -> None:
    bench.makemkv.crash(at=0.5)
    bench.backend.together(locked, locked.titles, CancelToken())
    Path(locked.source).unlink()
    with pytest.raises(NoMedium):
        bench.rip(locked, FIRST)


# -- one pass ----------------------------------------------------------------------------------------------


def wanted(bench: Bench, disc: Disc, *indexes: int) -> list[Wanted]:
    return [Wanted(disc.titles[index], bench.target(index)) for index in indexes]


def test_a_pass_pays_where_opening_the_disc_again_costs_more(bench: Bench, locked: Disc) -> None:
    bench.makemkv.slow_scan(0.8)
    episodes = locked.titles[FIRST:THIRD + 1]  # fmt: skip
    assert list(bench.backend.together(locked, locked.titles, CancelToken())) == list(locked.titles)
    assert list(bench.backend.together(locked, episodes[:1], CancelToken())) == [episodes[0]]
    assert bench.backend.size_together(locked, CancelToken()) == sum(t.size for t in locked.titles)


def test_a_pass_hands_each_title_on_as_soon_as_it_is_whole(
    bench: Bench, locked: Disc, tv_dvd: AuthoredDisc
) -> None:
    bench.makemkv.set(rate=20_000_000)
    told = Told()
    order = (FIRST, SECOND, THIRD, EXTRA)
    bench.backend.rip_together(locked, wanted(bench, locked, *order), told, CancelToken())
    for index in order:
        assert bench.target(index).read_bytes() == media(tv_dvd, locked.titles[index])
    assert len(bench.makemkv.calls("mkv")) == 1
    assert told.events.index(("ripped", FIRST)) < told.events.index(("begun", THIRD)), told.events
    assert bench.left() == sorted(bench.target(index).name for index in order), "the play-all is gone"
    fractions = [fraction for index in order for fraction in told.fractions.get(index, ())]
    assert 0 < max(fractions) <= 1


def test_what_a_pass_did_not_bring_is_left_for_passes_of_its_own(
    bench: Bench, locked: Disc, tv_dvd: AuthoredDisc
) -> None:
    bench.makemkv.storm(50, 2003, title="03")
    bench.makemkv.stop_short(0.5, title="03")
    told = Told()
    order = (FIRST, SECOND, THIRD)
    bench.backend.rip_together(locked, wanted(bench, locked, *order), told, CancelToken())
    assert [index for event, index in told.events if event == "ripped"] == [FIRST, THIRD]
    bench.makemkv.heal()
    assert bench.rip(locked, SECOND).path.read_bytes() == media(tv_dvd, locked.titles[SECOND])


def test_a_title_that_is_not_wanted_any_more_is_not_kept(bench: Bench, locked: Disc) -> None:
    told = Told(unwanted=(SECOND,))
    bench.backend.rip_together(locked, wanted(bench, locked, FIRST, SECOND, THIRD), told, CancelToken())
    assert [index for event, index in told.events if event == "ripped"] == [FIRST, THIRD]
    assert not bench.target(SECOND).exists()


def test_a_pass_that_crashes_keeps_what_was_whole(bench: Bench, locked: Disc) -> None:
    bench.makemkv.crash(title="04", at=0.5)
    told = Told()
    bench.backend.rip_together(locked, wanted(bench, locked, FIRST, SECOND, THIRD), told, CancelToken())
    assert [index for event, index in told.events if event == "ripped"] == [FIRST, SECOND]
    assert bench.left() == [bench.target(FIRST).name, bench.target(SECOND).name]


def test_a_pass_that_hangs_keeps_what_was_whole(bench: Bench, locked: Disc) -> None:
    bench.makemkv.hang(title="04", at=0.5)
    told = Told()
    bench.backend.rip_together(locked, wanted(bench, locked, FIRST, SECOND, THIRD), told, CancelToken())
    assert [index for event, index in told.events if event == "ripped"] == [FIRST, SECOND]
    assert not bench.makemkv.processes()


def test_a_pass_whose_key_expires_says_so(bench: Bench, locked: Disc) -> None:
    bench.backend.together(locked, locked.titles, CancelToken())
    bench.makemkv.needs_key("T-good")
    with pytest.raises(MakemkvFailed):
        bench.backend.rip_together(locked, wanted(bench, locked, FIRST, SECOND), Told(), CancelToken())


def test_a_cancelled_pass_leaves_nothing_half(bench: Bench, locked: Disc) -> None:
    bench.makemkv.hang(title="03", at=0.5)
    cancel = CancelToken()
    threading.Timer(0.8, lambda: cancel.cancel("enough")).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        bench.backend.rip_together(locked, wanted(bench, locked, FIRST, SECOND), Told(), cancel)
    assert time.monotonic() - begun < 20
    assert bench.left() in ([], [bench.target(FIRST).name])
