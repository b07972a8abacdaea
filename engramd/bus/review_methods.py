"""The methods of questions: answering one, and what helps to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from engramd.bus import names
from engramd.bus.call import Call
from engramd.bus.choices import choices_of
from engramd.bus.options import check_length, typed_options
from engramd.bus.review_options import review_options
from engramd.bus.variants import Uint32, clean, pack
from engramd.errors import InvalidArgument, NotFound
from engramd.store import Store

if TYPE_CHECKING:
    from engramd.pipeline.review_details import ReviewDetails
    from engramd.pipeline.review_roster import RosterRow

_SCOPES = ("", "disc", "season", "set")


class KnowsReviews(Protocol):
    """What these methods need of the station."""

    def answer_review(self, review_id: int, answer: str, actor: str, scope: str = "") -> None:
        """Answer a question."""

    def dismiss_review(self, review_id: int, actor: str) -> None:
        """Close a question without an answer."""

    def review_details(self, review_id: int) -> ReviewDetails:
        """Give what helps to answer a question."""


def review_methods(station: KnowsReviews, store: Store) -> dict[tuple[str, str], Callable[[Any], Any]]:
    """Give the methods, as (interface, method)."""

    def answered(call: Call) -> None:
        given = typed_options(call.arguments[0], {"option": str, "value": None, "for": str})
        scope = given.pop("for", "")
        if scope not in _SCOPES:
            raise InvalidArgument("an answer is for a disc, a season or a set", where=f"for {scope}")
        if len(given) != 1:
            raise InvalidArgument("an answer is either an option or a value")
        answer = _value_of(store, call.key, given["option"]) if "option" in given else str(given["value"])
        check_length("value", answer)
        station.answer_review(call.key, answer, call.actor, scope)

    def detailed(call: Call) -> dict[str, Any]:
        typed_options(call.arguments[0], {})
        return details_values(station.review_details(call.key))

    return {
        (names.REVIEW, "Answer"): answered,
        (names.REVIEW, "Dismiss"): lambda call: station.dismiss_review(call.key, call.actor),
        (names.REVIEW, "Details"): detailed,
    }


def details_values(details: ReviewDetails) -> dict[str, Any]:
    """Give what helps to answer a question, as the bus has it."""
    roster = [_roster_values(row) for row in details.roster]
    return {
        "title": Uint32(details.title),
        "captions": [f"{_clock(line.at)}  {line.text}" for line in details.words.lines],
        "file": details.file,
        "at": Uint32(max(0, details.words.at)),
        "roster": pack("aa{sv}", clean(roster)),
        "plots": pack("a{ss}", clean(dict(details.plots))),
        "images": list(details.images),
    }


def _roster_values(row: RosterRow) -> dict[str, Any]:
    return {
        "season": Uint32(row.season),
        "episode": Uint32(row.episode),
        "name": row.name,
        "state": row.state,
        "candidate": row.is_candidate,
        "title": Uint32(row.title),
        "disc": -1 if row.disc is None else row.disc,
    }


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _value_of(store: Store, review_id: int, chosen: str) -> str:
    """Give the value of an option. Raises NotFound, InvalidArgument."""
    review = store.review(review_id)
    if review is None:
        raise NotFound("there is no such question", where=f"review {review_id}")
    choices = choices_of(store, review)
    about_title = review.title_id is not None
    options = {
        str(item["id"]): str(item["value"])
        for item in review_options(review.kind, choices, about_title=about_title)
    }
    if chosen not in options:
        remedy = f"options are {', '.join(options) or 'none'}"
        raise InvalidArgument("there is no such option", where=chosen, remedy=remedy)
    return options[chosen]
