"""The stand-in for MakeMKV speaks robot mode as engramd's parser knows it, and spoils what it is told to."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from engramd.discs import read_disc
from engramd.discs.model import Disc
from engramd.discs.robot import Broken, Message, Progress, RobotLine, parse_lines
from engramd.discs.robot_log import disc_of, gather, read_robot_log
from tests.support.authoring import AuthoredDisc
from tests.support.makemkv import StandInMakemkv, stand_in, title_mkv

LOGS = sorted((Path(__file__).parents[3] / "shared" / "corpus" / "logs").glob("*.txt.gz"))
#: Options as the daemon gives them.
OPTIONS = ("-r", "--noscan", "--messages=-stdout", "--progress=-same", "--cache=16", "--minlength=0")


def start(makemkv: StandInMakemkv, *words: object) -> subprocess.Popen[str]:
    home = makemkv.folder.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    command = [str(makemkv.path), *(str(word) for word in words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def run(makemkv: StandInMakemkv, *words: object) -> tuple[list[RobotLine], int]:
    process = start(makemkv, *OPTIONS, *words)
    output, _ = process.communicate(timeout=60)
    return list(parse_lines(output.splitlines())), process.returncode


def codes(lines: list[RobotLine]) -> list[int]:
    return [line.code for line in lines if isinstance(line, Message)]


def scanned(makemkv: StandInMakemkv, source: Path) -> Disc:
    lines, _ = run(makemkv, "info", f"iso:{source}")
    assert not any(isinstance(line, Broken) for line in lines)
    return disc_of(gather(lines), str(source))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def dvd(makemkv: StandInMakemkv, tv_dvd: AuthoredDisc) -> Path:
    makemkv.insert(tv_dvd.image)
    return tv_dvd.image


def until(condition: object, *, seconds: float = 30.0) -> None:
    """Wait until a function gives something true."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_it_says_what_it_is(makemkv: StandInMakemkv) -> None:
    from tests.support.makemkv import makemkvcon_stand_in

    lines, code = run(makemkv, "info", "disc:9999")
    assert isinstance(lines[0], Message)
    assert lines[0].code == 1005
    for text in (
        lines[0].text,
        (makemkvcon_stand_in.__doc__ or "").splitlines()[0],
        makemkv.path.read_text(),
    ):
        assert "stand-in" in text.lower()
        assert "not MakeMKV" in text
    assert codes(lines)[-1] == 5010
    assert code == 0
    assert [call.command for call in makemkv.calls()] == ["probe"]


@pytest.mark.parametrize("name", ["tv_dvd", "film_dvd", "tv_bluray"])
def test_a_scan_gives_the_titles_that_engramd_reads(
    makemkv: StandInMakemkv, name: str, request: pytest.FixtureRequest
) -> None:
    image = request.getfixturevalue(name).image
    disc = makemkv.insert(image, titles=())
    played = scanned(makemkv, image)
    assert (played.media, played.label) == (disc.media, disc.label)
    assert [(t.source_file, t.segment_map, t.number, t.size, t.height) for t in played.titles] == [
        (t.source_file, t.segment_map, t.number, t.size, t.height) for t in disc.titles
    ]
    for ours, theirs in zip(disc.titles, played.titles, strict=True):
        assert abs(ours.duration - theirs.duration) < 1
        assert len(ours.chapters) == len(theirs.chapters)
        assert [(s.kind, s.language, s.forced) for s in ours.streams] == [
            (s.kind, s.language, s.forced) for s in theirs.streams
        ]


def test_short_titles_are_left_out_and_the_rest_is_numbered(
    makemkv: StandInMakemkv, tv_dvd: AuthoredDisc
) -> None:
    makemkv.insert(tv_dvd.image, titles=(), names={1: 'One: "the first".mkv'})
    lines, _ = run(makemkv, "--minlength=122", "info", f"iso:{tv_dvd.image}")
    played = disc_of(gather(lines), "played")
    assert [(t.index, t.source_file) for t in played.titles] == [(0, "01"), (1, "02"), (2, "03")]
    assert codes(lines).count(3025) == 2
    names = gather(lines).titles
    assert [names[n][27] for n in range(3)] == ["A1_t00.mkv", 'One: "the first".mkv', "C1_t02.mkv"]


