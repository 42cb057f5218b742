// @ts-check
// The rows as a grid or a table.

import { element } from "./elements.mjs";
import { GAP, GRID_LINE, inSight, span } from "./layout.mjs";

/** A list of any length, of whose tiles only those in sight are in the page. */
export class Grid {
  constructor(label) {
    this.header = element("div", "header", { "aria-hidden": "true" });
    this.canvas = element("div", "canvas", { role: "presentation" });
    this.node = element("div", "scroller", { tabindex: 0, role: "listbox", "aria-label": label });
    this.node.setAttribute("aria-multiselectable", "true");
    this.node.append(this.header, this.canvas);
    this.shown = new Map();
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
  draw(layout, count, fill) {
    this.keepFirst(layout);
    this.canvas.style.height = `${Math.ceil(count / layout.columns) * layout.line}px`;
    const { scrollTop, clientHeight } = this.node;
    const [first, end] = inSight(layout, count, scrollTop, clientHeight);
    for (const [position, tile] of this.shown) {
      if (position >= first && position < end) continue;
      tile.remove();
      this.shown.delete(position);
    }
    const positions = span(first, end - 1).slice(0, end - first);
    for (const position of positions) fill(this.tileAt(position, layout, count), position);
    return positions;
  }

  /** Scroll so that the first tile in sight stays there when the layout changes. */
  keepFirst(layout) {
    const old = this.layout;
    this.layout = layout;
    if (!old || (old.columns === layout.columns && old.line === layout.line)) return;
    const first = Math.floor(this.node.scrollTop / old.line) * old.columns;
    this.node.scrollTop = Math.floor(first / layout.columns) * layout.line;
  }

  tileAt(position, { columns, cell, line }, count) {
    if (!this.shown.has(position)) {
      const tile = element("div", "tile", { role: "option", "data-position": position });
      tile.setAttribute("aria-posinset", position + 1);
      this.shown.set(position, tile);
      this.canvas.append(tile);
    }
    const tile = this.shown.get(position);
    tile.setAttribute("aria-setsize", count);
    const x = (position % columns) * (cell + GAP);
    tile.style.transform = `translate(${x}px, ${Math.floor(position / columns) * line}px)`;
    tile.style.width = columns > 1 || line === GRID_LINE ? `${cell}px` : "";
    return tile;
  }

  /** Scroll a position into sight. */
  reveal(position) {
    const { columns, line } = this.layout;
    const top = Math.floor(position / columns) * line;
    const height = this.node.clientHeight - this.header.offsetHeight;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + line > this.node.scrollTop + height) this.node.scrollTop = top + line - height;
  }
}
