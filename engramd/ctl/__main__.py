"""Entry point of engramctl."""

from __future__ import annotations

from engramd.ctl.app import app


def main() -> None:
    """Run engramctl with the arguments of the process."""
    app(prog_name="engramctl")


if __name__ == "__main__":
    main()
