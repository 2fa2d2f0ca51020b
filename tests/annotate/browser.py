"""A person in a real browser, scripted: Chromium without a window, told what to do over its own DevTools protocol.

The mouse and the keys are the browser's own events, as a person makes them; the page cannot tell. Names other than
loopback do not resolve, so that nothing is asked of any other machine.
"""

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, cast

import websocket

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
WIDTH, HEIGHT = 1400, 860
_PATIENCE = 90.0
"""Seconds for a page to show what is waited for: a busy machine draws the labelling page in ten to thirty."""


class Unable(RuntimeError):
    """The page cannot do it, or is just being exchanged for another."""


class Browser:
    """One page of it."""

    def __init__(self, socket: "websocket.WebSocket") -> None:
        self._socket = socket
        self._numbers = count(1)

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """What DevTools answers; what it tells meanwhile is passed over."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv())
            if told.get("id") == number:
                if "error" in told:
                    raise Unable(told["error"].get("message"))
                return cast(dict[str, Any], told["result"])

    def value(self, script: str) -> Any:
        """What an expression is in the page."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return done["result"].get("value")

    def go(self, url: str) -> None:
        """Open an address."""
        self.call("Page.navigate", url=url)

    def until(self, script: str) -> Any:
        """Wait until an expression is true, and what it is then; a page that is just changing has none."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            with suppress(Unable):
                if found := self.value(script):
                    return found
            time.sleep(0.2)
        raise TimeoutError(f"the page never came to {script}: {self.value('document.body.innerText')!r:.800}")

    def place_of(self, selector: str, text: str = "") -> tuple[float, float, float, float]:
        """x, y, width, height of the first visible element of that selector that has the text, once it is there."""
        script = f"""(() => {{
            const found = [...document.querySelectorAll({json.dumps(selector)})].find(each =>
                each.innerText !== undefined && each.innerText.includes({json.dumps(text)})
                && each.getBoundingClientRect().width > 0);
            if (!found) return null;
            const box = found.getBoundingClientRect();
            return [box.x, box.y, box.width, box.height];
        }})()"""
        x, y, width, height = self.until(script)
        return x, y, width, height

    def click(self, selector: str, text: str = "") -> None:
        """Click in the middle of it."""
        x, y, width, height = self.place_of(selector, text)
        self.drag([(x + width / 2, y + height / 2)])

    def type(self, selector: str, text: str) -> None:
        """Click into a field and write."""
        self.click(selector)
        self.call("Input.insertText", text=text)

    def drag(self, points: list[tuple[float, float]]) -> None:
        """Press at the first point, move over the others, and let go at the last."""
        (x, y), *others = points
        self._mouse("mouseMoved", x, y)
        self._mouse("mousePressed", x, y, buttons=1)
        for x, y in others:
            for _ in range(2):
                self._mouse("mouseMoved", x, y, buttons=1)
        self._mouse("mouseReleased", x, y)

    def screenshot(self, place: Path) -> None:
        """What is seen, as PNG."""
        place.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def _mouse(self, kind: str, x: float, y: float, buttons: int = 0) -> None:
        held: dict[str, object] = {"button": "none" if kind == "mouseMoved" else "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=buttons, **held)
        time.sleep(0.03)


@contextmanager
def opened(folder: Path) -> Generator[Browser]:
    """A browser with a fresh profile in that folder; ended with the block, whatever happens."""
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--mute-audio"]
    command += ["--no-sandbox"] if os.geteuid() == 0 else []
    command += ["--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--window-size={WIDTH},{HEIGHT}"]
    command += ["--remote-debugging-port=0", f"--user-data-dir={folder}", "--no-proxy-server", "about:blank"]
    with (folder.parent / "chromium.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        socket = websocket.create_connection(_page(folder, process), timeout=_PATIENCE, suppress_origin=True)
        try:
            browser = Browser(socket)
            browser.call("Page.enable")
            browser.call(
                "Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False
            )
            yield browser
        finally:
            socket.close()
    finally:
        process.kill()
        process.wait()


def _page(folder: Path, process: "subprocess.Popen[bytes]") -> str:
    """Where the first page is told what to do."""
    port = folder / "DevToolsActivePort"
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if port.is_file() and (number := port.read_text().split("\n")[0]):
            url = f"http://127.0.0.1:{number}/json/list"
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as reply:
                pages = [each for each in json.loads(reply.read()) if each["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise TimeoutError((folder.parent / "chromium.log").read_text(errors="replace")[-2000:])
