"""How a new file compares with one that the library has, and what follows from that. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engramd.models.enums import ConflictResolution
from engramd.organize.facts import FileFacts

#: Running times that differ by more are other cuts: this share of the longer one, within these seconds.
CUT_SHARE, CUT_LEAST, CUT_MOST = 0.02, 5.0, 60.0
#: PAL runs 25 pictures a second where film has 24 (or 24000/1001): the same cut, four per cent shorter.
PAL, PAL_SLACK = 25 / 24, 0.004
#: Sizes that differ by less say nothing.
SIZE_SLACK = 0.02
_LOSSLESS = frozenset({"truehd", "mlp", "flac", "alac", "pcm_bluray", "pcm_dvd", "pcm_s16le", "pcm_s24le"})


#: How a standing is said: "this one is …".
SAID: dict[str, str] = {
    "same": "much the same",
    "better": "better",
    "worse": "worse",
    "other_cut": "another cut",
    "other_resolution": "of another resolution",
}


class Standing(StrEnum):
    """What a new file is beside the library's."""

    SAME = "same"
    BETTER = "better"
    WORSE = "worse"
    OTHER_CUT = "other_cut"
    OTHER_RESOLUTION = "other_resolution"


@dataclass(frozen=True)
class Comparison:
    """The standing of the new file, and the comparison in words: "this one 1080p, 42:10; the library's …"."""

    standing: Standing
    words: str


def compare(new: FileFacts, old: FileFacts) -> Comparison:
    """Compare a new file with the library's; what cannot be read is worse than what can."""
    standing = _standing(new, old)
    return Comparison(standing, f"this one: {in_words(new)}; the library's: {in_words(old)}")


def in_words(facts: FileFacts) -> str:
    """Describe a file for people, on one line."""
    if not facts.is_video:
        return f"{_size(facts.size)}, no video that can be read"
    sounds = Counter(f"{s.language or 'und'} {_channels(s.channels)}".strip() for s in facts.sounds)
    texts = Counter(language or "und" for language in facts.subtitles)
    parts = [facts.resolution, facts.codec, _time(facts.duration), _size(facts.size)]
    parts += [f"sound {_listed(sounds)}" if sounds else "no sound"]
    parts += [f"subtitles {_listed(texts)}" if texts else "no subtitles"]
    return ", ".join(part for part in parts if part)


def decide(
    policy: ConflictResolution, standings: Sequence[Standing], *, covered: bool, equal: bool
) -> ConflictResolution:
    """Say what a policy means for a file beside those that the library has: never `compare`.

    `covered` says that the new file holds all that they hold, `equal` that they hold the very same: else
    nothing is replaced, or taken for another version, without asking.
    """
    if policy is ConflictResolution.REPLACE and not covered:
        return ConflictResolution.ASK
    if policy is not ConflictResolution.COMPARE:
        return policy
    others = (Standing.OTHER_CUT, Standing.OTHER_RESOLUTION)
    both = equal and bool(standings) and all(standing in others for standing in standings)
    return ConflictResolution.KEEP_BOTH if both else ConflictResolution.ASK


def _standing(new: FileFacts, old: FileFacts) -> Standing:
    if not new.is_video or not old.is_video:
        if new.is_video == old.is_video:
            return Standing.SAME
        return Standing.BETTER if new.is_video else Standing.WORSE
    if is_other_cut(new.duration, old.duration):
        return Standing.OTHER_CUT
    if new.resolution != old.resolution:
        return Standing.OTHER_RESOLUTION
    return _by_streams(new, old)


def is_other_cut(one: float, other: float) -> bool:
    """Whether two running times (seconds) are those of different cuts; one that is not known is none."""
    if not one or not other:
        return False
    longer, shorter = max(one, other), min(one, other)
    if longer - shorter <= min(CUT_MOST, max(CUT_LEAST, CUT_SHARE * longer)):
        return False
    return abs(longer / shorter - PAL) > PAL_SLACK


def _by_streams(new: FileFacts, old: FileFacts) -> Standing:
    """Weigh sound and subtitles, then the bytes that the picture got in the same codec."""
    texts = (len(set(new.subtitles)),), (len(set(old.subtitles)),)
    signs = [_sign(_sound(new), _sound(old)), _sign(*texts)]
    if new.codec == old.codec and abs(new.size - old.size) > SIZE_SLACK * max(new.size, old.size):
        signs.append(_sign((new.size,), (old.size,)))
    if all(sign == 0 for sign in signs):
        return Standing.SAME
    if all(sign >= 0 for sign in signs):
        return Standing.BETTER
    if all(sign <= 0 for sign in signs):
        return Standing.WORSE
    return Standing.BETTER if sum(signs) > 0 else Standing.WORSE if sum(signs) < 0 else Standing.SAME


def _sound(facts: FileFacts) -> tuple[int, int, int]:
    return (
        len({sound.language for sound in facts.sounds}),
        max((sound.channels for sound in facts.sounds), default=0),
        sum(sound.codec in _LOSSLESS for sound in facts.sounds),
    )


def _sign(new: tuple[int, ...], old: tuple[int, ...]) -> int:
    return (new > old) - (new < old)


def _channels(count: int) -> str:
    return {0: "", 1: "1.0", 2: "2.0", 6: "5.1", 7: "6.1", 8: "7.1"}.get(count, f"{count} ch")


def _listed(counted: Counter[str]) -> str:
    return " + ".join(f"{count}x {name}" if count > 1 else name for name, count in counted.items())


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _size(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1000:.0f} kB" if size >= 1000 else f"{size} bytes"