def test_titles_are_saved_bit_by_bit(makemkv: StandInMakemkv, dvd: Path, out: Path) -> None:
    lines, code = run(makemkv, "mkv", f"iso:{dvd}", "all", out)
    assert code == 0
    assert codes(lines)[-2:] == [5005, 5036]
    files = sorted(out.iterdir())
    assert [file.name for file in files] == [f"{'ABCDE'[n]}1_t0{n}.mkv" for n in range(5)]
    for number, file in enumerate(files, 1):
        assert file.read_bytes() == title_mkv(dvd, number).read_bytes()
    progress = [line for line in lines if isinstance(line, Progress)]
    assert progress[-1] == Progress(65536, 65536, 65536)
    call = makemkv.calls("mkv")[0]
    assert (call.title, call.folder, call.lc_all) == ("all", str(out), "C.UTF-8")
    assert "MSG:" not in start(makemkv, "info", f"iso:{dvd}").communicate()[0]


def test_the_media_is_a_real_rip(tv_dvd: AuthoredDisc) -> None:
    import av

    with av.open(str(title_mkv(tv_dvd.image, 2))) as file:
        assert file.duration is not None
        assert abs(file.duration / 1e6 - tv_dvd.title(2).seconds) < 2
        assert [stream.type for stream in file.streams] == ["video", "audio", "subtitle"]


def test_a_title_takes_as_long_as_its_rate(makemkv: StandInMakemkv, dvd: Path, out: Path) -> None:
    size = title_mkv(dvd, 5).stat().st_size
    makemkv.set(rate=size / 0.5)
    start_at = time.monotonic()
    lines, _ = run(makemkv, "mkv", f"iso:{dvd}", "4", out)
    assert time.monotonic() - start_at >= 0.5
    assert len({line for line in lines if isinstance(line, Progress) and line.current % 65536}) >= 3


@pytest.mark.skipif(not LOGS, reason="the corpus is not here")
@pytest.mark.parametrize("log", LOGS[:6], ids=lambda path: path.name[:20])
def test_a_recorded_scan_is_replayed(makemkv: StandInMakemkv, log: Path, tmp_path: Path, out: Path) -> None:
    text = gzip.decompress(log.read_bytes()).decode("utf-8", "replace")
    recorded = tmp_path / "recorded.txt"
    recorded.write_text(text, "utf-8")
    media = tmp_path / "media.mkv"
    media.write_bytes(b"title data")
    drive = tmp_path / "sr0"
    makemkv.replay(drive, text, {0: media})
    lines, _ = run(makemkv, "info", f"dev:{drive}")
    played, real = disc_of(gather(lines), "x"), read_robot_log(recorded)
    assert played.titles == real.titles
    assert (played.label, played.disc_name, played.media) == (real.label, real.disc_name, real.media)
    run(makemkv, "mkv", f"dev:{drive}", "0", out)
    assert [file.read_bytes() for file in out.iterdir()] == [b"title data"]


def test_a_key_is_asked_for_until_it_is_there(makemkv: StandInMakemkv, dvd: Path) -> None:
    makemkv.needs_key("T-good", after_calls=1)
    assert len(scanned(makemkv, dvd).titles) == 5
    lines, code = run(makemkv, "info", f"iso:{dvd}")
    assert (codes(lines), code) == ([1005, 5021], 253)
    settings = makemkv.folder.parent / "home/.MakeMKV/settings.conf"
    settings.parent.mkdir()
    settings.write_text('app_Key = "T-bad"\n')
    assert codes(run(makemkv, "info", "disc:9999")[0]) == [1005, 5020, 5021]
    run(makemkv, "reg", "T-good")
    assert len(scanned(makemkv, dvd).titles) == 5
    assert [call.key for call in makemkv.calls()] == ["", "", "T-bad", "T-bad", "T-good"]


@pytest.mark.parametrize("code", [5055, 5073, 5095])
def test_a_key_is_refused_in_other_words(makemkv: StandInMakemkv, code: int) -> None:
    makemkv.needs_key("T-good", code=code)
    lines, exit_code = run(makemkv, "info", "disc:9999")
    assert code in codes(lines)
    assert exit_code == 253
    makemkv.takes_any_key()
    assert code not in codes(run(makemkv, "info", "disc:9999")[0])


@pytest.mark.parametrize("reason", ["NO_ACCESS", "NO_DRIVE", "NO_LIBREDRIVE", "UNKNOWN_DISC_KEY"])
def test_a_disc_is_refused_once(makemkv: StandInMakemkv, dvd: Path, reason: str) -> None:
    messages = getattr(stand_in, reason)
    makemkv.refuse(messages, times=1)
    lines, code = run(makemkv, "info", f"iso:{dvd}")
    assert codes(lines)[-len(messages) - 1 :] == [*(one[0] for one in messages), 5010]
    assert code == 11
    assert len(scanned(makemkv, dvd).titles) == 5


