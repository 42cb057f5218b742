"""Who is let in to the explorer's page: the browser that was given its address, and nobody else."""

from __future__ import annotations

import secrets
import socket
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOCAL, EVERYWHERE = ("127.0.0.1", "::1", "localhost"), ("0.0.0.0", "::")
REFUSED = "This page needs the whole address that lookalike printed, or it has been closed."
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src blob: data:; "
    "connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
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
    host, port : str, int
        Where it listens.
    """

    def __init__(self, app: ASGIApp, folder: str, host: str, port: int) -> None:
        self._app, self._folder = app, folder
        self._name = socket.gethostname() if host in EVERYWHERE else host
        self._port = "" if port == 80 else f":{port}"
        self._cookie, self._secret = f"lookalike-{port}", secrets.token_urlsafe(32)
        self._token = secrets.token_urlsafe(32)
        self._once: set[str] = set()

    def address(self, once: bool = False) -> str:
        """Return an address with a token: for one use, where other users may see it pass by."""
        token = secrets.token_urlsafe(32) if once else self._token
        if once:
            self._once.add(token)
        return f"http://{_in_address(self._name)}{self._port}{self._folder}?token={token}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, exchange its token for the cookie, or refuse it."""
        request = HTTPConnection(scope)
        answer: Any = PlainTextResponse(REFUSED, 403)
        if scope["type"] == "websocket":
            answer = WebSocketClose(1008)
        if self._is_from_here(request):
            known = _is(self._secret, request.cookies.get(self._cookie, ""))
            token = request.query_params.get("token")
            if known and token is None:
                answer = self._app
            elif scope["type"] == "http" and (known or self._takes(token or "")):
                answer = self._welcome()

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                host = request.headers.get("host", "")
                headers["Content-Security-Policy"] = POLICY.format(host=host)
            await send(message)

        await answer(scope, receive, guarded)

    def _welcome(self) -> RedirectResponse:
        """Return what gives the cookie, and takes the token out of the browser's address bar."""
        answer = RedirectResponse(self._folder, 303)
        answer.set_cookie(
            self._cookie, self._secret, path=self._folder, httponly=True, samesite="strict"
        )
        return answer

    def _takes(self, token: str) -> bool:
        """Return whether a token is one of ours; one that is for one use is used up."""
        used = {one for one in self._once if _is(one, token)}
        self._once -= used
        return bool(used) or _is(self._token, token)

    def _is_from_here(self, request: HTTPConnection) -> bool:
        """Return whether a request is meant for this address, and comes from its own page.

        A name that was made to lead here (DNS rebinding) is none of ours; nor is another origin.
        """
        host = request.headers.get("host", "")
        own = f"http://{host}"
        origin = request.headers.get("origin", own if request.scope["type"] == "http" else None)
        # Of all interfaces, the one that the request came in by.
        arrived = str((request.scope.get("server") or [self._name])[0])
        names = {*LOCAL, self._name.lower(), arrived}
        meant = {f"{_in_address(name)}{self._port}" for name in names}
        return origin == own and host.lower() in meant


def _is(ours: str, theirs: str) -> bool:
    """Compare in a time that does not depend on how much is right."""
    return secrets.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name else name
