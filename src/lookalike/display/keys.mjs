// @ts-check
// What keys do in the explorer, and that the notebook around it does nothing with them.

import { isOurs, moved } from "./layout.mjs";

// Where an element has this attribute, JupyterLab takes no key for a shortcut.
const NO_SHORTCUTS = "data-lm-suppress-shortcuts";

export class Keys {
  constructor(explorer) {
    this.explorer = explorer;
    explorer.root.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** Keep JupyterLab's shortcuts from the explorer's keys, also where it sees them first. */
  shield(event) {
    const { target } = event;
    this.shielded?.removeAttribute(NO_SHORTCUTS);
    if (!this.explorer.root.contains(target) || !isOurs(event)) return;
    // The very element: a shortcut may be meant for whatever has the focus.
    this.shielded = target;
    target.setAttribute(NO_SHORTCUTS, "");
  }

  /** Whether something that can have the focus is the rows. */
  isRows(target) {
    return target === this.explorer.grid.node || target === this.explorer.root;
  }

  /** Take a key where the focus is. None of ours goes on to the notebook, used or not. */
  onKey(event) {
    const { target, key } = event;
    if (!isOurs(event)) return;
    event.stopPropagation();
    const { bar, large } = this.explorer;
    if (large.node.contains(target)) large.onKey(event);
    else if (target.matches(".explorer-filter")) bar.onFilterKey(event);
    else if (key === "Escape") this.explorer.goTo(Math.max(0, this.explorer.trail.length - 2));
    else if (this.isRows(target) && this.onRowsKey(event)) event.preventDefault();
  }

  /** Do what a key means among the rows, and return whether it means anything. */
  onRowsKey({ key, shiftKey, ctrlKey, metaKey }) {
    const { explorer } = this;
    const { active } = explorer.place;
    const lines = Math.floor(explorer.grid.node.clientHeight / explorer.layout.line);
    const target = moved(active, key, explorer.grid.lines, lines);
    const acts = {
      enter: () => explorer.open(active),
      " ": () => explorer.selection.toggle(active),
      "/": () => explorer.bar.focusFilter(),
      a: () => (ctrlKey || metaKey) && explorer.selection.all(),
      c: () => explorer.pane.copyPath(),
      l: () => explorer.searchAt(active),
      m: () => explorer.searchTogether(),
    };
    const act = acts[key.toLowerCase()];
    if (target !== null) explorer.moveTo(target, shiftKey);
    else if (act) act();
    else return false;
    return true;
  }

  /** The keys that mean something where the focus is, or else what a click means. */
  inWords() {
    const { hasPaths, place, preparing, root, searches, selection, trail } = this.explorer;
    const focus = document.activeElement;
    const inside = root.contains(focus);
    const inRows = this.isRows(focus);
    const inFilter = inside && focus?.matches(".explorer-filter");
    const words = {
      "Arrows move": inRows,
      "Enter opens": inRows,
      "Space selects": inRows,
      "L look-alikes": inRows && searches,
      "M more like these": inRows && searches && selection.rows.size > 1,
      "/ filters": inRows && hasPaths && !place.query,
      "Enter goes to the pictures": inFilter,
      "Esc shows all": inFilter,
      "Esc goes back": inside && trail.length > 1,
      "Search begins when features are made": preparing,
      "A click finds look-alikes": !inside && searches,
      "A double click opens": !inside && !searches && !preparing,
    };
    return Object.keys(words).filter((key) => words[key]);
  }
}
