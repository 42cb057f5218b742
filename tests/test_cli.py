from __future__ import annotations

import pytest
import server as web
from test_download import CONTENT, PATH, TINY

from lookalike import cli
from lookalike.networks import catalogue


@pytest.fixture
def server(server, monkeypatch, tmp_path):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setitem(catalogue.NETWORKS, "tiny", TINY)
    return server


def test_list_shows_each_network_and_whether_it_is_here(server, capsys):
    assert cli.main(["networks", "list"]) == 0
    lines = {
        tuple(cell.strip() for cell in line.split("|")[1:-1])
        for line in capsys.readouterr().out.splitlines()
    }
    assert ("efficientnet-lite2", "1280", "5.3", "yes, bundled") in lines
    assert ("efficientnet-lite0", "1280", "3.8", "yes, bundled") in lines
    assert ("resnet-50", "2048", "102.6", "no") in lines
    assert ("squeezenet_v1.1", "1000", "5.0", "no") in lines


def test_download_fetches_a_network_and_says_where_it_is(server, capsys):
    server.behaviours[PATH] = web.good(CONTENT)
    assert cli.main(["networks", "download", "tiny"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(TINY.path)


def test_add_files_what_was_carried_over(server, tmp_path, capsys):
    (tmp_path / "carried").write_bytes(CONTENT)
    assert cli.main(["networks", "add", str(tmp_path / "carried")]) == 0
    assert capsys.readouterr().out == f"{TINY.path}\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["download", "tiny"], "the server answered 404 Not Found"),
        (["download", "resnet-51"], "'resnet-51' is not a network that can be downloaded"),
        (["add", "none.onnx"], "There is no file 'none.onnx'"),
    ],
    ids=["not found", "unknown", "no file"],
)
def test_what_goes_wrong_is_one_message_and_not_a_traceback(server, capsys, arguments, reason):
    assert cli.main(["networks", *arguments]) == 1
    message = capsys.readouterr().err
    assert message.startswith("lookalike: ")
    assert reason in message


@pytest.mark.parametrize("arguments", [[], ["networks"], ["networks", "upload", "x"]], ids=str)
def test_what_is_no_command_is_answered_with_those_that_are(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert "usage: lookalike" in capsys.readouterr().err
