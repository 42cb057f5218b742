"""The explorer's page: who is let in, what it answers, and how it ends."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator
from urllib.parse import urlsplit

import pytest
from conftest import PORTABLE, draw
from shell import COMMAND

import lookalike
from lookalike import cli

pytest.importorskip("starlette", reason="the extra app is not installed")
pytest.importorskip("uvicorn", reason="the extra app is not installed")
connect = pytest.importorskip("websockets.sync.client").connect
closed = pytest.importorskip("websockets.exceptions").ConnectionClosed

from lookalike.display.page import MAX_MESSAGE, packed, unpacked  # noqa: E402

pytestmark = pytest.mark.skipif(not PORTABLE, reason="on Turi Create the page is the gallery")
POSIX = pytest.mark.skipif(os.name == "nt", reason="of signals and terminals as files")
COUNT = 12
SECONDS = 60


class Visitor:
    """Somebody who knows the address that a page has printed, and asks with any headers."""

    def __init__(self, printed: str) -> None:
        self.address = re.search(r"http://\S+", printed).group()
        parts = urlsplit(self.address)
        self.folder, self.token = parts.path, parts.query
        self.host, self.port = parts.netloc, parts.port
        self.cookie = ""

    def ask(self, path: str, method: str = "GET", **headers: str):
        """Return the answer's status, its headers and its content."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        asking.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        asked = {"Host": self.host, "Cookie": self.cookie, **headers}
        for name, value in asked.items():
            asking.putheader(name.replace("_", "-"), value)
        asking.endheaders()
        answer = asking.getresponse()
        content = b"" if answer.status == 101 else answer.read()
        asking.close()
        return answer.status, answer.headers, content

    def enter(self) -> Visitor:
        """Exchange the token for the cookie, as a browser does."""
        status, headers, _ = self.ask(f"{self.folder}?{self.token}")
        assert status == 303
        self.cookie = headers["Set-Cookie"].split(";")[0]
        return self

    def shake_hands(self, **headers: str) -> int:
        """Begin a conversation, and return the answer's status: 101 where it is taken up."""
        return self.begin(**headers)[0]

    def begin(self, **headers: str):
        asked = {
            "Origin": f"http://{self.host}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec_WebSocket_Version": "13",
            "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }
        asked = {name: value for name, value in {**asked, **headers}.items() if value}
        return self.ask(f"{self.folder}conversation", **asked)

    @contextmanager
    def converse(self) -> Iterator[Conversation]:
        with connect(
            f"ws://{self.host}{self.folder}conversation",
            # No proxy stands before it then.
            sock=socket.create_connection(("127.0.0.1", self.port)),
            origin=f"http://{self.host}",
            additional_headers={"Cookie": self.cookie},
            max_size=None,
        ) as opened:
            yield Conversation(opened)


class Conversation:
    """What the page's script does."""

    def __init__(self, opened: Any) -> None:
        self._socket = opened
        self.state: dict[str, Any] = self.next("state")[0]["values"]

    def say(self, frame: str | bytes) -> None:
        self._socket.send(frame)

    def next(self, *kinds: str):
        """Return the next message of some kind, and its buffers."""
        while True:
            message, buffers = unpacked(self._socket.recv(SECONDS))
            if message["kind"] in kinds:
                return message, buffers

    def ask(self, kind: str, buffers=(), **content: Any):
        self.say(packed({"kind": kind, "number": 1, **content}, buffers))
        return self.next(kind)

    def select(self, selection: Any) -> None:
        self.say(packed({"kind": "selection", "selection": selection}, []))

    def wait_until(self, **values: Any) -> None:
        while not values.items() <= self.state.items():
            self.state.update(self.next("state")[0]["values"])


def start(*arguments: str, command=(*COMMAND, "explore"), **variables: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **variables}
    environment = {name: value for name, value in environment.items() if value}
    return subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


def end(process: subprocess.Popen) -> tuple[str, str]:
    """Press Ctrl-C, and return what was printed."""
    process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=SECONDS)
    finally:
        process.kill()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """A folder of pictures, of which one is broken, beside a file that is nobody's business."""
    folder = tmp_path_factory.mktemp("page") / "pictures"
    for number in range(COUNT - 1):
        draw(folder / f"{number:02}.png", f"hsl({30 * number}, 80%, 50%)", (64 + number, 48))
    (folder / "99-broken.png").write_bytes((folder / "00.png").read_bytes()[:80])
    (folder.parent / "secret.txt").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def served(pictures, cache) -> Iterator[str]:
    """What the command has printed, which shows the pictures as long as these tests run."""
    with start(str(pictures), "--no-open", LOOKALIKE_CACHE=cache) as process:
        yield process.stdout.readline()
        assert "Traceback" not in end(process)[1]


