"""Says in a sentence why a title is taken for an episode."""

from __future__ import annotations

from engramd.match.scoring import Judged


def explain(judged: Judged) -> str:
    """Give the evidence for one episode: track, reference, scores with their margins, offset and speed."""
    scores = judged.scores
    parts = [part for part in (_by_time(judged), _by_words(judged)) if part]
    against = f" against {scores.reference}" if scores.reference else ""
    track = scores.track or "text"
    return f"{track}{against}: {'; '.join(parts) or 'nothing to compare'}"


def _by_time(judged: Judged) -> str:
    timing = judged.scores.timing
    if timing is None:
        return ""
    speed = f", speed {timing.factor:.4f}" if timing.factor != 1.0 else ""
    return (
        f"times c {timing.c:.1f} ({judged.c_margin:+.1f} to the next; z {timing.z:.1f}, "
        f"seg {timing.seg:.2f}, oo {timing.oo:.2f}), offset {timing.offset:+.1f} s{speed}"
    )


def _by_words(judged: Judged) -> str:
    if judged.scores.cosine is None:
        return ""
    return f"words {judged.scores.cosine:.2f} ({judged.gap:+.2f} to the next)"
