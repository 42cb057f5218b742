// The explorer's pure functions: node --test tests/explorer.test.mjs

import assert from "node:assert/strict";
import test from "node:test";

import {
  fitted,
  fromRuns,
  gridLayout,
  inSight,
  isOurs,
  moved,
  span,
  toRuns,
  union,
  within,
} from "../src/lookalike/display/layout.mjs";

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
  const layout = { columns: 5, line: 100 };
  assert.deepEqual(inSight(layout, 1000, 0, 400), [0, 30]);
  assert.deepEqual(inSight(layout, 1000, 1050, 400), [40, 85]);
  assert.deepEqual(inSight(layout, 7, 0, 400), [0, 7]);
  assert.deepEqual(inSight(layout, 0, 0, 400), [0, 0]);
});

test("a hundred thousand rows need no more tiles than are in sight", () => {
  const [first, end] = inSight({ columns: 5, line: 166 }, 100_000, 3_000_000, 500);
  assert.ok(first > 90_000 && end - first <= 45);
});

test("arrow keys move by a tile and by a line", () => {
  const to = (key, from) => moved(from, key, 4, 10, 2);
  assert.equal(to("ArrowRight", 3), 4);
  assert.equal(to("ArrowLeft", 3), 2);
  assert.equal(to("ArrowDown", 1), 5);
  assert.equal(to("ArrowUp", 5), 1);
});

test("no key leads out of the rows", () => {
  const to = (key, from) => moved(from, key, 4, 10, 2);
  assert.equal(to("ArrowLeft", 0), 0);
  assert.equal(to("ArrowUp", 2), 2);
  assert.equal(to("ArrowRight", 9), 9);
  assert.equal(to("ArrowDown", 7), 9);
});

test("pages, the first and the last are a key away", () => {
  const to = (key, from) => moved(from, key, 4, 100, 3);
  assert.equal(to("PageDown", 1), 13);
  assert.equal(to("PageUp", 17), 5);
  assert.equal(to("PageUp", 6), 2);
  assert.equal(to("PageDown", 95), 99);
  assert.equal(to("Home", 50), 0);
  assert.equal(to("End", 50), 99);
});

test("other keys move nowhere, and nothing moves where there are no rows", () => {
  assert.equal(moved(3, "x", 4, 10, 2), null);
  assert.equal(moved(0, "ArrowDown", 4, 0, 2), null);
});

test("selected rows become runs, whatever their order", () => {
  assert.deepEqual(toRuns([]), []);
  assert.deepEqual(toRuns([5, 3, 4, 9, 11, 10, 3]), [[3, 5], [9, 11]]);
  assert.deepEqual(toRuns(new Set([100, 20, 3])), [[3, 3], [20, 20], [100, 100]]);
});

test("runs become rows again", () => {
  const rows = [0, 1, 2, 7, 99_999];
  assert.deepEqual([...fromRuns(toRuns(rows))], rows);
});

test("a span goes from the smaller to the larger number", () => {
  assert.deepEqual(span(3, 5), [3, 4, 5]);
  assert.deepEqual(span(5, 3), [3, 4, 5]);
  assert.deepEqual(span(2, 2), [2]);
});

test("rows and others together have each row once", () => {
  assert.deepEqual([...union([1, 5], [5, 2])], [1, 5, 2]);
  assert.deepEqual([...union(new Set(), [])], []);
});

test("plain keys and those with Shift are the explorer's, and Ctrl+A", () => {
  const key = (name, ...held) => ({ key: name, ...Object.fromEntries(held.map((at) => [at, true])) });
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
