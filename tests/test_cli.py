from __future__ import annotations

import io
import json
import os
import subprocess
from contextlib import redirect_stdout

import pytest
import server as web
from conftest import PORTABLE, draw
from shell import COMMAND, on_terminal, run
from test_download import CONTENT, PATH, TINY

import lookalike
from lookalike import cli
from lookalike.networks import catalogue

pytestmark = pytest.mark.skipif(
    not PORTABLE, reason="tests/test_cli_engines.py is about the command line on Turi Create"
)
POSIX = pytest.mark.skipif(os.name == "nt", reason="of bytes in names, and of terminals as files")
COPIES = pytest.mark.skipif(
    not hasattr(lookalike, "find_duplicates"), reason="find_duplicates comes from another branch"
)
COPYING = pytest.mark.skipif(
    not hasattr(lookalike, "copy_files"), reason="copy_files comes from another branch"
)


@pytest.fixture
def server(server, monkeypatch, tmp_path):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setitem(catalogue.NETWORKS, "tiny", TINY)
    return server


@pytest.fixture
def pictures(folder, monkeypatch):
    """The folder of four pictures, in which the command runs."""
    monkeypatch.chdir(folder)
    return folder


def fields(printed: str) -> list[list[str]]:
    return [line.split("\t") for line in printed.splitlines()]


# find


def test_in_a_pipe_a_match_is_a_line_of_rank_distance_and_path(pictures, capsys):
    assert cli.main(["find", "a.png", "."]) == 0
    found = fields(capsys.readouterr().out)
    assert [line[0] for line in found] == ["1", "2", "3"]
    assert sorted(line[2] for line in found) == ["./b.jpg", "./c.jpeg", "./sub/d.png"]
    distances = [float(line[1]) for line in found]
    assert distances == sorted(distances)


def test_progress_goes_to_standard_error(pictures, capsys):
    cli.main(["find", "a.png", "."])
    printed = capsys.readouterr()
    assert "4 pictures through" in printed.err
    assert "pictures through" not in printed.out


@POSIX
def test_on_a_terminal_matches_are_a_table(pictures):
    head, first, *others = on_terminal(*COMMAND, "find", "a.png", ".").splitlines()
    assert head.split() == ["rank", "distance", "path"]
    assert first.split()[0] == "1"
    assert head.index("path") == first.index("./")
    assert len(others) == 2


@POSIX
@pytest.mark.parametrize("form", ["--paths", "--max-distance=0"])
def test_on_a_terminal_nothing_found_is_no_empty_table(pictures, form):
    command = [*COMMAND, "find", "a.png", ".", "--max-distance", "0", form]
    assert on_terminal(*command, code=1) == ""


@POSIX
def test_on_a_terminal_each_of_several_queries_stands_above_its_matches(pictures):
    printed = on_terminal(*COMMAND, "find", "a.png", "b.jpg", ".", "-k", "1").splitlines()
    assert [line for line in printed if line.endswith(":")] == ["a.png:", "b.jpg:"]
    assert len(printed) == 6


def test_in_a_pipe_each_match_of_several_queries_begins_with_its_query(pictures, capsys):
    assert cli.main(["find", "a.png", "b.jpg", ".", "-k", "2"]) == 0
    found = fields(capsys.readouterr().out)
    assert [line[:2] for line in found] == [
        ["a.png", "1"],
        ["a.png", "2"],
        ["b.jpg", "1"],
        ["b.jpg", "2"],
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "1", "a.png", "b.jpg", "."],
        ["a.png", "b.jpg", "-k", "1", "."],
        ["a.png", "-k", "1", "b.jpg", "."],
        ["a.png", "b.jpg", ".", "-k", "1"],
        ["a.png", "-k", "1", "--", "b.jpg", "."],
    ],
    ids=" ".join,
)
def test_options_may_stand_anywhere_among_pictures_and_folder(pictures, capsys, arguments):
    assert cli.main(["find", *arguments]) == 0
    assert [line[0] for line in fields(capsys.readouterr().out)] == ["a.png", "b.jpg"]


