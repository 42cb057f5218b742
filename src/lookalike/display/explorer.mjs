// @ts-check
// The explorer: a virtual grid, of which the kernel fills what is in sight.

import { Bar } from "./bar.mjs";
import { Kernel, Store, withUrl } from "./conversation.mjs";
import { button, element, jpegUrl, scaledJpeg, thumbnail, watch } from "./elements.mjs";
import { Grid } from "./grid.mjs";
import {
  fromRuns,
  gridLayout,
  isOurs,
  moved,
  PICTURE_LINE,
  span,
  TEXT_LINE,
  toRuns,
  union,
  within,
} from "./layout.mjs";
import { Details } from "./panes.mjs";

const FIRST_TILES = 40;
// Look-alikes at first, and at the most.
const FIRST_K = 24;
const MOST_MATCHES = 200;
// Tiles and large pictures that are kept; a tile takes some 8 KB.
const MOST_TILES = 1200;
const MOST_PICTURES = 24;
// Milliseconds.
const SCROLL_REST = 60;
const HOVER_REST = 120;
// Before tiles are asked for again, which failed or did not come; and how often they are asked for.
const AFTER_FAILURE = 500;
const AFTER_SILENCE = 10_000;
const MOST_QUESTIONS = 4;
// Where an element has this attribute, JupyterLab takes no key for a shortcut.
const NO_SHORTCUTS = "data-lm-suppress-shortcuts";

class Explorer {
  constructor(model) {
    this.model = model;
    this.token = model.get("token");
    this.total = model.get("total");
    this.columns = model.get("columns");
    this.hasPictures = model.get("has_pictures");
    this.searches = model.get("searches");
    this.selection = fromRuns(model.get("selection"));
    this.asTable = !this.hasPictures;
    this.trail = [{ rows: null, active: 0, top: 0 }];
    this.asked = new Set();
    this.ended = new AbortController();
    const revoke = ({ url }) => URL.revokeObjectURL(url);
    this.tiles = new Store(MOST_TILES, revoke);
    this.pictures = new Store(MOST_PICTURES, revoke);
    this.kernel = new Kernel(model, (waiting) => this.set({ waiting }));
    this.build();
    this.arrive();
    this.greet();
  }

