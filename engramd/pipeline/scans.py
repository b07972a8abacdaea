"""A new scan beside the titles that a job has listed of its disc: readers leave out what they cannot read."""

from __future__ import annotations

from collections.abc import Sequence

from engramd.discs.model import Disc, Title
from engramd.errors import UnreadableDisc
from engramd.models import DiscTitle
from engramd.pipeline.seen import Mark


def as_listed(disc: Disc, rows: Sequence[DiscTitle]) -> Disc:
    """Give a scan with its titles numbered as a job lists them; those that it does not list are left out.

    Raises UnreadableDisc if a listed title is not in the scan.
    """
    listed = sorted(rows, key=lambda row: row.title_index)
    numbers = [row.title_index for row in listed]
    titles = [_found(disc, row).model_copy(update={"index": row.title_index}) for row in listed]
    if not rows or numbers != list(range(len(rows))) or tuple(titles) == disc.titles:
        return disc
    return disc.model_copy(update={"titles": tuple(titles)})


def _found(disc: Disc, row: DiscTitle) -> Title:
    mark = Mark.of_row(row)
    alike = [title for title in disc.titles if mark.is_like(Mark.of_title(title))]
    if not alike:
        raise UnreadableDisc(
            f"title {row.title_index + 1} was on the disc before and cannot be found now",
            where=disc.source,
            why="; ".join(disc.problems[:2]),
            remedy="clean the disc and retry",
        )
    return min(alike, key=lambda title: abs(title.index - row.title_index))
