"""Errors: copied and pickled whole, and printed without what steers a terminal."""

from __future__ import annotations

import copy
import pickle

import pytest

from lookalike import errors

ERRORS = [
    errors.ToolkitError("a message"),
    errors.MissingColumnError("z", ["a", "b"], role="feature column"),
    errors.MissingFileError("a.jpg", "There is no file a.jpg."),
    errors.NotHereError("a message"),
    errors.ColumnTypeError("a message"),
    errors.SavedDataError("folder", "it is damaged"),
    errors.UnreadableImageError("a.jpg", "it is truncated"),
    errors.UnreadableImageError(None, "it is truncated"),
    errors.DownloadError("http://127.0.0.1", "it is not there", "Try again."),
    errors.BackendError("a message"),
]


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_can_be_copied_and_pickled_with_its_fields(error, again):
    found = again(error)
    assert type(found) is type(error)
    assert str(found) == str(error) != ""
    assert (found.args, vars(found)) == (error.args, vars(error))


def test_every_error_is_tried_here():
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    ours = {kind for kind in kinds if issubclass(kind, errors.LookalikeError)}
    assert {type(error) for error in ERRORS} == ours - {errors.LookalikeError}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b-é名👨\u200d👩.jpg", "a b-é名👨\u200d👩.jpg"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\nb\tc\x00\x7f\x9b", r"a\nb\tc\x00\x7f\x9b"),
        ("not-utf-8-\udcff", r"not-utf-8-\udcff"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("it's \\ a\xa0b", "it's \\ a\xa0b"),
    ],
)
def test_what_would_steer_a_terminal_is_made_visible(text, shown):
    assert errors.visible(text) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "error",
    [
        errors.MissingColumnError("\x1b[2J", ["\udcff"]),
        errors.UnreadableImageError("\x1b[2J\udcff", "\x07"),
        errors.SavedDataError("\x1b[2J\udcff", "it is damaged"),
        errors.ToolkitError("The column '\x1b[2J\udcff' is not there."),
        errors.BackendError("\x1b[2J\udcff"),
    ],
)
def test_a_message_sends_no_control_character(error):
    str(error).encode("utf-8")
    assert str(error).isprintable()
    assert r"\x1b[2J" in str(error)


def test_a_message_without_control_characters_is_as_it_was_given():
    assert str(errors.MissingFileError("a", "There is no 'ä 名'.")) == "There is no 'ä 名'."
    assert errors.MissingFileError("\x1b[2J", "None.").path == "\x1b[2J"
    assert str(errors.ToolkitError()) == ""
