"""engramd(8): the daemon, from its options, its unit, its logging and its exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

from engramd import __main__ as program
from engramd import daemon, log
from pages.document import Block, Items, Page, Part, code, item, items, prose

_STATUSES = (
    (daemon.EXIT_OK, "It was stopped in order."),
    (
        daemon.EXIT_FAILED,
        "It could not start, or lost the bus; the reason is in the log. systemd starts it again.",
    ),
    (
        daemon.EXIT_RESTART,
        "Another version is installed, or somebody asked for a restart, and nothing is at work: systemd"
        " starts the service anew (`RestartForceExitStatus=`).",
    ),
    (
        daemon.EXIT_CONFIG,
        "The configuration is wrong, or a newer engramd used the database, and that would be so at the next"
        " start, which systemd does not try.",
    ),
)
_SIGNALS = (
    (
        "SIGTERM, SIGINT",
        "Stop in order: what runs is ended, and where each job stands is recorded, so that it goes on at the"
        " next start. Nothing waits for the end of a rip; the process leaves after"
        f" {daemon.STOP_LIMIT:.0f} seconds in any case.",
    ),
    (
        "SIGHUP",
        "Read the settings of the configuration file again, as systemctl reload engramd asks; a wrong file"
        " changes nothing, and is logged.",
    ),
    ("SIGUSR1", "Write where each thread is to standard error, for a report of a hang."),
)
_ENVIRONMENT = (
    (
        "STATE_DIRECTORY",
        "Folder of database and state. Default: `$XDG_STATE_HOME/engramd`, `~/.local/state/engramd`.",
    ),
    (
        "CACHE_DIRECTORY",
        "Folder of what can be fetched again. Default: `$XDG_CACHE_HOME/engramd`, `~/.cache/engramd`.",
    ),
    (
        "RUNTIME_DIRECTORY",
        "Folder of what a restart may forget. Default: `$XDG_RUNTIME_DIR/engramd`, or `run` in the state"
        " folder.",
    ),
    (
        "CONFIGURATION_DIRECTORY",
        "Folder of `engramd.toml`. Default: `$XDG_CONFIG_HOME/engramd`, `~/.config/engramd`.",
    ),
    ("CREDENTIALS_DIRECTORY", "Folder of systemd's credentials, see `engramd.toml`(5)."),
    (
        "DBUS_SYSTEM_BUS_ADDRESS, DBUS_SESSION_BUS_ADDRESS",
        "Where the buses are, if not in their usual places.",
    ),
    ("NOTIFY_SOCKET, WATCHDOG_USEC", "How systemd is told that the service is ready and alive."),
    ("JOURNAL_STREAM", "Whether the log goes to the journal, with fields, or as lines to standard error."),
)
_FIELDS = {
    "job": "number of the job",
    "drive": "the drive's device, or the path of an image",
    "title": "number of the title on the disc, from 1",
    "phase": "what is done: identify, rip, match, organize and others",
}
_FILES = (
    ("`/etc/engramd/engramd.toml`", "Configuration, see `engramd.toml`(5)."),
    ("`/etc/engramd/messages.toml`", "Texts of notifications that take the place of those that come along."),
    ("`/etc/engramd/hooks.d`", "Programs that are run when something happened; the README there tells how."),
    ("`/var/lib/engramd`", "Database, state, MakeMKV's home, and speech models."),
    ("`/var/lib/engramd/backups`", "Copies of the database, see `engramctl db`; keys are in them."),
    ("`/run/engramd`", "The copy of the program that runs, which no upgrade changes."),
    ("`/var/cache/engramd`", "What was fetched: reference subtitles and answers of sources."),
    (
        "`/srv/media`",
        "The tree that the service may write: `staging`, `tv`, `films`, and `import` to rip images from.",
    ),
    (
        "`/usr/share/dbus-1/interfaces/org.engramd.Engram1.xml`",
        "The bus interface, see `org.engramd.Engram1`(5).",
    ),
)


def daemon_page(unit: Path) -> Page:
    """Give the page; `unit` is the service's file."""
    return Page(
        "engramd",
        8,
        "System Manager's Manual",
        "rip inserted discs, and file their titles in a media library",
        (
            Part("Synopsis", prose(_usage())),
            Part("Description", tuple(_description())),
            Part("Options", (_options(),)),
            Part("Exit status", (items([(f"`{code}`", text) for code, text in _STATUSES], close=True),)),
            Part("Signals", (items([(f"`{name}`", text) for name, text in _SIGNALS]),)),
            Part("Environment", (items([(f"`{name}`", text) for name, text in _ENVIRONMENT]),)),
            Part("Files", (items(_FILES),)),
            Part("Sandbox", tuple(_sandbox(read_unit(unit)))),
            Part("Journal", tuple(_journal())),
            Part("Examples", (_examples(),)),
            Part(
                "See also",
                prose(
                    "`engramctl`(1), `engramd.toml`(5), `org.engramd.Engram1`(5), `systemd.exec`(5),"
                    " `journalctl`(1), `polkit`(8)"
                ),
            ),
        ),
    )


