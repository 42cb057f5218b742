"""Whatever a file is called: it is found and shown, or the error is one of ours, in words."""

from __future__ import annotations

import os
import tempfile
import warnings
from contextlib import redirect_stdout
from io import BytesIO, StringIO

import pytest
from conftest import PORTABLE
from PIL import Image

import lookalike
from lookalike.errors import MissingFileError, UnreadableImageError

hypothesis = pytest.importorskip("hypothesis")
given, st = hypothesis.given, hypothesis.strategies

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(not PORTABLE, reason="about the portable engine's own files"),
    pytest.mark.skipif(os.name == "nt", reason="most such names are not possible on Windows"),
]

# `make test-torture` gives more.
EXAMPLES = int(os.environ.get("LOOKALIKE_EXAMPLES", "60"))
budget = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="LOOKALIKE_EXAMPLES" not in os.environ,
    suppress_health_check=list(hypothesis.HealthCheck),
)

ENDING = ".png"
# What a terminal obeys, what is no UTF-8, what paths, patterns, pages and tables mean something by.
PARTS = [b"\n", b"\r", b"\x1b[2J", b"\x07", b"\x7f", b"\xc2\x9b", b"\xff", b"\xed\xa0\x80", b"~"]
PARTS += [b"*", b"[a]", b"%41", b"#", b"\\", b"'", b'"', b"&lt;", b"</script>", b"{0}", b"${HOME}"]
PARTS += ["é".encode(), "e\u0301".encode(), "\u202e".encode(), "\U0001f408".encode(), b" ", b"-"]
bytes_of_names = st.lists(st.one_of(st.sampled_from(PARTS), st.binary(min_size=1, max_size=9)))
# Hidden files are passed over, and a file system takes 255 bytes.
names = bytes_of_names.map(
    lambda parts: os.fsdecode(
        b"".join(parts).replace(b"/", b"").replace(b"\0", b"")[:200] + b".png"
    )
).filter(lambda name: not name.startswith("."))


def png() -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").resize((40, 30)).save(file, "PNG")
    return file.getvalue()


PICTURE = png()


def written(folder: str, name: str, content: bytes) -> str:
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def controls(text: str) -> list[str]:
    """The characters of a text that steer a terminal, or that it cannot encode."""
    return [one for one in text if (one != "\n" and ord(one) < 32) or "\x7f" <= one <= "\x9f"] + [
        one for one in text if "\ud800" <= one <= "\udfff"
    ]


@budget
@given(name=names)
def test_a_picture_is_found_whatever_its_name_and_its_name_stays_what_it_is(name):
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, name, PICTURE)
        other = written(folder, "a picture" + ENDING, PICTURE)
        data = lookalike.load_images(folder)
        model = lookalike.build_model(data, "efficientnet-lite0", verbose=False)
        assert sorted(data["path"]) == sorted({path, other})
        for query in (path, data[list(data["path"]).index(path)]):
            found = lookalike.find_similar(model, query)
            assert list(found["path"]) == ([other] if path != other else [])
        model.save(os.path.join(folder, "model"))
        assert list(lookalike.tc.load_model(os.path.join(folder, "model")).references["path"]) == (
            list(data["path"])
        )
        data.save(os.path.join(folder, "frame"))
        kept = lookalike.tc.load_sframe(os.path.join(folder, "frame"))
        assert list(kept["path"]) == list(data["path"])


@budget
@given(name=names)
def test_what_is_printed_of_a_name_steers_no_terminal(name):
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, name, PICTURE)
        written(folder, "a picture" + ENDING, PICTURE)
        shown = StringIO()
        with redirect_stdout(shown):
            data = lookalike.load_images(folder)
            model = lookalike.build_model(data, "efficientnet-lite0")
            print(data, data["path"], data[0:1], model)
            print(lookalike.find_similar(model, path))
            lookalike.check(folder)
        assert controls(shown.getvalue()) == []


@budget
@given(name=names, content=st.sampled_from([b"", PICTURE[:60], b"text", b"\xff\xd8\xff\xe0"]))
def test_what_is_said_of_a_broken_file_steers_no_terminal(name, content):
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, name, content)
        with pytest.raises(UnreadableImageError) as caught:
            lookalike.tc.Image(path).to_pil()
        assert caught.value.path == path
        assert controls(str(caught.value)) == []
        written(folder, "a picture" + ENDING, PICTURE)
        hypothesis.assume(name != "a picture" + ENDING)
        with warnings.catch_warnings(record=True) as said, redirect_stdout(StringIO()) as shown:
            warnings.simplefilter("always")
            model = lookalike.build_model(lookalike.load_images(folder), "efficientnet-lite0")
            print(model.failures)
        assert list(model.failures["path"]) == [path]
        assert [controls(str(one.message)) for one in said] == [[]]
        assert controls(shown.getvalue()) == []


@budget
@given(
    path=st.one_of(
        st.text(max_size=30),
        st.text(alphabet=["/", ".", "~", "\0", "\ud800", "\udc80", ":", "s", "\n", "\\"]),
        st.text(min_size=1, max_size=3).map(lambda text: text * 2000),
        st.sampled_from(["http://", "s3://", "file:", "~/", "~root/"]).flatmap(
            lambda start: st.text(max_size=9).map(lambda rest: start + rest)
        ),
    )
)
def test_a_path_of_any_text_is_a_picture_that_is_missing_or_cannot_be_read(path):
    with tempfile.TemporaryDirectory() as folder:
        picture = written(folder, "a picture" + ENDING, PICTURE)
        # Below a folder of its own, no such text is a picture that is there.
        below = os.path.join(folder, "none", path.lstrip("/~"))
        for one in (path, below):
            for call in (lookalike.tc.Image, lambda one: lookalike.find_in_folder(folder, one)):
                with pytest.raises((MissingFileError, UnreadableImageError)) as caught:
                    call(one)
                assert controls(str(caught.value)) == []
        assert os.listdir(folder) == [os.path.basename(picture)]
