// The explorer's pure functions: node --test tests/explorer.test.mjs

import assert from "node:assert/strict";
import test from "node:test";

import {
  bounded,
  boxBetween,
  changedBox,
  cut,
  fitted,
  fromRuns,
  gridLayout,
  inSight,
  isOurs,
  linesOf,
  moved,
  pixelsOf,
  placeIn,
  range,
  tableLayout,
  toRuns,
  within,
} from "../src/lookalike/display/layout.mjs";
import { headingAt } from "../src/lookalike/display/tile.mjs";

/** Lines of so many columns, which are 100 pixels high. */
const lines = (count, columns, starts = []) =>
  linesOf(count, { columns, cell: 0, line: 100 }, starts);

test("a line is filled with cells that are as wide as they fit", () => {
  for (const width of [130, 400, 735, 2000]) {
    const { columns, cell } = gridLayout(width);
    assert.equal(Math.round(columns * cell + (columns - 1) * 8), width);
    assert.ok(cell >= 128 && cell < 128 + 128 + 8);
  }
});

test("where it is very narrow there is one column", () => {
  assert.equal(gridLayout(0).columns, 1);
  assert.equal(gridLayout(60).columns, 1);
});

test("what is in sight has lines around it and ends where the rows end", () => {
  assert.deepEqual(inSight(lines(1000, 5), 0, 390), [0, 30]);
  assert.deepEqual(inSight(lines(1000, 5), 1050, 400), [40, 85]);
  assert.deepEqual(inSight(lines(7, 5), 0, 400), [0, 7]);
  assert.deepEqual(inSight(lines(0, 5), 0, 400), [0, 0]);
});

test("a hundred thousand rows need no more tiles than are in sight", () => {
  const [first, end] = inSight(linesOf(100_000, gridLayout(700)), 3_000_000, 500);
  assert.ok(first > 90_000 && end - first <= 45);
});

test("each group begins on a line of its own, under its heading", () => {
  const { first, top } = linesOf(6, { columns: 2, cell: 0, line: 100 }, [0, 3, 5]);
  assert.deepEqual(first, [0, 2, 3, 5, 6]);
  assert.deepEqual(top, [34, 134, 268, 402, 502]);
});

test("a table has one row on a line", () => {
  assert.deepEqual(linesOf(2, tableLayout(true)), { first: [0, 1, 2], top: [0, 60, 120] });
});

test("the last number that is not above another is found", () => {
  assert.deepEqual(
    [0, 5, 7, 99].map((number) => placeIn([0, 5, 10], number)),
    [0, 1, 1, 2],
  );
  assert.equal(placeIn([3], 1), 0);
});

test("arrow keys move by a tile and by a line", () => {
  const to = (key, from) => moved(from, key, lines(10, 4), 2);
  assert.equal(to("ArrowRight", 3), 4);
  assert.equal(to("ArrowLeft", 3), 2);
  assert.equal(to("ArrowDown", 1), 5);
  assert.equal(to("ArrowUp", 5), 1);
});

test("no key leads out of the rows", () => {
  const to = (key, from) => moved(from, key, lines(10, 4), 2);
  assert.equal(to("ArrowLeft", 0), 0);
  assert.equal(to("ArrowUp", 2), 2);
  assert.equal(to("ArrowRight", 9), 9);
  assert.equal(to("ArrowDown", 7), 9);
});

test("pages, the first and the last are a key away", () => {
  const to = (key, from) => moved(from, key, lines(100, 4), 3);
  assert.equal(to("PageDown", 1), 13);
  assert.equal(to("PageUp", 17), 5);
  assert.equal(to("PageUp", 6), 2);
  assert.equal(to("PageDown", 95), 99);
  assert.equal(to("Home", 50), 0);
  assert.equal(to("End", 50), 99);
});

test("up and down lead from group to group, in the same column where there is one", () => {
  const to = (key, from) => moved(from, key, lines(9, 4, [0, 2, 8]), 2);
  assert.equal(to("ArrowDown", 1), 3);
  assert.equal(to("ArrowDown", 5), 7);
  assert.equal(to("ArrowDown", 7), 8);
  assert.equal(to("ArrowUp", 5), 1);
});

test("other keys move nowhere, and nothing moves where there are no rows", () => {
  assert.equal(moved(3, "x", lines(10, 4), 2), null);
  assert.equal(moved(0, "ArrowDown", lines(0, 4), 2), null);
});