  /** Change what the page depends on, and draw it with the next frame. */
  set(changes = {}) {
    Object.assign(this, changes);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  say(notice) {
    this.set({ notice });
  }

  // Places: all rows, or the look-alikes of a picture.

  get place() {
    return this.trail[this.trail.length - 1];
  }

  get count() {
    const { rows, distances, radius } = this.place;
    return rows ? within(distances, radius) : this.total;
  }

  rowAt(position) {
    return this.place.rows ? this.place.rows[position] : position;
  }

  figuresAt(position, tile) {
    return this.place.rows ? this.place.figures[position] : tile.figures;
  }

  goBack() {
    this.goTo(Math.max(0, this.trail.length - 2));
  }

  goTo(depth) {
    this.trail.length = depth + 1;
    this.arrive();
    this.grid.node.focus({ preventScroll: true });
  }

  arrive() {
    this.anchorAt(this.place.active);
    this.set({ hovered: null, notice: "" });
    const { top } = this.place;
    this.grid.clear();
    this.drawFrame();
    this.draw();
    this.grid.node.scrollTop = top;
  }

  /** Show the rows as a table or as a grid. */
  show(asTable) {
    this.set({ asTable });
    this.grid.clear();
    this.drawFrame();
  }

  limitTo(radius) {
    this.place.radius = radius;
    this.place.active = Math.max(0, Math.min(this.place.active, this.count - 1));
    this.anchorAt(this.place.active);
    this.set();
  }

  searchAt(position) {
    const row = this.rowAt(position);
    const tile = this.tiles.get(row);
    if (!this.searches || !tile) return;
    if (!tile.url) return this.say(tile.reason);
    this.search({ name: tile.name || `row ${row}`, image: thumbnail(tile.url), row });
  }

  async searchFile(file) {
    if (!this.searches) return this.say("Searching needs a model: explore(data, model=model)");
    try {
      const bytes = await scaledJpeg(file);
      this.search({ name: file.name, image: thumbnail(jpegUrl(bytes)), bytes });
    } catch {
      this.say(`${file.name} is no picture that this browser can read`);
    }
  }

  /** Find a query's look-alikes: in a new place or, with another k, in the one they are in. */
  search(query, k = Math.min(FIRST_K, this.mostMatches), again = null) {
    const { row = null, bytes } = query;
    const { place } = this;
    this.root.classList.add("explorer-busy");
    const answered = ({ error, ...found }) => {
      this.root.classList.remove("explorer-busy");
      if (error) return this.say(error);
      if (place !== this.place) return;
      if (again) this.trail.pop();
      this.trail.push({ ...found, query, k, radius: again?.radius ?? null, active: 0, top: 0 });
      this.arrive();
    };
    this.kernel.ask("search", { row, k }, answered, bytes ? [bytes] : []);
  }

  get mostMatches() {
    return Math.max(1, Math.min(MOST_MATCHES, this.total - 1));
  }

  // What the kernel sends.

  wantTiles(rows) {
    const missing = rows.filter((row) => !this.tiles.get(row));
    if (!missing.every((row) => this.asked.has(row))) this.askTiles(missing);
  }

  /** Ask for tiles, and again for those that failed or did not come: a few times, then no more. */
  askTiles(rows, questions = MOST_QUESTIONS) {
    const asked = (this.asked = new Set(rows));
    const last = questions === 1;
    let pause = AFTER_SILENCE;
    const askAgain = () => {
      const missing = rows.filter((row) => !this.tiles.get(row));
      if (asked === this.asked && missing.length) this.askTiles(missing, questions - 1);
    };
    const wait = () => {
      clearTimeout(this.asking);
      if (!last) this.asking = setTimeout(askAgain, pause);
    };
    wait();
    this.kernel.ask("tiles", { rows }, ({ error, tiles = [] }, buffers) => {
      tiles.forEach((tile, index) => {
        if (last || !tile.again) this.tiles.set(tile.row, withUrl(tile, buffers[index]));
      });
      if (error || tiles.some(({ again }) => again)) pause = AFTER_FAILURE;
      wait();
      if (error) return last && this.say(error);
      if (!this.answered) this.enter();
      this.set();
    });
  }

  /** Ask for a large picture, once the pointer rests on its tile. */
  wantPicture(row) {
    clearTimeout(this.resting);
    if (this.pictures.get(row)) return;
    this.resting = setTimeout(() => {
      this.kernel.ask("picture", { row }, ({ error, ...picture }, buffers) => {
        if (error) return this.say(error);
        this.pictures.set(row, withUrl(picture, buffers[0]));
        this.set();
      });
    }, HOVER_REST);
  }

  // Selection.

  select(rows, position) {
    this.place.active = position;
    this.set({ selection: new Set(rows), notice: "" });
    this.model.set("selection", toRuns(this.selection));
    this.model.save_changes();
  }

  toggle(position) {
    const row = this.rowAt(position);
    const rows = new Set(this.selection);
    if (!rows.delete(row)) rows.add(row);
    this.select(rows, position);
    this.anchorAt(position);
  }

  /** Begin a range here: what is selected by now stays so, however the range ends. */
  anchorAt(position) {
    this.anchor = position;
    this.selectedBefore = this.selection;
  }

  selectTo(position) {
    const rows = span(this.anchor, position).map((at) => this.rowAt(at));
    this.select(union(this.selectedBefore, rows), position);
  }

  selectAll() {
    const rows = span(0, this.count - 1).map((at) => this.rowAt(at));
    this.select(union(this.selection, rows), this.place.active);
    this.anchorAt(this.place.active);
  }

  clearSelection() {
    this.select([], this.place.active);
    this.anchorAt(this.place.active);
    // The button that was pressed goes, and would take the focus along.
    this.grid.node.focus({ preventScroll: true });
  }

  // What the person does.

  onClick(event) {
    const position = Grid.positionOf(event);
    if (position === null) return;
    if (event.shiftKey) this.selectTo(position);
    else if (event.ctrlKey || event.metaKey || event.target.matches(".explorer-check")) {
      this.toggle(position);
    } else this.visit(position);
  }

  /** Go to a tile, and to its look-alikes where there is a model. What is selected stays so. */
  visit(position) {
    this.place.active = position;
    this.anchorAt(position);
    this.set({ notice: "" });
    this.searchAt(position);
  }

  onDoubleClick(event) {
    const position = Grid.positionOf(event);
    if (position !== null && !this.searches) this.open(position);
  }

  onHover(event) {
    const position = Grid.positionOf(event);
    // Between the tiles, the last one stays.
    if (position !== null) this.set({ hovered: position });
  }

  onScroll() {
    if (!this.grid.node.clientWidth) return;
    this.place.top = this.grid.node.scrollTop;
    this.set();
  }

  /** Take a key where the focus is. None of ours goes on to the notebook, used or not. */
  onKey(event) {
    const { target, key } = event;
    if (!isOurs(event)) return;
    event.stopPropagation();
    const inRows = target === this.grid.node || target === this.root;
    if (this.dialog.contains(target)) this.onDialogKey(event);
    else if (key === "Escape") this.goBack();
    else if (inRows && this.onRowsKey(event)) event.preventDefault();
  }

  /** Do what a key means among the rows, and return whether it means anything. */
  onRowsKey({ key, shiftKey, ctrlKey, metaKey }) {
    const { active } = this.place;
    const { columns, line } = this.grid.layout;
    const lines = Math.floor(this.grid.node.clientHeight / line);
    const target = moved(active, key, columns, this.count, lines);
    const acts = {
      enter: () => this.open(active),
      " ": () => this.toggle(active),
      l: () => this.searchAt(active),
      a: () => (ctrlKey || metaKey) && this.selectAll(),
    };
    if (target !== null) this.moveTo(target, shiftKey);
    else if (!this.count || !acts[key.toLowerCase()]) return false;
    else acts[key.toLowerCase()]();
    return true;
  }

  moveTo(position, selecting = false) {
    this.place.active = position;
    if (selecting) this.selectTo(position);
    else this.anchorAt(position);
    this.set({ hovered: null });
    this.grid.reveal(position);
  }

  open(position) {
    this.moveTo(position);
    this.dialog.showModal();
  }

  onDialogKey(event) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    this.moveTo(Math.max(0, Math.min(this.count - 1, this.place.active + step)));
    event.preventDefault();
  }

