"""What the first model sees of a disc, as numbers: does it hold a series or a film?"""

from __future__ import annotations

import re
from statistics import median

from engramd.discs.model import Media, Title
from engramd.identify.title_features import author_said, log_of
from engramd.identify.view import View

DISC_FEATURES = (
    "season",
    "weak_season",
    "disc_number",
    "disc_word",
    "dvd",
    "uhd",
    "longest",
    "second",
    "third",
    "typical",
    "group_size",
    "group_share",
    "group_of_longest",
    "spread",
    "films",
    "films_70",
    "own_titles",
    "extras",
    "play_all",
    "play_all_alike",
    "play_all_minutes",
    "play_all_part",
    "versions_of_longest",
    "duplicates",
    "decoys",
    "comment_feature",
    "comment_episode",
    "chapters_of_longest",
    "audio_of_longest",
    "subtitles_of_longest",
    "group_audio",
    "group_height",
    "languages",
    "clips_in_group",
    "bitrate_of_longest",
    "numbers_run",
    "longest_not_in_group",
    "between",
    "bonus",
    "part_word",
    "volume_word",
    "series_word",
    "title_digits",
    "short_share",
    "chapters_of_group",
    "group_equal_chapters",
    "label_spaces",
    "label_lower",
    "year",
)
_SERIES = re.compile(r"\b(season|series|episodes?|book|saison|staffel|complete series)\b", re.IGNORECASE)
_VOLUME = re.compile(r"\b(vol|volume|set|collection)\b", re.IGNORECASE)
_PART = re.compile(r"\b(part|pt)\b", re.IGNORECASE)
_DISC = re.compile(r"(?<![a-z])(disc|disk|d)[ _]?(\d|one|two|three|four|five|six)", re.IGNORECASE)


def disc_features(view: View) -> list[float]:
    """Give a disc's features, in the order of `DISC_FEATURES`."""
    by_length = sorted(view.lengths, reverse=True) + [0.0] * 3
    top = max(view.structure.own, key=lambda t: t.duration, default=None)
    text = f"{view.disc.label} {view.disc.disc_name}".replace("_", " ")
    return [
        *_first_of_label(view, text),
        *_of_lengths(view, by_length),
        *_of_play_alls(view, top),
        *_of_the_longest(view, top),
        *_of_the_group(view, top, by_length[0] or 1.0),
        *_more_of_label(view, text, by_length[0] or 1.0),
    ]


def _first_of_label(view: View, text: str) -> list[float]:
    label, found = view.label, _DISC.search(text)
    return [
        float(label.season is not None),
        float(label.weak_season is not None),
        float(label.disc_number or 0),
        float(found is not None),
        float(view.disc.media is Media.DVD),
        float(view.disc.media is Media.UHD),
    ]


def _of_lengths(view: View, by_length: list[float]) -> list[float]:
    group, longest, lens = view.structure.group, by_length[0] or 1.0, view.lens / 60
    members, films = group.members, view.structure.works
    return [
        longest * lens,
        by_length[1] / longest,
        by_length[2] / longest,
        group.typical * lens,
        float(len(group)),
        sum(t.duration for t in members) / (sum(view.lengths) or 1.0),
        group.typical / longest,
        max((t.duration for t in members), default=1.0)
        / (min((t.duration for t in members), default=1.0) or 1.0),
        float(sum(w[0].duration >= 0.7 * longest for w in films)),
        float(len(films)),
        float(len(view.lengths)),
        float(sum(n < 0.6 * longest for n in view.lengths)),
    ]


def _of_play_alls(view: View, top: Title | None) -> list[float]:
    structure, lens = view.structure, view.lens / 60
    big = max(structure.play_alls, key=lambda p: p.title.duration, default=None)
    return [
        float(len(structure.play_alls)),
        float(max((sum(p.index in view.group for p in a.parts) for a in structure.play_alls), default=0)),
        big.title.duration * lens if big else 0.0,
        median(p.duration for p in big.parts) * lens if big else 0.0,
        float(len(structure.versions.get(top.index, ()))) if top is not None else 0.0,
        float(len(structure.duplicates)),
        float(len(structure.decoys)),
    ]


def _of_the_longest(view: View, top: Title | None) -> list[float]:
    audio, subtitles = view.counts.get(top.index, (0, 0)) if top is not None else (0, 0)
    return [
        max((author_said(view, t)[1] for t in view.titles), default=0.0),
        float(sum(author_said(view, t)[2] for t in view.titles)),
        float(len(top.chapters)) if top is not None else 0.0,
        float(audio),
        float(subtitles),
    ]


def _of_the_group(view: View, top: Title | None, longest: float) -> list[float]:
    members = view.structure.group.members
    return [
        median(view.counts[t.index][0] for t in members) if members else 0.0,
        median(t.height for t in members) / view.most[2] if members and view.most[2] else 1.0,
        float(len({s.language for s in top.streams if s.kind == "audio"})) if top is not None else 0.0,
        view.clips_in_group,
        log_of(top.size / top.duration / 1e6) if top is not None and top.duration else 0.0,
        float(view.numbers[-1] - view.numbers[0]) / len(view.numbers) if len(view.numbers) > 1 else 0.0,
        float(top is not None and top.index not in view.group),
        float(sum(0.3 * longest <= n < 0.8 * longest for n in view.lengths)),
    ]


def _more_of_label(view: View, text: str, longest: float) -> list[float]:
    label, chapter_counts = view.label, [len(t.chapters) for t in view.structure.group.members]
    return [
        float(label.bonus),
        float(bool(_PART.search(text))),
        float(bool(_VOLUME.search(text))),
        float(bool(_SERIES.search(text))),
        float(bool(re.search(r"\d", label.title or ""))),
        sum(n for n in view.lengths if n < 0.3 * longest) / (sum(view.lengths) or 1.0),
        median(chapter_counts) if chapter_counts else 0.0,
        float(len(chapter_counts) > 1 and len(set(chapter_counts)) == 1),
        float(" " in view.disc.label),
        float(any(c.islower() for c in view.disc.label)),
        float(label.year is not None),
    ]