@pytest.fixture
def stranger(served) -> Visitor:
    return Visitor(served)


@pytest.fixture
def visitor(served) -> Visitor:
    return Visitor(served).enter()


# who is let in


def test_without_the_token_there_is_nothing(stranger):
    for path in ("", "page.mjs", "explorer.mjs", "conversation"):
        assert stranger.ask(stranger.folder + path)[0] == 403
    assert stranger.ask("/")[0] == 403
    assert stranger.shake_hands() == 403


@pytest.mark.parametrize("token", ["token=", "token=a", "token=%C3%A9", "token=%00", "t=1&token=x"])
def test_another_token_is_refused(stranger, token):
    assert stranger.ask(f"{stranger.folder}?{token}")[0] == 403


def test_a_token_that_is_nearly_right_is_refused(stranger):
    for token in (stranger.token[:-1], f"{stranger.token}a", stranger.token.swapcase()):
        assert stranger.ask(f"{stranger.folder}?{token}")[0] == 403


@pytest.mark.parametrize("value", ["", "x", '"\\351"', "%C3%A9"])
def test_another_cookie_is_refused(stranger, value):
    stranger.cookie = f"lookalike-{stranger.port}={value}"
    assert stranger.ask(stranger.folder)[0] == stranger.shake_hands() == 403


def test_the_token_is_no_cookie(stranger):
    stranger.cookie = f"lookalike-{stranger.port}={stranger.token.split('=')[1]}"
    assert stranger.ask(stranger.folder)[0] == 403


def test_the_token_becomes_a_cookie_of_this_page_alone_and_leaves_the_address(stranger):
    for _ in range(2):
        status, headers, _ = stranger.ask(f"{stranger.folder}?{stranger.token}")
        assert (status, headers["Location"]) == (303, stranger.folder)
        _, *traits = headers["Set-Cookie"].lower().split("; ")
        # Cookies know no ports: others on this machine must not be sent it.
        assert {"httponly", "samesite=strict", f"path={stranger.folder.lower()}"} == set(traits)
        # Also where it is opened once more.
        stranger.cookie = headers["Set-Cookie"].split(";")[0]


def test_the_token_is_in_nothing_that_is_sent(visitor):
    for path in ("", "page.mjs"):
        status, headers, content = visitor.ask(visitor.folder + path)
        assert status == 200
        assert visitor.token not in f"{headers}{content}"


def test_whoever_has_the_cookie_is_let_in(visitor):
    assert b"<main>" in visitor.ask(visitor.folder)[2]
    assert visitor.ask(f"{visitor.folder}page.mjs")[1]["Content-Type"].startswith("text/javascript")
    assert visitor.shake_hands() == 101


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{}", "127.0.0.1.evil.example:{}", "127.0.0.1", "127.0.0.1:1",
     "0.0.0.0:{}", "user@127.0.0.1:{}", "[::ffff:127.0.0.1]:{}", ""],
)  # fmt: skip
def test_a_name_that_was_made_to_lead_here_is_refused(visitor, host):
    host = host.format(visitor.port)
    assert visitor.ask(visitor.folder, Host=host)[0] in (400, 403)
    assert visitor.shake_hands(Host=host or "x", Origin=f"http://{host}") == 403
    visitor.cookie = ""
    assert visitor.ask(f"{visitor.folder}?{visitor.token}", Host=host)[0] in (400, 403)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://{}", "http://{}0", "http://127.0.0.1", "{}"]
)
def test_a_page_of_another_origin_is_refused(visitor, origin):
    origin = origin.format(visitor.host)
    assert visitor.ask(visitor.folder, Origin=origin)[0] == 403
    assert visitor.shake_hands(Origin=origin) == 403


