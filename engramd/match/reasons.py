"""Says in a sentence why a title is taken for an episode, and gives the scores by name."""

from __future__ import annotations

from engramd.match.model import PartOf
from engramd.match.scoring import Judged, Words


def explain(judged: Judged) -> str:
    """Give the evidence for one episode: track, reference, scores with their margins, offset and speed."""
    scores = judged.scores
    parts = [part for part in (_by_time(judged), _by_words(judged)) if part]
    against = f" against {scores.reference}" if scores.reference else ""
    track = scores.track or _words_of(scores.words)
    return f"{track}{against}: {'; '.join(parts) or 'nothing to compare'}"


def explain_part(part: PartOf) -> str:
    """Say which part of an episode a title is, and how clearly its times say so."""
    which = f"part {part.number} of {part.count} of {part.episode} as the references count"
    place = f"minutes {part.begin / 60:.0f} to {part.end / 60:.0f} of it, times z {part.z:.1f}"
    return f"it is {which} ({place})"


def scores_of(judged: Judged) -> dict[str, float | str]:
    """Give the scores by the names that the notes on them use; what was not compared is left out."""
    found: dict[str, float | str] = {"log_odds": round(judged.log_odds, 2)}
    if timing := judged.scores.timing:
        found |= {"c": timing.c, "c_margin": judged.c_margin, "z": timing.z, "seg": timing.seg}
        found |= {"oo": timing.oo, "offset": timing.offset, "speed": timing.factor}
        found |= {"spread": judged.scores.spread}
    if words := judged.scores.words:
        found |= {"cosine": words.cosine, "cosine_margin": judged.gap, "anchors": words.anchors}
        found |= {"words": words.kind, "word_cues": float(words.cues)}
    found["references"] = float(judged.scores.agreeing)
    if judged.scores.reference:
        found["reference"] = judged.scores.reference
    return {name: round(v, 4) if isinstance(v, float) else v for name, v in found.items()}


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
    words = judged.scores.words
    if words is None:
        return ""
    size = "" if words.kind == "whole" else f" of {words.cues} cues"
    sentence = f"words{size} {words.cosine:.2f} ({judged.gap:+.2f} to the next)"
    if words.kind == "speech":
        sentence += f", {words.anchors:.2f} anchors a cue ({judged.anchors_margin:+.2f})"
    return sentence


def _words_of(words: Words | None) -> str:
    kinds = {"whole": "text", "sample": "text of pictures", "speech": "speech"}
    return kinds[words.kind] if words else "text"
