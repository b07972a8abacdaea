"""`python -m engramd.store.migrate`: reads a database URL from standard input and upgrades that database."""

from __future__ import annotations

import sys
from pathlib import Path


def configuration(url: str = "") -> object:
    """Give Alembic's configuration for this program's migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Upgrade a database to the newest revision."""
    from alembic import command

    command.upgrade(configuration(url), "head")  # type: ignore[arg-type]


if __name__ == "__main__":
    upgrade(sys.stdin.read().strip())