def test_an_origin_that_is_named_twice_is_refused(visitor):
    asked = f"GET {visitor.folder} HTTP/1.1\r\nHost: {visitor.host}\r\nCookie: {visitor.cookie}\r\n"
    origins = f"Origin: http://{visitor.host}\r\nOrigin: http://evil.example\r\n\r\n"
    with socket.create_connection(("127.0.0.1", visitor.port), timeout=SECONDS) as asking:
        asking.sendall((asked + origins).encode())
        assert asking.recv(100).startswith(b"HTTP/1.1 403 ")


def test_a_conversation_without_an_origin_is_refused(visitor):
    assert visitor.shake_hands(Origin="") == 403


@pytest.mark.parametrize("name", ["localhost", "LocalHost"])
def test_localhost_is_this_machine_too(visitor, name):
    host = f"{name}:{visitor.port}"
    assert visitor.ask(visitor.folder, Host=host)[0] == 200
    assert visitor.shake_hands(Host=host, Origin=f"http://{host}") == 101


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="127.0.0.2 is there on Linux alone"
)
def test_it_listens_at_one_address_alone(served):
    port = Visitor(served).port
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.2", port, timeout=SECONDS).connect()


def test_two_pages_do_not_know_each_others_visitors(visitor, pictures, cache):
    with start(str(pictures), "--no-open", LOOKALIKE_CACHE=cache) as process:
        other = Visitor(process.stdout.readline()).enter()
        assert other.cookie.split("=")[0] != visitor.cookie.split("=")[0]
        assert other.folder != visitor.folder
        own = other.cookie
        other.cookie = f"lookalike-{other.port}={visitor.cookie.split('=')[1]}"
        assert other.ask(other.folder)[0] == 403
        # A browser that has both sends both.
        other.cookie = f"{visitor.cookie}; {own}"
        assert other.ask(other.folder)[0] == 200
        end(process)


# what is sent


@pytest.mark.parametrize(
    "path",
    ["page.py", "explorer.css", "..%2f..%2f..%2fetc%2fpasswd", "../secret.txt", "/etc/passwd",
     "%2e%2e/page.py", "00.png", "pictures/00.png", "0", "conversation"],
)  # fmt: skip
def test_no_path_leads_to_a_file(visitor, path):
    assert visitor.ask(visitor.folder + path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_pages_are_only_read(visitor, method):
    assert visitor.ask(visitor.folder, method)[0] == 405


@pytest.mark.parametrize("path", ["", "page.mjs", "nothing"])
def test_browsers_are_told_to_run_and_keep_nothing_else(visitor, path):
    _, headers, _ = visitor.ask(visitor.folder + path)
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("Access-Control")]


def test_strangers_are_told_the_same_and_not_what_serves(stranger):
    _, headers, _ = stranger.ask(stranger.folder)
    assert headers["Cache-Control"] == "no-store"
    assert "'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers


# what it answers


def test_the_page_knows_what_it_shows(visitor, pictures):
    with visitor.converse() as page:
        assert page.state["total"] == COUNT
        assert page.state["title"] == pictures.name
        assert ".lookalike-explorer" in page.state["css"]


def test_a_tile_comes_as_words_and_a_picture_and_a_broken_one_says_why(visitor):
    with visitor.converse() as page:
        message, buffers = page.ask("tiles", rows=[0, COUNT - 1])
    assert [tile["name"] for tile in message["tiles"]] == ["00.png", "99-broken.png"]
    assert buffers[0].startswith(b"\xff\xd8")
    assert buffers[1] == b"" and message["tiles"][1]["reason"]


def test_look_alikes_are_found_when_features_are_made(visitor):
    with visitor.converse() as page:
        page.wait_until(searches=True, progress=[])
        message, _ = page.ask("search", row=0, k=3)
        assert len(message["rows"]) == 3
        picture = page.ask("picture", row=1)[1][0]
        # Dropped from elsewhere; it is the nearest of itself.
        assert page.ask("search", [picture], row=None, k=1)[0]["rows"] == [1]


