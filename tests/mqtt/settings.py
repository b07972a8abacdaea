"""What a bridge under test is told."""

from __future__ import annotations

from pathlib import Path

from tests.support.mosquitto import Mosquitto

PASSWORD = "correct horse battery staple"


def settings_for(folder: Path, broker: Mosquitto, **more: object) -> dict[str, object]:
    """Give what a bridge is told; its password is in a file that its user may read."""
    secret = folder / "secret"
    secret.write_text(f"{PASSWORD}\n")
    secret.chmod(0o644)
    told = {"host": "127.0.0.1", "port": broker.port, "user": "engramd", "password_file": str(secret)}
    return {**told, "progress_seconds": 0.5, "retry_seconds": 0.05, **more}
