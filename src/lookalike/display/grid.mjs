// @ts-check
// The rows as a grid or a table, under headings where they are in groups.

import { element } from "./elements.mjs";
import { GAP, inSight, linesOf, placeIn, range } from "./layout.mjs";
import { say } from "./texts.mjs";

/** A list of any length, of whose tiles only those in sight are in the page. */
export class Grid {
  constructor(label) {
    this.header = element("div", "header", { "aria-hidden": "true" });
    this.canvas = element("div", "canvas", { role: "presentation", "data-empty": say("None") });
    const about = { role: "listbox", "aria-label": label, "aria-multiselectable": "true" };
    this.node = element("div", "scroller", { tabIndex: 0, ...about }, this.header, this.canvas);
    /** @type {Map<number, HTMLElement>} */
    this.shown = new Map();
    /** @type {any} */
    this.place = { lines: { first: [0], top: [0] } };
    this.line = 0;
  }

  /** The tile's position that an event happened on, or null. */
  static positionOf(event) {
    const tile = event.target.closest?.(".explorer-tile");
    return tile ? Number(tile.dataset.position) : null;
  }

  clear() {
    this.shown.clear();
    this.canvas.replaceChildren();
  }

  /** Put the tiles in sight in the page, let each be filled, and return their positions. */
  draw(place, layout, count, fill) {
    this.arrange(place, layout, count);
    const { scrollTop, clientHeight } = this.node;
    const [first, end] = inSight(this.lines, scrollTop, clientHeight);
    for (const [position, tile] of this.shown) {
      if (position >= first && position < end) continue;
      tile.remove();
      this.shown.delete(position);
    }
    const positions = range(first, end);
    for (const position of positions) fill(this.tileAt(position, layout, count), position);
    return positions;
  }

  /** Find where a place's lines are, and scroll there: to the same first tile in a new layout. */
  arrange(place, layout, count) {
    const { drawn, lines: old, starts } = place;
    const is = [layout.columns, layout.line, count, starts];
    const same = old && is.every((part, index) => part === drawn[index]);
    if (same && place === this.place) return;
    this.place = place;
    this.line = layout.line;
    Object.assign(place, { drawn: is, lines: same ? old : linesOf(count, layout, starts) });
    if (old && (is[0] !== drawn[0] || is[1] !== drawn[1])) {
      const first = old.first[placeIn(old.top, place.top)];
      place.top = this.bottomOf(placeIn(this.lines.first, first) - 1);
    }
    this.canvas.style.height = `${this.lines.top[this.lines.top.length - 1]}px`;
    this.node.scrollTop = place.top;
  }

  get lines() {
    return this.place.lines;
  }

  tileAt(position, { cell }, count) {
    const { first, top } = this.lines;
    let tile = this.shown.get(position);
    if (!tile) {
      const place = { "data-position": position, "aria-posinset": position + 1 };
      tile = element("div", "tile", { role: "option", ...place });
      this.shown.set(position, tile);
      this.canvas.append(tile);
    }
    const line = placeIn(first, position);
    tile.setAttribute("aria-setsize", count);
    const x = (position - first[line]) * (cell + GAP);
    tile.style.transform = `translate(${x}px, ${top[line]}px)`;
    tile.style.width = cell ? `${cell}px` : "";
    return tile;
  }

  /** The bottom of a line, where the next one or its heading begins. */
  bottomOf(line) {
    return line < 0 ? 0 : this.lines.top[line] + this.line;
  }

  /** Scroll a position into sight, with the heading above it. */
  reveal(position) {
    const line = placeIn(this.lines.first, position);
    const [top, bottom] = [this.bottomOf(line - 1), this.bottomOf(line)];
    const height = this.node.clientHeight - this.header.offsetHeight;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (bottom > this.node.scrollTop + height) this.node.scrollTop = bottom - height;
  }
}
