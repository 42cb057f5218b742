// @ts-check
// The explorer: rows that a person looks through, and what leads from one place in them to another.

import { Bar } from "./bar.mjs";
import { Conversation, numbersIn } from "./conversation.mjs";
import { element, thumbnail, watch } from "./elements.mjs";
import { FileSearch } from "./files.mjs";
import { Foot } from "./foot.mjs";
import { Grid } from "./grid.mjs";
import { Home } from "./home.mjs";
import { Keys } from "./keys.mjs";
import { LargePicture } from "./large.mjs";
import { bounded, gridLayout, range, tableLayout, within } from "./layout.mjs";
import { Pane } from "./panes.mjs";
import { Selection } from "./selection.mjs";
import { known, LANGUAGE, say } from "./texts.mjs";
import { fillTile } from "./tile.mjs";

const FIRST_TILES = 40;
// Look-alikes at first, and at the most.
const FIRST_K = 24;
const MOST_MATCHES = 200;
// Milliseconds.
const SCROLL_REST = 60;
const TYPING_REST = 120;

/**
 * What is searched with: a row, several rows, a part of a row's picture or a file's content; with
 * its name, a small image, and where it is no row the address of a picture.
 * @typedef {{ name: string, image?: HTMLElement, row?: number, rows?: number[], url?: string,
 *   box?: number[], bytes?: ArrayBuffer }} Query
 * All rows, or a query's matches. Without `rows` it is all rows as they are given. `starts` are the
 * positions of groups; `top` is how far it is scrolled.
 * @typedef {{ query: Query | null, rows: ArrayLike<number> | null, starts: ArrayLike<number>,
 *   active: number, top: number, drawn?: any[], lines?: import("./layout.mjs").Lines,
 *   chosen?: boolean, count?: number, order?: string, text?: string,
 *   k?: number, radius?: number | null, distances: number[], figures?: string[],
 *   kinds?: string[] }} Place
 */

class Explorer {
  constructor(model) {
    this.model = model;
    this.token = model.get("token");
    this.total = model.get("total");
    this.columns = model.get("columns");
    this.hasPictures = model.get("has_pictures");
    this.hasPaths = this.columns.includes("path");
    const copies = ["group", "kind", "distance"].every((name) => this.columns.includes(name));
    this.kindColumn = copies ? this.columns.indexOf("kind") : -1;
    this.selection = new Selection(this);
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
    this.pane = new Pane(this);
    this.large = new LargePicture(this);
    this.foot = new Foot(this);
    this.root = this.build();
    this.files = new FileSearch(this);
    this.keys = new Keys(this);
    this.home = new Home(this);
    this.listen();
    this.arrive();
    this.greet();
    if (model.get("sections")) this.arrange({});
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
    return position < this.count ? this.conversation.tiles.get(this.rowAt(position)) : undefined;
  }

  goTo(depth) {
    for (const { query } of this.trail.splice(depth + 1)) URL.revokeObjectURL(query?.url ?? "");
    this.arrive();
    this.grid.node.focus({ preventScroll: true });
  }

  arrive() {
    this.place.chosen = false;
    this.begin();
    this.drawFrame();
    this.draw();
  }

  /** Begin with a place's rows: what was pointed at, opened or said of others is no more. */
  begin() {
    this.large.node.close();
    this.selection.anchorAt(this.place.active);
    this.set({ hovered: null, notice: "" });
    this.grid.clear();
  }

  /** Show the rows as a table, or as a grid again. */
  changeView() {
    this.asTable = !this.asTable;
    this.grid.clear();
    this.drawFrame();
  }

