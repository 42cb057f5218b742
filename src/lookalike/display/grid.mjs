// @ts-check
// The rows as a grid or a table, under headings where they are in groups.

import { element } from "./elements.mjs";
import { GAP, inSight, linesOf, placeIn, span } from "./layout.mjs";
import { say } from "./texts.mjs";

/** A list of any length, of whose tiles only those in sight are in the page. */
export class Grid {
  constructor(label) {
    this.header = element("div", "header", { "aria-hidden": "true" });
    this.canvas = element("div", "canvas", { role: "presentation", "data-empty": say("None") });
    this.node = element("div", "scroller", { tabindex: 0, role: "listbox", "aria-label": label });
    this.node.setAttribute("aria-multiselectable", "true");
    this.node.append(this.header, this.canvas);
    /** @type {Map<number, HTMLElement>} */
    this.shown = new Map();
    /** @type {import("./layout.mjs").Lines} */
    this.lines = { first: [0], top: [0] };
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
  draw(layout, count, starts, fill) {
    this.arrange(layout, count, starts);
    this.canvas.style.height = `${this.lines.top[this.lines.top.length - 1]}px`;
    const { scrollTop, clientHeight } = this.node;
    const [first, end] = inSight(this.lines, scrollTop, clientHeight);
    for (const [position, tile] of this.shown) {
      if (position >= first && position < end) continue;
      tile.remove();
      this.shown.delete(position);
    }
    const positions = span(first, end - 1).slice(0, end - first);
    for (const position of positions) fill(this.tileAt(position, layout, count), position);
    return positions;
  }

  /** Find where the lines are; the first tile in sight stays there when the layout changes. */
  arrange(layout, count, starts) {
    const is = [layout.columns, layout.line, count, starts];
    if (is.every((part, index) => part === this.was?.[index])) return;
    const old = this.was && this.lines.first[placeIn(this.lines.top, this.node.scrollTop)];
    const stays = this.was && (is[0] !== this.was[0] || is[1] !== this.was[1]);
    this.was = is;
    this.lines = linesOf(count, layout, starts);
    if (stays) this.node.scrollTop = this.bottomOf(placeIn(this.lines.first, old) - 1);
  }

  tileAt(position, { cell }, count) {
    const { first, top } = this.lines;
    let tile = this.shown.get(position);
    if (!tile) {
      tile = element("div", "tile", { role: "option", "data-position": position });
      tile.setAttribute("aria-posinset", String(position + 1));
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
    return line < 0 ? 0 : this.lines.top[line] + this.was[1];
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
