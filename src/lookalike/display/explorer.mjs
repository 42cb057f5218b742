// @ts-check
// The explorer: rows that a person looks through, and what leads from one place in them to another.

import { Bar } from "./bar.mjs";
import { Conversation, numbersIn } from "./conversation.mjs";
import { button, element, jpegUrl, scaledJpeg, thumbnail, watch } from "./elements.mjs";
import { Grid } from "./grid.mjs";
import { Home } from "./home.mjs";
import {
  fromRuns,
  gridLayout,
  isOurs,
  moved,
  span,
  tableLayout,
  toRuns,
  union,
  within,
} from "./layout.mjs";
import { Details, LargePicture, QueryView } from "./panes.mjs";
import { known, LANGUAGE, say } from "./texts.mjs";

const FIRST_TILES = 40;
// Look-alikes at first, and at the most; pictures of a query that are shown.
const FIRST_K = 24;
const MOST_MATCHES = 200;
const MOST_SHOWN = 4;
// Milliseconds.
const SCROLL_REST = 60;
const TYPING_REST = 120;

/**
 * What is searched with: a row, several rows, a part of a row's picture or a file's content; with
 * its name, a small image, and where it is no row the address of a picture.
 * @typedef {{ name: string, image?: HTMLElement, row?: number, rows?: number[], url?: string,
 *   box?: number[], bytes?: ArrayBuffer }} Query
 * All rows, or a query's matches. Without `rows` it is all rows as they are given. `starts` are the
 * positions of groups.
 * @typedef {{ query: Query | null, rows: ArrayLike<number> | null, starts: ArrayLike<number>,
 *   active: number, top: number, pinned?: boolean, order?: string, text?: string, k?: number,
 *   radius?: number | null, distances: number[], figures?: string[], kinds?: string[] }} Place
 */

class Explorer {
  constructor(model) {
    this.model = model;
    this.token = model.get("token");
    this.total = model.get("total");
    this.columns = model.get("columns");
    this.hasPictures = model.get("has_pictures");
    this.hasPaths = this.columns.includes("path");
    this.kindColumn = this.columns.includes("group") ? this.columns.indexOf("kind") : -1;
    this.selection = fromRuns(model.get("selection"));
    this.asTable = !this.hasPictures;
    this.notice = "";
    this.wrong = false;
    this.waiting = false;
    /** @type {number | null} */
    this.hovered = null;
    const all = { query: null, rows: null, starts: [], distances: [], order: "", text: "" };
    /** @type {Place[]} */
    this.trail = [{ ...all, active: 0, top: 0 }];
    this.conversation = new Conversation(model, this);
    this.bar = new Bar(this);
    this.grid = new Grid(this.heading);
    this.queryView = new QueryView();
    this.pane = new Details(
      this.columns,
      button(say("Enlarge"), () => this.open(this.shown)),
      button(say("Copy path"), () => this.copyPath(), "copies"),
    );
    this.pane.image.addEventListener("click", () => this.open(this.shown));
    this.large = new LargePicture(this);
    this.status = element("span", "", { role: "status" });
    this.keyHelp = element("span", "keys");
    this.progress = element("progress", "");
    this.progressWords = element("label", "progress", {}, element("span", ""), this.progress);
    this.clear = button(say("Clear"), () => this.clearSelection(), "clear");
    this.clear.title = say("Select nothing");
    this.together = button(say("More like these"), () => this.searchTogether(), "together");
    this.root = this.build();
    this.home = new Home(this);
    this.listen();
    this.arrive();
    this.greet();
    if (this.kindColumn >= 0) this.arrange({});
  }

