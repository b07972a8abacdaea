"""Which drive it is: by its serial, else by its port. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping

from engramd.drives.snapshot import DriveSnapshot


def identity_of(snapshot: DriveSnapshot, known: Mapping[str, str], present: Container[str]) -> str:
    """Give the identity of a drive that was not there a moment ago.

    `known` are the ports where identities were seen last, `present` the identities of the drives that are
    there. A drive whose serial no other has had goes by it, also at another port. Once another one with the
    same serial was there (cheap bridges have one for all), every drive with that serial is known by its port:
    the first keeps its serial as its identity at the port where it was, the others go by serial and port. No
    order in which they are found then changes which is which. At a port that is new to it such a drive is a
    new one, also the first: what is recorded under its identity (its name, its insertions) stays with the
    port, since nothing tells which of the drives it is.
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
