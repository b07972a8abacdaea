"""Turns an HTTP answer into a JSON value, a miss, or the error that it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engramd.sources.reports import Reports

if TYPE_CHECKING:
    from engramd.sources.wire import RawAnswer

_TRY_AGAIN = frozenset({408, 425, 429})


def may_pass(status: int) -> bool:
    """Tell whether a failure of this status can be over soon."""
    return status >= 500 or status in _TRY_AGAIN


def json_value(answer: RawAnswer, where: str, reports: Reports, *, missing: bool) -> object | None:
    """Give the JSON value of an answer; None for a 404, if `missing` things are no surprise.

    Raises SourceRefused (the key), SourceUnreachable (something else answers) and SourceChanged.
    """
    status = answer.status
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    is_json = kind == "application/json" or kind.endswith("+json")
    if status == 401 or (status == 403 and is_json):
        raise reports.refused(where, reports.message_in(answer.body) or f"it answered {status}")
    if status == 407:
        raise reports.unreachable(where, "the proxy wants a password (407)")
    if not is_json:  # as a captive portal does, or a gate before the source that keeps robots out
        why = f"something answered {status} with {kind or 'no content type'} instead of JSON"
        raise reports.unreachable(where, why)
    if status == 404 and missing:
        return None
    if not 200 <= status < 300:
        raise reports.changed(where, f"status {status}", reports.message_in(answer.body))
    return _parsed(answer.body, where, reports)


def _parsed(body: bytes, where: str, reports: Reports) -> object:
    try:
        value: object = json.loads(body)
    except RecursionError as error:
        raise reports.changed(where, "body", "it is nested too deeply") from error
    except ValueError as error:  # bad JSON or UTF-8, or an integer of thousands of digits
        raise reports.changed(where, "body", f"it is no JSON: {error}") from error
    if value is None:
        raise reports.changed(where, "body", "it is null")
    return value
