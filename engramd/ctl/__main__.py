"""Entry point of engramctl."""

from __future__ import annotations

from engramd.ctl import output
from engramd.ctl.app import app
from engramd.ctl.interrupts import keep_interrupts


def main() -> None:
    """Run engramctl with the arguments of the process."""
    output.prepare()
    keep_interrupts()
    app(prog_name="engramctl")


if __name__ == "__main__":
    main()