def test_pictures_are_known_by_number_and_not_by_path(visitor, pictures):
    path = str(pictures.parent / "secret.txt")
    with visitor.converse() as page:
        page.wait_until(searches=True)
        for kind, content in (
            ("picture", {"path": path}),
            ("picture", {"row": path}),
            ("picture", {"row": -1}),
            ("picture", {"row": COUNT}),
            ("tiles", {"rows": [path]}),
            ("search", {"row": path, "k": 1}),
            ("search", {"row": {"path": path}, "k": 1}),
        ):
            message, buffers = page.ask(kind, **content)
            assert message["error"] and not buffers


def framed(words: str) -> bytes:
    """Return words that may be no JSON in a frame that is right."""
    return len(words).to_bytes(4, "little") + words.encode()


MALFORMED = [
    "",
    '{"kind": "tiles", "number": 1, "rows": [0], "sizes": []}',
    framed('{"kind": "tiles", "number": 1, "rows": [0]}'),
    framed(""),
    framed("{"),
    framed("[]"),
    framed("7"),
    framed("null"),
    framed("[" * 100_000),
    framed('{"kind": 1, "sizes": []}'),
    framed('{"kind": [], "sizes": []}'),
    framed('{"kind": "tiles", "sizes": []}'),
    framed('{"kind": "nonsense", "number": 1, "sizes": []}'),
    framed('{"kind": "tiles", "number": 1, "rows": 9, "sizes": []}'),
    framed('{"kind": "search", "number": 1, "row": 0, "k": "many", "sizes": []}'),
    framed('{"kind": "search", "number": 1, "row": 0, "k": 1e999, "sizes": []}'),
    framed('{"kind": "selection", "sizes": []}'),
    b"",
    b"\xff\xff\xff\xff{}",
    b"\x02\x00\x00\x00{}",
    b"\x00\x00\x00\x00",
    packed({"kind": "search", "number": 1, "row": None, "k": 1}, [b"no picture"]),
    packed({"kind": "search", "number": 1, "row": None, "k": 1}, [b""]),
    b'\x0e\x00\x00\x00{"sizes": [-9]}',
]


@pytest.mark.parametrize("frame", MALFORMED, ids=lambda frame: str(frame[:40]))
def test_what_is_malformed_is_answered_or_ends_the_conversation_and_nothing_else(visitor, frame):
    with visitor.converse() as other, visitor.converse() as page:
        page.say(frame)
        try:
            message, _ = page.next("tiles", "search", "nonsense")
            assert message["error"]
        except closed as error:
            assert error.rcvd.code == 1003
        assert other.ask("tiles", rows=[0])[0]["tiles"]


def test_what_is_too_large_is_not_taken(visitor):
    with visitor.converse() as page, pytest.raises(closed):
        page.ask("search", [bytes(MAX_MESSAGE)], row=None, k=1)
    with visitor.converse() as page:
        assert page.ask("tiles", rows=[0])[0]["tiles"]


def test_what_is_sent_is_not_unpacked(visitor):
    # A little that becomes a lot would be unpacked before its size is known.
    status, headers, _ = visitor.begin(Sec_WebSocket_Extensions="permessage-deflate")
    assert status == 101 and "Sec-WebSocket-Extensions" not in headers


def test_a_request_that_never_ends_is_not_kept(stranger):
    with socket.create_connection(("127.0.0.1", stranger.port), timeout=SECONDS) as asking:
        asking.sendall(b"GET / HTTP/1.1\r\nX: ")
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                asking.sendall(b"x" * 100_000)


def test_what_is_selected_is_there_when_the_page_is_reloaded(visitor):
    with visitor.converse() as page:
        page.select([[1, 2], [5, 5]])
        page.ask("tiles", rows=[0])
    with visitor.converse() as page:
        assert page.state["selection"] == [[1, 2], [5, 5]]


