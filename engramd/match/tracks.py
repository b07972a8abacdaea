"""Which track of a title speaks for it."""

from __future__ import annotations

from dataclasses import dataclass

from engramd.match.hygiene import LEAST_CUES, coarse_clock, metronome
from engramd.match.language import guess
from engramd.match.model import Evidence, Sound, Track
from engramd.match.subtitles import MOST_CUES

#: Cues a minute against the references': below it is a signs track, above it a commentary.
SPARSEST, DENSEST = 0.4, 1.8
#: A track must cover this share of the title.
LEAST_SPREAD = 0.6
LEAST_TEXT_CUES = 40
MOST_TIMED = 2


@dataclass(frozen=True)
class Chosen:
    """Tracks of a title, best first or the best; `refused` says why others are not among them.

    `timed` are matched by time, `worded` by text, `pictured` has words in its pictures; `language` is that of
    `worded`. `sound` is what can be listened to.
    """

    timed: tuple[Track, ...] = ()
    worded: Track | None = None
    language: str | None = None
    refused: tuple[str, ...] = ()
    pictured: Track | None = None
    sound: Sound | None = None

    @property
    def none(self) -> bool:
        """Whether no track says anything of the whole title."""
        return not self.timed and self.worded is None and self.pictured is None


def choose_tracks(evidence: Evidence, rate: float, languages: frozenset[str]) -> Chosen:
    """Choose tracks; `rate` is the references' median of cues a minute, `languages` are the references'.

    Words that no reference can be compared with give way to pictures in a language that one can.
    """
    refused, full = [], []
    for track in evidence.tracks:
        reason = _refusal(track, evidence.duration, rate)
        if reason:
            refused.append(f"{track.describe()} {reason}")
        else:
            full.append(track)
    full.sort(key=lambda t: (language_of(t) not in languages, -len(t.starts)))
    timed = [t for t in full if not t.rolling and _can_be_timed(t)]
    rolling = [t for t in full if t.rolling and _can_be_timed(t)]
    worded = next((t for t in full if t.texts), None)
    pictured = next((t for t in full if t.kind == "bitmap"), None)
    if worded and pictured and language_of(pictured) in languages and language_of(worded) not in languages:
        worded = None
    return Chosen(
        tuple(_different(timed) or rolling[:1]),
        worded,
        language_of(worded) if worded else None,
        tuple(refused),
        pictured,
        _sound(evidence, languages),
    )


def language_of(track: Track) -> str | None:
    """Give the language of a track's text, else the one that it is marked with (ISO 639-2/B)."""
    marked = _CODES.get(track.language or "", track.language)
    return (guess(track.texts) if track.texts else None) or marked


def _sound(evidence: Evidence, languages: frozenset[str]) -> Sound | None:
    """Choose the sound in a language of the references; commentaries tell another story."""
    spoken = [s for s in evidence.sounds if not s.commentary]
    spoken.sort(key=lambda s: (_CODES.get(s.language or "", s.language) not in languages, not s.default))
    return spoken[0] if spoken else None


def _can_be_timed(track: Track) -> bool:
    return len(track.starts) >= LEAST_CUES and not coarse_clock(track.starts) and not metronome(track.starts)


def _refusal(track: Track, duration: float, rate: float) -> str:
    if track.forced or track.commentary:
        return "is a commentary" if track.commentary else "is for forced subtitles or signs"
    if len(track.starts) < LEAST_TEXT_CUES:
        return f"has fewer than {LEAST_TEXT_CUES} cues"
    if len(track.starts) > MOST_CUES:
        return f"has more than {MOST_CUES} cues"
    span = track.starts[-1] - track.starts[0]
    if span < LEAST_SPREAD * duration:
        return f"covers only {span / duration:.0%} of the title"
    own = len(track.starts) * 60 / max(span, 1.0)
    if rate and not SPARSEST * rate <= own <= DENSEST * rate:
        kind = "a commentary" if own > rate else "signs only"
        return f"looks like {kind} ({own:.0f} cues a minute, the references have {rate:.0f})"
    return ""


def _different(tracks: list[Track]) -> list[Track]:
    """Keep the first tracks that are not the same cues again (captions that repeat the subtitles)."""
    kept: list[Track] = []
    for track in tracks:
        if len(kept) < MOST_TIMED and all(len(track.starts) != len(k.starts) for k in kept):
            kept.append(track)
    return kept


#: Terminological codes that name the same language as a bibliographic one.
_CODES = {
    "fra": "fre", "deu": "ger", "nld": "dut", "zho": "chi", "ell": "gre", "ces": "cze", "slk": "slo",
    "ron": "rum", "isl": "ice", "fas": "per", "msa": "may", "mkd": "mac", "hye": "arm", "kat": "geo",
    "eus": "baq", "cym": "wel", "sqi": "alb", "mya": "bur", "bod": "tib", "mri": "mao",
}  # fmt: skip