def test_a_scan_finds_less_nothing_or_another_disc(
    makemkv: StandInMakemkv, dvd: Path, film_dvd: AuthoredDisc
) -> None:
    makemkv.insert(film_dvd.image, titles=())
    makemkv.lose_titles(2, times=1)
    lines, _ = run(makemkv, "info", f"iso:{dvd}")
    assert [t.source_file for t in disc_of(gather(lines), "x").titles] == ["01", "02"]
    assert 2003 in codes(lines)
    makemkv.find_other_disc(film_dvd.image, source=dvd, times=1)
    assert scanned(makemkv, dvd).label == read_disc(film_dvd.image).label
    makemkv.no_titles(times=1)
    assert scanned(makemkv, dvd).titles == ()
    makemkv.lack_java(times=1)
    assert 3343 in codes(run(makemkv, "info", f"iso:{dvd}")[0])
    makemkv.remove(dvd)
    assert run(makemkv, "info", f"iso:{dvd}")[1] == 11


@pytest.mark.parametrize("told", [True, False])
def test_a_title_stops_short(makemkv: StandInMakemkv, dvd: Path, out: Path, told: bool) -> None:
    makemkv.stop_short(0.25, told=told, title="03")
    lines, _ = run(makemkv, "mkv", f"iso:{dvd}", "all", out)
    whole = title_mkv(dvd, 3).read_bytes()
    part = (out / "C1_t02.mkv").read_bytes()
    assert part == whole[: len(part)]
    assert len(part) == pytest.approx(len(whole) / 4, abs=2)
    assert (5003 in codes(lines)) == (2003 in codes(lines)) == (5037 in codes(lines)) == told
    assert len(list(out.iterdir())) == 5
    assert 5003 not in codes(run(makemkv, "mkv", f"iso:{dvd}", "2", out)[0]), "it was to happen once"


def test_files_are_not_what_was_asked_for(makemkv: StandInMakemkv, dvd: Path, out: Path) -> None:
    makemkv.name_file("surprise.mkv", title=0)
    makemkv.write_other_title("05", title=1)
    makemkv.extra_file(title=2)
    makemkv.extra_file(of=4, instead=True, title=3)
    makemkv.fail_title(4, messages=[(1002, ["trace"])])
    found = []
    for number in range(5):
        folder = out / str(number)
        folder.mkdir()
        lines, _ = run(makemkv, "mkv", f"iso:{dvd}", number, folder)
        found.append({file.name: file.stat().st_size for file in folder.iterdir()})
    sizes = [title_mkv(dvd, number).stat().st_size for number in range(1, 6)]
    assert found[:4] == [
        {"surprise.mkv": sizes[0]},
        {"B1_t01.mkv": sizes[4]},
        {"C1_t02.mkv": sizes[2], "second_t00.mkv": sizes[2]},
        {"E1_t04.mkv": sizes[4]},
    ]
    assert found[4] == {}
    assert {1002, 5003} <= set(codes(lines))


def test_it_dies_in_the_middle(makemkv: StandInMakemkv, dvd: Path, out: Path) -> None:
    makemkv.crash(signal.SIGABRT, title=1, at=0.5, times=1)
    lines, code = run(makemkv, "mkv", f"iso:{dvd}", "all", out)
    assert code == -signal.SIGABRT
    assert sorted(file.name for file in out.iterdir()) == ["A1_t00.mkv", "B1_t01.mkv"]
    assert 5037 not in codes(lines)
    makemkv.exit_with(7)
    assert run(makemkv, "mkv", f"iso:{dvd}", "0", out)[1] == 7


@pytest.mark.parametrize("ignores", [False, True])
def test_it_hangs(makemkv: StandInMakemkv, dvd: Path, out: Path, ignores: bool) -> None:
    makemkv.hang(title=0, at=0.5, ignores_sigterm=ignores)
    process = start(makemkv, *OPTIONS, "mkv", f"iso:{dvd}", "0", out)
    half = title_mkv(dvd, 1).stat().st_size // 2
    until(lambda: (out / "A1_t00.mkv").exists() and (out / "A1_t00.mkv").stat().st_size >= half)
    assert makemkv.processes() == [process.pid]
    time.sleep(0.2)
    process.terminate()
    if ignores:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.kill()
    process.communicate()
    assert process.returncode == (-signal.SIGKILL if ignores else -signal.SIGTERM)
    assert makemkv.processes() == []