@pytest.mark.parametrize(
    "selection",
    [[[0, COUNT]], [[-1, 2]], [[2, 1]], [[0, 10**15]], [[0, 3], [2, 5]], [[0.0, 1]], [[True, 2]],
     [["0", "1"]], [[0, 1, 2]], 5, None, [[]]],
    ids=str,
)  # fmt: skip
def test_rows_that_there_are_not_are_not_selected(visitor, selection):
    with visitor.converse() as page:
        page.select([[3, 4]])
        page.select(selection)
        with pytest.raises(closed):
            page.next("nothing")
    with visitor.converse() as page:
        assert page.state["selection"] == [[3, 4]]


# how it is shown, and how it ends


def names_a_browser(folder: Path, opens: bool = True) -> dict[str, str]:
    """Return the settings of a desktop, whose browser writes down what it is to open."""
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{folder}/opened"\nexit {int(not opens)}\n')
    browser.chmod(0o755)
    return {"DISPLAY": ":0", "BROWSER": f"{browser} %s"}


@POSIX
def test_the_browser_opens_an_address_that_serves_once(pictures, cache, tmp_path):
    # It is seen in the list of all users' programs.
    desktop = names_a_browser(tmp_path)
    with start(str(pictures), LOOKALIKE_CACHE=cache, **desktop) as process:
        printed = process.stdout.readline()
        assert ": opened http" in printed
        opened = Visitor((tmp_path / "opened").read_text())
        assert opened.token != Visitor(printed).token
        opened.enter()
        assert opened.ask(opened.folder)[0] == 200
        again = Visitor((tmp_path / "opened").read_text())
        assert again.ask(f"{again.folder}?{again.token}")[0] == 403
        Visitor(printed).enter().enter()
        end(process)


@POSIX
@pytest.mark.parametrize("option", ["", "--no-open"])
def test_what_was_not_opened_is_not_said_to_be(pictures, cache, tmp_path, option):
    desktop = names_a_browser(tmp_path, opens=bool(option))
    arguments = filter(None, [str(pictures), option])
    with start(*arguments, LOOKALIKE_CACHE=cache, **desktop) as process:
        assert ": open http" in process.stdout.readline()
        assert (tmp_path / "opened").exists() != bool(option)
        if not option:
            # Whoever has seen the address pass by does not come in by it later.
            seen = Visitor((tmp_path / "opened").read_text())
            assert seen.ask(f"{seen.folder}?{seen.token}")[0] == 403
        end(process)


@POSIX
def test_ctrl_c_ends_it_while_features_are_made(tmp_path):
    folder = tmp_path / "many"
    for number in range(150):
        draw(folder / f"{number}.png", size=(64 + number, 48))
    with start(str(folder), "--no-open", LOOKALIKE_CACHE=str(tmp_path)) as process:
        visitor = Visitor(process.stdout.readline()).enter()
        with visitor.converse() as page:
            assert page.state["progress"] == [0, 150] and not page.state["searches"]
            assert "once all pictures" in page.ask("search", row=0, k=1)[0]["error"]
            page.ask("tiles", rows=[0])
            page.next("state")
            printed = end(process)[1]
            with pytest.raises(closed) as caught:
                page.next("nothing")
            assert caught.value.rcvd.code == 1012
        assert process.returncode == 0
        assert "Traceback" not in printed


@POSIX
def test_ctrl_c_ends_it_before_anybody_came(pictures, cache):
    with start(str(pictures), "--no-open", LOOKALIKE_CACHE=cache) as process:
        process.stdout.readline()
        assert "Traceback" not in end(process)[1]
        assert process.returncode == 0


