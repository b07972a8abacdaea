"""Which track of a title speaks for it."""

from __future__ import annotations

from dataclasses import dataclass

from engramd.match.hygiene import LEAST_CUES, coarse_clock, metronome
from engramd.match.language import guess
from engramd.match.model import Evidence, Track
from engramd.match.subtitles import MOST_CUES

#: Cues a minute against the references': below it is a signs track, above it a commentary.
SPARSEST, DENSEST = 0.4, 1.8
#: A track must cover this share of the title.
LEAST_SPREAD = 0.6
LEAST_TEXT_CUES = 40
MOST_TIMED = 2


@dataclass(frozen=True)
class Chosen:
    """Tracks of a title: `timed` to match by time, best first; `worded` to match by text; why others not."""

    timed: tuple[Track, ...] = ()
    worded: Track | None = None
    language: str | None = None
    refused: tuple[str, ...] = ()


def choose_tracks(evidence: Evidence, rate: float, languages: frozenset[str]) -> Chosen:
    """Choose tracks; `rate` is the references' median of cues a minute, `languages` are the references'."""
    refused, full = [], []
    for track in evidence.tracks:
        reason = _refusal(track, evidence.duration, rate)
        if reason:
            refused.append(f"{track.describe()} {reason}")
        else:
            full.append(track)
    timed = [t for t in full if not t.rolling and _can_be_timed(t)]
    timed.sort(key=lambda t: (_language(t) not in languages, -len(t.starts)))
    worded = [t for t in full if t.texts]
    worded.sort(key=lambda t: (_language(t) not in languages, -len(t.starts)))
    best = worded[0] if worded else None
    rolling = [t for t in full if t.rolling and _can_be_timed(t)]
    chosen = _different(timed) or rolling[:1]
    return Chosen(tuple(chosen), best, _language(best) if best else None, tuple(refused))


def _can_be_timed(track: Track) -> bool:
    return len(track.starts) >= LEAST_CUES and not coarse_clock(track.starts) and not metronome(track.starts)


def _refusal(track: Track, duration: float, rate: float) -> str:
    if track.forced or track.commentary:
        return "is a commentary" if track.commentary else "is for forced subtitles or signs"
    least = LEAST_TEXT_CUES if track.texts else LEAST_CUES
    if len(track.starts) < least:
        return f"has fewer than {least} cues"
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


def _language(track: Track) -> str | None:
    return guess(track.texts) if track.texts else _CODES.get(track.language or "", track.language)


def _different(tracks: list[Track]) -> list[Track]:
    """Keep the first tracks that are not the same cues again (captions that repeat the subtitles)."""
    kept: list[Track] = []
    for track in tracks:
        if len(kept) < MOST_TIMED and all(len(track.starts) != len(k.starts) for k in kept):
            kept.append(track)
    return kept


#: Terminological codes that name the same language as a bibliographic one.
_CODES = {"fra": "fre", "deu": "ger", "nld": "dut", "zho": "chi", "ell": "gre"}
