// @ts-check
// Where things are in the explorer, and which of them are selected: functions without a page.

// Pixels of the grid and the table; lines that are drawn above and below what is in sight.
export const GAP = 8;
export const LEAST_CELL = 128;
export const GRID_LINE = 166;
export const PICTURE_LINE = 60;
export const TEXT_LINE = 30;
const LINES_AHEAD = 2;

/** How many tiles stand on a line of a width in pixels, and how large a cell is. */
export function gridLayout(width) {
  const columns = Math.max(1, Math.floor((width + GAP) / (LEAST_CELL + GAP)));
  return { columns, cell: (width + GAP) / columns - GAP, line: GRID_LINE };
}

/** The first position in sight, and the one after the last, with some lines around. */
export function inSight({ columns, line }, count, top, height) {
  const first = Math.max(0, Math.floor(top / line) - LINES_AHEAD);
  const end = Math.ceil((top + height) / line) + LINES_AHEAD;
  return [Math.min(count, first * columns), Math.min(count, end * columns)];
}

/** Where a key leads from a position; null if it is no key that moves. */
export function moved(position, key, columns, count, linesOnPage) {
  const page = columns * Math.max(1, linesOnPage);
  const steps = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -page,
    PageDown: page,
    Home: -position,
    End: count - 1 - position,
  };
  if (!(key in steps) || !count) return null;
  const target = position + steps[key];
  // A step that would leave the grid at its top stays there; at its end, on the last tile.
  if (target < 0) return key === "PageUp" ? position % columns : position;
  return Math.min(target, count - 1);
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
  return new Set(runs.flatMap(([first, last]) => span(first, last)));
}

/** All numbers from one to another, whichever is the larger. */
export function span(one, other) {
  const first = Math.min(one, other);
  return Array.from({ length: Math.abs(one - other) + 1 }, (_, step) => first + step);
}

/** Rows and others together, each once. */
export function union(rows, others) {
  return new Set([...rows, ...others]);
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
