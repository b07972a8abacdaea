"""What can be checked where no daemon answers: with the rights of who asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from engramd.ctl.doctor_screen import Check, check
from engramd.errors import EngramError, InvalidArgument

#: The file of the service; a daemon on a session bus has its user's own.
SYSTEM_FILE = Path("/etc/engramd/engramd.toml")
NOT_CHECKED = "folders, accounts, MakeMKV's key, database and notifications"


def check_alone(configuration: Path) -> Iterator[Check]:
    """Give every check that needs no daemon, and what was not checked."""
    yield check_configuration(configuration)
    yield from check_tools()
    yield from check_drives()
    text = f"not checked, since no daemon answers: {NOT_CHECKED}"
    yield check("not-checked", "service", "info", text)


def configuration_file(bus: str) -> Path:
    """Give where the daemon of a bus has its configuration."""
    if bus == "system":
        return SYSTEM_FILE
    from engramd.paths import Paths

    return Paths.from_environment().config_file


def check_configuration(file: Path) -> Check:
    """Say whether the configuration file can be understood; its secrets are not told."""
    from engramd.settings import read_config_file
    from engramd.settings.checks import check as check_value

    if not file.exists():
        text = f"there is no {file}: the defaults count"
        return check("configuration", "service", "ok", text, where=str(file), short="no configuration file")
    if not os.access(file, os.R_OK):
        text = f"you may not read {file}, so it was not checked"
        return check("configuration", "service", "info", text, "sudo engramctl doctor", where=str(file))
    try:
        for name, value in read_config_file(file, {}).settings.items():
            check_value(name, value)
    except InvalidArgument as error:
        remedy = f"sudoedit {file} && sudo systemctl restart engramd"
        return check("configuration", "service", "error", str(error), remedy, where=str(file))
    text = f"{file} can be understood"
    return check("configuration", "service", "ok", text, where=str(file), short="configuration file")


def check_tools() -> Iterator[Check]:
    """Say which programs there are, and of which version."""
    from engramd.match.pictures.languages import NO_LANGUAGES
    from engramd.match.pictures.tesseract import INSTALL, Tesseract
    from engramd.pipeline.checks.programs import PROGRAMS, look_at, look_at_ffmpeg
    from engramd.rip.makemkv_program import INSTALL as INSTALL_MAKEMKV
    from engramd.tools import Tools

    tools = Tools()
    makemkv = tools.find("makemkvcon")
    if makemkv is None:
        text = "MakeMKV is not installed: copy protected discs wait"
        yield check("makemkv-makemkv", "tools", "info", text, INSTALL_MAKEMKV)
    else:
        text, short = f"MakeMKV is installed ({makemkv})", "MakeMKV"
        yield check("makemkv-makemkv", "tools", "ok", text, where=str(makemkv), short=short)
    for finding in (*look_at_ffmpeg(tools), *(look_at(tools, program) for program in PROGRAMS)):
        yield asdict(finding) | {"group": "tools"}
    try:
        program = Tesseract(tools)
        languages = [one for one in program.languages() if one not in NO_LANGUAGES]
        text = f"{program.version()} ({', '.join(languages)})"
        yield check("tesseract", "tools", "ok", text, short=text)
    except EngramError as error:
        yield check("tesseract", "tools", "warning", str(error), f"sudo {INSTALL}")


def check_drives() -> Iterator[Check]:
    """Say which drives this user may use; the service has rights of its own."""
    from engramd.pipeline.checks.devices import NONE, Devices, System
    from engramd.pipeline.checks.service import this_service
    from engramd.tools import Tools

    system = System()
    has_makemkv = Tools().find("makemkvcon") is not None
    devices = Devices(replace(this_service(), unit=""), {}, system, has_makemkv=has_makemkv)
    found = [finding for name in system.drives() for finding in devices.look(name)] or [NONE]
    for finding in found:
        yield asdict(finding) | {"group": "drives"}
