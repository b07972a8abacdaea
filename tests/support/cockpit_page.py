"""The page as a person meets it: what is to be read, pressed, typed and reached with the keyboard."""

from __future__ import annotations

import time
from typing import Any

from tests.support.cockpit import Cockpit
from tests.support.cockpit_browser import Browser

TAB, ENTER = "\ue004", "\ue007"
#: A person would give up earlier.
_TABS = 300

_BUTTON = """
const [within, name] = arguments;
return [...document.querySelectorAll(`${within} button`)].find(button =>
    (button.getAttribute("aria-label") || button.textContent).startsWith(name)) || null;
"""
_FOCUSED = """
const at = document.activeElement;
return (at.getAttribute("aria-label") || at.textContent).startsWith(arguments[0]);
"""
#: Keeps every value that a bar of a job at work had, from now on.
_WATCH_BARS = """
window.bars = [];
new MutationObserver(() => {
    const bar = document.querySelector("#working .card > .bar progress");
    if (bar && bar.position >= 0 && window.bars.at(-1) !== bar.value)
        window.bars.push(bar.value);
}).observe(document.body, { subtree: true, childList: true, attributes: true });
"""
#: Texts that are hard to read: with less contrast to what is behind them than WCAG 2 (AA) wants.
_FAINT = """
const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
const behind = element => {
    for (let at = element; at; at = at.parentElement) {
        const colour = rgba(getComputedStyle(at).backgroundColor);
        if (colour[3] === 1)
            return colour;
    }
    return [255, 255, 255, 1];
};
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
return [...document.querySelectorAll("body *")]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.getClientRects().length)
    .filter(e => !e.closest("option, .only-read, :disabled"))
    .map(e => [contrast(rgba(getComputedStyle(e).color), behind(e)), e.textContent.slice(0, 40), e.className])
    .filter(([ratio]) => ratio < 4.5);
"""
_CONTROLS = ("button", "textbox", "searchbox", "combobox", "spinbutton", "checkbox", "progressbar", "link")


class Page:
    """The page of one Cockpit in a browser; every wait fails with what the page says."""

    def __init__(self, browser: Browser, cockpit: Cockpit) -> None:
        self.browser, self.cockpit = browser, cockpit

    def go(self, *words: str, wait_for: str = "") -> None:
        """Load the page anew, at one of its views, and wait until that says something."""
        self.browser.open("about:blank")
        self.browser.open(f"{self.cockpit.url}#/{'/'.join(words)}")
        self.see(wait_for or "Overview")

    def text(self) -> str:
        """All that is to be read."""
        return str(self.browser.run("return document.body.innerText"))

    def sees(self, text: str) -> bool:
        """Whether that is to be read now."""
        return text in self.text()

    def see(self, text: str) -> None:
        """Wait until that is to be read."""
        self.until(lambda: self.sees(text), f"“{text}” does not appear")

    def until(self, condition: Any, what: str, seconds: float = 30) -> None:
        """Wait until a condition holds."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                said = f"{self.text()}\n{self.browser.said()}\n{self.cockpit.log()}"
                raise AssertionError(f"{what}:\n{said}")
            time.sleep(0.05)

    def button(self, name: str, within: str = "body") -> dict[str, str] | None:
        """The first button whose name begins so, in what a selector means; None if there is none."""
        found: dict[str, str] | None = self.browser.run(_BUTTON, within, name)
        return found

    def press(self, name: str, within: str = "body") -> None:
        """Click a button, as soon as there is one."""
        self.until(lambda: self.button(name, within), f"no button “{name}” appears")
        found = self.button(name, within)
        assert found is not None, f"the button “{name}” is gone"
        self.browser.click(found)

    def press_with_keyboard(self, name: str) -> None:
        """Go on with the tabulator until a button has the focus, and press Enter."""
        self.until(lambda: self.button(name), f"no button “{name}” appears")
        for _ in range(_TABS):
            if self.browser.run(_FOCUSED, name):
                self.browser.keys(ENTER)
                return
            self.browser.keys(TAB)
        raise AssertionError(f"the keyboard does not reach “{name}”")

    def type_into(self, selector: str, text: str) -> None:
        """Type into a field, over what is there."""
        self.until(lambda: self.browser.find(selector), f"there is no {selector}")
        self.browser.run("document.querySelector(arguments[0]).select()", selector)
        self.browser.run("document.querySelector(arguments[0]).focus()", selector)
        self.browser.keys(text)

    def choose(self, selector: str, value: str) -> None:
        """Choose from a list."""
        self.until(lambda: self.browser.find(f"{selector} option[value='{value}']"), f"no {value} to choose")
        self.browser.click(self.browser.find(f"{selector} option[value='{value}']")[0])

    def watch_bars(self) -> None:
        """Begin to keep the values of the bar of the job at work."""
        self.browser.run(_WATCH_BARS)

    def bars(self) -> list[float]:
        """The values that it had, in order."""
        found: list[float] = self.browser.run("return window.bars")
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        script = "return document.documentElement.scrollWidth - window.innerWidth"
        return max(0, int(self.browser.run(script)))

    def faint(self) -> list[Any]:
        """Texts that do not stand out from what is behind them."""
        found: list[Any] = self.browser.run(_FAINT)
        return found

    def nameless(self) -> list[str]:
        """Controls that a screen reader has no name for, and fields without a label."""
        nodes = self.browser.accessible()
        controls = [node for node in nodes if node.get("role", {}).get("value") in _CONTROLS]
        assert controls, "there is nothing to operate"
        without = [str(node) for node in controls if not node.get("name", {}).get("value", "").strip()]
        fields = "[...document.querySelectorAll('input, select')].filter(field => !field.labels.length)"
        return without + list(self.browser.run(f"return {fields}.map(field => field.id || field.outerHTML)"))
