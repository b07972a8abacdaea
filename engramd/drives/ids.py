"""The id of a drive: its identity as an element of a D-Bus path."""

from __future__ import annotations

_KEPT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def object_id(identity: str) -> str:
    """Escape an identity to one element of a D-Bus path, as systemd does: other bytes become `_xx` in hex.

    Different identities stay different; an empty one gives `_`.
    """
    parts = [
        chr(byte) if chr(byte) in _KEPT and not (place == 0 and chr(byte).isdigit()) else f"_{byte:02x}"
        for place, byte in enumerate(identity.encode())
    ]
    return "".join(parts) or "_"
