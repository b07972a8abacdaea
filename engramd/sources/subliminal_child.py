"""The child process that asks a provider through the library subliminal: JSON on standard input and output.

Foreign code, much of it reading web pages, so it runs apart and its faults are answers. Uses nothing but the
library and Python itself, for the daemon's own parts need not be installed where it is.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

#: Kinds of faults that an answer may name.
MISSING, UNKNOWN, REFUSED, QUOTA, GONE, FAILED = "missing", "unknown", "refused", "quota", "gone", "failed"
#: What a subtitle must have in common with the episode.
_ENOUGH = frozenset({"series", "season", "episode"})
_MOST_OFFERS = 500
#: Bytes of memory that foreign code may take, and of a file.
_MEMORY, _MOST_BYTES = 2 * 1024**3, 8 * 1024**2


class Fault(Exception):
    """What a question comes to nothing by: a kind of the above, and the reason in words."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind, self.why = kind, why


def main() -> int:
    """Answer the question on standard input; whatever else prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    question = json.load(sys.stdin)
    os.environ.update(question.get("proxies", {}))
    try:
        answer = answered(question)
    except Fault as fault:
        answer = {"fault": {"kind": fault.kind, "why": fault.why}}
    with answers:
        json.dump(answer, answers)
    return 0


def answered(question: dict[str, Any]) -> dict[str, Any]:
    """Give the offers for an episode, or with `file` in the question the content of one of them.

    With `check` it is only seen whether there could be an answer.
    """
    name = _known(question["provider"])
    if question.get("check"):
        return {}
    video, languages = _video(question), _languages(question["languages"])
    if "file" not in question:
        return {"offers": _listed(name, video, languages)}
    return {"content": base64.b64encode(_content(name, video, languages, question["file"])).decode()}


def _known(name: str) -> str:
    """Give the name of a provider that is there. Raises Fault for others, and without the library."""
    try:
        from subliminal import provider_manager, region
    except ImportError as error:
        raise Fault(MISSING, str(error)) from error
    there = sorted(provider_manager.names())
    if name not in there:
        raise Fault(UNKNOWN, f"there are {', '.join(there)}")
    region.configure("dogpile.cache.memory", replace_existing_backend=True)
    return name


def _video(question: dict[str, Any]) -> Any:
    from subliminal.video import Episode

    show, season, episode = question["show"], question["season"], question["episode"]
    name = f"{show} - S{season:02d}E{episode:02d}.mkv"
    also = list(question["also"])
    return Episode(name, show, season, episode, year=question["year"], alternative_series=also)


def _languages(codes: list[str]) -> set[Any]:
    from babelfish import Error, Language

    found = set()
    for code in codes:
        try:
            found.add(Language.fromcode(code, "alpha3b"))
        except (Error, ValueError, KeyError):
            continue
    return found


def _content(name: str, video: Any, languages: set[Any], number: str) -> bytes:
    """Find a file again and download it: what a provider needs for that is known to its own code only."""
    provider = _opened(name)
    try:
        for subtitle in _asked(provider, video, languages):
            if str(subtitle.id) == number:
                provider.download_subtitle(subtitle)
                return _fitting(bytes(subtitle.content or b""))
    except Exception as error:  # foreign code's edge: it raises whatever a web page makes it
        raise _fault(error) from error
    finally:
        _closed(provider)
    raise Fault(GONE, f"{name} lists it no more")


def _fitting(content: bytes) -> bytes:
    if len(content) > _MOST_BYTES:
        raise Fault(GONE, f"it is larger than {_MOST_BYTES // 1024} KiB")
    return content


def _listed(name: str, video: Any, languages: set[Any]) -> list[dict[str, Any]]:
    provider = _opened(name)
    try:
        asked = islice(_asked(provider, video, languages), _MOST_OFFERS)
        return [_offer(one, video) for one in asked]
    except Exception as error:
        raise _fault(error) from error
    finally:
        _closed(provider)


def _asked(provider: Any, video: Any, languages: set[Any]) -> Iterator[Any]:
    # With their variants by country and script, which are languages of their own there.
    wanted = {one for one in provider.languages if one.alpha3 in {language.alpha3 for language in languages}}
    for subtitle in provider.list_subtitles(video, wanted) if wanted else ():
        if not getattr(subtitle, "foreign_only", False) and _is_of(subtitle, video):
            yield subtitle


def _is_of(subtitle: Any, video: Any) -> bool:
    """Tell whether a subtitle says that it is of the episode: providers list others too."""
    season, episode = getattr(subtitle, "season", None), getattr(subtitle, "episode", None)
    told_otherwise = season not in (None, video.season) or episode not in (None, video.episode)
    return not told_otherwise and bool(subtitle.get_matches(video) >= _ENOUGH)


def _offer(subtitle: Any, video: Any) -> dict[str, Any]:
    from subliminal import compute_score

    return {
        "provider_id": str(subtitle.id),
        "language": subtitle.language.alpha3b,
        "release": str(getattr(subtitle, "info", "") or ""),
        "hearing_impaired": bool(subtitle.hearing_impaired),
        "machine_translated": bool(getattr(subtitle, "machine_translated", False)),
        "downloads": int(getattr(subtitle, "download_count", 0) or 0),
        "fps": float(getattr(subtitle, "fps", 0) or 0),
        "score": int(compute_score(subtitle, video)),
    }


def _opened(name: str) -> Any:
    from subliminal import provider_manager

    try:
        provider = provider_manager[name].plugin()
        provider.initialize()
    except Exception as error:
        raise _fault(error) from error
    return provider


def _closed(provider: Any) -> None:
    try:
        provider.terminate()
    except Exception as error:  # noqa: BLE001 - foreign code; nothing depends on it any more
        sys.stderr.write(f"{type(error).__name__}\n")


def _fault(error: Exception) -> Fault:
    """Say what an exception of a provider is a sign of."""
    from subliminal import exceptions

    if isinstance(error, Fault):
        return error
    why = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, exceptions.DownloadLimitExceeded):
        return Fault(QUOTA, why)
    if isinstance(error, exceptions.AuthenticationError | exceptions.ConfigurationError):
        return Fault(REFUSED, why)
    return Fault(FAILED, why)


if __name__ == "__main__":
    raise SystemExit(main())
