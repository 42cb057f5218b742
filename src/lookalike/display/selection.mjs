// @ts-check
// Which rows are selected, by their numbers, in whatever place they were.

import { fromRuns, range, toRuns } from "./layout.mjs";

export class Selection {
  constructor(explorer) {
    this.explorer = explorer;
    this.rows = fromRuns(explorer.model.get("selection"));
    this.anchorAt(0);
  }

  select(rows, position) {
    this.explorer.place.active = position;
    // Those from the total on are pinned, and no rows.
    this.rows = new Set([...rows].filter((row) => row < this.explorer.total));
    this.explorer.set({ notice: "" });
    this.explorer.model.set("selection", toRuns(this.rows));
    this.explorer.model.save_changes();
  }

  toggle(position) {
    const row = this.explorer.rowAt(position);
    const rows = new Set(this.rows);
    if (!rows.delete(row)) rows.add(row);
    this.select(rows, position);
    this.anchorAt(position);
  }

  /** Begin a range here: what is selected by now stays so, however the range ends. */
  anchorAt(position) {
    this.anchor = position;
    this.before = this.rows;
  }

  to(position) {
    const [first, last] = [this.anchor, position].sort((one, other) => one - other);
    this.add(this.before, range(first, last + 1), position);
  }

  all() {
    const { count, place } = this.explorer;
    this.add(this.rows, range(0, count), place.active);
    this.anchorAt(place.active);
  }

  add(rows, positions, position) {
    this.select([...rows, ...positions.map((at) => this.explorer.rowAt(at))], position);
  }

  clear() {
    this.select([], this.explorer.place.active);
    this.anchorAt(this.explorer.place.active);
    // The button that was pressed goes, and would take the focus along.
    this.explorer.grid.node.focus({ preventScroll: true });
  }
}
