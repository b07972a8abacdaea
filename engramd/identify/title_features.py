"""What the models see of a title among its neighbours, as numbers."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right

from engramd.discs.model import Media, Title
from engramd.identify.structure import is_clip
from engramd.identify.view import LETTER, NO_KIN, View

TITLE_FEATURES = (
    "minutes",
    "of_longest",
    "of_typical",
    "in_group",
    "group_size",
    "group_share",
    "alike",
    "longer",
    "clip",
    "clips_in_group",
    "gap",
    "block_alone",
    "parts",
    "parts_alike",
    "longest_part",
    "left_over",
    "held",
    "held_alike",
    "versions",
    "to_version",
    "longer_version",
    "lower_version",
    "chapters",
    "chapters_to_version",
    "chapters_to_group",
    "audio_to_most",
    "subtitles_to_most",
    "streams_to_version",
    "height_to_most",
    "bitrate",
    "bitrate_to_group",
    "segments",
    "twins",
    "twins_to_group",
    "angle",
    "comment",
    "comment_feature",
    "comment_episode",
    "comment_play_all",
    "comment_letter",
    "number_rank",
    "dvd",
    "uhd",
    "own_titles",
    "season",
    "disc_number",
    "longest_minutes",
    "shared",
    "numbered_after",
    "second_group",
    "kin",
    "kin_share",
    "neighbours",
    "version_inside",
    "inside_version",
    "branched",
    "group_versions",
    "group_held",
    "inside",
    "to_kin",
    "kin_group",
    "streams",
)
_FEATURE = re.compile(r"MainFeature|Main_Feature|FEATURE", re.IGNORECASE)
_EPISODE = re.compile(r"EPL|Episode|\bEP_?\d", re.IGNORECASE)
_PLAY_ALL = re.compile(r"PlayAll|Play_All", re.IGNORECASE)


def log_of(value: float) -> float:
    return math.log(max(value, 1e-3))


def title_features(view: View, title: Title) -> list[float]:
    """Give a title's features, in the order of `TITLE_FEATURES`."""
    typical = view.structure.group.typical or view.structure.longest
    return [
        *_lengths(view, title, typical),
        *_placing(view, title),
        *_parts(view, title, typical),
        *_holding(view, title, typical),
        *_versions(view, title),
        *_making(view, title),
        *author_said(view, title),
        *_surroundings(view, title),
        _shared(view, title),
        float(bool(view.numbers) and title.number > view.numbers[-1]),
        _second_group(view, title),
        *_kin(view, title),
        *_branching(view, title),
        view.group_versions,
        view.group_held,
        _inside(view, title),
        *_among_kin(view, title),
        float(len(title.streams)),
    ]


def _lengths(view: View, title: Title, typical: float) -> list[float]:
    group, longest = view.structure.group, view.structure.longest or title.duration
    minutes = title.duration * view.lens / 60
    near = bisect_right(view.lengths, 1.1 * title.duration) - bisect_left(view.lengths, 0.9 * title.duration)
    longer = len(view.lengths) - bisect_right(view.lengths, 1.1 * title.duration)
    return [
        log_of(minutes),
        title.duration / longest,
        title.duration / typical,
        float(title.index in view.group),
        float(len(group)),
        sum(t.duration for t in group.members) / (sum(view.lengths) or 1.0),
        float(near),
        float(longer),
        float(is_clip(title)),
        view.clips_in_group,
    ]


def _making(view: View, title: Title) -> list[float]:
    chapters, bitrate, twins = view.group_medians
    most_audio, most_subtitles, most_height = view.most
    audio, subtitles = view.counts[title.index]
    own_bitrate = title.size / title.duration
    return [
        float(len(title.chapters)),
        *_version_chapters(view, title),
        len(title.chapters) - chapters,
        audio / most_audio if most_audio else 1.0,
        subtitles / most_subtitles if most_subtitles else 1.0,
        _version_streams(view, title),
        title.height / most_height if most_height else 1.0,
        log_of(own_bitrate / 1e6),
        own_bitrate / bitrate if bitrate else 1.0,
        float(len(title.segments)),
        float(view.twins.get(title.index, 0)),
        view.twins.get(title.index, 0) - twins,
        float("(" in title.source_file),
    ]


def _surroundings(view: View, title: Title) -> list[float]:
    longest = view.structure.longest or title.duration
    return [
        float(view.ranks.get(title.index, -1)),
        float(view.disc.media is Media.DVD),
        float(view.disc.media is Media.UHD),
        float(len(view.lengths)),
        float(view.label.season is not None),
        float(view.label.disc_number or 0),
        longest * view.lens / 60,
    ]