def test_a_picture_from_elsewhere_is_compared_with_all_of_the_folder(pictures, tmp_path, capsys):
    stranger = str(draw(tmp_path / "stranger.png", "purple"))
    assert cli.main(["find", stranger, "."]) == 0
    assert len(fields(capsys.readouterr().out)) == 4


def test_a_maximal_distance_leaves_out_what_is_farther(pictures, capsys):
    cli.main(["find", "a.png", "."])
    (_, distance, path), *_ = fields(capsys.readouterr().out)
    cli.main(["find", "a.png", ".", "--max-distance", str(float(distance) + 1e-4)])
    assert [line[2] for line in fields(capsys.readouterr().out)] == [path]


def test_what_is_excluded_is_not_found(pictures, capsys):
    cli.main(["find", "a.png", ".", "--exclude", "*.jpg", "--exclude", "sub/*"])
    assert [line[2] for line in fields(capsys.readouterr().out)] == ["./c.jpeg"]


@pytest.mark.parametrize(("form", "nothing"), [("--json", "[]\n"), ("--paths", "")])
def test_nothing_found_is_the_exit_code_1(pictures, capsys, form, nothing):
    assert cli.main(["find", "a.png", ".", "--max-distance", "0", form]) == 1
    assert capsys.readouterr().out == nothing


def test_json_is_one_array_of_objects(pictures, capsys):
    cli.main(["find", "a.png", ".", "-k", "2", "--json"])
    first, second = json.loads(capsys.readouterr().out)
    assert list(first) == ["rank", "distance", "path"]
    assert (first["rank"], second["rank"]) == (1, 2)
    assert 0 < first["distance"] <= second["distance"]


