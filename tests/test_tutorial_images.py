from __future__ import annotations

import hashlib
import io
import re
import zipfile

import pytest
import server as web
from conftest import draw

import lookalike
from lookalike.tutorial_images import COMMIT, fill, known_pictures

ROOT = f"demo-{COMMIT}/image"
PATH = "/archive.zip"
NAMES = ("doraemon/image-001.png", "doraemon/image-002.png", "walle/image-001.jpg")


@pytest.fixture
def drawn(tmp_path) -> dict[str, bytes]:
    """Drawn pictures by name, which stand in for the tutorial's."""
    contents = {}
    for name, color in zip(NAMES, ("blue", "navy", "brown")):
        contents[name] = draw(tmp_path / "drawn" / name, color).read_bytes()
    return contents


@pytest.fixture
def download(drawn, server):
    """Download the drawn pictures from a server of this machine."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in drawn.items()}

    def download(folder, archive=None, verbose=False):
        fill(folder, hashes, archive, verbose, server.url + PATH)
        return folder

    return download


def archive_of(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{ROOT}/README.md", "not a picture")
        for name, content in contents.items():
            archive.writestr(f"{ROOT}/{name}", content)
    return buffer.getvalue()


def found(folder) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_pictures_of_the_archive_are_written_and_nothing_else(
    download, drawn, server, tmp_path, capsys
):
    server.behaviours[PATH] = web.good(archive_of(drawn))
    folder = download(tmp_path / "tutorial", verbose=True)
    assert found(folder) == drawn
    assert f"Downloading the tutorial's pictures, from {server.url}" in capsys.readouterr().out


def test_pictures_are_found_by_their_content_wherever_they_are(download, drawn, server, tmp_path):
    moved = {f"other/{number}": content for number, content in enumerate(drawn.values())}
    server.behaviours[PATH] = web.good(archive_of(moved))
    folder = download(tmp_path / "tutorial")
    assert found(folder) == drawn


def test_what_is_there_is_not_downloaded_again(download, drawn, server, tmp_path, capsys):
    server.behaviours[PATH] = web.good(archive_of(drawn))
    for _ in range(2):
        download(tmp_path / "tutorial")
    assert server.asked == [PATH]
    assert capsys.readouterr().out == ""


def test_an_archive_that_was_fetched_by_hand_needs_no_connection(download, drawn, server, tmp_path):
    (tmp_path / "archive.zip").write_bytes(archive_of(drawn))
    folder = download(tmp_path / "tutorial", tmp_path / "archive.zip")
    assert found(folder) == drawn
    assert server.asked == []


def test_a_picture_with_another_content_is_missed(download, drawn, server, tmp_path):
    changed = {**drawn, NAMES[2]: drawn[NAMES[2]] + b"x"}
    server.behaviours[PATH] = web.good(archive_of(changed))
    with pytest.raises(
        lookalike.ToolkitError, match=r"lacks 1 of 3 pictures, walle/image-001\.jpg"
    ):
        download(tmp_path / "tutorial")
    assert set(found(tmp_path / "tutorial")) == set(NAMES[:2])


def test_another_file_of_a_pictures_name_is_left_alone(download, drawn, server, tmp_path):
    mine = draw(tmp_path / "tutorial" / NAMES[0], "red")
    before = mine.read_bytes()
    with pytest.raises(lookalike.ToolkitError, match="is not the tutorial's picture of this name"):
        download(tmp_path / "tutorial")
    assert mine.read_bytes() == before
    assert server.asked == []


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (web.answer(404, b""), "the server answered 404 Not Found"),
        (web.truncated(b"PK" * 1000), "connection failed|is not a .zip archive"),
    ],
    ids=["not found", "truncated"],
)
def test_a_failed_download_writes_nothing(download, drawn, server, tmp_path, behaviour, reason):
    server.behaviours[PATH] = behaviour
    with pytest.raises(lookalike.ToolkitError, match=reason):
        download(tmp_path / "tutorial")
    assert not (tmp_path / "tutorial").exists()


def test_a_failed_download_says_what_else_can_be_done(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_OFFLINE", "1")
    with pytest.raises(lookalike.DownloadError, match=r"archive=path"):
        lookalike.download_tutorial_images(tmp_path / "tutorial", verbose=False)
    assert not (tmp_path / "tutorial").exists()


def test_an_archive_of_other_pictures_lacks_the_tutorials(drawn, tmp_path):
    (tmp_path / "archive.zip").write_bytes(archive_of(drawn))
    with pytest.raises(lookalike.ToolkitError, match=r"lacks 199 of 199 pictures"):
        lookalike.download_tutorial_images(tmp_path / "tutorial", tmp_path / "archive.zip")


def test_what_is_no_archive_says_so(download, drawn, server, tmp_path):
    server.behaviours[PATH] = web.good(b"<html>Please log in</html>")
    with pytest.raises(lookalike.ToolkitError, match=r"is not a \.zip archive"):
        download(tmp_path / "tutorial")


def test_a_missing_archive_says_so(tmp_path):
    with pytest.raises(lookalike.MissingFileError, match="There is no archive"):
        lookalike.download_tutorial_images(tmp_path, archive=tmp_path / "none.zip")


def test_the_list_names_all_199_pictures():
    pictures = known_pictures()
    assert len(pictures) == 199
    assert {name.split("/")[0] for name in pictures} == {"doraemon", "walle"}
    assert all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in pictures.values())