@POSIX
def test_pictures_are_there_to_look_at_where_look_alikes_cannot_be_found(tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(draw(tmp_path / "whole.png").read_bytes()[:80])
    with start(str(folder), "--no-open", LOOKALIKE_CACHE=str(tmp_path)) as process:
        visitor = Visitor(process.stdout.readline()).enter()
        with visitor.converse() as page:
            page.ask("tiles", rows=[0])
            page.wait_until(progress=[])
            assert not page.state["searches"]
        printed = end(process)[1]
        assert "lookalike: Look-alikes cannot be found here: 2 of 2 pictures" in printed


@POSIX
def test_a_port_of_ones_own_and_one_that_is_taken(pictures, cache):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start(str(pictures), "--no-open", "--port", str(port)) as process:
            printed = process.communicate(timeout=SECONDS)
            assert process.returncode == 2
            assert f"lookalike: Nobody can listen at port {port} of 127.0.0.1" in printed[1]
            assert len(printed[1].splitlines()) == 1
    with start(str(pictures), "--no-open", "--port", str(port), LOOKALIKE_CACHE=cache) as process:
        assert Visitor(process.stdout.readline()).port == port
        end(process)


@POSIX
@pytest.mark.parametrize("every", ["0.0.0.0", "0"])
def test_whoever_opens_it_to_others_is_warned_and_names_are_checked_there_too(
    pictures, cache, every
):
    arguments = (str(pictures), "--no-open", "--host", every)
    with start(*arguments, LOOKALIKE_CACHE=cache) as process:
        visitor = Visitor(process.stdout.readline())
        assert visitor.host == f"{socket.gethostname()}:{visitor.port}"
        visitor.enter()
        assert visitor.ask(visitor.folder, Host=f"127.0.0.1:{visitor.port}")[0] == 200
        for host in ("evil.example", f"evil.example:{visitor.port}", f"0.0.0.0:{visitor.port}"):
            assert visitor.ask(visitor.folder, Host=host)[0] == 403
            assert visitor.shake_hands(Host=host, Origin=f"http://{host}") == 403
        assert visitor.shake_hands(Origin="http://evil.example") == 403
        warnings = [line for line in end(process)[1].splitlines() if "can reach this mach" in line]
        assert len(warnings) == 1


def test_a_network_that_there_is_not_is_an_error_before_the_page(pictures, capsys):
    assert cli.main(["explore", str(pictures), "--no-open", "--network", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


# in a program


SCRIPT = """
import sys, lookalike
shown = lookalike.explore(sys.argv[1], title="Mine")
print("selected", [row["id"] for row in shown.selected], flush=True)
"""


@contextmanager
def in_terminal(code: str, *arguments: str, **variables: str) -> Iterator[subprocess.Popen]:
    """Run a program that somebody has started in a terminal."""
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-u", "-c", code, *arguments]
    environment = {**os.environ, "DISPLAY": "", "CI": "", **variables}
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
    os.close(ours)
    os.close(theirs)


@POSIX
@pytest.mark.parametrize("way", ["closed", "Ctrl-C"])
def test_a_program_in_a_terminal_goes_on_with_what_is_selected(pictures, cache, way):
    with in_terminal(SCRIPT, str(pictures), LOOKALIKE_CACHE=cache) as process:
        printed = process.stdout.readline()
        assert printed.startswith("Mine: open http")
        with Visitor(printed).enter().converse() as page:
            page.ask("tiles", rows=[0])
            page.wait_until(searches=True)
            page.select([[2, 3]])
            page.ask("tiles", rows=[0])
            if way == "Ctrl-C":
                process.send_signal(signal.SIGINT)
        assert "selected [2, 3]" in process.communicate(timeout=SECONDS)[0]


@POSIX
@pytest.mark.parametrize(
    "call",
    ["data.explore()", "data['image'].explore()", "lookalike.explore(data, live=False)",
     "lookalike.explore(data[:0])"],
)  # fmt: skip
def test_what_turi_create_has_does_not_wait_nor_does_what_is_not_to(pictures, tmp_path, call):
    code = f"import sys, lookalike; data = lookalike.load_images(sys.argv[1]); {call}"
    with in_terminal(code, str(pictures), TMPDIR=str(tmp_path)) as process:
        assert ".html" in process.communicate(timeout=SECONDS)[0]


@POSIX
def test_continuous_integration_may_have_a_terminal_that_nobody_watches(pictures, cache, tmp_path):
    variables = {"LOOKALIKE_CACHE": cache, "TMPDIR": str(tmp_path), "CI": "true"}
    with in_terminal(SCRIPT, str(pictures), **variables) as process:
        assert ".html" in process.communicate(timeout=SECONDS)[0]


ENDLESS = """
import itertools, sys, time, lookalike
from lookalike.display import Explorer
from lookalike.progress import Progress

def prepare():
    progress = Progress(10**9, verbose=False)
    for done in itertools.count():
        progress(done, 0)
        time.sleep(0.05)

Explorer(lookalike.load_images(sys.argv[1]), prepare=prepare).serve(opens=False)
print("goes on", flush=True)
"""


def test_closing_the_page_ends_the_making_of_features_too(pictures, cache):
    command = (sys.executable, "-c", ENDLESS)
    with start(str(pictures), command=command, LOOKALIKE_CACHE=cache) as process:
        with Visitor(process.stdout.readline()).enter().converse() as page:
            page.ask("tiles", rows=[0])
            page.next("state")
        assert process.communicate(timeout=SECONDS) == ("goes on\n", "")


def test_a_page_that_was_closed_for_what_it_sent_is_closed(pictures, cache):
    command = (sys.executable, "-c", ENDLESS)
    with start(str(pictures), command=command, LOOKALIKE_CACHE=cache) as process:
        with Visitor(process.stdout.readline()).enter().converse() as page:
            page.ask("tiles", rows=[0])
            page.say(b"")
        assert process.communicate(timeout=SECONDS) == ("goes on\n", "")


SLOW = """
import os, sys, time, lookalike
from lookalike.display import Explorer

def search(query, k, box=None):
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.05)
    return [(1, 0.5, "")]

Explorer(lookalike.load_images(sys.argv[1]), search=search).serve(opens=False)
"""


def test_a_long_search_delays_nobody_else_and_its_own_answers_stay_in_order(
    pictures, cache, tmp_path
):
    command, found = (sys.executable, "-c", SLOW), tmp_path / "found"
    with start(str(pictures), str(found), command=command, LOOKALIKE_CACHE=cache) as process:
        visitor = Visitor(process.stdout.readline()).enter()
        with visitor.converse() as page, visitor.converse() as other:
            page.say(packed({"kind": "search", "number": 1, "row": 0, "k": 1}, []))
            page.say(packed({"kind": "tiles", "number": 2, "rows": [0]}, []))
            assert other.ask("tiles", rows=[1])[0]["tiles"]
            found.touch()
            assert page.next("search", "tiles")[0]["rows"] == [1]
            assert page.next("search", "tiles")[0]["tiles"]
        process.communicate(timeout=SECONDS)


def test_a_page_that_is_reloaded_is_not_closed(pictures, cache):
    command = (sys.executable, "-c", ENDLESS)
    with start(str(pictures), command=command, LOOKALIKE_CACHE=cache) as process:
        visitor = Visitor(process.stdout.readline()).enter()
        for _ in range(2):
            with visitor.converse() as page:
                page.ask("tiles", rows=[0])
        with visitor.converse() as page, pytest.raises(subprocess.TimeoutExpired):
            # Longer than it waits for a page that is gone.
            process.wait(7)
        process.kill()


def test_a_program_that_nobody_watches_goes_on_at_once(pictures, cache):
    command = (sys.executable, "-c", SCRIPT)
    with start(str(pictures), command=command, LOOKALIKE_CACHE=cache, DISPLAY="") as process:
        printed = process.communicate(timeout=SECONDS)[0]
    assert re.match(r"Mine: open \S+\.html in your browser\nselected \[\]", printed)


@pytest.mark.parametrize("package", ["uvicorn", "websockets"])
def test_where_the_extra_is_missing_it_says_what_to_install(pictures, page, monkeypatch, package):
    monkeypatch.delitem(sys.modules, "lookalike.display.page")
    monkeypatch.setitem(sys.modules, package, None)
    data = lookalike.load_images(pictures)
    with pytest.raises(lookalike.BackendError, match=r'pip install "\.\[app\]"'):
        lookalike.explore(data, live=True)
    lookalike.explore(data)
    assert "00.png" in page()


def test_a_message_comes_out_as_it_went_in():
    for message, buffers in (({"kind": "ä"}, []), ({"kind": "b", "n": [1]}, [b"", b"\0\1", b"x"])):
        assert unpacked(packed(message, buffers)) == (message, buffers)
