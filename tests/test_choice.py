from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import pytest
from conftest import PORTABLE, REPOSITORY

import lookalike
from lookalike.engines import choice
from lookalike.errors import BackendError, BackendWarning

INSTALLED = importlib.util.find_spec("turicreate") is not None
needs_turicreate = pytest.mark.skipif(not INSTALLED, reason="needs the real Turi Create")
needs_its_absence = pytest.mark.skipif(INSTALLED, reason="Turi Create is installed here")

# Folders of packages that are too new for Turi Create, as `pip install --target` made them.
BROKEN = sorted(Path(os.environ.get("LOOKALIKE_BROKEN_PACKAGES", "nowhere")).glob("*"))

ROVERS = REPOSITORY / "image" / "rovers"


@pytest.fixture
def choose(monkeypatch):
    """The choice as it is made at first use, with LOOKALIKE_BACKEND set to a value."""

    def choose(value: str | None = None) -> str:
        if value is None:
            monkeypatch.delenv(choice.VARIABLE, raising=False)
        else:
            monkeypatch.setenv(choice.VARIABLE, value)
        return choice.engine.__wrapped__().__name__

    return choose


def run(code: str, **environment: str) -> str:
    """Run code in another Python with lookalike, and return what it printed."""
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def claim(folder: Path, package: str, version: str, monkeypatch) -> None:
    """Make an installed package pass for another version of itself."""
    facts = folder / f"{package}-{version}.dist-info" / "METADATA"
    facts.parent.mkdir()
    facts.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(folder))


def test_tc_is_the_engine_that_backend_name_names():
    assert lookalike.backend_name() == ("portable" if PORTABLE else "turicreate")
    assert lookalike.tc.__name__.endswith(lookalike.backend_name())
    assert lookalike.tc.__version__ == "6.4.1"


def test_portable_is_always_there(choose):
    assert choose("portable") == "lookalike.portable"


def test_another_word_is_an_error_that_names_the_choices(choose):
    with pytest.raises(BackendError, match=r"'pytorch' is not an engine: .*auto, portable"):
        choose("pytorch")


@needs_its_absence
def test_without_turi_create_auto_is_portable_and_says_nothing(choose):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert choose() == choose("auto") == "lookalike.portable"


@needs_its_absence
def test_turi_create_where_it_is_not_says_how_to_get_it(choose):
    with pytest.raises(BackendError, match=r"Python 3\.8 on an x86-64 .*\.\[turicreate\]"):
        choose("turicreate")


def test_a_backend_error_is_an_import_error(choose):
    with pytest.raises(ImportError):
        choose("pytorch")


@needs_turicreate
def test_with_turi_create_auto_is_the_real_one_and_says_nothing(choose):
    with warnings.catch_warnings():
        warnings.simplefilter("error", BackendWarning)
        assert choose() == choose("auto") == choose("turicreate") == "turicreate"


@needs_turicreate
@pytest.mark.parametrize(
    ("package", "version", "fails"),
    [
        ("numpy", "1.24.0", r"create\(\) fails"),
        ("pandas", "2.0.3", r"explore\(\) fails in a notebook"),
        ("protobuf", "4.25.3", r"export_coreml\(\) fails"),
    ],
)
def test_packages_too_new_for_turi_create_are_named_with_what_mends_them(
    choose, tmp_path, monkeypatch, package, version, fails
):
    claim(tmp_path, package, version, monkeypatch)
    with pytest.warns(BackendWarning, match=f"{package} {version} is too new .{fails}") as caught:
        assert choose("auto") == "lookalike.portable"
    assert f"'{package}<" in str(caught[0].message)
    assert "The portable engine serves until then." in str(caught[0].message)


@needs_turicreate
def test_turi_create_that_is_asked_for_is_taken_in_spite_of_them(choose, tmp_path, monkeypatch):
    claim(tmp_path, "pandas", "2.0.3", monkeypatch)
    with pytest.warns(BackendWarning, match="used all the same"):
        assert choose("turicreate") == "turicreate"


CHOOSE = """
    import sys, warnings
    {before}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        import lookalike
        try:
            print(lookalike.backend_name())
        except lookalike.BackendError as error:
            print(error)
    print(*(str(w.message) for w in caught if w.category.__name__ == "BackendWarning"))
"""


@needs_turicreate
def test_turi_create_that_cannot_be_imported_is_replaced_with_the_reason():
    broken = CHOOSE.format(before="sys.modules['decorator'] = None")
    name, warning = run(broken, LOOKALIKE_BACKEND="auto").splitlines()
    assert name == "portable"
    assert warning.startswith("Turi Create is installed but cannot be imported (ModuleNotFoundErr")
    assert "decorator" in warning and "pip install" in warning


@needs_turicreate
def test_turi_create_that_is_asked_for_but_cannot_be_imported_is_an_error():
    broken = CHOOSE.format(before="sys.modules['decorator'] = None")
    assert "cannot be imported" in run(broken, LOOKALIKE_BACKEND="turicreate").splitlines()[0]


@needs_turicreate
@pytest.mark.skipif(not BROKEN, reason="LOOKALIKE_BROKEN_PACKAGES is not set")
@pytest.mark.parametrize("packages", BROKEN, ids=lambda path: path.name)
def test_the_portable_engine_serves_beside_packages_that_are_too_new(packages):
    code = (
        CHOOSE.format(before=f"sys.path.insert(0, {str(packages)!r})")
        + f"""
    matches = lookalike.find_in_folder({str(ROVERS)!r}, {str(ROVERS / "rover-001.jpg")!r}, k=3)
    print(len(matches))
    """
    )
    name, warning, *_, matches = run(code, LOOKALIKE_BACKEND="auto").splitlines()
    assert (name, matches) == ("portable", "3")
    assert "is too new" in warning


def test_importing_lookalike_loads_no_engine():
    code = """
        import sys, lookalike
        print([name for name in ("pandas", "onnxruntime", "turicreate") if name in sys.modules])
    """
    assert run(code).strip() == "[]"