  /** Remember what of the explorer has the focus. */
  onFocus({ target }) {
    this.focused = this.root.contains(target) ? target : null;
  }

  onDrag(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    const leaves = event.type === "dragleave" && !this.root.contains(event.relatedTarget);
    const over = event.type !== "drop" && !leaves;
    this.root.classList.toggle("explorer-dropping", over && this.searches);
    if (event.type === "drop") this.searchFile(event.dataTransfer.files[0]);
  }

  // What is on the page.

  build() {
    this.bar = new Bar(this);
    this.grid = new Grid(this.heading);
    this.pane = new Details(this.columns);
    this.status = element("span", "", { role: "status" });
    const body = element("div", "body", {}, this.grid.node, this.pane.node);
    this.clear = button("Clear", () => this.clearSelection(), "clear");
    this.clear.title = "Select nothing";
    const count = element("div", "count", {}, this.status, this.clear);
    const foot = element("div", "foot", {}, count, element("span", "keys", {}, this.keys));
    const style = element("style", "", {}, this.model.get("css"));
    this.root = element("div", "", {}, style, this.bar.node, body, foot, this.buildDialog());
    this.root.className = "lookalike-explorer";
    // Whoever clicks beside the controls goes on with the explorer's keys, not with the notebook's.
    this.root.tabIndex = -1;
    this.listen();
  }