test("selected rows become runs, whatever their order", () => {
  assert.deepEqual(toRuns([]), []);
  assert.deepEqual(toRuns([5, 3, 4, 9, 11, 10, 3]), [
    [3, 5],
    [9, 11],
  ]);
  assert.deepEqual(toRuns(new Set([100, 20, 3])), [
    [3, 3],
    [20, 20],
    [100, 100],
  ]);
});

test("runs become rows again", () => {
  const rows = [0, 1, 2, 7, 99_999];
  assert.deepEqual([...fromRuns(toRuns(rows))], rows);
});

test("a range ends before its end, and is empty where there is nothing", () => {
  assert.deepEqual(range(3, 6), [3, 4, 5]);
  assert.deepEqual(range(0, 0), []);
  assert.deepEqual(range(0, -1), []);
});

test("a number is bounded from below and above", () => {
  assert.deepEqual(
    [-1, 2, 9].map((number) => bounded(number, 0, 5)),
    [0, 2, 5],
  );
});

test("plain keys and those with Shift are the explorer's, and Ctrl+A", () => {
  const key = (name, ...held) => ({
    key: name,
    ...Object.fromEntries(held.map((at) => [at, true])),
  });
  for (const name of ["b", "d", "Enter", "ArrowLeft", "Escape"]) {
    assert.ok(isOurs(key(name)) && isOurs(key(name, "shiftKey")));
  }
  assert.ok(isOurs(key("a", "ctrlKey")) && isOurs(key("A", "metaKey")));
  assert.ok(!isOurs(key("s", "ctrlKey")) && !isOurs(key("s", "metaKey")));
  assert.ok(!isOurs(key("ArrowLeft", "altKey")) && !isOurs(key("a", "ctrlKey", "altKey")));
});

test("a radius limits the look-alikes, and none does not", () => {
  assert.equal(within([0, 1.5, 1.5, 4], 1.5), 3);
  assert.equal(within([1, 2], 0.5), 0);
  assert.equal(within([1, 2], null), 2);
});

test("a dropped picture is scaled down as a whole, and never up", () => {
  assert.deepEqual(fitted(4000, 3000, 512), [512, 384]);
  assert.deepEqual(fitted(300, 200, 512), [300, 200]);
  assert.deepEqual(fitted(5000, 1, 512), [512, 1]);
});

test("a box lies between two points, whichever comes first, and within the picture", () => {
  assert.deepEqual(boxBetween([0.75, 0.5], [0.25, 1.5]), [0.25, 0.5, 0.75, 1]);
  assert.equal(boxBetween([0.5, 0.5], [0.505, 0.9]), null);
});

test("arrow keys move a box as far as the picture goes, and resize it", () => {
  const near = (box, other) => box.every((share, at) => Math.abs(share - other[at]) < 1e-9);
  assert.ok(near(changedBox([0.2, 0.2, 0.6, 0.6], "ArrowRight", false), [0.22, 0.2, 0.62, 0.6]));
  assert.ok(near(changedBox([0, 0.01, 0.6, 0.6], "ArrowUp", false), [0, 0, 0.6, 0.59]));
  assert.ok(near(changedBox([0, 0, 0.6, 1], "ArrowDown", false), [0, 0, 0.6, 1]));
  assert.ok(near(changedBox([0.2, 0.2, 0.6, 0.6], "ArrowLeft", true), [0.2, 0.2, 0.58, 0.6]));
  assert.equal(changedBox([0.2, 0.2, 0.215, 0.6], "ArrowLeft", true), null);
});

test("a box is told in whole pixels of the picture, of which it has one at least", () => {
  assert.deepEqual(pixelsOf([0.25, 0.5, 0.75, 1], [96, 72]), [24, 36, 72, 72]);
  assert.deepEqual(pixelsOf([0.5, 0.5, 0.51, 0.51], [3, 2]), [1, 1, 2, 2]);
});

test("a long name loses its middle", () => {
  assert.equal(cut("holiday-by-the-sea-0001.jpg", 12), "holiday….jpg");
  assert.equal(cut("a.jpg", 12), "a.jpg");
  assert.equal(cut("🦊🦊🦊🦊🦊", 3), "🦊…🦊");
});

test("a section whose number is in no column that is shown is counted", () => {
  const rows = { place: { starts: [0, 2] }, columns: ["a"], count: 4, kindColumn: -1 };
  assert.equal(headingAt(rows, 2, { cells: ["x"] }), "Query 2 · 2 pictures");
  assert.equal(headingAt(rows, 1, { cells: ["x"] }), "");
  const numbered = { ...rows, columns: ["query_id"] };
  assert.equal(headingAt(numbered, 2, { cells: ["7"] }), "Query 7 · 2 pictures");
});
