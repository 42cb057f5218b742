// @ts-check
// Where things are in the explorer, and which of them are selected: functions without a page.

// Pixels of the grid and the table; lines that are drawn above and below what is in sight.
export const GAP = 8;
const HEADING = 34;
const LEAST_CELL = 128;
const GRID_LINE = 166;
const PICTURE_LINE = 60;
const TEXT_LINE = 30;
const LINES_AHEAD = 2;
// Of a picture's sides: how far a key moves a box, and how small it may be.
const BOX_STEP = 0.02;
const LEAST_BOX = 0.01;
// Across and down.
export const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * How many tiles are on a line, their width and the line's height in pixels.
 * @typedef {{ columns: number, cell: number, line: number }} Layout
 * The first position of each line and its top in pixels; at the end the count and the height.
 * @typedef {{ first: number[], top: number[] }} Lines
 * Left, top, right and bottom.
 * @typedef {[number, number, number, number]} Box
 */

/** @returns {Layout} */
export function gridLayout(width) {
  const columns = Math.max(1, Math.floor((width + GAP) / (LEAST_CELL + GAP)));
  return { columns, cell: (width + GAP) / columns - GAP, line: GRID_LINE };
}

/** @returns {Layout} */
export function tableLayout(hasPictures) {
  return { columns: 1, cell: 0, line: hasPictures ? PICTURE_LINE : TEXT_LINE };
}

/**
 * The lines of a list. Each group, of which the first positions are given, is under a heading.
 * @param {number} count
 * @param {Layout} layout
 * @param {ArrayLike<number>} starts
 * @returns {Lines}
 */
export function linesOf(count, { columns, line }, starts = []) {
  const first = [];
  const top = [];
  let height = 0;
  for (let group = 0; group < Math.max(1, starts.length); group += 1) {
    if (starts.length) height += HEADING;
    const end = starts[group + 1] ?? count;
    for (let position = starts[group] ?? 0; position < end; position += columns) {
      first.push(position);
      top.push(height);
      height += line;
    }
  }
  return { first: [...first, count], top: [...top, height] };
}

/**
 * The last place in ascending numbers that is not above a number; the first if all are.
 * @param {ArrayLike<number>} numbers
 */
export function placeIn(numbers, number) {
  let [low, high] = [0, numbers.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= number) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The first position in sight, and the one after the last, with some lines around.
 * @param {Lines} lines
 */
export function inSight({ first, top }, from, height) {
  const last = first.length - 1;
  const start = Math.max(0, placeIn(top, from) - LINES_AHEAD);
  const end = Math.min(last, placeIn(top, from + height) + 1 + LINES_AHEAD);
  return [first[start], first[end]];
}

/** Where a key leads from a position in lines; null if it is no key that moves. */
export function moved(position, key, { first }, linesOnPage) {
  const count = first[first.length - 1];
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -position, End: count };
  const page = Math.max(1, linesOnPage);
  const lines = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page }[key];
  if (!count || !(lines || key in steps)) return null;
  if (!lines) return bounded(position + steps[key], 0, count - 1);
  const from = placeIn(first, position);
  const to = bounded(from + lines, 0, first.length - 2);
  return Math.min(first[to] + position - first[from], first[to + 1] - 1);
}

/**
 * The box between two points, in shares of a picture's sides; null if it is too small to be meant.
 * @returns {Box | null}
 */
export function boxBetween(one, other) {
  const [left, top] = one.map((share, side) => bounded(Math.min(share, other[side]), 0, 1));
  const [right, bottom] = one.map((share, side) => bounded(Math.max(share, other[side]), 0, 1));
  return Math.min(right - left, bottom - top) < LEAST_BOX ? null : [left, top, right, bottom];
}

/**
 * A box after an arrow key: moved, or resized at its right and its bottom, within the picture.
 * @param {Box} box
 */
export function changedBox([left, top, right, bottom], key, resizes) {
  const [x, y] = ARROWS[key].map((step) => step * BOX_STEP);
  if (resizes) return boxBetween([left, top], [right + x, bottom + y]);
  const [across, down] = [bounded(x, -left, 1 - right), bounded(y, -top, 1 - bottom)];
  return boxBetween([left + across, top + down], [right + across, bottom + down]);
}

/**
 * A box of shares in whole pixels of a picture; it has one at least.
 * @param {Box} box
 */
export function pixelsOf([left, top, right, bottom], [width, height]) {
  const from = [Math.floor(left * width), Math.floor(top * height)];
  const to = [Math.ceil(right * width), Math.ceil(bottom * height)];
  return [...from, Math.max(from[0] + 1, to[0]), Math.max(from[1] + 1, to[1])];
}

/** Row numbers as runs, [first, last], in order. */
export function toRuns(rows) {
  const runs = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const run = runs[runs.length - 1];
    if (run && row <= run[1] + 1) run[1] = row;
    else runs.push([row, row]);
  }
  return runs;
}

/** The numbers of runs, [first, last]. */
export function fromRuns(runs) {
  return new Set(runs.flatMap(([first, last]) => range(first, last + 1)));
}

/** The numbers from one on, up to another one. */
export function range(first, end) {
  return Array.from({ length: Math.max(0, end - first) }, (_, step) => first + step);
}

/** A number, or the nearest one between two others. */
export function bounded(number, least, most) {
  return Math.max(least, Math.min(most, number));
}

/** Whether a key is the explorer's: with Ctrl, Cmd or Alt it is the notebook's, but for Ctrl+A. */
export function isOurs({ key, ctrlKey, metaKey, altKey }) {
  if (altKey) return false;
  return !(ctrlKey || metaKey) || key.toLowerCase() === "a";
}

/** How many of the distances, in ascending order, are within a radius; all if it is null. */
export function within(distances, radius) {
  return radius === null ? distances.length : distances.filter((d) => d <= radius).length;
}

/** A size in pixels, made no larger than a side. */
export function fitted(width, height, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  return [width, height].map((length) => Math.max(1, Math.round(length * scale)));
}

/** A text of at most so many letters, without some of its middle if it has more. */
export function cut(text, most) {
  const [letters, tail] = [[...text], Math.floor(most / 3)];
  if (letters.length <= most) return text;
  return [...letters.slice(0, most - tail - 1), "…", ...letters.slice(-tail)].join("");
}