def _placing(view: View, title: Title) -> tuple[float, float]:
    """How far a title's number is from the nearest of the group; whether it is alone in its hundred."""
    numbers = view.numbers
    low, high = bisect_left(numbers, title.number), bisect_right(numbers, title.number)
    gaps = [title.number - n for n in numbers[max(0, low - 1) : low]] + [
        n - title.number for n in numbers[high : high + 1]
    ]
    block = title.number // 100 * 100
    others = bisect_left(numbers, block + 100) - bisect_left(numbers, block) - (high - low)
    alone = bool(gaps) and not others
    return log_of(min(gaps, default=0) + 1), float(alone)


def _parts(view: View, title: Title, typical: float) -> tuple[float, float, float, float]:
    play_all = view.play_alls.get(title.index)
    if play_all is None:
        return 0.0, 0.0, 0.0, 0.0
    lengths = [p.duration for p in play_all.parts]
    alike = sum(p.index in view.group for p in play_all.parts)
    left = title.duration - sum(lengths)
    return float(len(lengths)), alike / len(lengths), max(lengths) / typical, left / typical


def _holding(view: View, title: Title, typical: float) -> tuple[float, float]:
    holder = view.structure.part_of(title)
    if holder is None:
        return 0.0, 0.0
    lengths = [p.duration for p in holder.parts]
    return float(len(lengths)), sum(0.7 <= n / title.duration <= 1.43 for n in lengths) / len(lengths)


def _versions(view: View, title: Title) -> tuple[float, float, float, float]:
    others = view.structure.versions.get(title.index, ())
    if not others:
        return 0.0, 0.0, 0.0, 0.0
    longest = max(t.duration for t in others)
    lower = sum((is_clip(t), t.number) < (is_clip(title), title.number) for t in others)
    return float(len(others)), title.duration / longest, title.duration - longest, float(lower)


def _version_chapters(view: View, title: Title) -> tuple[float]:
    others = view.structure.versions.get(title.index, ())
    return (float(len(title.chapters) - max((len(t.chapters) for t in others), default=len(title.chapters))),)


def _version_streams(view: View, title: Title) -> float:
    others = view.structure.versions.get(title.index, ())
    return float(len(title.streams) - max((len(t.streams) for t in others), default=len(title.streams)))


def author_said(view: View, title: Title) -> tuple[float, float, float, float, float]:
    text = title.comment
    letter = LETTER.fullmatch(text)
    alike = 0.0 if not view.group_letter else 1.0 if letter and letter[1] == view.group_letter else -1.0
    feature = float(bool(_FEATURE.search(text))) * (0.5 if "SEG" in text else 1.0)
    return (
        float(bool(text)),
        feature,
        float(bool(_EPISODE.search(text))),
        float(bool(_PLAY_ALL.search(text))),
        alike,
    )


def _shared(view: View, title: Title) -> float:
    """The share of a title that other judged titles play as well."""
    if not title.segments:
        return 0.0
    common = sum(s.duration for s in title.segments if view.uses.get(s.key, 0) > 1)
    return common / title.duration if title.duration else 0.0


def _kin(view: View, title: Title) -> tuple[float, float, float]:
    """Titles made the same way (kind, picture, streams, chapters) and of a length to match; next numbers."""
    kin = view.kin.get(view.make(title), NO_KIN)
    low = bisect_left(kin.lengths, 0.4 * title.duration)
    high = bisect_right(kin.lengths, 2.5 * title.duration)
    neighbours = kin.numbered[title.number - 1] + kin.numbered[title.number + 1]
    return float(high - low), (kin.sums[high] - kin.sums[low]) / (sum(view.lengths) or 1.0), float(neighbours)


def _inside(view: View, title: Title) -> float:
    """How many longer titles that are no play-alls hold this one wholly: then it is a piece of them."""
    keys = view.keys[title.index]
    if not keys:
        return 0.0
    first = min(keys, key=lambda key: len(view.players.get(key, ())))
    return float(
        sum(
            other.duration >= 1.3 * title.duration and keys <= view.keys[other.index]
            for other in view.players.get(first, ())
        )
    )


def _among_kin(view: View, title: Title) -> tuple[float, float]:
    """The length in relation to the usual one of titles made the same way; how many are in the group."""
    kin = view.kin.get(view.make(title), NO_KIN)
    return title.duration / (kin.usual or title.duration), kin.in_group / (len(view.group) or 1)


def _branching(view: View, title: Title) -> tuple[float, float, float]:
    """How many versions lie wholly in this title, hold it wholly, or branch off from it."""
    mine = view.keys[title.index]
    inside = holding = branched = 0
    for other in view.structure.versions.get(title.index, ()):
        keys = view.keys[other.index]
        inside += keys < mine
        holding += mine < keys
        branched += not (keys <= mine or mine <= keys)
    return float(inside), float(holding), float(branched)


def _second_group(view: View, title: Title) -> float:
    """The share of playing time of the titles as long as this one."""
    low, high = (
        bisect_left(view.lengths, 0.8 * title.duration),
        bisect_right(view.lengths, 1.25 * title.duration),
    )
    return sum(view.lengths[low:high]) / (sum(view.lengths) or 1.0)