def test_json_names_the_query_where_there_are_several(pictures, capsys):
    cli.main(["find", "a.png", "b.jpg", ".", "-k", "1", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [match["query"] for match in found] == ["a.png", "b.jpg"]


def test_csv_is_what_a_spreadsheet_opens_right(pictures, capsysbinary):
    draw(pictures / "=猫.png", "yellow")
    cli.main(["find", "a.png", ".", "--csv"])
    printed = capsysbinary.readouterr().out
    assert printed.startswith(b"\xef\xbb\xbfrank,distance,path\r\n1,")
    assert "=猫.png".encode() in printed


@pytest.mark.parametrize("sign", "=+-@")
def test_csv_has_no_text_that_a_spreadsheet_computes(pictures, capsysbinary, sign):
    draw(pictures / f"{sign}sum" / "x.png")
    cli.main(
        ["find", "a.png", f"{sign}sum", "--csv"]
        if sign != "-"
        else ["find", "--csv", "--", "a.png", "-sum"]
    )
    assert f",'{sign}sum".encode() in capsysbinary.readouterr().out


@POSIX
def test_paths_that_end_with_nul_are_those_of_the_files_to_the_byte(pictures):
    odd = (b"not utf-8 \xff.png", b"two\nlines.png", b"tab\t.png", "猫.png".encode())
    for number, name in enumerate(odd):
        draw(pictures / os.fsdecode(name), size=(60 + number, 40))
    done = run("find", "a.png", ".", "--paths", "-0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert set(done.stdout.split(b"\0")) >= {b"./" + name for name in odd}


@POSIX
def test_a_line_is_one_match_and_moves_no_cursor_whatever_the_name_holds(pictures):
    for number, name in enumerate((b"not utf-8 \xff.png", b"two\nlines.png", b"red \x1b[31m.png")):
        draw(pictures / os.fsdecode(name), size=(60 + number, 40))
    printed = run("find", "a.png", ".").stdout.decode()
    assert sorted(line[2] for line in fields(printed))[-3:] == [
        r"./red \x1b[31m.png",
        "./sub/d.png",
        r"./two\nlines.png",
    ]
    assert r"./not utf-8 \udcff.png" in printed


@POSIX
def test_a_query_whose_name_is_not_utf_8_finds_its_look_alikes(pictures):
    name = b"not utf-8 \xff.png"
    draw(pictures / os.fsdecode(name))
    assert b"a.png" in run("find", name, ".").stdout


@POSIX
def test_a_console_that_cannot_show_a_name_gets_an_escape(pictures):
    draw(pictures / "\N{GRINNING FACE}.png")
    draw(pictures / "猫.png", size=(60, 40))
    printed = run("find", "a.png", ".", PYTHONIOENCODING="cp936").stdout.decode("cp936")
    assert r"./\U0001f600.png" in printed
    assert "./猫.png" in printed


@POSIX
def test_pictures_that_cannot_be_read_are_named_once_and_the_others_found(pictures):
    (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = run("find", "a.png", ".")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)
    assert done.stderr.count(b"broken.png") == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["none.png", "."], "The picture none.png does not exist"),
        (["notes.txt", "."], "Cannot read the picture notes.txt"),
        (["sub", "."], "Cannot read the picture sub"),
        (["a.png", "none"], "There is no folder 'none'"),
        (["a.png", "b.jpg"], "Expected a folder; 'b.jpg' is a file"),
        (["a.png", ".", "--network", "none"], "'none' is not a network"),
        (["a.png", ".", "--max-distance=-1"], "--max-distance"),
        (["a.png", ".", "-k", "0"], "Expected k"),
        (["a.png", ".", "-k", "9" * 30], "no machine counts more rows; found"),
        (["a.png", ".", "--copy-to", "."], "name another folder"),
        (["a.png", ".", "--exclude", "*"], "but for what is excluded"),
    ],
    ids=str,
)
def test_an_error_is_one_line_on_standard_error_and_the_exit_code_2(
    pictures, capsys, arguments, reason
):
    assert cli.main(["find", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("lookalike: ")
    assert reason in line


@pytest.mark.parametrize("network", ["resnet-50", "dinov2-small"])
def test_what_to_do_is_said_in_commands(pictures, server, capsys, network):
    cli.main(["find", "a.png", ".", "--network", network])
    message = capsys.readouterr().err
    assert f"Run `lookalike networks download {network}`" in message
    assert "run `lookalike networks add FILE`" in message
    assert "lookalike." not in message


def test_opening_shows_a_page_and_says_where_on_standard_error(pictures, page, tmp_path, capsys):
    assert cli.main(["find", "a.png", ".", "--open"]) == 0
    printed = capsys.readouterr()
    (written,) = tmp_path.rglob("lookalike-*.html")
    assert str(written) in printed.err
    assert len(fields(printed.out)) == 3


@COPYING
def test_matches_are_copied_and_stay_where_they_are(pictures, tmp_path, capsys):
    before = sorted(pictures.rglob("*"))
    assert cli.main(["find", "a.png", ".", "--copy-to", str(tmp_path / "found")]) == 0
    assert len(list((tmp_path / "found").iterdir())) == 3
    assert sorted(pictures.rglob("*")) == before


def test_what_was_copied_into_the_folder_is_not_found_the_next_time(pictures, capsys):
    draw(pictures / "sub" / "found [1]" / "mine.png", "purple")
    printed = []
    for _ in range(2):
        assert cli.main(["find", "a.png", ".", "--copy-to", "found [1]"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "./sub/found [1]/mine.png" in printed[0]
    assert len(list((pictures / "found [1]").iterdir())) == 4


# duplicates


@pytest.fixture
def copies(pictures):
    """The folder with a copy of one picture, which is smaller than what it was made from."""
    (pictures / "copy.png").write_bytes((pictures / "a.png").read_bytes())
    return pictures


@COPIES
def test_copies_are_grouped_with_the_one_to_keep_first(copies, capsys):
    assert cli.main(["duplicates", ".", "--kind", "same-file"]) == 0
    first, second = fields(capsys.readouterr().out)
    assert (first[:2], second[:2]) == (["1", ""], ["1", "same file"])
    assert {first[3], second[3]} == {"./a.png", "./copy.png"}


@COPIES
def test_the_paths_of_copies_leave_out_the_picture_to_keep(copies, capsysbinary):
    assert cli.main(["duplicates", ".", "--kind", "same file", "--paths", "-0"]) == 0
    assert capsysbinary.readouterr().out in (b"./a.png\0", b"./copy.png\0")


@COPIES
def test_pictures_that_an_archive_has_are_found_with_their_place_there(copies, tmp_path, capsys):
    draw(tmp_path / "archive" / "old.png", "purple")
    (tmp_path / "archive" / "same.png").write_bytes((copies / "b.jpg").read_bytes())
    archive = str(tmp_path / "archive")
    assert cli.main(["duplicates", ".", archive, "--kind", "same-file", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["path"]) == ("same file", "./b.jpg")
    assert found["archive"].endswith("same.png")


@COPIES
@POSIX
def test_a_link_is_no_copy_of_its_file(pictures, capsys):
    (pictures / "0-link.png").symlink_to("a.png")
    assert cli.main(["duplicates", ".", "--kind", "same-file", "--paths"]) == 1


@COPIES
def test_a_picture_that_lies_in_both_folders_is_no_copy_of_itself(copies, capsysbinary):
    (copies / "sub" / "b again.jpg").write_bytes((copies / "b.jpg").read_bytes())
    arguments = ["duplicates", "sub", ".", "--kind", "same-file", "--paths", "-0"]
    assert cli.main(arguments) == 0
    assert capsysbinary.readouterr().out == b"sub/b again.jpg\0"


@COPIES
def test_a_folder_that_is_its_own_archive_is_an_error(pictures, capsys):
    assert cli.main(["duplicates", ".", "../pictures"]) == 2
    assert "no other pictures" in capsys.readouterr().err


@COPIES
def test_an_archive_that_there_is_not_is_an_error_before_anything_is_looked_at(pictures, capsys):
    assert cli.main(["duplicates", ".", "none"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "There is no folder 'none'" in line


@COPIES
def test_a_folder_without_copies_is_the_exit_code_1(pictures, capsys):
    assert cli.main(["duplicates", ".", "--kind", "same-file"]) == 1
    assert capsys.readouterr().out == ""


# check, explore, cache


def test_check_says_what_a_first_run_will_take(pictures, capsys):
    assert cli.main(["check", "."]) == 0
    printed = capsys.readouterr().out
    assert "4 (" in printed
    assert "first pass" in printed


def test_the_cache_is_shown_and_cleared(pictures, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    cli.main(["find", "a.png", "."])
    capsys.readouterr()
    assert cli.main(["cache", "show"]) == 0
    assert str(tmp_path / "cache") in capsys.readouterr().out
    assert cli.main(["cache", "clear"]) == 0
    assert lookalike.cache_info().files == 0
    assert "4 files" in capsys.readouterr().out


# networks


def test_list_shows_each_network_and_whether_it_is_here(server, capsys):
    assert cli.main(["networks", "list"]) == 0
    lines = {
        tuple(cell.strip() for cell in line.split("|")[1:-1])
        for line in capsys.readouterr().out.splitlines()
    }
    for network in lookalike.available_networks():
        facts = (network.name, str(network.num_features), str(network.megabytes))
        assert (*facts, "yes, bundled" if network.bundled else "no") in lines


def test_download_fetches_a_network_and_prints_where_it_is(server, capsys):
    server.behaviours[PATH] = web.good(CONTENT)
    assert cli.main(["networks", "download", "tiny"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{TINY.path}\n"
    assert "Downloading tiny" in printed.err


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
def test_a_network_that_cannot_be_had_is_one_line(server, capsys, arguments, reason):
    assert cli.main(["networks", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lookalike: ")
    assert reason in line


def test_what_can_be_downloaded_does_not_name_what_is_bundled(capsys):
    cli.main(["networks", "download", "none"])
    message = capsys.readouterr().err
    bundled = [network.name for network in lookalike.available_networks() if network.bundled]
    assert "resnet-50" in message
    assert bundled
    assert [name for name in bundled if name in message] == []


# what holds for all


@pytest.mark.parametrize(
    "command",
    [
        "",
        "find",
        "duplicates",
        "check",
        "explore",
        "networks",
        "networks list",
        "networks download",
        "networks add",
        "cache",
        "cache show",
        "cache clear",
    ],
)
def test_the_help_of_each_command_has_an_example(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main([*command.split(), "--help"])
    assert f"example: lookalike {command}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["networks"], ["cache"]], ids=str)
def test_an_unfinished_command_is_answered_with_those_that_there_are(arguments, capsys):
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert "usage: lookalike" in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["search"],
        ["networks", "upload", "x"],
        ["find"],
        ["find", "."],
        ["find", "a.png", ".", "--colour", "red"],
        ["find", "a.png", ".", "-k", "many"],
        ["find", "a.png", ".", "--json", "--csv"],
        ["find", "a.png", ".", "-0"],
        ["find", "a.png", ".", "-k", "-1"],
        ["find", "a.png", ""],
        ["find", "a.png", ".", "--copy-to", ""],
        ["explore", ".", "--host", ""],
        ["duplicates", "a", "b", "c"],
        ["duplicates", "a", "--kind", "similar"],
        ["check", "a", "b"],
        ["cache", "show", "x"],
    ],
    ids=" ".join,
)
def test_what_is_no_command_is_one_line_that_says_where_help_is(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lookalike: ")
    assert "--help`" in line


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["find", "a.png"], "expected pictures and then a folder; found a.png"),
        (["find", "a.png", ".", "-k", "many"], "expected a whole number; found 'many'"),
        (["find", "a.png", ".", "-k", "-1"], "does not begin with -"),
        (["find", "a.png", ".", "--max-distance", "far"], "expected a number; found 'far'"),
        (["duplicates", ".", "--kind", "x"], "same-picture"),
    ],
)
def test_a_wrong_argument_is_answered_with_what_was_expected(arguments, expected, capsys):
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert expected in capsys.readouterr().err


@POSIX
def test_a_warning_that_comes_twice_is_printed_once_in_words_of_the_command_line(pictures):
    done = run("find", "a.png", ".", LOOKALIKE_CACHE=str(pictures / "notes.txt"))
    assert done.returncode == 0
    assert done.stderr.count(b"LOOKALIKE_CACHE") == 1
    assert b"cache=" not in done.stderr and b"Errno" not in done.stderr


@POSIX
@pytest.mark.parametrize("form", ["--csv", "--json", "--paths", "-k=3"])
def test_an_output_that_the_shell_has_closed_is_no_failure(pictures, form):
    command = [*COMMAND, "find", "a.png", ".", form]
    closing = ["sh", "-c", '"$@" >&-', "sh", *command]
    done = subprocess.run(closing, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@POSIX
def test_an_error_does_not_come_out_as_a_result_where_standard_error_is_closed(pictures):
    closing = ["sh", "-c", '"$@" 2>&-', "sh", *COMMAND, "find", "none.png", "."]
    done = subprocess.run(closing, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"lookalike {lookalike.__version__}\n"


class Failing(io.StringIO):
    """A standard output to which nothing can be written."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def write(self, text):
        raise self.error


def test_ctrl_c_ends_with_130_and_no_traceback(capsys):
    with redirect_stdout(Failing(KeyboardInterrupt())):
        assert cli.main(["cache", "show"]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_error_of_our_own_is_not_taken_for_nothing_found(capsys):
    with redirect_stdout(Failing(ZeroDivisionError())):
        assert cli.main(["cache", "show"]) == 2
    assert "ZeroDivisionError" in capsys.readouterr().err


@POSIX
@pytest.mark.parametrize("form", ["--csv", "--json", "--paths", "-k=3"])
def test_a_reader_that_has_enough_ends_it_quietly(pictures, form):
    command = [*COMMAND, "find", "a.png", ".", form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 0
    assert [line for line in said.splitlines() if "pictures through" not in line] == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a disk that is always full")
def test_a_full_disk_is_an_error(pictures):
    with open("/dev/full", "wb") as full:
        command = [*COMMAND, "find", "a.png", "."]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(b"lookalike: ")
