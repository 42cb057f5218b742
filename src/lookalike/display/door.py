"""Who is let in to the explorer's page: the browser that was given its address, and nobody else."""

from __future__ import annotations

import secrets
import socket
from ipaddress import ip_address
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOCAL = {"127.0.0.1", "[::1]", "localhost"}
REFUSED = "This page needs the whole address that lookalike printed, or it has been closed."
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src blob: data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Door:
    """Lets in to an application whoever has its address: at first by a token, then by a cookie.

    Parameters
    ----------
    app : ASGI application
        What is behind the door; its paths begin with ``folder``.
    folder : str
        A path that nobody guesses. Cookies know no ports, so by this path alone a browser keeps
        ours from whatever else listens on this machine.
    host : str
        The address or the name that it was asked to listen at.
    place, port : str, int
        The address and the port that it listens at.
    """

    def __init__(self, app: ASGIApp, folder: str, host: str, place: str, port: int) -> None:
        self._app, self._folder = app, folder
        # However all interfaces and this machine are written: 0 is 0.0.0.0, too.
        address = ip_address(place.partition("%")[0])
        self.is_local = address.is_loopback
        self._name = _in_address(socket.gethostname() if address.is_unspecified else host)
        self._port = "" if port == 80 else f":{port}"
        self._cookie = f"lookalike-{port}"
        self._secret, self._token, self._once = (secrets.token_urlsafe(32) for _ in range(3))

    def address(self, once: bool = False) -> str:
        """Return the address, or one that serves once, since other users may see it pass by."""
        token = self._once if once else self._token
        return f"http://{self._name}{self._port}{self._folder}?token={token}"

    def use_up(self) -> None:
        """Let nobody in by the address that serves once."""
        self._once = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, exchange its token for the cookie, or refuse it."""
        request = HTTPConnection(scope)
        is_page = scope["type"] == "http"
        answer: Any = PlainTextResponse(REFUSED, 403) if is_page else WebSocketClose(1008)
        if self._is_from_here(request):
            known = _is(self._secret, request.cookies.get(self._cookie, ""))
            token = request.query_params.get("token")
            if known and token is None:
                answer = self._app
            elif is_page and (known or self._takes(token or "")):
                # Which takes the token out of the browser's address bar.
                answer = RedirectResponse(self._folder, 303)
                options: Any = {"path": self._folder, "httponly": True, "samesite": "strict"}
                answer.set_cookie(self._cookie, self._secret, **options)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await answer(scope, receive, guarded)

    def _takes(self, token: str) -> bool:
        if self._once and _is(self._once, token):
            self.use_up()
            return True
        return _is(self._token, token)

    def _is_from_here(self, request: HTTPConnection) -> bool:
        """Return whether a request is meant for this address, and comes from its own page.

        A name that was made to lead here (DNS rebinding) is none of ours; nor is another origin.
        """
        host = request.headers.get("host", "").lower()
        own = f"http://{host}"
        origins = request.headers.getlist("origin")
        if not origins and request.scope["type"] == "http":
            # Browsers name it where another page may have asked, and always in a conversation.
            origins = [own]
        # Of all interfaces, the one that the request came in by.
        arrived = str((request.scope.get("server") or [self._name])[0])
        names = {*LOCAL, self._name.lower(), _in_address(arrived)}
        is_own = [origin.lower() for origin in origins] == [own]
        return is_own and host in {name + self._port for name in names}


def _is(ours: str, theirs: str) -> bool:
    """Compare in a time that does not depend on how much is right."""
    return secrets.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name else name
