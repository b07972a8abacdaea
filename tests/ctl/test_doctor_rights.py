"""What doctor says of one's rights: with the real polkitd, as root, a member and another; and without."""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bus.test_polkit import can_unshare
from tests.support.busservice import as_user, run_on
from tests.support.privatebus import POLKITD, PrivateBus

ROOT = Path(__file__).parents[2]
CODE = """
import json
from engramd.ctl.doctor_bus import check_rights
from engramd.ctl.session import Session
print(json.dumps({one["id"]: one for one in check_rights(Session())}))
"""


def rights(bus: PrivateBus, user: str = "") -> dict[str, dict[str, str]]:
    """Give what is said of the rights of a user (root: none named)."""
    start = as_user(pwd.getpwnam(user).pw_uid) if user else ()
    done = run_on(bus, *start, "env", f"PYTHONPATH={ROOT}", sys.executable, "-c", CODE)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def guarded() -> Iterator[PrivateBus]:
    """A bus with a real polkitd that knows engramd's actions, where `daemon` is in the group."""
    if os.geteuid() != 0 or not can_unshare():
        pytest.skip("needs root that may make mount namespaces")
    if not POLKITD.exists():
        pytest.skip(f"{POLKITD} is not installed")
    with PrivateBus(polkit=True, members=("daemon",)) as bus:
        yield bus


pytestmark = pytest.mark.root


@pytest.mark.parametrize("user", ["", "daemon"])
def test_root_and_the_group_may_everything(guarded: PrivateBus, user: str) -> None:
    found = rights(guarded, user)
    assert found["polkit"]["severity"] == "ok"
    assert found["rights"]["severity"] == "ok"
    assert found["rights"]["text"] == f"you ({user or 'root'}) may review, control and configure"


def test_another_user_is_told_the_command_that_joins_the_group(guarded: PrivateBus) -> None:
    told = rights(guarded, "nobody")["rights"]
    assert told["severity"] == "info"
    assert told["text"] == (
        "you (nobody) may look; to review, control and configure you are asked for a password;"
        " members of the group engramd may all"
    )
    assert told["remedy"] == "sudo usermod -aG engramd nobody"


def test_nobody_was_asked_for_a_password_and_nothing_waits(guarded: PrivateBus) -> None:
    assert "authentication" not in guarded.log().lower()


def test_a_polkit_that_does_not_answer_is_told_in_time(
    guarded: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engramd.bus import polkit
    from engramd.ctl.doctor_bus import check_rights
    from engramd.ctl.session import Session

    monkeypatch.setattr(polkit, "_MILLISECONDS", 300)
    for name, value in guarded.environment.items():
        monkeypatch.setenv(name, value)
    guarded.freeze_polkit(True)
    try:
        found = {one["id"]: one for one in check_rights(Session())}
    finally:
        guarded.freeze_polkit(False)
    assert found["polkit"]["severity"] == "warning"
    assert "does not answer" in found["polkit"]["text"]
    assert found["polkit"]["remedy"] == "sudo systemctl restart polkit"


def test_without_polkit_the_group_decides(tmp_path: Path) -> None:
    with PrivateBus() as bus:
        as_root, other = rights(bus), rights(bus, "nobody")
    assert as_root["polkit"]["severity"] == "warning"
    assert as_root["rights"]["severity"] == "ok"
    assert (other["rights"]["severity"], "may only look" in other["rights"]["text"]) == ("info", True)


def test_a_polkit_without_our_actions_has_the_command_that_adds_them() -> None:
    if os.geteuid() != 0 or not can_unshare() or not POLKITD.exists():
        pytest.skip("needs polkitd, and root that may make mount namespaces")
    with PrivateBus(polkit=True) as bus:
        (bus.folder / "actions/org.engramd.engram1.policy").unlink()
        bus.wait_until(
            lambda: "polkit does not know" in rights(bus)["polkit"]["text"], "polkitd does not notice"
        )
        lacking = rights(bus)["polkit"]
    assert lacking["remedy"].split()[4] == "packaging/polkit/org.engramd.engram1.policy"
