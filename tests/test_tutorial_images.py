from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
import server as web
from conftest import draw

import lookalike
from lookalike import tutorial_images as module

ROOT = f"demo-{module.COMMIT}/image"
PATH = "/archive.zip"
NAMES = ("doraemon/image-001.png", "doraemon/image-002.png", "walle/image-001.jpg")


@pytest.fixture
def drawn(tmp_path, monkeypatch) -> dict[str, bytes]:
    """Drawn pictures by name, whose list of hashes stands in for the tutorial's."""
    contents = {}
    for name, color in zip(NAMES, ("blue", "navy", "brown")):
        contents[name] = draw(tmp_path / "drawn" / name, color).read_bytes()
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items()]
    (tmp_path / "list.sha256").write_text("".join(lines))
    monkeypatch.setattr(module, "HASHES", tmp_path / "list.sha256")
    return contents


@pytest.fixture
def server(server, monkeypatch):
    monkeypatch.setattr(module, "ARCHIVE", server.url + PATH)
    return server


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


def test_the_pictures_of_the_archive_are_written_and_nothing_else(drawn, server, tmp_path, capsys):
    server.behaviours[PATH] = web.good(archive_of(drawn))
    folder = lookalike.download_tutorial_images(tmp_path / "tutorial")
    assert folder == tmp_path / "tutorial"
    assert found(folder) == drawn
    assert f"Downloading the tutorial's pictures, from {server.url}" in capsys.readouterr().out


def test_pictures_are_found_by_their_content_wherever_they_are(drawn, server, tmp_path):
    moved = {f"other/{number}": content for number, content in enumerate(drawn.values())}
    server.behaviours[PATH] = web.good(archive_of(moved))
    folder = lookalike.download_tutorial_images(tmp_path / "tutorial", verbose=False)
    assert found(folder) == drawn


def test_what_is_there_is_not_downloaded_again(drawn, server, tmp_path, capsys):
    server.behaviours[PATH] = web.good(archive_of(drawn))
    for _ in range(2):
        lookalike.download_tutorial_images(tmp_path / "tutorial", verbose=False)
    assert server.asked == [PATH]
    assert capsys.readouterr().out == ""


def test_an_archive_that_was_fetched_by_hand_needs_no_connection(drawn, server, tmp_path):
    (tmp_path / "archive.zip").write_bytes(archive_of(drawn))
    folder = lookalike.download_tutorial_images(tmp_path / "tutorial", tmp_path / "archive.zip")
    assert found(folder) == drawn
    assert server.asked == []


def test_a_picture_with_another_content_is_missed(drawn, server, tmp_path):
    changed = {**drawn, NAMES[2]: drawn[NAMES[2]] + b"x"}
    server.behaviours[PATH] = web.good(archive_of(changed))
    with pytest.raises(
        lookalike.ToolkitError, match=r"lacks 1 of 3 pictures, walle/image-001\.jpg"
    ):
        lookalike.download_tutorial_images(tmp_path / "tutorial", verbose=False)
    assert set(found(tmp_path / "tutorial")) == set(NAMES[:2])


def test_another_file_of_a_pictures_name_is_left_alone(drawn, server, tmp_path):
    mine = draw(tmp_path / "tutorial" / NAMES[0], "red")
    before = mine.read_bytes()
    with pytest.raises(lookalike.ToolkitError, match="is not the tutorial's picture of this name"):
        lookalike.download_tutorial_images(tmp_path / "tutorial", verbose=False)
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
def test_a_failed_download_writes_nothing(drawn, server, tmp_path, behaviour, reason):
    server.behaviours[PATH] = behaviour
    with pytest.raises(lookalike.ToolkitError, match=reason):
        lookalike.download_tutorial_images(tmp_path / "tutorial", verbose=False)
    assert not (tmp_path / "tutorial").exists()


def test_a_failed_download_says_what_else_can_be_done(drawn, server, tmp_path):
    with pytest.raises(lookalike.DownloadError, match=r"archive=path"):
        lookalike.download_tutorial_images(tmp_path / "tutorial", verbose=False)


def test_what_is_no_archive_says_so(drawn, server, tmp_path):
    server.behaviours[PATH] = web.good(b"<html>Please log in</html>")
    with pytest.raises(lookalike.ToolkitError, match=r"is not a \.zip archive"):
        lookalike.download_tutorial_images(tmp_path / "tutorial", verbose=False)


def test_a_missing_archive_says_so(drawn, tmp_path):
    with pytest.raises(lookalike.MissingFileError, match="There is no archive"):
        lookalike.download_tutorial_images(tmp_path, archive=tmp_path / "none.zip")


def test_the_list_names_all_199_pictures():
    lines = module.HASHES.read_text(encoding="utf-8").splitlines()
    names = [line.split("  ")[1] for line in lines]
    assert len(set(names)) == 199
    assert {name.split("/")[0] for name in names} == {"doraemon", "walle"}
    assert all(len(line.split("  ")[0]) == 64 for line in lines)
