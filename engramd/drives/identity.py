"""Which drive it is: by its serial, else by its port. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping

from engramd.drives.snapshot import DriveSnapshot


def identity_of(snapshot: DriveSnapshot, known: Mapping[str, str], present: Container[str]) -> str:
    """Give the identity of a drive that was not there a moment ago.

    `known` are the ports where identities were seen last, `present` the identities of the drives that are
    there. The first drive with a serial goes by it for ever, also at another port. Another one with the same
    serial (cheap bridges have one for all) goes by serial and port, and from then on every drive with that
    serial is known by its port: no order in which they are found changes which is which, and no identity ever
    changes, so that what is recorded under it (its name, its insertions) stays its own.
    """
    serial, port = snapshot.identity, place_of(snapshot)
    by_port = f"{serial}@{port}"
    if known.get(serial) == port and serial not in present:
        return serial
    if by_port in known or serial in present or any(one.startswith(f"{serial}@") for one in known):
        return by_port
    return serial


def place_of(snapshot: DriveSnapshot) -> str:
    """Give the port of a drive; where udev names none, its place in sysfs, which a restart may change."""
    return snapshot.port or snapshot.sysfs_path