def _description() -> Iterator[Block]:
    yield from prose(
        "`engramd` watches the optical drives. A disc that is inserted is identified, and its titles are"
        " ripped to MKV; each title is matched to its episode or film, and filed where Plex and Jellyfin look"
        " for it. The drive is free as soon as the rip ends. What is not sure becomes a question, with which"
        " nothing else waits.",
        "It runs in the foreground, as a service of `systemd`(1). Everything else goes over D-Bus:"
        " `engramctl`(1) is for people and scripts, `org.engramd.Engram1`(5) for programs.",
        "MakeMKV rips every disc where it is installed and its key is good; without it FFmpeg rips those that"
        " are not protected. Nothing about a disc leaves the machine before a source in the network is turned"
        " on.",
    )


def _parser() -> argparse.ArgumentParser:
    """Give the parser of the program, which is made where it is used: the moment it is asked to parse."""
    made: list[argparse.ArgumentParser] = []

    def stop(parser: argparse.ArgumentParser, *_words: object) -> None:
        made.append(parser)
        raise SystemExit

    with patch.object(argparse.ArgumentParser, "parse_args", stop), suppress(SystemExit):
        program.main([])
    return made[0]


def _usage() -> str:
    shown = [
        f"[{_option(one)}]"
        for one in _parser()._actions
        if one.option_strings and one.dest not in ("help", "version")
    ]
    return f"`engramd` {' '.join(shown)}"


def _option(one: argparse.Action) -> str:
    names = ", ".join(f"`{name}`" for name in one.option_strings)
    value = "|".join(map(str, one.choices)) if one.choices else f"*{one.metavar}*" if one.metavar else ""
    return f"{names} {f'`{value}`' if one.choices else value}".rstrip()


def _options() -> Items:
    def told(one: argparse.Action) -> str:
        text = (one.help or "").strip()
        text = f"{text[:1].upper()}{text[1:].removesuffix('.')}."
        has_default = isinstance(one.default, str) and one.default != argparse.SUPPRESS
        return f"{text} Default: `{one.default}`." if has_default else text

    return Items(tuple(item(_option(one), told(one)) for one in _parser()._actions))


def read_unit(unit: Path) -> dict[str, list[str]]:
    """Give the values of each directive of a unit."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            found.setdefault(name, []).append(value)
    return found


def _sandbox(unit: dict[str, list[str]]) -> Iterator[Block]:
    writable = [path.lstrip("-") for value in unit["ReadWritePaths"] for path in value.split()]
    yield from prose(
        f"The shipped unit runs the daemon as the user `{unit['User'][0]}`, without any privilege. It writes"
        f" below `{'`, `'.join(writable)}` and its own folders only, and sees no home folders. A path that"
        " the sandbox closes is refused, with the drop-in that opens it; for a library elsewhere, with"
        " `systemctl edit engramd`:"
    )
    yield code("[Service]", "ReadWritePaths=/mnt/library")
    yield from prose(
        "Staging and library belong in one tree, where a finished rip is renamed and not copied."
    )
    yield items(
        [(f"`{name}`", ", ".join(f"`{value}`" for value in unit[name])) for name in _SHOWN if name in unit],
        close=True,
    )


_SHOWN = (
    "SupplementaryGroups",
    "DevicePolicy",
    "DeviceAllow",
    "ReadWritePaths",
    "ProtectSystem",
    "ProtectHome",
    "RestrictAddressFamilies",
    "SystemCallFilter",
    "WatchdogSec",
    "TimeoutStopSec",
)


def _journal() -> Iterator[Block]:
    yield from prose("Under systemd each entry of the journal has these fields besides the usual ones:")
    yield items([(f"`{log.FIELDS[key]}`", text) for key, text in _fields()], close=True)
    yield from prose(
        "`LOGGER` names the part of the program. The priority is that of the message, errors have 3."
    )
    yield code("journalctl -u engramd ENGRAM_JOB=4")


def _fields() -> Sequence[tuple[str, str]]:
    """Say what each field is; one that is new has its key for now."""
    return [(key, _FIELDS.get(key, key)) for key in log.FIELDS]


def _examples() -> Block:
    return code(
        "# As a service",
        "systemctl enable --now engramd",
        "# From a checkout, as any user, on the session bus",
        "engramd --bus session --config ./engramd.toml",
        "# All that was logged about one drive today",
        "journalctl -u engramd --since today ENGRAM_DRIVE=/dev/sr0",
    )
