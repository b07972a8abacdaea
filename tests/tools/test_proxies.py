"""The proxies that children are told of."""

from __future__ import annotations

from engramd.tools.proxies import proxies


def test_small_and_capital_names_are_known_and_nothing_else_is_passed_on() -> None:
    known = {
        "http_proxy": "http://me:word@proxy:8080",
        "HTTPS_PROXY": "http://proxy",
        "no_proxy": "localhost",
    }
    assert proxies({**known, "PATH": "/bin", "MY_KEY": "sesame"}) == known
