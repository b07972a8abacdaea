"""A DVD of a film in two cuts that share their cells, as seamless branching does it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from .dvd import Form, Part, _chain, _make_parts, work_folder
from .model import AuthoredDisc, AuthoredTitle, Episode
from .tools import run

#: Lengths of the three scenes in seconds; the theatrical cut leaves out the second one.
SCENES = (2280.0, 240.0, 2220.0)


def make_cuts_dvd(
    target: Path,
    *,
    volume_label: str = "THE_LONG_VOYAGE",
    scenes: tuple[float, float, float] = SCENES,
    extra_seconds: float = 150,
    work: Path | None = None,
) -> AuthoredDisc:
    """Author a disc whose title 1 plays the first and the last scene, and title 2 the one between them too.

    An extra is in a titleset of its own. Nobody speaks, and the picture stands still.
    """
    form = Form(work_folder(target, work), gop=60, captions=False, subtitles=False, spoken=False)
    names = ("DEPARTURE", "THE STORM", "LANDFALL")
    stories = [Episode(name, 530 + n, scenes[n], 4) for n, name in enumerate(names)]
    first, between, last = _make_parts(stories, form, "scene")
    extra = _make_parts([Episode("MAKING OF", 540, extra_seconds, 4)], form, "extra")
    chains = ([first, last], [first, between, last])
    folder = form.work / "disc"
    shutil.rmtree(folder, ignore_errors=True)
    plan = form.work / "dvdauthor.xml"
    sets = _titleset(chains) + _titleset((extra,))
    plan.write_text(f'<dvdauthor dest="{folder}" jumppad="no"><vmgm/>{sets}</dvdauthor>', "utf-8")
    run("dvdauthor", "-x", plan)
    run("genisoimage", "-quiet", "-dvd-video", "-V", volume_label, "-o", target, folder)
    for vob in form.work.glob("*.vob"):
        vob.unlink()
    titles = (*(_joined(n, parts) for n, parts in enumerate(chains, 1)), replace(extra[0].truth, number=3))
    return AuthoredDisc(target, folder, volume_label, titles)


def _titleset(chains: tuple[list[Part], ...]) -> str:
    pgcs = "".join(_chain(parts) for parts in chains)
    picture = '<video format="ntsc" aspect="4:3"/><audio lang="en"/>'
    return f"<titleset><titles>{picture}{pgcs}</titles></titleset>"


def _joined(number: int, parts: list[Part]) -> AuthoredTitle:
    return AuthoredTitle(
        number,
        "film",
        sum(part.truth.seconds for part in parts),
        video=tuple(path for part in parts for path in part.truth.video),
        audio=tuple(path for part in parts for path in part.truth.audio),
    )