  /** Order all rows, or show those alone that have a text in their path. */
  arrange(changes) {
    const place = Object.assign(this.trail[0], changes);
    const { order = "", text } = place;
    const question = { by: order.replace("-", ""), descending: order.startsWith("-"), text };
    const placed = ({ count }, parts) => {
      const [rows, starts] = parts.map(numbersIn);
      Object.assign(place, { count, rows, starts, active: 0, top: 0, lines: undefined });
      if (place === this.place) this.begin();
    };
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.ask("arrange", question, [], placed), TYPING_REST);
  }

  limitTo(radius) {
    this.place.radius = radius;
    this.place.active = bounded(this.place.active, 0, Math.max(0, this.count - 1));
    this.selection.anchorAt(this.place.active);
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

  /** Whether search is on. If not, say that it will be, or else what it needs. */
  canSearch(otherwise) {
    if (this.preparing) this.notify(say("Search begins when features are made"), false);
    else if (!this.searches && otherwise) this.notify(say(otherwise));
    return this.searches;
  }

  searchAt(position) {
    const tile = this.tileAt(position);
    if (!this.canSearch() || !tile) return;
    if (!tile.url) return this.notify(known(tile.reason));
    const name = tile.name || say("row {row}", { row: `${tile.row}` });
    this.search({ name, image: thumbnail(tile.url), row: tile.row });
  }

  /** Search by all that is selected, together. */
  searchTogether() {
    const rows = [...this.selection.rows];
    if (!this.searches || rows.length < 2) return;
    this.search({ name: say("{count} pictures together", { count: rows.length }), rows });
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
    return bounded(this.total - 1, 1, MOST_MATCHES);
  }

  // What the person does.

  onClick(event) {
    const position = Grid.positionOf(event);
    if (position === null) return;
    this.choose();
    if (event.shiftKey) this.selection.to(position);
    else if (event.ctrlKey || event.metaKey || event.target.matches(".explorer-check")) {
      this.selection.toggle(position);
    } else if (event.detail < 2) this.visit(position);
    // The second of two may be on what the first one led to.
    else if (!this.searches) this.open(position);
  }

  /** Let the pane show what is chosen, whatever the pointer crosses from now on. */
  choose() {
    this.place.chosen = true;
    this.set({ hovered: null, notice: "" });
  }

  /** Go to a tile, and to its look-alikes where there is a model. What is selected stays so. */
  visit(position) {
    this.place.active = position;
    this.selection.anchorAt(position);
    this.searchAt(position);
  }

  onHover(event) {
    const position = Grid.positionOf(event);
    // Between the tiles, the last one stays.
    if (position !== null && !this.place.chosen) this.set({ hovered: position });
  }

  onScroll() {
    if (!this.grid.node.clientWidth) return;
    this.place.top = this.grid.node.scrollTop;
    this.set();
  }

  moveTo(position, selecting = false) {
    this.place.active = position;
    if (selecting) this.selection.to(position);
    else this.selection.anchorAt(position);
    this.choose();
    this.grid.reveal(position);
  }

  open(position) {
    if (!this.tileAt(position)) return;
    this.moveTo(position);
    this.large.node.showModal();
  }

  // What is on the page.

  build() {
    const style = element("style", "", {}, this.model.get("css"));
    const body = element("div", "body", {}, this.grid.node, this.pane.node);
    const parts = [style, this.bar.node, body, this.foot.node, this.large.node];
    // Whoever clicks beside the controls goes on with the explorer's keys, not with the notebook's.
    const about = { class: "lookalike-explorer", lang: LANGUAGE, tabIndex: -1 };
    return element("div", "", about, ...parts);
  }

  listen() {
    Object.assign(this.grid.node, {
      onclick: (event) => this.onClick(event),
      onpointerover: (event) => this.onHover(event),
      onpointerleave: () => this.set({ hovered: null }),
      onscroll: () => this.onScroll(),
    });
    for (const kind of ["focusin", "focusout"]) this.root.addEventListener(kind, () => this.set());
    this.model.on("change:searches", () => {
      this.notify("");
      this.drawFrame();
    });
    this.model.on("change:progress", () => {
      // The bar is made anew only when it changes: somebody may be typing there.
      if (this.bar.wasPreparing !== this.preparing) this.drawFrame();
      this.set();
    });
    new ResizeObserver(() => this.set()).observe(this.grid.node);
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
    this.set();
  }

  draw() {
    // Behind the gallery it has no size, and keeps what it showed.
    if (!this.grid.node.clientWidth) return;
    const fill = (tile, position) => fillTile(this, tile, position);
    const positions = this.grid.draw(this.place, this.layout, this.count, fill);
    this.inSight = positions.map((at) => this.rowAt(at));
    this.pane.draw();
    this.foot.draw();
    this.large.drawButtons(this.notice);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.conversation.wantTiles(this.inSight);
    }, SCROLL_REST);
  }

  get layout() {
    if (this.asTable) return tableLayout(this.hasPictures);
    return gridLayout(this.grid.canvas.clientWidth);
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
    this.conversation.repeat();
    this.conversation.askTiles(range(0, Math.min(this.total, FIRST_TILES)));
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
    const stop = watch(outputs, (output) => explorer.home.found(output));
    // The kernel has gone, or is there again.
    model.on("comm_live_update", () => explorer.greet());
    return () => {
      stop();
      explorer.home.end();
      explorers.delete(model.get("token"));
    };
  },

  render({ model, el }) {
    explorerOf(model).home.moveInto(el);
  },
};
