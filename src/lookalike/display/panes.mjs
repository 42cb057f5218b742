// @ts-check
// A picture with its facts, and the pane beside the rows, which shows one of them.

import { button, element } from "./elements.mjs";
import { placeIn } from "./layout.mjs";
import { known, say } from "./texts.mjs";
import { figuresAt } from "./tile.mjs";

// Pictures of a query that are shown.
const MOST_SHOWN = 4;

/** @param {Partial<import("./conversation.mjs").Picture>} picture */
function sizeOf({ pixels, bytes }) {
  if (!pixels) return "";
  const [width, height] = pixels.map(String);
  const size = say("{width} x {height} pixels", { width, height });
  if (bytes === undefined) return size;
  return `${size} · ${say("{size} kB", { size: Number((bytes / 1000).toFixed(1)) })}`;
}

/** A picture with its facts; `show` puts another one in its place. */
export class Details {
  constructor({ columns }, ...buttons) {
    this.columns = columns;
    this.image = element("img", "large", { draggable: false });
    this.image.onload = () => {
      const { naturalWidth, naturalHeight, style } = this.image;
      style.setProperty("--explorer-wide", `${naturalWidth}`);
      style.setProperty("--explorer-high", `${naturalHeight}`);
    };
    this.frame = element("div", "frame", {}, this.image);
    this.words = element("div", "words");
    this.buttons = element("div", "buttons", {}, ...buttons);
    this.facts = element("dl", "facts");
    this.node = element("div", "details", {}, this.frame, this.words, this.buttons, this.facts);
  }

  /**
   * @param {import("./conversation.mjs").Tile | undefined} tile
   * @param {import("./conversation.mjs").Picture | undefined} picture
   */
  show(tile, picture, figures) {
    const url = picture?.url || tile?.url;
    this.image.hidden = !url;
    if (url) this.image.src = url;
    this.image.alt = tile?.name ?? "";
    this.node.classList.toggle("explorer-untold", !tile);
    this.node.classList.toggle("explorer-pathless", !picture?.path);
    const reason = picture?.reason ?? tile?.reason;
    const about = reason ? known(reason) : sizeOf(picture ?? {});
    this.words.replaceChildren(
      element("b", "name", {}, tile?.name ?? ""),
      element("div", "figures", {}, figures),
      element("div", reason ? "reason" : "size", {}, about),
    );
    const facts = tile?.cells.flatMap((cell, index) => {
      const name = element("dt", "", {}, this.columns[index]);
      return cell ? [name, element("dd", "", {}, cell)] : [];
    });
    this.facts.replaceChildren(...(facts ?? []));
  }
}

/** The pane beside the rows: what is pointed at or chosen, below what it was found with. */
export class Pane {
  constructor(explorer) {
    this.explorer = explorer;
    const open = () => explorer.open(explorer.shown);
    const copies = button(say("Copy path"), () => this.copyPath(), "copies");
    this.details = new Details(explorer, button(say("Enlarge"), open), copies);
    this.details.image.onclick = open;
    this.pictures = element("div", "query-pictures");
    this.name = element("figcaption", "");
    this.query = element("figure", "query", {}, this.pictures, this.name);
    this.node = element("div", "pane", {}, this.query, this.details.node);
    this.shownQuery = "";
  }

  draw() {
    const { explorer } = this;
    const { large, shown } = explorer;
    const { pictures, tiles } = explorer.conversation;
    const tile = explorer.tileAt(shown);
    const picture = tile && pictures.get(tile.row);
    const figures = tile ? figuresAt(explorer, shown, tile) : "";
    const query = this.queryAt(shown);
    const rows = query && !query.url ? (query.rows ?? [query.row]).slice(0, MOST_SHOWN) : [];
    const urls = rows.map((row) => pictures.get(row)?.url || tiles.get(row)?.url);
    this.showQuery(query, [query?.url, ...urls].filter(Boolean));
    explorer.conversation.wantPicture([...(tile?.url ? [tile.row] : []), ...rows]);
    this.picture = picture;
    const drawn = [tile, picture, figures];
    if (drawn.every((part, index) => part === this.drawn?.[index])) return;
    this.drawn = drawn;
    this.details.show(tile, picture, figures);
    large.show(tile?.row, tile, picture, figures);
  }

  /** What the rows around a position were found with, where that is pinned before them. */
  queryAt(position) {
    const { conversation, place, total } = this.explorer;
    const { query, rows, starts } = place;
    if (query || !rows) return query;
    const pinned = [];
    let at = starts.length ? starts[placeIn(starts, position)] : 0;
    for (; rows[at] >= total; at += 1) pinned.push(rows[at]);
    const names = pinned.map((row) => conversation.tiles.get(row)?.name).filter(Boolean);
    return pinned.length && at <= position ? { name: names.join(", "), rows: pinned } : null;
  }

  /** Show what is searched with: a picture, a part of one, or some of several. */
  showQuery(query, urls) {
    this.query.hidden = !query;
    const shown = [query?.name, ...urls].join("\n");
    if (!query || shown === this.shownQuery) return;
    this.shownQuery = shown;
    this.name.textContent = say("Look-alikes of {name}", { name: query.name });
    // Where a larger picture comes, it takes the place of the smaller one at once.
    const images = urls.map((src, at) =>
      Object.assign(this.pictures.children[at] ?? new Image(), { src, alt: "" }),
    );
    this.pictures.replaceChildren(...images);
  }

  async copyPath() {
    const { path } = this.picture ?? {};
    if (!path) return;
    try {
      await navigator.clipboard.writeText(path);
      this.explorer.notify(say("Copied: {path}", { path }), false);
    } catch {
      // Where the page may not, the person can copy it from here.
      this.explorer.notify(path, false);
    }
  }
}
