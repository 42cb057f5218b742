from __future__ import annotations

import array
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.display import MAX_BYTES, gallery_html, picture_html, pictures_html, table_html
from lookalike.display.markup import text_of
from lookalike.display.rows import Rows, Section
from lookalike.errors import UnreadableImageError

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>.png'


class Page(HTMLParser):
    """The tags and the visible text of a page."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.facts: list[str] = []
        self._inside: tuple[str, str] = ("", "")
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "br" and self._inside[1] == "lookalike-facts":
            self.facts[-1] += "\n"
            return
        self._inside = (tag, dict(attrs).get("class", ""))
        if self._inside[1] == "lookalike-facts":
            self.facts.append("")

    def handle_endtag(self, tag):
        self._inside = ("", "")

    def handle_data(self, data):
        if self._inside[1] == "lookalike-facts":
            self.facts[-1] += data
        elif self._inside[0] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def images(self) -> list[dict]:
        return [attrs for tag, attrs in self.tags if tag == "img"]


def drawn(color: str = "red", size: tuple = (64, 48)) -> Image.Image:
    return Image.new("RGB", size, color)


def noise(number: int) -> Image.Image:
    pixels = np.random.default_rng(number).integers(0, 256, (200, 200, 3), np.uint8)
    return Image.fromarray(pixels)


def query(name: str) -> dict:
    return {"path": f"/home/somebody/{name}.png", "image": drawn()}


def matches(count: int = 3) -> list[dict]:
    return [
        {
            "rank": number + 1,
            "distance": 11.4871 + number,
            "id": 40 + number,
            "path": f"/home/somebody/cats/cat-{number}.png",
            "image": drawn(),
        }
        for number in range(count)
    ]


class UnreadableLater:
    """A lazy engine image, whose file turns out to be damaged."""

    @property
    def pixel_data(self):
        raise AssertionError

    @property
    def _format_enum(self):
        raise UnreadableImageError("/home/somebody/x.png", "the file is <b>truncated</b>")


def test_each_row_is_one_picture():
    assert len(Page(gallery_html(matches(7), 7)).images) == 7


def test_a_tile_has_rank_distance_id_and_file_name():
    text = Page(gallery_html(matches(), 3)).text
    assert "#1 · 11.49 · id 40" in text and "cat-0.png" in text


def test_a_distance_of_numpy_is_as_readable():
    row = {**matches(1)[0], "distance": np.float32(0.123456), "rank": np.int64(1)}
    assert "#1 · 0.1235" in Page(gallery_html([row], 1)).text


def test_folders_are_not_told():
    assert "somebody" not in gallery_html(matches(), 3)


def test_the_larger_picture_comes_with_the_short_columns():
    row = {
        "path": "cats\\cat.png",
        "image": drawn(),
        "label": "cat",
        "size": np.int64(3),
        "features": [1.0, 2.0],
    }
    assert Page(gallery_html([row], 1)).facts == ["cat.png\nlabel cat · size 3"]


def test_a_long_text_is_cut_where_it_is_told():
    row = {"path": "x" * 300 + ".png", "image": drawn(), "story": "y" * 300}
    page = Page(gallery_html([row], 1))
    assert "x" * 100 not in page.facts[0] and "y" * 100 not in page.facts[0]
    assert "x" * 50 not in page.text and page.text.endswith(".png")


@pytest.mark.parametrize(
    "row",
    [
        {"path": EVIL, "image": drawn()},
        {"path": EVIL},
        {"label": EVIL, "image": drawn()},
        {"rank": EVIL, "distance": EVIL, "id": EVIL, "image": drawn()},
        {EVIL: EVIL, "image": drawn()},
        {EVIL: EVIL},
    ],
    ids=["name", "missing", "text", "numbers", "column", "table"],
)
def test_no_markup_gets_in_through_values_names_or_titles(row):
    page = Page(gallery_html([row], 2, title=EVIL))
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [attrs for _, attrs in page.tags if "onerror" in attrs or attrs.get("src") == "x"]
    assert "<script>" in page.text


def test_a_reason_is_escaped_and_names_no_folder():
    html = gallery_html([{"image": UnreadableLater()}], 1)
    assert "Cannot be read: the file is <b>truncated</b>" in Page(html).text
    assert "<b>" not in html and "somebody" not in html


def test_a_missing_file_is_a_tile_that_says_so(tmp_path):
    page = Page(gallery_html([{"path": str(tmp_path / "gone.png")}, *matches(1)], 2))
    assert "The file does not exist." in page.text and len(page.images) == 1


def test_a_damaged_file_is_a_tile_that_says_so(tmp_path):
    path = tmp_path / "bad.png"
    path.write_bytes(b"no picture")
    page = Page(gallery_html([{"path": str(path), "id": 5}], 1))
    assert "Cannot be read: not a picture" in page.text and "id 5" in page.text


def test_a_row_without_its_picture_is_a_tile_that_says_so():
    page = Page(gallery_html([{"image": None}, *matches(1)], 2))
    assert "No picture" in page.text and len(page.images) == 1


def test_rows_with_a_path_alone_show_its_picture(tmp_path):
    drawn().save(tmp_path / "a.png")
    image = Page(gallery_html([{"path": tmp_path / "a.png"}], 1)).images[0]
    assert image["src"].startswith("data:image/") and image["title"] == "a.png"


def test_a_picture_has_its_size_in_attributes():
    image = Page(gallery_html([{"image": drawn(size=(400, 200))}], 1)).images[0]
    assert (image["width"], image["height"]) == ("112", "56")


@pytest.mark.parametrize("count", [1, 10, 250])
def test_noisy_pictures_never_take_more_than_the_bound(count):
    rows = ({"path": f"{number}.png", "image": noise(number)} for number in range(count))
    html = gallery_html(rows, count, title="é" * 80)
    assert 10_000 < len(html.encode()) <= MAX_BYTES


def test_it_says_how_many_it_shows():
    rows = [{"image": drawn(size=(8, 8)), "id": number} for number in range(300)]
    page = Page(gallery_html(rows, 300))
    assert f"Showing the first {len(page.images)} of 300 pictures." in page.text
    assert 100 < len(page.images) < 300


def test_it_says_nothing_where_all_are_shown():
    assert "Showing" not in gallery_html(matches(), 3)


def test_rows_are_taken_only_as_far_as_they_are_shown():
    taken = []
    picture = drawn(size=(8, 8))
    rows = ({"image": taken.append(number) or picture} for number in range(10_000))
    gallery_html(rows, 10_000)
    assert len(taken) < 300


def test_fewer_rows_have_larger_pictures():
    few, many = (gallery_html([{"image": noise(0)}] * count, count) for count in (4, 80))
    assert len(Page(few).images[0]["src"]) > 5 * len(Page(many).images[0]["src"])


def test_the_style_goes_with_it_and_no_script():
    html = gallery_html(matches(), 3)
    assert html.count("<style>") == 1 and ":hover" in html and "<details>" in html
    assert "<script" not in html and "http" not in html and "/*" not in html


# Sections


def order(html: str) -> list[str]:
    """Return headings and names of files in their order, those of queries in capitals."""
    parts = re.findall(
        r'<th class="lookalike-heading"[^>]*>([^<]*)|lookalike-tile( lookalike-query)?">'
        r'.*?lookalike-name">([^<]*)\.png',
        html,
    )
    return [heading or (name.upper() if query else name) for heading, query, name in parts]


def test_a_query_is_pinned_before_its_matches_and_marked():
    html = gallery_html(matches(2), 2, sections=[Section(0, "", [query("q")])])
    assert order(html) == ["Q", "cat-0", "cat-1"]
    assert "query" in Page(html).text


def test_each_of_several_queries_stands_before_its_own_and_one_without_matches_too():
    sections = [Section(start, "", [query(name)]) for start, name in ((0, "a"), (2, "b"), (2, "c"))]
    assert order(gallery_html(matches(2), 2, sections=sections)) == [
        "A",
        "cat-0",
        "cat-1",
        "B",
        "C",
    ]
    assert order(gallery_html([], 0, sections=sections[:1])) == ["A"]


def test_a_section_begins_a_line_of_the_table_that_is_left_without_style():
    html = gallery_html(matches(4), 4, sections=[Section(0, "one"), Section(3, "two")])
    assert order(html) == ["one", "cat-0", "cat-1", "cat-2", "two", "cat-3"]
    assert html.count("<tr>") == 4


def test_a_querys_picture_is_larger_than_those_of_its_matches():
    rows = [{"path": f"{number}.png", "image": noise(number)} for number in range(60)]
    section = Section(0, "", [{"path": "q.png", "image": noise(99)}])
    pinned, *others = Page(gallery_html(rows, 60, sections=[section])).images
    assert len(pinned["src"]) > 2 * len(others[0]["src"])


@pytest.mark.parametrize("count", [1, 10, 250])
def test_sections_take_no_more_than_the_bound_either(count):
    rows = [{"path": f"{number}.png", "image": noise(number)} for number in range(count)]
    sections = [Section(n, "é" * 80, [{"image": noise(n)}]) for n in range(0, count, 2)]
    html = gallery_html(rows, count, sections=sections)
    assert len(html.encode()) <= MAX_BYTES
    shown = len(re.findall('lookalike-tile"', html))
    assert shown == count or f"Showing the first {shown} of {count} pictures." in html


def test_copies_are_shown_group_by_group_with_their_kinds():
    kinds = ["", "same file", "", "near copy", "same picture"]
    groups = [1, 1, 2, 2, 2]
    rows = [
        {**row, "group": group, "kind": kind} for row, group, kind in zip(matches(5), groups, kinds)
    ]
    html = gallery_html(rows, 5, sections=Rows(rows).sections)
    assert order(html) == [
        "Group 1 (2)",
        "cat-0",
        "cat-1",
        "Group 2 (3)",
        "cat-2",
        "cat-3",
        "cat-4",
    ]
    said = [figures.split(" · ")[1] for figures in re.findall(r'numbers">([^<]*)', html)]
    assert said == ["the best", "same file", "the best", "near copy", "same picture"]


def test_copies_in_another_order_have_no_headings():
    rows = [{"group": group, "kind": "", "distance": 0.0} for group in (1, 2, 1)]
    assert Rows(rows).sections == []


def test_of_copies_in_another_model_the_picture_there_is_pinned(tmp_path):
    drawn().save(tmp_path / "there.png")
    there = str(tmp_path / "there.png")
    rows = [{**matches(1)[0], "group": 1, "kind": "same file", "among_path": there}]
    html = gallery_html(rows, 1, sections=Rows(rows).sections)
    assert order(html) == ["Group 1 (1)", "THERE", "cat-0"] and "there already" in html


def test_each_picture_there_is_pinned_once_and_no_folder_of_it_is_named(tmp_path):
    place = tmp_path / "secret"
    place.mkdir()
    there = []
    for name in ("a.png", "b.png"):
        drawn().save(place / name)
        there += [str(place / name)] * 2
    copies = {"group": 1, "kind": "same file", "distance": 0.0}
    rows = [{**row, **copies, "among_path": path} for row, path in zip(matches(4), there)]
    html = gallery_html(rows, 4, sections=Rows(rows).sections)
    assert html.count("there already") == html.count('lookalike-name">a.png') * 2 == 2
    assert "secret" not in html


@pytest.mark.parametrize("count", [13, 500])
def test_however_many_queries_there_are_the_matches_are_shown(count):
    section = Section(0, "", [query(f"{number}") for number in range(count)])
    html = gallery_html(matches(), 3, sections=[section])
    assert order(html)[0] == f"The first 12 of {count}:"
    assert order(html)[-3:] == ["cat-0", "cat-1", "cat-2"] and len(order(html)) == 16


@pytest.mark.parametrize("names", [(7, 7, 9), ("/a/secret", "/a/secret", "b")])
def test_a_table_of_matches_that_does_not_know_its_queries_is_still_divided(names):
    rows = [{"query_id": name, "rank": 1, "distance": 0.5} for name in names]
    first, second = (7, 9) if names[0] == 7 else (1, 2)
    assert [(one.start, one.heading) for one in Rows(rows).sections] == [
        (0, f"Query {first} (2)"),
        (2, f"Query {second} (1)"),
    ]


def test_rows_without_pictures_are_a_plain_table():
    page = Page(gallery_html([{"a": 1, "b": "x"}, {"a": 2, "c": None}], 2))
    assert not page.images and "[2 rows x 3 columns]" in page.text


def test_a_plain_table_keeps_the_bound_and_says_so():
    row = {f"column {number}": "é" * 80 for number in range(60)}
    html = gallery_html([row] * 100, 1000)
    assert len(html.encode()) <= MAX_BYTES
    assert re.search(r"Showing the first \d\d rows\..*Showing the first 50 columns\.", html)


def test_where_there_are_no_rows_it_says_so_in_words():
    html = gallery_html([], 0, "Copies")
    assert "There are no rows to show." in html and "Copies" in html


def test_a_table_shows_thumbnails_and_counts():
    page = Page(table_html(matches(3), ["id", "image"], 199))
    assert "[199 rows x 2 columns]" in page.text and "Showing the first 3 rows." in page.text
    assert len(page.images) == 3 and "40" in page.text and "cat-0" not in page.text


def test_a_whole_table_does_not_say_that_it_is_cut():
    assert "Showing" not in table_html(matches(3), ["id"], 3)


def test_a_cell_says_why_its_picture_is_missing():
    assert "Cannot be read" in table_html([{"image": UnreadableLater()}], ["image"], 1)


def test_pictures_grow_only_in_tables_that_are_high_enough():
    low, high = (table_html(matches(count), ["image"], count) for count in (2, 3))
    assert 'table lookalike-enlarge"' in high and 'table lookalike-enlarge"' not in low


def test_a_column_of_pictures_is_a_gallery():
    page = Page(pictures_html([drawn(), UnreadableLater()], 5))
    assert len(page.images) == 1 and "Showing the first 2 of 5 pictures." in page.text


def test_one_picture_is_at_most_480_pixels_large():
    image = Page(picture_html(drawn(size=(960, 480)))).images[0]
    assert (image["width"], image["height"]) == ("480", "240")


def test_one_unreadable_picture_says_why():
    assert "Cannot be read" in picture_html(UnreadableLater())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (11.4871, "11.49"),
        (0.0, "0.000"),
        (123456.789, "123456.8"),
        (1e-9, "1.000e-09"),
        (float("nan"), "nan"),
        (True, "True"),
        (12345678, "12345678"),
        (None, "None"),
        ("a\n b", "a b"),
        ("\udcff.png", "?.png"),
        ("x" * 90 + ".jpeg", "x" * 53 + "…" + "x" * 21 + ".jpeg"),
        ([1, 2], "[1, 2]"),
        (array.array("d", [0.5] * 1280), "[0.5000, 0.5000, 0.5000, … 1280 values]"),
        (np.arange(4.0), "[0.000, 1.000, 2.000, … 4 values]"),
        (["a", "b"], "['a', 'b']"),
        ({"a": 1}, "{'a': 1}"),
        (Path("a/b.png"), str(Path("a/b.png"))),
    ],
)
def test_a_value_is_one_short_line(value, text):
    assert text_of(value) == text
