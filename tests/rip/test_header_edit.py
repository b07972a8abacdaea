"""Header edits: real ones that leave the streams alone, and interrupted ones that leave no trace."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engramd.errors import Busy, Cancelled, RipFailed, ToolMissing
from engramd.rip import head_copy
from engramd.rip.head_copy import copy_of, keep_head
from engramd.rip.header_edit import apply_labels, restore_interrupted
from engramd.rip.matroska import read_edges, read_head
from engramd.rip.track_labels import TrackLabel
from engramd.tools import CancelToken, ChildStuck, Tools, child, supervision
from tests.rip.samples import text_sample
from tests.tools.freezer import freezer

LABELS = (
    TrackLabel(1, "video", 0, None, default=True),
    TrackLabel(2, "audio", 1, "ger", name="Über – Commentary", commentary=True, original=True),
    TrackLabel(3, "subtitle", 2, "eng", default=True, forced=True, name="Forced"),
    TrackLabel(4, "subtitle", 3, "fre", audio_description=True),
)
#: As a back end leaves room, and as others do not.
ROOM, NONE = ("-metadata_header_padding", "4096"), ()


@pytest.fixture(scope="module")
def tools() -> Tools:
    if shutil.which("mkvpropedit") is None:
        pytest.skip("mkvpropedit is not installed")
    return Tools()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give files of FFmpeg with and without room, and one of mkvmerge."""
    folder = tmp_path_factory.mktemp("samples")
    found = {name: folder / f"{name}.mkv" for name in ("room", "tight", "mkvmerge")}
    text_sample(found["room"], {"eng": 5, "fre": 3}, *ROOM)
    text_sample(found["tight"], {"eng": 5, "fre": 3}, *NONE)
    subprocess.run(["mkvmerge", "-q", "-o", found["mkvmerge"], found["tight"]], check=True)
    return found


@pytest.fixture(params=["room", "tight", "mkvmerge"])
def file(request: pytest.FixtureRequest, samples: dict[str, Path], tmp_path: Path) -> Path:
    """Give a copy of each sample that a test may edit."""
    return Path(shutil.copy(samples[request.param], tmp_path / "title.mkv"))


def tracks_of(file: Path) -> list[dict[str, Any]]:
    """Give what mkvmerge says of each track."""
    text = subprocess.run(["mkvmerge", "-J", file], capture_output=True, check=True).stdout
    return [track["properties"] for track in json.loads(text)["tracks"]]


