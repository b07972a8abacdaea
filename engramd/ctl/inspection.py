"""What `inspect` and `match` found, as fields for JSON and as text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engramd.ctl import text
from engramd.ctl.tables import colored, facts, table

if TYPE_CHECKING:  # `match` would wait for all that reads discs
    from engramd.discs.model import Disc, Stream, Title
    from engramd.discs.robot_faults import MakemkvFailed
    from engramd.identify import RoleVerdict, Verdict
    from engramd.match.model import MatchResult, TitleMatch

_KINDS = {"tv": "a series", "movie": "a film", "unknown": "not clear"}
_PROTECTIONS = {"unknown": "could not be decided, so it counts as protected"}


def as_fields(path: Path, disc: Disc, verdict: Verdict) -> dict[str, Any]:
    """Give one disc and what would be made of it; durations in seconds, sizes in bytes."""
    roles = {role.title_index: role for role in verdict.roles}
    return {
        "source": str(path),
        "content_type": str(verdict.content_type),
        "needs_review": verdict.needs_review,
        "title": verdict.title,
        "year": verdict.year,
        "season": verdict.season,
        "disc_number": verdict.disc_number,
        "confidence": round(verdict.confidence, 4),
        "reason": verdict.reason,
        "media": str(disc.media),
        "label": disc.label,
        "disc_name": disc.disc_name,
        "content_hash": disc.content_hash,
        "protection": str(disc.protection),
        "protection_reason": disc.protection_reason,
        "problems": list(disc.problems),
        "titles": [_title_fields(title, roles.get(title.index)) for title in disc.titles],
    }


def failure_fields(path: Path, error: MakemkvFailed) -> dict[str, Any]:
    """Give what hid a disc: nothing is known of it, and the fault is not the disc's."""
    return {
        "source": str(path),
        "content_type": "unknown",
        "needs_review": True,
        "titles": [],
        "error": {
            "condition": error.fault.condition,
            "text": error.what,
            "reason": error.why,
            "remedy": error.remedy,
        },
    }


def _title_fields(title: Title, role: RoleVerdict | None) -> dict[str, Any]:
    return {
        "title_index": title.index,
        "role": str(role.role) if role else "unknown",
        "order": role.place if role else None,
        "role_reason": role.reason if role else "",
        "duration": round(title.duration, 3),
        "size": title.size,
        "source_file": title.source_file,
        "segment_map": title.segment_map,
        "chapters": len(title.chapters),
        "resolution": title.resolution,
        "audio": [stream.language for stream in title.streams if stream.kind == "audio"],
        "subtitles": [stream.language for stream in title.streams if stream.kind == "subtitle"],
    }


def as_text(path: Path, disc: Disc, verdict: Verdict) -> str:
    """Say what a disc is and what each of its titles is."""
    kind = f"{_KINDS[verdict.content_type]} ({text.percent(verdict.confidence)})"
    reason = disc.protection_reason and f": {disc.protection_reason}"
    head = facts(
        [
            ("disc", text.printable(str(path))),
            ("media", disc.media),
            ("label", disc.label),
            ("name", disc.disc_name),
            ("kind", kind + (", needs review" if verdict.needs_review else "")),
            ("title", verdict.title),
            ("year", verdict.year),
            ("season", verdict.season),
            ("number", verdict.disc_number),
            ("why", verdict.reason),
            ("protection", _PROTECTIONS.get(disc.protection, str(disc.protection)) + reason),
            ("hash", disc.content_hash),
        ]
    )
    parts = [head, *(f"{colored('warning')}: {text.printable(problem)}" for problem in disc.problems)]
    if disc.titles:
        parts += ["", _titles(disc, verdict)]
    return "\n".join(parts)


def _titles(disc: Disc, verdict: Verdict) -> str:
    roles = {role.title_index: role for role in verdict.roles}
    rows = []
    for title in disc.titles:
        role = roles.get(title.index)
        rows.append(
            (
                title.index + 1,
                title.source_file,
                text.length(title.duration),
                text.size(title.size),
                title.resolution,
                len(title.chapters),
                _languages(title.streams, "audio"),
                _languages(title.streams, "subtitle"),
                role.role if role else "unknown",
                role.place if role else None,
                role.reason if role else "",
            )
        )
    heads = ("title>", "file", "length>", "size>", "picture", "chapters>", "audio", "subtitles")
    return table((*heads, "role", "place>", "why"), rows, below="why")


def _languages(streams: Sequence[Stream], kind: str) -> str:
    """Name the languages of the streams of a kind, each once."""
    return ",".join(dict.fromkeys(stream.language or "?" for stream in streams if stream.kind == kind))


def match_fields(files: Sequence[Path], result: MatchResult) -> Iterator[dict[str, Any]]:
    """Give one object a file."""
    for title in result.titles:
        yield {
            "source": str(files[title.title_index]).encode("utf-8", "replace").decode(),
            "show": result.show,
            "episode": title.episode,
            "accepted": title.verdict == "matched",
            "confidence": round(title.confidence, 4),
            "reason": title.reason,
            "candidates": [
                {"episode": one.episode, "confidence": one.confidence, "evidence": one.evidence}
                for one in title.candidates
            ],
            "lacking": title.lacking or None,
        }


def match_text(files: Sequence[Path], result: MatchResult) -> str:
    """Say which episode each file is, or which it may be, and why."""
    rows = [
        (
            text.printable(files[title.title_index].name),
            "matched" if title.verdict == "matched" else "review",
            title.episode,
            text.percent(title.confidence),
            title.reason,
            _others(title),
        )
        for title in result.titles
    ]
    lines = [f"Series: {text.printable(result.show)}"] if result.show else []
    lines.append(table(("file", "verdict", "episode", "sure>", "why", "candidates"), rows, below="why"))
    lines += [f"{colored('warning')}: {text.printable(problem)}" for problem in result.problems]
    return "\n".join(lines)


def _others(title: TitleMatch) -> str:
    """Name what else a file may be; what it is has a column of its own."""
    others = [candidate for candidate in title.candidates if candidate.episode != title.episode]
    return ", ".join(
        f"{one.episode} {text.percent(one.confidence)}" for one in others[:3] if one.confidence >= 0.01
    )
