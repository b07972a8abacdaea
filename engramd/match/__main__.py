"""The child process: `evidence VIDEO --out FILE`, or `assign`, … with the request on standard input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engramd import durable
from engramd.errors import EngramError
from engramd.match.model import EvidenceSummary, MatchRequest, MatchResult, TrackSummary
from engramd.tools.priority import step_back


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the answer goes to standard output as JSON, an error in one line to standard error."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "evidence":
            step_back()
            answer = _evidence(options.video, options.out).model_dump_json()
        elif options.command == "pictures":
            step_back()
            answer = _pictures(sys.stdin.buffer.read())
        elif options.command == "speech":
            step_back()
            answer = _speech(sys.stdin.buffer.read())
        else:
            answer = _assign(MatchRequest.model_validate_json(sys.stdin.buffer.read())).model_dump_json()
    except (EngramError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(answer + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engramd.match")
    commands = parser.add_subparsers(dest="command", required=True)
    evidence = commands.add_parser("evidence")
    evidence.add_argument("video", type=Path)
    evidence.add_argument("--out", type=Path, required=True)
    commands.add_parser("assign")
    commands.add_parser("pictures")
    commands.add_parser("speech")
    return parser


def _assign(request: MatchRequest) -> MatchResult:
    from engramd.match.reading import ChildReader
    from engramd.match.shelf import assign
    from engramd.tools import Tools

    return assign(request, ChildReader(Tools(), request.reading))


def _pictures(wanted: bytes) -> str:
    from engramd.match.pictures.read import read_pictures
    from engramd.match.reading import PicturesWanted
    from engramd.tools import Tools

    return read_pictures(PicturesWanted.model_validate_json(wanted), Tools()).model_dump_json()


def _speech(wanted: bytes) -> str:
    from engramd.match.reading import SpeechWanted
    from engramd.match.speech.listening import listen

    return listen(SpeechWanted.model_validate_json(wanted)).model_dump_json()


def _evidence(video: Path, out: Path) -> EvidenceSummary:
    from engramd.match.evidence import read_evidence

    evidence = read_evidence(video)
    durable.write(out, evidence.model_dump_json().encode())
    tracks = tuple(
        TrackSummary(
            kind=t.kind,
            codec=t.codec,
            language=t.language,
            cues=len(t.starts),
            forced=t.forced,
            commentary=t.commentary,
            has_text=bool(t.texts),
        )
        for t in evidence.tracks
    )
    return EvidenceSummary(path=out, duration=evidence.duration, tracks=tracks)


if __name__ == "__main__":
    raise SystemExit(main())