@pytest.mark.parametrize("grows", [False, True])
def test_progress_goes_on_without_a_byte(makemkv: StandInMakemkv, dvd: Path, out: Path, grows: bool) -> None:
    makemkv.spin(title=0, at=0.5, grows=grows)
    process = start(makemkv, *OPTIONS, "mkv", f"iso:{dvd}", "0", out)
    assert process.stdout is not None
    seen: list[Progress] = []
    for line in parse_lines(process.stdout):
        seen += [line] if isinstance(line, Progress) and 30000 < line.current < 65536 else []
        if len(seen) == 20:
            break
    file = out / "A1_t00.mkv"
    size = file.stat().st_size
    assert (len(set(seen)) > 5) == grows
    makemkv.release()
    process.communicate()
    assert file.stat().st_size > size


def test_a_full_disk_is_told_as_it_is(
    makemkv: StandInMakemkv, dvd: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small file system")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    request.addfinalizer(lambda: subprocess.run(["umount", small], check=True))
    makemkv.fill_disk(4)
    lines, _ = run(makemkv, "mkv", f"iso:{dvd}", "4", small)
    assert codes(lines)[-4:] == [2018, 5003, 5004, 5037]
    assert os.statvfs(small).f_bavail == 0
    (small / "E1_t04.mkv").unlink()
    lines, _ = run(makemkv, "mkv", f"iso:{dvd}", "0", small)
    assert 2018 in codes(lines), "its data do not fit"


def test_a_disk_that_is_too_large_is_not_filled(makemkv: StandInMakemkv, dvd: Path, out: Path) -> None:
    makemkv.fill_disk(4, most=1 << 20)
    lines, _ = run(makemkv, "mkv", f"iso:{dvd}", "4", out)
    assert codes(lines)[-4:] == [2018, 5003, 5004, 5037]
    assert sum(file.stat().st_size for file in out.iterdir()) < 1 << 21


def test_messages_come_in_storms_and_lines_in_pieces(makemkv: StandInMakemkv, dvd: Path, out: Path) -> None:
    makemkv.storm(5000, title=0, times=1)
    makemkv.garbage('\nTINFO:0,9,0,"half a li\nMSG:12\n\x00\x1b[2J\nPRGV:1,', title=0)
    makemkv.say(4004, "a.vob", "4096", text="The source file '%1' is corrupt at %2", title=0)
    makemkv.say(5055, command="mkv", stage="end", times=1)
    lines, _ = run(makemkv, "mkv", f"iso:{dvd}", "0", out)
    assert codes(lines).count(2003) == 5000
    assert {4004, 5055} <= set(codes(lines))
    assert sum(isinstance(line, Broken) for line in lines) >= 2
    assert (out / "A1_t00.mkv").stat().st_size == title_mkv(dvd, 1).stat().st_size


def test_scans_at_the_same_time_are_counted(makemkv: StandInMakemkv, dvd: Path, out: Path) -> None:
    run(makemkv, "info", f"iso:{dvd}")
    run(makemkv, "mkv", f"iso:{dvd}", "4", out)
    assert makemkv.most_at_once() == 1
    makemkv.hang(command="info", source=dvd)
    processes = [start(makemkv, *OPTIONS, "info", f"iso:{dvd}") for _ in range(3)]
    until(lambda: makemkv.most_at_once("info") == 3)
    assert sorted(makemkv.processes()) == sorted(process.pid for process in processes)
    processes[0].kill()
    makemkv.release()
    for process in processes:
        process.communicate()
    makemkv.heal()
    run(makemkv, "info", f"iso:{dvd}")
    assert makemkv.most_at_once() == 3


@pytest.mark.parametrize(
    "words", [(), ("info",), ("mkv", "iso:/x", "all"), ("--color", "info", "disc:0"), ("backup", "a", "b")]
)
def test_words_that_the_real_program_does_not_know_are_no_call(
    makemkv: StandInMakemkv, words: tuple[str, ...]
) -> None:
    process = start(makemkv, *words)
    output, _ = process.communicate()
    assert process.returncode == 1
    assert "stand-in" in output
    assert [call.command for call in makemkv.calls()] == [""]
