"""Asking for a stop from any thread."""

from __future__ import annotations

import threading

import pytest

from engramd.errors import Cancelled
from engramd.tools import CancelToken


def test_a_callback_runs_once_or_at_once() -> None:
    token, called = CancelToken(), []
    token.on_cancel(lambda: called.append("early"))
    token.cancel("why")
    token.cancel("another reason")
    token.on_cancel(lambda: called.append("late"))
    assert called == ["early", "late"]
    assert token.reason == "why"
    with pytest.raises(Cancelled, match="why"):
        token.raise_if_cancelled()


def test_a_callback_that_is_forgotten_does_not_run() -> None:
    token, called = CancelToken(), []
    callback = lambda: called.append(1)  # noqa: E731
    forget, keep = token.on_cancel(callback), token.on_cancel(callback)
    forget()
    token.cancel()
    keep()
    assert called == [1]


def test_waiting_ends_with_the_cancel() -> None:
    token = CancelToken()
    assert not token.wait(0.01)
    threading.Timer(0.05, token.cancel).start()
    assert token.wait(5)
    assert token.cancelled