  buildDialog() {
    this.large = new Details(this.columns);
    const close = () => this.dialog.close();
    const search = () => (close(), this.searchAt(this.place.active));
    const buttons = element("div", "buttons");
    if (this.searches) buttons.append(button("Look-alikes", search));
    buttons.append(button("Close", close));
    this.dialog = element("dialog", "dialog", { "aria-label": "Picture" }, this.large.node, buttons);
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && close());
    return this.dialog;
  }

  listen() {
    const on = (target, kinds, act) => {
      for (const kind of kinds.split(" ")) target.addEventListener(kind, act);
    };
    const { node } = this.grid;
    on(node, "click", (event) => this.onClick(event));
    on(node, "dblclick", (event) => this.onDoubleClick(event));
    on(node, "pointerover", (event) => this.onHover(event));
    on(node, "pointerleave", () => this.set({ hovered: null }));
    on(node, "scroll", () => this.onScroll());
    on(this.root, "keydown", (event) => this.onKey(event));
    on(this.root, "dragenter dragover dragleave drop", (event) => this.onDrag(event));
    const early = { capture: true, signal: this.ended.signal };
    window.addEventListener("keydown", (event) => this.shield(event), early);
    window.addEventListener("focusin", (event) => this.onFocus(event), early);
    new ResizeObserver(() => this.set()).observe(node);
  }

  /** Keep JupyterLab's shortcuts from the explorer's keys, also where it sees them first. */
  shield(event) {
    const { target } = event;
    this.shielded?.removeAttribute(NO_SHORTCUTS);
    if (!this.root.contains(target) || !isOurs(event)) return;
    // The very element: a shortcut may be meant for whatever has the focus.
    this.shielded = target;
    target.setAttribute(NO_SHORTCUTS, "");
  }

  get heading() {
    return this.model.get("title") || "All";
  }

  get keys() {
    const always = "Arrows move · Enter opens · Space selects";
    return this.searches ? `${always} · L look-alikes · Esc goes back` : always;
  }

  /** Draw what changes with the place and the view alone. */
  drawFrame() {
    this.bar.draw();
    const heads = [...(this.place.rows ? ["Rank · distance"] : []), ...this.columns];
    this.grid.header.replaceChildren(...heads.map((head) => element("span", "", {}, head)));
    this.root.style.setProperty("--explorer-columns", heads.length);
    this.root.classList.toggle("explorer-table", this.asTable);
    this.root.classList.toggle("explorer-textual", !this.hasPictures);
  }

  draw() {
    // Behind the gallery it has no size, and keeps what it showed.
    if (!this.grid.node.clientWidth) return;
    const fill = (tile, position) => this.fill(tile, position);
    this.inSight = this.grid.draw(this.layout, this.count, fill).map((at) => this.rowAt(at));
    this.drawDetails();
    this.drawStatus();
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.wantTiles(this.inSight);
    }, SCROLL_REST);
  }

  get layout() {
    if (!this.asTable) return gridLayout(this.grid.canvas.clientWidth);
    return { columns: 1, cell: 0, line: this.hasPictures ? PICTURE_LINE : TEXT_LINE };
  }

  fill(made, position) {
    const row = this.rowAt(position);
    const tile = this.tiles.get(row);
    const active = position === this.place.active;
    made.id = `explorer-${this.token}-${position}`;
    made.classList.toggle("explorer-active", active);
    made.setAttribute("aria-selected", this.selection.has(row));
    if (active) this.grid.node.setAttribute("aria-activedescendant", made.id);
    if (made.filled === tile && tile) return;
    made.filled = tile;
    const check = element("span", "check", { "aria-hidden": "true", title: "Select" });
    if (!tile) return made.replaceChildren(check);
    const figures = this.figuresAt(position, tile);
    const words = this.hasPictures ? [tile.name, figures, tile.reason] : tile.cells;
    made.setAttribute("aria-label", words.filter(Boolean).join(", "));
    const picture = tile.url ? thumbnail(tile.url) : element("span", "reason", {}, tile.reason);
    made.replaceChildren(check, ...this.contentOf(tile, picture, figures));
  }

  contentOf(tile, picture, figures) {
    const text = (name, content, title = content) => element("span", name, { title }, content);
    if (!this.asTable) return [picture, text("figures", figures), text("name", tile.name)];
    const isPath = (index) => this.columns[index] === "path";
    const cells = tile.cells.map((cell, at) => text("cell", isPath(at) ? tile.name : cell, cell));
    if (this.place.rows) cells.unshift(text("cell", figures));
    return this.hasPictures || tile.again ? [picture, ...cells] : cells;
  }

  drawDetails() {
    const position = this.hovered ?? this.place.active;
    const row = this.rowAt(position);
    const tile = this.tiles.get(row);
    const picture = this.pictures.get(row);
    const figures = tile ? this.figuresAt(position, tile) : "";
    const told = [tile, picture, figures];
    if (told.every((part, index) => part === this.told?.[index])) return;
    this.told = told;
    this.pane.show(tile, picture, figures);
    this.large.show(tile, picture, figures);
    if (tile?.url && !picture) this.wantPicture(row);
  }

  drawStatus() {
    const number = (count, noun) => `${count.toLocaleString()} ${noun}`;
    const selected = this.selection.size ? ` · ${number(this.selection.size, "selected")}` : "";
    const waiting = this.waiting ? "Waiting for the kernel …" : "";
    const rows = `${number(this.count, this.hasPictures ? "pictures" : "rows")}${selected}`;
    this.status.textContent = this.notice || waiting || rows;
    this.clear.hidden = !this.selection.size;
    this.status.classList.toggle("explorer-notice", Boolean(this.notice));
  }

  // Where it is: in a notebook's output, in the place of the gallery that is saved there.

  moveInto(home) {
    this.leave();
    this.home = home;
    home.append(this.root);
    if (this.answered) this.enter();
    this.resume();
  }

  /** Take up again what an element loses on its way through the page: modality, and the focus. */
  resume() {
    if (this.dialog.open) {
      this.dialog.close();
      this.dialog.showModal();
    }
    if (document.activeElement === document.body) this.focused?.focus({ preventScroll: true });
  }

  /** Take the gallery's place, scrolled to where it was before. */
  enter() {
    const { top } = this.place;
    this.answered = true;
    this.home?.classList.add("lookalike-live");
    this.draw();
    this.grid.node.scrollTop = top;
  }

  leave() {
    this.home?.classList.remove("lookalike-live");
    this.root.remove();
  }

  end() {
    this.leave();
    clearTimeout(this.asking);
    this.ended.abort();
  }

  /** Leave the place to the gallery until the kernel answers, if it does. */
  greet() {
    this.answered = false;
    // Hidden with the rest, it would still keep the page from every key and click.
    this.dialog.close();
    this.home?.classList.remove("lookalike-live");
    this.askTiles(span(0, Math.min(this.total, FIRST_TILES) - 1));
  }
}

const explorers = new Map();

function explorerOf(model) {
  const token = model.get("token");
  if (!explorers.has(token)) explorers.set(token, new Explorer(model));
  return explorers.get(token);
}

export default {
  initialize({ model }) {
    const explorer = explorerOf(model);
    const outputs = `[data-explorer="${model.get("token")}"]`;
    const stop = watch(outputs, (output) => explorer.moveInto(output));
    // The kernel has gone, or is there again.
    model.on("comm_live_update", () => explorer.greet());
    return () => {
      stop();
      explorer.end();
    };
  },

  render({ model, el }) {
    explorerOf(model).moveInto(el);
  },
};
