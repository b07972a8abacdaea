"""The page for Cockpit, in a real browser: real Cockpit, bus, polkit and daemon, and a disc that was made."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.cockpit import Cockpit, missing_for_cockpit
from tests.support.cockpit_browser import Browser
from tests.support.cockpit_hostile import MARKUP, record_hostile_jobs
from tests.support.cockpit_page import ENTER, Page
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import POLKITD, PrivateBus
from tests.support.rows import Rows
from tests.support.udevbed import UdevBed, missing_for_bed

SHOW = "Harbor Station"
#: The users `daemon`, whom the bus takes for a member of the group, and `nobody`.
MEMBER, STRANGER = 1, 65534
#: The views, and what is there when all of one has come.
VIEWS = {
    "": "#filed .card > *",
    "history": "#history tbody tr",
    "season/Harbor%20Station": "#season tbody tr, #season .alert",
    "settings": "#settings .setting",
}


@dataclass
class Scene:
    """A daemon with a drive, and the page of somebody who may do everything."""

    bus: PrivateBus
    bed: UdevBed
    daemon: DaemonUnderTest
    browser: Browser
    page: Page


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory, sqlite_schema: Path, tv_dvd: AuthoredDisc
) -> Iterator[Scene]:
    """One daemon and one browser for all tests of this file."""
    if missing := missing_for_cockpit() or missing_for_bed() or missing_for_polkit():
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("scene")
    (folder / "state").mkdir()
    shutil.copy(sqlite_schema, folder / "state/engramd.db")
    record_hostile_jobs(folder / "state")
    with PrivateBus(polkit=True, members=("daemon",)) as bus, UdevBed() as bed:
        bed.add_drive("sr0", serial="ENG1")
        settings = {"extras_policy": "ask", "ffmpeg_path": str(slow_ffmpeg(folder))}
        settings["import_paths"] = str(tv_dvd.image.parent)
        daemon = DaemonUnderTest(folder, bus, settings=settings, environment=bed.environment)
        references = write_references(daemon.references, SHOW, tv_dvd.episodes)
        next(path for path in references if "S01E02" in path.name).unlink()
        with daemon, Cockpit(bus.folder / "cockpit", bus, MEMBER) as cockpit, Browser(folder) as browser:
            browser.resize(1280, 900)
            yield Scene(bus, bed, daemon, browser, Page(browser, cockpit))


def missing_for_polkit() -> str:
    """Say why there can be no polkit with users of its own, or give an empty string."""
    if not POLKITD.exists():
        return "polkitd is not installed"
    done = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "needs root that may make mount namespaces"


def slow_ffmpeg(folder: Path) -> Path:
    """The real FFmpeg, which waits for a moment before each title of a disc, so that a bar can be seen."""
    program = folder / "ffmpeg"
    wait = 'case "$*" in *dvdvideo*-i*) sleep 0.8 ;; esac'
    program.write_text(f'#!/bin/sh\n{wait}\nexec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture(autouse=True)
def quiet_console(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test ends with an error of the page, or with anything that its policy refused."""
    yield
    if "scene" in request.fixturenames:
        scene: Scene = request.getfixturevalue("scene")
        said = [line for line in scene.browser.said() if line.startswith("SEVERE")]
        assert said == []


def test_a_disc_is_watched_asked_about_filed_and_found_again(scene: Scene, tv_dvd: AuthoredDisc) -> None:
    daemon, page = scene.daemon, scene.page
    episode = f"tv/{SHOW}/Season 01/{SHOW} - S01E02.mkv"
    page.go(wait_for="Drives")
    page.watch_bars()
    daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
    question = f"Which episode of {SHOW} is title 3"
    page.see(question)
    bars = page.bars()
    assert len([part for part in bars if 0 < part < 1]) >= 2, bars
    assert bars == sorted(bars), "a bar never goes back"
    assert episode not in daemon.filed()

    page.choose("#questions select", "disc")
    page.press("Keep all of them", within="#questions")
    page.see("Answered: Keep all of them")
    assert Rows(daemon).read("SELECT scope, answer FROM standing_answers") == [
        {"scope": "disc", "answer": "keep"}
    ]
    page.press("S01E02", within="#questions")
    daemon.wait_until(lambda: episode in daemon.filed(), "the answer files nothing")
    page.until(lambda: not page.sees(question), "the question stays")
    page.see("Answered: S01E02")
    page.until(lambda: "S01E02.mkv" in read(page, "#filed"), "what was filed is not told")
    page.until(lambda: "Done" in read(page, "#ended"), "the job has not ended")

    page.press_with_keyboard("Undo: ")
    page.see(question)
    assert episode not in daemon.filed()
    page.type_into(f"#other-{number_of(page, question)}", f"S01E02{ENTER}")
    daemon.wait_until(lambda: episode in daemon.filed(), "what was typed files nothing")

    page.go("season", "Harbor%20Station", wait_for="3 of 3 episodes are there")
    page.go("history", wait_for="Show")
    page.type_into("#history-words", f"harbor{ENTER}")
    page.until(lambda: "WWW" not in read(page, "#history tbody"), "what does not fit is not left out")
    page.until(lambda: SHOW in read(page, "#history tbody"), "what fits is not found")


def number_of(page: Page, question: str) -> str:
    """The number of a question that is on the page."""
    is_it = "heading => heading.innerText.startsWith(arguments[0])"
    script = f"return [...document.querySelectorAll('#questions h3')].find({is_it}).id"
    return str(page.browser.run(script, question)).rpartition("-")[2]


def read(page: Page, selector: str) -> str:
    """What is to be read in a part of the page."""
    return str(page.browser.run("return document.querySelector(arguments[0])?.innerText || ''", selector))


