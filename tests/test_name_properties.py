"""Properties of names: whatever a file is called, it is found, shown, saved and copied."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import draw

import lookalike
from lookalike.display.explorer import Explorer
from lookalike.errors import visible
from lookalike.names import expanded
from lookalike.portable import SFrame, load_model
from lookalike.portable.image_similarity import create

# Not where the real Turi Create is: the oldest versions of everything are there.
hypothesis = pytest.importorskip("hypothesis")
given, st = hypothesis.given, hypothesis.strategies

pytestmark = [
    pytest.mark.portable,
    pytest.mark.torture,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems do not have all the names"),
]

# Each example writes files and looks at pictures. `make test-torture` gives more.
EXAMPLES = max(10, int(os.environ.get("LOOKALIKE_EXAMPLES", "60")) // 6)
budget = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="LOOKALIKE_EXAMPLES" not in os.environ,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)


def is_name(name: bytes) -> bool:
    # A leading "." hides a file, and the folders of systems are passed over.
    return 0 < len(name) <= 200 and name not in (b".", b"..") and name[:1] not in (b".", b"$", b"@")


ODD = [b"~", b"~root", b"-rf", b"=1+1", b"a\nb", b"\x1b[2J", b"<b>&", b"%s{}", b"*?[", b"CON"]
# Anything that Linux allows: bytes that are no UTF-8, line breaks, escapes, markup, formulas.
NAMES = (
    st.one_of(
        st.binary(min_size=1, max_size=60),
        st.text(min_size=1, max_size=50).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.sampled_from(ODD),
    )
    .map(lambda name: name.replace(b"/", b"_").replace(b"\0", b"_"))
    .filter(is_name)
)


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    return draw(tmp_path_factory.mktemp("picture") / "a.png")


@budget
@given(st.lists(NAMES, min_size=1, max_size=3, unique=True), NAMES)
def test_pictures_of_any_name_are_found_saved_shown_and_copied(picture, names, folder):
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, os.fsdecode(folder))
        root.mkdir()
        for name in names:
            shutil.copy(str(picture), str(root / f"{os.fsdecode(name)}.png"))
        data = lookalike.load_images(root)
        paths = sorted(data["path"])
        assert paths == sorted(str(root / f"{os.fsdecode(name)}.png") for name in names)
        assert "\x1b" not in str(data)
        model = create(data, verbose=False)
        model.save(str(root / "look.model"))
        loaded = load_model(str(root / "look.model"))
        assert sorted(loaded.references["path"]) == paths
        found = loaded.query(data[:1], k=1, verbose=False)
        assert found["distance"][0] == 0
        data[["path"]].save(os.path.join(scratch, "frame"))
        assert list(SFrame(os.path.join(scratch, "frame"))["path"]) == list(data["path"])
        copies = lookalike.copy_files(data, os.path.join(scratch, "copies"))
        assert len(copies) == len(names) and all(map(os.path.isfile, copies))
        lookalike.write_table(data[["path"]], os.path.join(scratch, "table.csv"))
        Explorer(data).save_html(os.path.join(scratch, "page.html"))
        page = Path(scratch, "page.html").read_text("utf-8")
        assert page.count("<img") == len(names) and "<b>&" not in page


@budget
@given(NAMES)
def test_a_name_on_a_terminal_is_one_line_and_steers_nothing(name):
    shown = visible(os.fsdecode(name))
    assert (len(shown.splitlines()) <= 1 and shown.isprintable()) or "\x1b" not in shown
    shown.encode("utf-8")


@budget
@given(NAMES)
def test_a_file_that_exists_is_meant_as_it_is_written(name):
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, os.fsdecode(name))
        Path(path).touch()
        assert expanded(path) == path