def streams_of(file: Path) -> list[str]:
    """Give a checksum of the packets of every stream."""
    command = ["ffmpeg", "-v", "error", "-i", file, "-map", "0", "-c", "copy", "-f", "streamhash", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return sorted(text.split())


def clusters_of(file: Path) -> str:
    edges, content = read_edges(file), file.read_bytes()
    return hashlib.sha256(content[edges.head : edges.tail]).hexdigest()


def test_labels_are_written_and_the_streams_stay(tools: Tools, file: Path) -> None:
    before, size, picture = streams_of(file), read_edges(file), tracks_of(file)[0]
    clusters = clusters_of(file)
    assert apply_labels(tools, file, LABELS)
    assert streams_of(file) == before
    assert hashlib.sha256(file.read_bytes()[size.head : size.tail]).hexdigest() == clusters
    video, sound, forced, full = tracks_of(file)
    assert (sound["language"], sound["track_name"]) == ("ger", "Über – Commentary")
    assert (sound["flag_commentary"], sound["flag_original"], sound["default_track"]) == (True, True, False)
    assert (forced["language"], forced["track_name"]) == ("eng", "Forced")
    assert (forced["forced_track"], forced["default_track"]) == (True, True)
    assert (full["language"], full["forced_track"], full["default_track"]) == ("fre", False, False)
    assert full["flag_visual_impaired"] is True
    assert "track_name" not in full
    assert video == picture
    assert [path.name for path in file.parent.iterdir()] == ["title.mkv"]


def test_the_head_of_an_edited_file_is_read_wherever_it_went(tools: Tools, file: Path) -> None:
    before = read_head(file)
    apply_labels(tools, file, LABELS)
    after = read_head(file)
    assert (after.duration, after.chapters, after.finished) == (before.duration, before.chapters, True)
    assert [track.seconds for track in after.tracks] == [track.seconds for track in before.tracks]
    assert [track.name for track in after.tracks] == ["", "Über – Commentary", "Forced", ""]


def test_room_in_the_head_keeps_the_tracks_there(
    tools: Tools, samples: dict[str, Path], tmp_path: Path
) -> None:
    file = Path(shutil.copy(samples["room"], tmp_path / "title.mkv"))
    before = read_edges(file)
    apply_labels(tools, file, LABELS)
    assert read_edges(file) == before, "the edit moved elements to the end of the file"


def test_a_second_edit_changes_nothing_and_needs_no_program(tools: Tools, file: Path) -> None:
    assert apply_labels(tools, file, LABELS)
    content, without = file.read_bytes(), Tools({"PATH": "/nonexistent"})
    assert not apply_labels(without, file, LABELS)
    assert file.read_bytes() == content
    renamed = tuple(replace(label, name="") for label in LABELS)
    assert apply_labels(tools, file, renamed)
    assert not any("track_name" in track for track in tracks_of(file))


def test_a_missing_program_is_told_with_its_remedy(file: Path) -> None:
    content = file.read_bytes()
    with pytest.raises(ToolMissing, match="apt install mkvtoolnix"):
        apply_labels(Tools({"PATH": "/nonexistent"}), file, LABELS)
    assert file.read_bytes() == content
    assert not copy_of(file).exists()


def test_a_file_that_is_not_there_is_told(tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(RipFailed, match="No such file"):
        apply_labels(tools, tmp_path / "gone.mkv", LABELS)


def test_a_track_that_is_not_there_is_refused(tools: Tools, file: Path) -> None:
    with pytest.raises(RipFailed, match="track 9"):
        apply_labels(tools, file, (TrackLabel(9, "audio", None, "eng"),))


def test_garbage_of_a_disc_is_no_language_to_write(tools: Tools, file: Path) -> None:
    labels = (LABELS[0], replace(LABELS[1], language="qqq"), *LABELS[2:])
    assert apply_labels(tools, file, labels)
    assert tracks_of(file)[1]["track_name"] == "Über – Commentary"


def program(folder: Path, script: str) -> Tools:
    """Give tools that find a stand-in for mkvpropedit, which fails as no real one can be made to."""
    place = folder / "bin/mkvpropedit"
    place.parent.mkdir(parents=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)
    return Tools({"PATH": f"{place.parent}:{os.environ['PATH']}"})


#: Spoils the head, and the end of the file.
SPOIL = 'dd if=/dev/urandom of="$1" bs=300 count=1 conv=notrunc status=none; echo tail >> "$1"'


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("kill -9 $$", "ended with code -9"),
        ("echo 'Error: it is broken'; exit 2", "Error: it is broken"),
        ("exit 0", "EBML header"),
    ],
)
def test_an_edit_that_fails_leaves_the_file_as_it_was(
    file: Path, tmp_path: Path, ending: str, why: str
) -> None:
    content = file.read_bytes()
    with pytest.raises(RipFailed, match=why):
        apply_labels(program(tmp_path, f"{SPOIL}; {ending}"), file, LABELS)
    assert file.read_bytes() == content
    assert not list(file.parent.glob("title.mkv.*"))


def test_a_program_that_does_nothing_is_not_believed(file: Path, tmp_path: Path) -> None:
    with pytest.raises(RipFailed, match="afterwards it lacked --edit track:@2"):
        apply_labels(program(tmp_path, "exit 0"), file, LABELS)


def test_a_cancelled_edit_leaves_the_file_as_it_was(file: Path, tmp_path: Path) -> None:
    content, cancel = file.read_bytes(), CancelToken()
    tools = program(tmp_path, f"{SPOIL}; touch {tmp_path}/begun; exec sleep 60")
    threading.Thread(target=lambda: (wait_for(tmp_path / "begun"), cancel.cancel("by the test"))).start()
    with pytest.raises(Cancelled):
        apply_labels(tools, file, LABELS, cancel=cancel)
    assert file.read_bytes() == content
    assert not list(file.parent.glob("title.mkv.*"))