def test_what_polkit_refuses_is_said_with_what_helps_and_the_group_may(scene: Scene) -> None:
    with Cockpit(scene.bus.folder / "stranger", scene.bus, STRANGER) as cockpit:
        page = Page(scene.browser, cockpit)
        page.go(wait_for="Drives")
        page.press("Eject", within="#drives")
        page.see("That was refused")
        said = read(page, "[role=alert]")
        assert "org.engramd.engram1.control" in said
        assert "members of the group engramd may" in said
        assert "administrative access" in said
        assert scene.bed.ejects("sr0") == 0
    scene.page.go(wait_for="Drives")
    scene.page.press("Eject", within="#drives")
    scene.daemon.wait_until(lambda: scene.bed.ejects("sr0") == 1, "the tray stays shut")
    assert not scene.page.sees("refused")


def test_names_from_discs_and_databases_are_text_and_nothing_else(scene: Scene) -> None:
    page, browser = scene.page, scene.browser
    page.go(wait_for="Questions")
    page.until(lambda: page.button(MARKUP, "#questions"), "an option is not offered")
    browser.run("document.querySelectorAll('summary').forEach(fold => fold.click())")
    page.see("Job 2")
    text = page.text()
    assert MARKUP in text
    assert "abc\ufffd\ufffdgpj.exe" in text
    assert not re.search(
        "[\u202a-\u202e\u2066-\u2069]", browser.run("return document.documentElement.outerHTML")
    )
    assert browser.run("return document.querySelectorAll('main img, main script').length") == 0
    assert browser.run("return window.pwned === undefined")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 1000, "a sentence is cut"
    assert max(len(line) for line in lines if line.startswith("WW")) == 200, "a name is cut sooner"
    page.press("Do not answer: abc", within="#questions")
    page.until(lambda: not page.button(MARKUP, "#questions"), "a question that is dismissed stays")
    page.press("Take WWW", within="#ended")
    page.until(lambda: "WWW" not in read(page, "#ended"), "a job that is cleared stays")


def test_things_that_are_called_the_same_are_all_shown_and_change(scene: Scene) -> None:
    scene.page.go(wait_for="Questions")
    shown = scene.browser.run("""
        return import(new URL("dom.js", location.href)).then(({ h, show }) => {
            const root = document.createElement("ul");
            for (const words of [["a", "b"], ["c", "d"], ["e"]])
                show(root, words.map(word => h("li", { key: "same" }, word)));
            return root.textContent;
        });
    """)
    assert shown == "e"


def test_the_daemon_goes_away_is_started_and_the_page_goes_on_by_itself(scene: Scene) -> None:
    """Nobody has systemd here: its stand-in says what it was told to do, and what it is told to say."""
    page, daemon = scene.page, scene.daemon
    systemctl = page.cockpit.programs / "systemctl"
    systemctl.write_text('#!/bin/sh\necho "Access denied by $0: $*" >&2\nexit 1\n')
    systemctl.chmod(0o755)
    page.go(wait_for="Drives")
    scene.browser.run("window.isTheSame = true")
    daemon.stop()
    page.see("The disc ripper is not running")
    page.press("Start it")
    page.see("start engramd.service")
    assert "Access denied" in read(page, "[role=alert]")
    systemctl.write_text(
        f"#!/bin/sh\n[ \"$*\" = 'start engramd.service' ] && : > {page.cockpit.folder}/home/began\n"
    )
    (page.cockpit.folder / "home").chmod(0o777)
    page.press("Start it")
    page.until((page.cockpit.folder / "home/began").exists, "the service is not started")
    daemon.start()
    page.see("Drives")
    assert scene.browser.run("return window.isTheSame"), "the page was not loaded again"


def test_settings_are_changed_and_secrets_never_shown(scene: Scene) -> None:
    page, daemon = scene.page, scene.daemon
    page.go("settings", wait_for="tmdb_api_key")
    assert scene.browser.find("#setting-ffmpeg_path:disabled"), "the configuration file locks it"
    page.choose("#setting-staging_cleanup_policy", "manual")
    page.type_into("#setting-trash_days", "12")
    page.type_into("#setting-tmdb_api_key", "s3cr3t-of-mine")
    page.press("Save 3 changes")
    page.see("Saved.")
    assert "manual" in daemon.ctl("config", "get", "staging_cleanup_policy").stdout
    assert "12" in daemon.ctl("config", "get", "trash_days").stdout
    page.see("A value is set")
    typed = "[...document.querySelectorAll('input')].map(field => field.value)"
    assert "s3cr3t" not in scene.browser.run(f"return document.documentElement.outerHTML + {typed}")
    daemon.ctl("config", "set", "trash_days", "34")
    value = "return document.querySelector('#setting-trash_days').value"
    page.until(lambda: scene.browser.run(value) == "34", "a change by others is not shown")
    page.type_into("#setting-metadata_language", f"no language{ENTER}")
    page.press("Save 1 change")
    page.until(lambda: page.sees("cannot be taken") or scene.browser.find("input:invalid"), "it is taken")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_view_is_readable_on_a_phone_and_has_names_for_a_screen_reader(
    scene: Scene, dark: bool
) -> None:
    for width in (360, 1280):
        scene.browser.resize(width, 900, dark=dark)
        for view, content in VIEWS.items():
            scene.page.go(view)
            scene.page.until(partial(scene.browser.find, content), f"{view} stays empty")
            scene.browser.run("document.querySelectorAll('summary').forEach(fold => fold.click())")
            scene.page.until(
                lambda: not scene.page.sees("Looking"), "what helps with a question is not found"
            )
            assert scene.page.overflow() == 0, (view, width)
            assert scene.page.faint() == [], (view, width)
            assert scene.page.nameless() == [], (view, width)
    scene.browser.resize(1280, 900)
