"""TheDiscDB over the network: what it knows of a content hash. Sends that hash, and nothing else of a disc.

GraphQL answers 200 also where it failed: `errors` in an answer are an error, never a miss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from engramd.sources.discdb_model import DiscEntry
from engramd.sources.discdb_read import BadEntry, Fields, fields, items, read_disc, read_work, text
from engramd.sources.problems import SourceChanged, SourceUnreachable
from engramd.tools.cancel import CancelToken

NAME = "TheDiscDB"
BASE_URL = "https://thediscdb.com"
PATH = "/graphql"
#: Works on one page, and pages that are asked for: a disc is listed under a few works at most.
PAGE, MOST_PAGES = 10, 5
MOST_RELEASES = 1_000
#: Discs are told apart from their places in releases, and only the former surely have the hash as a column.
BY_HASH = """
query DiscsByHash($hash: String!, $first: Int!, $after: String) {
  mediaItems(
    first: $first
    after: $after
    where: { releases: { some: { discs: { some: { disc: { contentHash: { eq: $hash } } } } } } }
  ) {
    pageInfo { hasNextPage endCursor }
    nodes {
      title year type slug
      externalids { tmdb imdb }
      releases(where: { discs: { some: { disc: { contentHash: { eq: $hash } } } } }) {
        slug title
        discs(where: { disc: { contentHash: { eq: $hash } } }) {
          index slug name format contentHash
          titles {
            sourceFile segmentMap duration size
            item { title type season episode description chapters { index title } }
          }
        }
      }
    }
  }
}
"""
_NO_FIELD = re.compile(
    r"[Ff]ield [`'\"]([^`'\"]+)[`'\"] does not exist on (?:the )?type [`'\"]([^`'\"]+)[`'\"]"
)
#: Codes of answers to a question that the server does not accept, as Hot Chocolate numbers them.
_REFUSED = re.compile(r"HC\d{4}|GRAPHQL_VALIDATION_FAILED")


class Asks(Protocol):
    """The part of a Fetcher that is used here."""

    def post_json(
        self,
        path: str,
        body: object,
        *,
        check: Callable[[object], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> object:
        """Give the JSON answer to `body`."""
        ...


class OnlineDiscDb:
    """Lookups over the network. Raises what the fetcher raises, SourceChanged and SourceUnreachable."""

    def __init__(self, fetcher: Asks) -> None:
        self._fetcher = fetcher

    def lookup(self, content_hash: str, cancel: CancelToken | None = None) -> list[DiscEntry]:
        """Give all entries with a content hash, which need not be of this disc; see `confirm`."""
        found: list[DiscEntry] = []
        after: str | None = None
        for _ in range(MOST_PAGES):
            variables = {"hash": content_hash.upper(), "first": PAGE, "after": after}
            body = {"query": BY_HASH, "variables": variables}
            answer = self._fetcher.post_json(PATH, body, check=check_answer, cancel=cancel)
            found += (entry for entry in entries_in(answer) if entry.content_hash == content_hash.upper())
            after = _next_page(answer)
            if after is None:
                break
        return found


def check_answer(answer: object) -> None:
    """Raise SourceChanged or SourceUnreachable if an answer is an error, or not as documented."""
    for _ in entries_in(answer):
        pass


def entries_in(answer: object) -> Iterator[DiscEntry]:
    """Give the discs of an answer. Raises SourceChanged and SourceUnreachable."""
    try:
        whole = fields(answer, "the answer")
        _raise_errors(items(whole.get("errors"), "errors", 1_000))
        for node in items(_connection(whole).get("nodes"), "nodes", 1_000):
            yield from _discs(fields(node, "nodes"))
    except BadEntry as error:
        raise _changed(error.where or "the answer", str(error)) from error


def _connection(whole: Fields) -> Fields:
    return fields(fields(whole.get("data"), "data").get("mediaitems"), "mediaItems")


def _next_page(answer: object) -> str | None:
    """Give the cursor of the next page, if there is one; the answer has been checked."""
    page = _connection(fields(answer, "the answer")).get("pageinfo")
    info = fields(page, "pageInfo") if page is not None else {}
    cursor = info.get("endcursor")
    return cursor if info.get("hasnextpage") is True and isinstance(cursor, str) else None


def _discs(node: Fields) -> Iterator[DiscEntry]:
    work = read_work(node, None)
    for one in items(node.get("releases"), "releases", MOST_RELEASES):
        release = fields(one, "releases")
        for disc in items(release.get("discs"), "discs", MOST_RELEASES):
            source = fields(disc, "discs")
            where = "/".join(text(part, "slug") for part in (node, release, source))
            yield read_disc(source, work, release, where)


def _raise_errors(errors: list[object]) -> None:
    """Raise for the first error, if there is one; a field that is gone is named."""
    if not errors:
        return
    first = fields(errors[0], "errors")
    message = text(first, "message") or "it says no more"
    gone = _NO_FIELD.search(message)
    if gone:
        raise _changed(f"{gone[2]}.{gone[1]}", message)
    code = text(fields(first.get("extensions") or {}, "extensions"), "code")
    if _REFUSED.fullmatch(code):
        raise _changed("query", f"{message} ({code})")
    raise SourceUnreachable(
        f"{NAME} failed to answer",
        source=NAME,
        where=PATH,
        why=message,
        remedy="it can be asked again later; engramctl discdb import makes a local index",
    )


def _changed(field: str, why: str) -> SourceChanged:
    return SourceChanged(
        f"{NAME} gave an answer that this program does not understand",
        source=NAME,
        field=field,
        where=f"{PATH}, {field}",
        why=why,
        remedy="look for a newer version of this program; engramctl discdb import makes a local index",
    )