  /** Change what the page depends on, and draw it with the next frame. */
  set(changes = {}) {
    Object.assign(this, changes);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  /** Say what went wrong, or else what was done. */
  notify(notice, wrong = true) {
    this.set({ notice, wrong });
  }

  get tiles() {
    return this.conversation.tiles;
  }

  get searches() {
    return this.model.get("searches");
  }

  /** Whether features are being made, after which look-alikes can be searched for. */
  get preparing() {
    return !this.searches && Boolean(this.model.get("progress")?.length);
  }

  get heading() {
    return this.model.get("title") || say("All");
  }

  // Places: all rows, or the look-alikes of a picture.

  get place() {
    return this.trail[this.trail.length - 1];
  }

  get count() {
    const { query, rows, distances, radius = null } = this.place;
    return query ? within(distances, radius) : (rows?.length ?? this.total);
  }

  /** The position that the pane shows: the one that is pointed at, until one is chosen. */
  get shown() {
    return this.hovered !== null && this.hovered < this.count ? this.hovered : this.place.active;
  }

  rowAt(position) {
    return this.place.rows ? this.place.rows[position] : position;
  }

  tileAt(position) {
    return position < this.count ? this.tiles.get(this.rowAt(position)) : undefined;
  }

  figuresAt(position, tile) {
    const { query, figures = [] } = this.place;
    if (query) return figures[position];
    if (this.kindColumn < 0) return tile.figures;
    // The one to keep has no distance to itself that is worth a word.
    return tile.cells[this.kindColumn] && tile.cells[this.columns.indexOf("distance")];
  }

  /** How a tile is a copy: of the query, or within its group. */
  kindAt(position, tile) {
    const { query, kinds = [] } = this.place;
    if (query) return known(kinds[position] ?? "");
    return this.kindColumn < 0 ? "" : known(tile.cells[this.kindColumn] || "to keep");
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
    this.place.pinned = false;
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

  /** Order all rows, or show those alone that have a text in their path. */
  arrange(changes) {
    const place = Object.assign(this.trail[0], changes);
    const { order = "", text } = place;
    const question = { by: order.replace("-", ""), descending: order.startsWith("-"), text };
    const placed = (_, [rows, starts]) => {
      Object.assign(place, { rows: numbersIn(rows), starts: numbersIn(starts), active: 0, top: 0 });
      if (place !== this.place) return;
      this.anchorAt(0);
      this.set({ hovered: null, notice: "" });
      this.grid.clear();
      this.grid.node.scrollTop = 0;
    };
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.ask("arrange", question, [], placed), TYPING_REST);
  }

  limitTo(radius) {
    this.place.radius = radius;
    this.place.active = Math.max(0, Math.min(this.place.active, this.count - 1));
    this.anchorAt(this.place.active);
    this.set();
  }

  // Searches.

  /** Ask what may take a moment. */
  ask(kind, question, buffers, answered) {
    this.root.classList.add("explorer-busy");
    this.conversation.ask(kind, question, buffers, ({ error, ...answer }, parts) => {
      this.root.classList.remove("explorer-busy");
      if (error) this.notify(error);
      else answered(answer, parts);
    });
  }

  searchAt(position) {
    const tile = this.tileAt(position);
    if (this.preparing)
      return this.notify(say("Searching begins when the features are made"), false);
    if (!this.searches || !tile) return;
    if (!tile.url) return this.notify(known(tile.reason));
    const name = tile.name || say("row {row}", { row: `${tile.row}` });
    this.search({ name, image: thumbnail(tile.url), row: tile.row });
  }

  /** Search by all that is selected, together. */
  searchTogether() {
    const rows = [...this.selection];
    if (!this.searches || rows.length < 2) return;
    this.search({ name: say("{count} pictures together", { count: rows.length }), rows });
  }

  async searchFile(file) {
    if (!this.searches)
      return this.notify(say("Searching needs a model: explore(data, model=model)"));
    try {
      const bytes = await scaledJpeg(await createImageBitmap(file));
      this.search({ name: file.name, url: jpegUrl(bytes), bytes });
    } catch {
      this.notify(say("{name} is no picture that this browser can read", { name: file.name }));
    }
  }

  /**
   * Find a query's look-alikes: in a new place or, with another k, in the one they are in.
   * @param {Query} query
   * @param {number} k
   * @param {Place | null} again
   */
  search(query, k = Math.min(FIRST_K, this.mostMatches), again = null) {
    const { row = null, rows, box, bytes } = query;
    const { place } = this;
    query.image ??= query.url ? thumbnail(query.url) : element("span", "");
    this.ask("search", { row, rows, box, k }, bytes ? [bytes] : [], (found) => {
      if (place !== this.place) return;
      if (again) this.trail.pop();
      const radius = again?.radius ?? null;
      this.trail.push({ ...found, query, k, radius, starts: [], active: 0, top: 0 });
      this.arrive();
    });
  }

  get mostMatches() {
    return Math.max(1, Math.min(MOST_MATCHES, this.total - 1));
  }

  async copyPath() {
    const path = this.conversation.pictures.get(this.rowAt(this.shown))?.path;
    if (!path) return;
    try {
      await navigator.clipboard.writeText(path);
      this.notify(say("Copied: {path}", { path }), false);
    } catch {
      // Where the page may not, the person can copy it from here.
      this.notify(path, false);
    }
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
    this.pin();
    if (event.shiftKey) this.selectTo(position);
    else if (event.ctrlKey || event.metaKey || event.target.matches(".explorer-check")) {
      this.toggle(position);
    } else this.visit(position);
  }

  /** Let the pane show what is chosen, whatever the pointer crosses from now on. */
  pin() {
    this.place.pinned = true;
    this.set({ hovered: null });
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
    if (position !== null && !this.place.pinned) this.set({ hovered: position });
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
    if (this.large.node.contains(target)) this.large.onKey(event);
    else if (key === "Escape") this.goBack();
    else if (key === "Enter" && target.matches(".explorer-filter")) this.grid.node.focus();
    else if (inRows && this.onRowsKey(event)) event.preventDefault();
  }

  /** Do what a key means among the rows, and return whether it means anything. */
  onRowsKey({ key, shiftKey, ctrlKey, metaKey }) {
    const { active } = this.place;
    const lines = Math.floor(this.grid.node.clientHeight / this.layout.line);
    const target = moved(active, key, this.grid.lines, lines);
    const acts = {
      enter: () => this.open(active),
      " ": () => this.toggle(active),
      a: () => (ctrlKey || metaKey) && this.selectAll(),
      c: () => this.copyPath(),
      l: () => this.searchAt(active),
      m: () => this.searchTogether(),
    };
    if (key === "/") this.bar.node.querySelector("input")?.focus();
    else if (target !== null) this.moveTo(target, shiftKey);
    else if (!this.count || !acts[key.toLowerCase()]) return false;
    else acts[key.toLowerCase()]();
    return true;
  }

  moveTo(position, selecting = false) {
    this.place.active = position;
    if (selecting) this.selectTo(position);
    else this.anchorAt(position);
    this.pin();
    this.grid.reveal(position);
  }

  /** Go some tiles on, and no further than there are any. */
  step(tiles) {
    this.moveTo(Math.max(0, Math.min(this.count - 1, this.place.active + tiles)));
  }

  open(position) {
    if (!this.tileAt(position)) return;
    this.moveTo(position);
    this.large.node.showModal();
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
    const pane = element("div", "pane", {}, this.queryView.node, this.pane.node);
    const body = element("div", "body", {}, this.grid.node, pane);
    const count = element("div", "count", {}, this.status, this.together, this.clear);
    const foot = element("div", "foot", {}, count, this.progressWords, this.keyHelp);
    const style = element("style", "", {}, this.model.get("css"));
    const root = element("div", "", {}, style, this.bar.node, body, foot, this.large.node);
    root.className = "lookalike-explorer";
    root.lang = LANGUAGE;
    root.dataset.drop = say("Drop a picture to find its look-alikes");
    // Whoever clicks beside the controls goes on with the explorer's keys, not with the notebook's.
    root.tabIndex = -1;
    return root;
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
    on(this.root, "focusin focusout", () => this.set());
    on(this.root, "dragenter dragover dragleave drop", (event) => this.onDrag(event));
    this.model.on("change:searches", () => this.drawFrame());
    this.model.on("change:progress", () => this.drawFrame());
    new ResizeObserver(() => this.set()).observe(node);
  }

  /** The keys that mean something where the focus is, or what a click means. */
  get keys() {
    const focus = document.activeElement;
    const inRows = focus === this.grid.node || focus === this.root;
    const keys = {
      "Arrows move": inRows,
      "Enter opens": inRows,
      "Space selects": inRows,
      "L look-alikes": inRows && this.searches,
      "M more like these": inRows && this.searches && this.selection.size > 1,
      "/ filters": inRows && this.hasPaths && !this.place.query,
      "Enter goes to the pictures": focus?.matches(".explorer-filter"),
      "Esc goes back": this.trail.length > 1 && this.root.contains(focus),
    };
    const work = Object.keys(keys).filter((key) => keys[key]);
    if (this.preparing) work.push("Searching begins when the features are made");
    else if (!this.root.contains(focus)) {
      work.push(this.searches ? "A click finds look-alikes" : "A double click opens");
    }
    return work.map((key) => say(key)).join(" · ");
  }

  /** Draw what changes with the place and the view alone. */
  drawFrame() {
    this.bar.draw();
    const { query } = this.place;
    const heads = [...(query ? [say("Rank · distance")] : []), ...this.columns];
    this.grid.header.replaceChildren(...heads.map((head) => element("span", "", {}, head)));
    this.root.style.setProperty("--explorer-columns", String(heads.length));
    this.root.classList.toggle("explorer-table", this.asTable);
    this.root.classList.toggle("explorer-textual", !this.hasPictures);
    this.root.classList.toggle("explorer-matches", Boolean(query));
    this.large.drawButtons();
    this.set();
  }

  draw() {
    // Behind the gallery it has no size, and keeps what it showed.
    if (!this.grid.node.clientWidth) return;
    const { starts } = this.place;
    const fill = (tile, position) => this.fill(tile, position);
    const positions = this.grid.draw(this.layout, this.count, starts, fill);
    this.inSight = positions.map((at) => this.rowAt(at));
    this.drawDetails();
    this.drawStatus();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.conversation.wantTiles(this.inSight);
    }, SCROLL_REST);
  }

  get layout() {
    if (this.asTable) return tableLayout(this.hasPictures);
    return gridLayout(this.grid.canvas.clientWidth);
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
    const check = element("span", "check", { "aria-hidden": "true", title: say("Select") });
    const heading = this.groupAt(position);
    if (heading) made.dataset.heading = heading;
    if (!tile) return made.replaceChildren(check);
    const [figures, kind] = [this.figuresAt(position, tile), this.kindAt(position, tile)];
    const reason = tile.reason && known(tile.reason);
    const words = this.hasPictures ? [tile.name, figures, kind, reason] : tile.cells;
    made.setAttribute("aria-label", [heading, ...words].filter(Boolean).join(", "));
    const picture = tile.url ? thumbnail(tile.url) : element("span", "reason", {}, reason);
    const badge = kind ? [element("span", "kind", {}, kind)] : [];
    made.replaceChildren(check, ...this.contentOf(position, tile, picture), ...badge);
  }

  /** The heading of the group that begins at a position, if one does. */
  groupAt(position) {
    const { starts } = this.place;
    const group = Array.prototype.indexOf.call(starts, position);
    if (group < 0) return "";
    const count = (starts[group + 1] ?? this.count) - position;
    return say("Group {group} · one picture|Group {group} · {count} pictures", {
      group: group + 1,
      count,
    });
  }

  contentOf(position, tile, picture) {
    const figures = this.figuresAt(position, tile);
    const text = (name, content, title = content) => element("span", name, { title }, content);
    if (!this.asTable) return [picture, text("figures", figures), text("name", tile.name)];
    const isPath = (index) => this.columns[index] === "path";
    const cells = tile.cells.map((cell, at) => text("cell", isPath(at) ? tile.name : cell, cell));
    const kind = this.kindAt(position, tile);
    if (this.place.query) cells.unshift(text("cell", kind ? `${figures} · ${kind}` : figures));
    return this.hasPictures || tile.again ? [picture, ...cells] : cells;
  }

  drawDetails() {
    const { query } = this.place;
    const tile = this.tileAt(this.shown);
    const { pictures } = this.conversation;
    const picture = tile && pictures.get(tile.row);
    const figures = tile ? this.figuresAt(this.shown, tile) : "";
    const asked = query?.url ? [] : (query?.rows ?? [query?.row ?? -1]).slice(0, MOST_SHOWN);
    const rows = query ? asked : [];
    const urlOf = (row) => pictures.get(row)?.url || this.tiles.get(row)?.url;
    this.queryView.show(query, query?.url ? [query.url] : rows.map(urlOf).filter(Boolean));
    this.conversation.wantPicture([...(tile?.url ? [tile.row] : []), ...rows]);
    const told = [tile, picture, figures];
    if (told.every((part, index) => part === this.told?.[index])) return;
    this.told = told;
    this.pane.show(tile, picture, figures);
    this.pane.node.classList.toggle("explorer-pathless", !picture?.path);
    this.large.show(tile?.row, tile, picture, figures);
  }

  drawStatus() {
    const { count, total } = this;
    const rows = this.hasPictures ? "one picture|{count} pictures" : "one row|{count} rows";
    const some = this.place.query || count === total ? rows : "{count} of {total} pictures";
    const { size } = this.selection;
    const counts = [
      say(some, { count, total }),
      ...(size ? [say("{size} selected", { size })] : []),
    ];
    const waiting = this.waiting ? say("Waiting for an answer …") : "";
    this.status.textContent = this.notice || waiting || counts.join(" · ");
    this.status.classList.toggle("explorer-notice", Boolean(this.notice && this.wrong));
    this.clear.hidden = !size;
    this.together.hidden = size < 2 || !this.searches;
    this.keyHelp.textContent = this.keys;
    this.large.drawButtons(this.notice);
    this.drawProgress();
  }

  drawProgress() {
    const [done, all] = this.model.get("progress") ?? [];
    this.progressWords.hidden = !all;
    if (!all) return;
    Object.assign(this.progress, { value: done, max: all });
    const words = say("Features of {done} of {all} pictures", { done, all });
    this.progressWords.firstElementChild?.replaceChildren(words);
  }

  tilesCame() {
    if (!this.home.answered) this.home.enter();
    this.set();
  }

  /** Leave the place to the gallery until the kernel answers, if it does. */
  greet() {
    // Hidden with the rest, it would still keep the page from every key and click.
    this.large.node.close();
    this.home.wait();
    this.conversation.askTiles(span(0, Math.min(this.total, FIRST_TILES) - 1));
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
    const stop = watch(outputs, (output) => explorer.home.moveInto(output));
    // The kernel has gone, or is there again.
    model.on("comm_live_update", () => explorer.greet());
    return () => {
      stop();
      explorer.home.end();
    };
  },

  render({ model, el }) {
    explorerOf(model).home.moveInto(el);
  },
};