@pytest.mark.root
def test_a_program_that_hangs_is_waited_for_before_anything_is_put_back(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last write may come when it goes on, so until then the file stays as it is, and the copy too."""
    monkeypatch.setattr(supervision, "KILL_AFTER", 0.3)
    monkeypatch.setattr(child, "LAST_WAIT", 0.2)
    content, cancel = file.read_bytes(), CancelToken()
    tools = program(
        tmp_path, f"{SPOIL}; echo $$ > {tmp_path}/pid; mv {tmp_path}/pid {tmp_path}/begun; sleep 60"
    )
    with freezer() as ice:
        if ice is None:
            pytest.skip("this kernel has no freezer of cgroup v1, whose processes no signal ends")

        def hang() -> None:
            wait_for(tmp_path / "begun")
            ice.freeze(int((tmp_path / "begun").read_text()))
            cancel.cancel("by the test")

        threading.Thread(target=hang).start()
        with pytest.raises(ChildStuck) as stuck:
            apply_labels(tools, file, LABELS, cancel=cancel)
        half = file.read_bytes()
        assert half != content
        assert copy_of(file).exists()
        with pytest.raises(Busy, match=f"process {stuck.value.pid}"):
            apply_labels(tools, file, LABELS)
        assert file.read_bytes() == half
        ice.thaw()
        assert stuck.value.ended.wait(20)
    assert restore_interrupted(file)
    assert file.read_bytes() == content


def wait_for(path: Path) -> None:
    for _ in range(1000):
        if path.exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} did not come")


CHILD = """
import sys
from pathlib import Path
from engramd.rip.header_edit import apply_labels
from engramd.tools import Tools
from tests.rip.test_header_edit import LABELS
apply_labels(Tools({"PATH": sys.argv[2]}), Path(sys.argv[1]), LABELS)
"""


def test_a_file_whose_editor_was_killed_with_its_daemon_is_put_back(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    program(tmp_path, f"{SPOIL}; touch {tmp_path}/begun; exec sleep 60")
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    daemon = subprocess.Popen([sys.executable, "-c", CHILD, file, path])
    try:
        wait_for(tmp_path / "begun")
    finally:
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    assert file.read_bytes() != content
    assert restore_interrupted(file)
    assert file.read_bytes() == content
    assert not restore_interrupted(file)
    assert not list(file.parent.glob("title.mkv.*"))


def test_the_next_edit_first_undoes_one_that_was_interrupted(tools: Tools, file: Path) -> None:
    before = streams_of(file)
    keep_head(file)
    with file.open("r+b") as half:
        half.write(b"\0" * 200)
    assert apply_labels(tools, file, LABELS)
    assert streams_of(file) == before
    assert tracks_of(file)[2]["track_name"] == "Forced"


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_edit_stopped_at_any_write_is_undone_bit_by_bit(
    tools: Tools, samples: dict[str, Path], tmp_path: Path, data: st.DataObject
) -> None:
    """A half-written file has some of the bytes of the edited one, and any length between the two."""
    name, edits = data.draw(st.sampled_from(sorted(samples))), data.draw(st.integers(0, 2))
    file = Path(shutil.copy(samples[name], tmp_path / "title.mkv"))
    for edit in range(edits):  # each may have moved elements to the end
        apply_labels(tools, file, [replace(x, name=x.name + "longer" * 20 * edit) for x in LABELS])
    before = file.read_bytes()
    apply_labels(tools, file, [replace(label, name="x" * 200) for label in LABELS])
    after = file.read_bytes()
    differing = [at for at in range(min(len(before), len(after))) if before[at] != after[at]]
    file.write_bytes(before)
    keep_head(file)
    half = bytearray(before)
    first = data.draw(st.integers(0, len(differing)))
    for at in differing[first : first + data.draw(st.integers(0, len(differing)))]:
        half[at] = after[at]
    half += after[len(before) :][: data.draw(st.integers(0, 400))]
    file.write_bytes(half[: data.draw(st.sampled_from([len(half), len(after)]))])
    assert restore_interrupted(file)
    assert file.read_bytes() == before


def test_a_copy_that_was_not_finished_counts_for_nothing(file: Path) -> None:
    content = file.read_bytes()
    unfinished = file.with_name("title.mkv.head.new")
    unfinished.write_bytes(b'{"size": 5')
    assert not restore_interrupted(file)
    assert file.read_bytes() == content
    assert not unfinished.exists()


def test_a_damaged_copy_is_not_written_into_the_file(file: Path) -> None:
    content = file.read_bytes()
    keep_head(file)
    copy = bytearray(copy_of(file).read_bytes())
    copy[-1] ^= 1
    copy_of(file).write_bytes(copy)
    with pytest.raises(RipFailed, match="checksum"):
        restore_interrupted(file)
    assert file.read_bytes() == content


def test_a_file_that_took_the_place_of_another_is_not_overwritten(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    """Both have the same head, and begin with the same pictures, as episodes do."""
    file = Path(shutil.copy(samples["room"], tmp_path / "title.mkv"))
    keep_head(file)
    other, edges = bytearray(file.read_bytes()), read_edges(file)
    other[edges.tail - 100] ^= 1
    file.unlink()
    file.write_bytes(other)
    with pytest.raises(RipFailed, match=r"another file.*remove .*title.mkv.head"):
        restore_interrupted(file)
    assert file.read_bytes() == other
    assert copy_of(file).exists()


@pytest.mark.parametrize("place", ["head", "tail"])
def test_a_file_is_known_again_by_both_ends_of_its_clusters(
    samples: dict[str, Path], tmp_path: Path, place: str
) -> None:
    file = Path(shutil.copy(samples["room"], tmp_path / "title.mkv"))
    keep_head(file)
    other, edges = bytearray(file.read_bytes()), read_edges(file)
    other[edges.head if place == "head" else edges.tail - 1] ^= 1
    file.write_bytes(other)
    with pytest.raises(RipFailed, match="another file"):
        restore_interrupted(file)


@contextlib.contextmanager
def attribute(path: Path, letter: str) -> Iterator[None]:
    """Set an attribute of a file system, which even root has to mind."""
    if shutil.which("chattr") is None:
        pytest.skip("chattr is not installed")
    if subprocess.run(["chattr", f"+{letter}", path], capture_output=True, check=False).returncode:
        pytest.skip(f"this file system has no attribute {letter}")
    try:
        yield
    finally:
        subprocess.run(["chattr", f"-{letter}", path], check=True)


@pytest.mark.root
def test_a_file_that_cannot_be_put_back_keeps_its_copy_and_says_so(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    file = Path(shutil.copy(samples["room"], tmp_path / "title.mkv"))
    content = file.read_bytes()
    tools = program(tmp_path, f'{SPOIL}; chattr +i "$1"; exit 2')
    with attribute(file, "i"):  # the program sets it while it edits; here it is found out whether it can
        pass
    try:
        with pytest.raises(
            RipFailed, match=r"could not be put back.*Operation not permitted.*title.mkv.head"
        ):
            apply_labels(tools, file, LABELS)
        assert copy_of(file).exists()
    finally:
        subprocess.run(["chattr", "-i", file], check=True)
    assert restore_interrupted(file)
    assert file.read_bytes() == content


@pytest.mark.root
def test_a_copy_that_cannot_be_removed_is_told_and_the_next_attempt_begins_anew(
    tools: Tools, samples: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "staging"
    folder.mkdir()
    file = Path(shutil.copy(samples["room"], folder / "title.mkv"))
    with attribute(folder, "a"):
        pass
    words = f'{shutil.which("mkvpropedit")} "$@"; code=$?; chattr +a {folder}; exit $code'
    try:
        with pytest.raises(RipFailed, match=r"cannot be written .*title.mkv.head.*Operation not permitted"):
            apply_labels(program(tmp_path, words), file, LABELS)
    finally:
        subprocess.run(["chattr", "-a", folder], check=True)
    assert copy_of(file).exists()
    assert apply_labels(tools, file, LABELS)
    assert tracks_of(file)[2]["track_name"] == "Forced"
    assert [path.name for path in folder.iterdir()] == ["title.mkv"]


def test_the_copy_of_a_file_that_is_gone_goes_too(file: Path) -> None:
    keep_head(file)
    file.unlink()
    assert restore_interrupted(file)
    assert not list(file.parent.glob("title.mkv*"))


def test_a_head_that_is_too_large_to_keep_is_not_edited(
    tools: Tools, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = file.read_bytes()
    monkeypatch.setattr(head_copy, "MOST_BYTES", 500)
    with pytest.raises(RipFailed, match="left as it is"):
        apply_labels(tools, file, LABELS)
    assert file.read_bytes() == content
