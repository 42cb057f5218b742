"""The live explorer as a page in the browser, without Jupyter: served to this machine alone.

Who shows it waits until it is closed, and makes features meanwhile where search needs them; a
thread of uvicorn's serves the page and answers its questions.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Sequence

import uvicorn

# uvicorn takes up no conversation without it, and has been installed without it in many places.
import websockets  # noqa: F401
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..errors import LookalikeError, visible, warn_caller
from ..progress import watched
from .door import Door
from .rows import Rows
from .session import Message, Search, Send, Session
from .show import open_browser

Prepare = Callable[[], Search]
FOLDER = Path(__file__).parent
# Bytes of a message: a picture that is dropped comes small, but a selection may be long.
MAX_MESSAGE = 8 * 2**20
# Pictures are compressed already, and nobody reads a log.
SERVING: dict[str, Any] = {
    "http": "h11",
    "lifespan": "off",
    "loop": "asyncio",
    "proxy_headers": False,
    "server_header": False,
    "ws_max_size": MAX_MESSAGE,
    "ws_per_message_deflate": False,
    "log_config": None,
    "log_level": "error",
}
# Seconds: for the first tiles before features are made, for a page to come back when it is
# reloaded, between two looks whether it is closed and two words of progress, and for the end.
HEAD_START, GRACE, TICK, STOPPING = 5.0, 5.0, 0.2, 2.0
OPEN_TO_OTHERS = (
    "Whoever can reach this machine through the network and gets hold of the page's address can "
    "look at these pictures, and nothing on the way is encrypted."
)


class Page:
    """Rows in a page of the browser, as ``Explorer.serve`` shows them.

    Parameters
    ----------
    rows, title, search
        As ``Session`` takes them.
    prepare : callable, optional
        Makes ``search`` where there is none, while the page is looked at.

    Attributes
    ----------
    selection : list of [int, int]
        First and last number of each run of selected rows, in order, also once it is closed.
    """

    def __init__(
        self, rows: Rows, title: str, search: Search | None, prepare: Prepare | None
    ) -> None:
        self.selection: list[list[int]] = []
        self._rows, self._title, self._search = rows, title, search
        self._prepare = None if search else prepare
        # What changes while it is looked at.
        progress = [0, len(rows)] if self._prepare else []
        self._state: dict[str, Any] = {"searches": search is not None, "progress": progress}
        self._told = 0.0
        self._lock, self._searching = threading.Lock(), threading.Lock()
        self._readers: set[Send] = set()
        self._seen, self._closed = threading.Event(), threading.Event()

    def serve(self, host: str, port: int, opens: bool, stays: bool) -> None:
        """Show the page, and return when it is closed: see ``Explorer.serve``."""
        with _listener(host, port) as listener:
            folder = f"/{secrets.token_urlsafe(12)}/"
            door = Door(self._app(folder, stays), folder, host, *listener.getsockname()[:2])
            server = uvicorn.Server(uvicorn.Config(door, **SERVING))
            serving = threading.Thread(target=server.run, args=([listener],), daemon=True)
            self._closed.clear()
            serving.start()
            try:
                self._announce(door, opens, stays)
                if self._prepare and not self._search:
                    self._make_search(self._prepare)
                while serving.is_alive() and not self._closed.wait(TICK):
                    pass
            except KeyboardInterrupt:
                pass
            finally:
                server.should_exit = True
                serving.join(STOPPING)

    def _announce(self, door: Door, opens: bool, stays: bool) -> None:
        if not door.is_local:
            warn_caller(OPEN_TO_OTHERS, UserWarning)
        opened = opens and open_browser(door.address(once=True))
        if not opened:
            # It may have been seen, and nobody would notice that somebody else came by it.
            door.use_up()
        title = visible(self._title) or f"{len(self._rows)} rows"
        end = "Ctrl-C ends it" if stays else "close it, or press Ctrl-C here, to go on"
        shown = f"{'opened' if opened else 'open'} {door.address()} in your browser"
        print(f"{title}: {shown}; {end}", flush=True)  # noqa: T201 - what it is for

    def _make_search(self, prepare: Prepare) -> None:
        """Make what finds look-alikes, once the first tiles are there."""
        self._seen.wait(HEAD_START)
        try:
            with watched(self._tell):
                self._search = prepare()
        except (LookalikeError, OSError, ValueError) as error:
            # The pictures can be looked at all the same.
            warn_caller(f"Look-alikes cannot be found here: {error}", UserWarning)
        self._set(searches=self._search is not None, progress=[])

    def _tell(self, done: int, total: int) -> None:
        if self._closed.is_set():
            raise KeyboardInterrupt
        if done == total or time.monotonic() > self._told + TICK:
            self._told = time.monotonic()
            self._set(progress=[done, total])

    def _set(self, **values: Any) -> None:
        with self._lock:
            self._state.update(values)
            for send in self._readers:
                send({"kind": "state", "values": values}, [])

    def _find(self, *query: Any, **how: Any) -> Any:
        if self._search is None:
            raise ValueError("Look-alikes are found once all pictures have been looked at.")
        with self._searching:
            return self._search(*query, **how)

    # What the thread that serves does.

    def _app(self, folder: str, stays: bool) -> Starlette:
        def close_if_alone() -> None:
            if not self._readers:
                self._closed.set()

        async def converse(browser: WebSocket) -> None:
            try:
                await self._converse(browser)
            finally:
                if not stays:
                    asyncio.get_running_loop().call_later(GRACE, close_if_alone)

        routes: list[BaseRoute] = [WebSocketRoute(folder + "conversation", converse)]
        for file in [FOLDER / "page.html", *FOLDER.glob("*.mjs")]:
            kind, name = ("html", "") if file.suffix == ".html" else ("javascript", file.name)
            content = Response(file.read_bytes(), media_type=f"text/{kind}")
            routes.append(Route(folder + name, content, methods=["GET"]))
        return Starlette(routes=routes)

    async def _converse(self, browser: WebSocket) -> None:
        """Answer one browser's questions, with a session of its own, until it goes."""
        loop = asyncio.get_running_loop()

        def send(message: Message, buffers: Sequence[bytes]) -> None:
            sending = browser.send_bytes(packed(message, buffers))
            try:
                asyncio.run_coroutine_threadsafe(sending, loop)
            except RuntimeError:
                # The page was closed meanwhile, and the loop with it.
                sending.close()
            if message["kind"] == "tiles":
                self._seen.set()

        able = self._search or self._prepare
        session = Session(self._rows, self._title, self._find if able else None, send)
        style = (FOLDER / "explorer.css").read_text("utf-8")
        facts = {**session.facts, "css": style, "selection": self.selection}
        await browser.accept()
        with self._lock:
            send({"kind": "state", "values": {**facts, **self._state}}, [])
            self._readers.add(send)
        try:
            while True:
                message, buffers = unpacked(await browser.receive_bytes())
                if message["kind"] == "selection":
                    self.selection = _runs(message["selection"], len(self._rows))
                else:
                    # Others do not wait for a long search; this browser's answers are in order.
                    await run_in_threadpool(session.receive, message, buffers)
        except WebSocketDisconnect:
            pass
        except Exception:
            # Whatever is wrong with a message: the page itself sends none that is.
            with suppress(RuntimeError, WebSocketDisconnect):
                await browser.close(1003)
        finally:
            with self._lock:
                self._readers.discard(send)


def packed(message: Message, buffers: Sequence[bytes]) -> bytes:
    """Return a message as bytes: the length of its JSON, this, and the buffers."""
    words = json.dumps({**message, "sizes": list(map(len, buffers))}).encode()
    return b"".join([len(words).to_bytes(4, "little"), words, *buffers])


def unpacked(frame: bytes) -> tuple[Message, list[bytes]]:
    """Return the message and the buffers that ``packed`` made a frame of."""
    end = 4 + int.from_bytes(frame[:4], "little")
    message, buffers = json.loads(frame[4:end]), []
    for size in message.pop("sizes"):
        buffers.append(frame[end : end + size])
        end += size
    return message, buffers


def _runs(selection: Any, count: int) -> list[list[int]]:
    """Return ``[first, last]`` runs of rows, if they are in order and there are such rows."""
    before = -1
    for first, last in selection:
        if not (type(first) is type(last) is int and before < first <= last < count):
            raise ValueError(f"There are no rows {first} to {last} among {count}.")
        before = last
    return [[first, last] for first, last in selection]


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        place = f"port {port} of {host} (0 is any free port)"
        raise OSError(f"Nobody can listen at {place}: {error}") from error
