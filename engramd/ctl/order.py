"""The command order: by which numbers the files of a series are named."""

from __future__ import annotations

import click

from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.text import printable

#: As the setting episode_ordering_preference names them.
ORDERS = ("aired", "dvd", "absolute")


@click.command()
@click.argument("show")
@click.argument("ordering", type=click.Choice(ORDERS))
@shared_options
@pass_session
def order(session: Session, show: str, ordering: str) -> None:
    """Name the files of a SHOW in the aired, dvd or absolute order.

    SHOW is its name, or its number at TMDB, which knows the orders. The order of a season is decided when its
    first episode is filed: seasons of which something is filed keep theirs.
    """
    sentence = session.service().manager("SetShowOrder", "ss", show, ordering)
    session.give([{"show": show, "ordering": ordering, "sentence": sentence}], lambda: printable(sentence))


COMMANDS = (order,)
