"""A browser that tests look through: a real Chromium without a window, over plain WebDriver."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx

from tests.support.cockpit import free_port

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--lang=en-GB",
)


class Browser:
    """Starts Chromium and its driver on entry, ends both on exit; `folder` is for its profile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Browser:
        port = free_port()
        self._log = (self.folder / "browser.log").open("wb")
        self._driver = subprocess.Popen(
            [str(shutil.which("chromedriver")), f"--port={port}"],
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "HOME": str(self.folder)},
        )
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        try:
            self._wait_for_driver()
            self._session = self._new_session()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(httpx.HTTPError, AttributeError):
            self._call("DELETE", "")
        self._http.close()
        self._driver.terminate()
        self._driver.wait(10)
        self._log.close()

    def open(self, url: str) -> None:
        """Load a page and wait until it is there."""
        self._call("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page and give what it returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector: str) -> list[dict[str, str]]:
        """Give the elements that a CSS selector means."""
        found: list[dict[str, str]] = self._call(
            "POST", "/elements", {"using": "css selector", "value": selector}
        )
        return found

    def click(self, element: dict[str, str]) -> None:
        """Click an element as a mouse does."""
        self._call("POST", f"/element/{element[_ELEMENT]}/click", {})

    def keys(self, text: str) -> None:
        """Press keys, one after another, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def resize(self, width: int, height: int, *, dark: bool = False) -> None:
        """Give the page a size in pixels, and light or dark as what the person prefers."""
        self._devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path) -> None:
        """Write what is to be seen, as PNG."""
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))

    def accessible(self) -> list[dict[str, Any]]:
        """Give what a screen reader gets of the page: nodes with a role and a name."""
        nodes: list[dict[str, Any]] = self._devtools("Accessibility.getFullAXTree")["nodes"]
        return [node for node in nodes if not node.get("ignored")]

    def said(self) -> list[str]:
        """Give what the console said since the last call: errors, and what the page's policy refused."""
        entries = self._call("POST", "/se/log", {"type": "browser"})
        return [f"{entry['level']} {entry['message']}" for entry in entries]

    def _devtools(self, command: str, **parameters: Any) -> Any:
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def _wait_for_driver(self) -> None:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(httpx.TransportError):
                if self._http.get("/status").json()["value"]["ready"]:
                    return
            assert time.monotonic() < end, "the driver does not answer"
            time.sleep(0.05)

    def _new_session(self) -> str:
        options = {"args": [*_ARGUMENTS, f"--user-data-dir={self.folder / 'profile'}"]}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        reply = self._http.post("/session", json={"capabilities": {"alwaysMatch": wanted}}).json()["value"]
        assert "sessionId" in reply, reply
        return str(reply["sessionId"])

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"/session/{self._session}{path}"
        value = self._http.request(method, url, json=body).json()["value"]
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value
