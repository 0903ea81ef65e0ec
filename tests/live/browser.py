"""A real browser for tests: chromedriver is started, and asked over HTTP in the words of the W3C's WebDriver.

    Browser ─ POST /session/…/url, /element, /execute/sync ─► chromedriver ─► chromium, without a window

Every wait is bounded. Where the machine has no chromium a test that wants one is skipped, and says so.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how WebDriver marks an element in JSON
PATIENCE_S = 60.0
PAUSE_S = 0.2
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-sync", "--window-size=1500,1400",
)  # fmt: skip
CHOOSE = """
const [name, key, label] = arguments;
const select = document.querySelector(`select[name="${name}"]`);
select.add(new Option(label, key, true, true));
select.value = key;
select.dispatchEvent(new Event("change", {bubbles: true}));
"""
CLICK = "arguments[0].scrollIntoView({block: 'center'}); arguments[0].click();"

Found = TypeVar("Found")


class NotThere(AssertionError):
    """The page does not have it."""


class Browser:
    """One window, as a person uses it: pages, links, fields, buttons, and what is to be read."""

    def __init__(self, driver: str, session: str, base: str) -> None:
        self.base = base
        self._session = f"{driver}/session/{session}"

    def open(self, path: str) -> None:
        """Go to a page of Nautobot."""
        self._post("/url", url=path if path.startswith("http") else self.base + path)

    @property
    def url(self) -> str:
        """Where it is now."""
        return str(self._ask("GET", f"{self._session}/url"))

    @property
    def text(self) -> str:
        """What can be read on the page."""
        return str(self.run("return document.body.innerText"))

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page, and return what it returns."""
        return self._post("/execute/sync", script=script, args=list(arguments))

    def element(self, css: str) -> dict[str, str]:
        """Return the first element that fits."""
        return dict(self._find("css selector", css))

    def follow(self, label: str) -> None:
        """Click a link by what it says."""
        self.run(CLICK, self._find("partial link text", label))

    def click(self, css: str) -> None:
        """Click something."""
        self.run(CLICK, self.element(css))

    def write(self, name: str, text: str) -> None:
        """Write into a field of a form, instead of what is there."""
        key = self.element(f'[name="{name}"]')[ELEMENT]
        self._post(f"/element/{key}/clear")
        self._post(f"/element/{key}/value", text=text)

    def choose(self, name: str, key: str, label: str) -> None:
        """Choose an object in a field whose choices Nautobot looks up while one types."""
        self.run(CHOOSE, name, key, label)

    def chosen(self, name: str) -> str:
        """Return the value of a field."""
        return str(self.run("return document.querySelector(`[name='${arguments[0]}']`).value", name))

    def tick(self, name: str, on: bool) -> None:
        """Set a checkbox."""
        if bool(self.run("return document.querySelector(`input[name='${arguments[0]}']`).checked", name)) is not on:
            self.click(f"input[name='{name}']")

    def wait(self, what: str, look: Callable[[], Found], patience_s: float = PATIENCE_S) -> Found:
        """Look until there is something; fails with what was waited for and what the page says."""
        deadline = time.monotonic() + patience_s
        while True:
            with contextlib.suppress(NotThere):  # a page that is being loaded
                if found := look():
                    return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {patience_s:.0f} s on {self.url}\n{self.text[-3000:]}")
            time.sleep(PAUSE_S)

    def log_in(self, user: str, password: str) -> None:
        """Log in as a person does."""
        self.open("/login/")
        self.write("username", user)
        self.write("password", password)
        self.click("form button[type=submit]")
        self.wait("logged in", lambda: "/login/" not in self.url)

    def close(self) -> None:
        """Close the window."""
        self._ask("DELETE", self._session)

    def _find(self, using: str, value: str) -> Any:
        return self._post("/element", using=using, value=value)

    def _post(self, path: str, **content: Any) -> Any:
        return self._ask("POST", self._session + path, content)

    @staticmethod
    def _ask(method: str, url: str, content: Any = None) -> Any:
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with DIRECT.open(request, timeout=PATIENCE_S * 2) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise NotThere(json.load(error)["value"]["message"].partition("\n")[0]) from None


DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""The driver is on this machine: no proxy in between."""


@contextlib.contextmanager
def browser_of(base: str, folder: Path) -> Iterator[Browser]:
    """Start chromedriver and a window, and end exactly them; skips where there is no chromium."""
    driver = shutil.which("chromedriver")
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if driver is None or chromium is None:
        pytest.skip("no chromium with its chromedriver on this machine: what a person sees was not looked at")
    with _free_port() as port, (folder / "chromedriver.log").open("w") as log:
        process = subprocess.Popen([driver, f"--port={port}"], stdout=log, stderr=log)
        try:
            yield from _window(f"http://127.0.0.1:{port}", chromium, base, folder)
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)


def _window(driver: str, chromium: str, base: str, folder: Path) -> Iterator[Browser]:
    _until_it_answers(driver)
    options = {"binary": chromium, "args": [*ARGUMENTS, f"--user-data-dir={folder / 'profile'}"]}
    wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
    session = Browser._ask("POST", f"{driver}/session", {"capabilities": wanted})["sessionId"]
    browser = Browser(driver, session, base)
    try:
        yield browser
    finally:
        browser.close()


def _until_it_answers(driver: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(OSError):
            if Browser._ask("GET", f"{driver}/status")["ready"]:
                return
        assert time.monotonic() < deadline, "chromedriver did not answer"
        time.sleep(PAUSE_S)


@contextlib.contextmanager
def _free_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield int(port)
