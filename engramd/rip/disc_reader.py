"""`python -m engramd.rip.disc_reader`: answer the question on standard input about a disc, as JSON."""

from __future__ import annotations

import sys

from engramd.discs.child import ErrorText
from engramd.errors import EngramError
from engramd.rip.damage import is_scrambled
from engramd.rip.disc_child import Answer, Question
from engramd.rip.regions import title_regions


def main() -> int:
    """Print the answer; or the error, and give 1."""
    question = Question.model_validate_json(sys.stdin.read())
    try:
        answer = _answer(question)
    except EngramError as error:
        sys.stdout.write(ErrorText.of(error).model_dump_json() + "\n")
        return 1
    sys.stdout.write(answer.model_dump_json() + "\n")
    return 0


def _answer(question: Question) -> Answer:
    if question.about == "scrambling":
        return Answer(scrambled=is_scrambled(question.disc, question.title))
    found = title_regions(question.disc, question.title)
    return Answer(played=found.played, structure=found.structure)


if __name__ == "__main__":
    sys.exit(main())
