// @ts-check
// Pictures with all that is told of them: the pane beside the rows, and the dialog over the page.

import { button, element, jpegUrl, scaledJpeg, setText } from "./elements.mjs";
import { boxBetween, changedBox, pixelsOf } from "./layout.mjs";
import { known, say } from "./texts.mjs";

// A box that a key begins, and how many pixels a key scrolls.
const FIRST_BOX = [0.25, 0.25, 0.75, 0.75];
const SCROLL_STEP = 80;
const BOX_KEYS = [
  "Arrows move the box",
  "Shift+arrows resize it",
  "Enter searches",
  "Esc takes it away",
];
const ARROWS = { ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowDown: [0, 1] };

/** @param {Partial<import("./conversation.mjs").Picture>} picture */
function sizeOf({ pixels, bytes }) {
  if (!pixels) return "";
  const size = say("{width} x {height} pixels", { width: `${pixels[0]}`, height: `${pixels[1]}` });
  return bytes === undefined
    ? size
    : `${size} · ${say("{size} kB", { size: Number((bytes / 1000).toFixed(1)) })}`;
}

/** A picture with all that is told of it; `show` puts another one in its place. */
export class Details {
  constructor(columns, ...buttons) {
    this.columns = columns;
    this.image = element("img", "large", { draggable: "false" });
    this.frame = element("div", "frame", {}, this.image);
    this.words = element("div", "words");
    this.buttons = element("div", "buttons", {}, ...buttons);
    this.facts = element("dl", "facts");
    this.node = element("div", "details", {}, this.frame, this.words, this.buttons, this.facts);
    const { style } = this.image;
    this.image.addEventListener("load", () => {
      style.setProperty("--explorer-wide", String(this.image.naturalWidth));
      style.setProperty("--explorer-high", String(this.image.naturalHeight));
    });
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
    this.buttons.hidden = !tile;
    this.words.replaceChildren();
    this.facts.replaceChildren();
    if (!tile) return;
    const reason = picture?.reason ?? tile.reason;
    const lines = [
      element("b", "name", {}, tile.name),
      element("div", "figures", {}, figures),
      element(
        "div",
        reason ? "reason" : "size",
        {},
        reason ? known(reason) : sizeOf(picture ?? {}),
      ),
    ];
    const facts = tile.cells.flatMap((cell, index) => {
      const name = element("dt", "", {}, this.columns[index]);
      return cell ? [name, element("dd", "", {}, cell)] : [];
    });
    this.words.append(...lines);
    this.facts.append(...facts);
  }
}

/** What is searched with, beside its matches: a picture, a part of one, or some of several. */
export class QueryView {
  constructor() {
    this.pictures = element("div", "query-pictures");
    this.name = element("figcaption", "");
    this.node = element("figure", "query", {}, this.pictures, this.name);
    this.shown = "";
  }

  show(query, urls) {
    this.node.hidden = !query;
    const shown = [query?.name, ...urls].join("\n");
    if (!query || shown === this.shown) return;
    this.shown = shown;
    this.name.textContent = say("Look-alikes of {name}", { name: query.name });
    // Where a larger picture comes, it takes the place of the smaller one at once.
    const { children } = this.pictures;
    const images = urls.map((src, at) =>
      Object.assign(children[at] ?? new Image(), { src, alt: "" }),
    );
    this.pictures.replaceChildren(...images);
  }
}

/** The dialog of a large picture, of which a part can be marked with a box and searched by. */
export class LargePicture {
  constructor(explorer) {
    this.explorer = explorer;
    /** @type {number | undefined} */
    this.row = undefined;
    /** @type {import("./conversation.mjs").Tile | undefined} */
    this.tile = undefined;
    /** @type {import("./conversation.mjs").Picture | undefined} */
    this.picture = undefined;
    this.mark = element("div", "box", { hidden: "" });
    this.finds = button("", () => this.search());
    this.original = button(say("Original size"), () => this.toggleOriginal());
    this.copies = button(say("Copy path"), () => explorer.copyPath());
    const close = button(say("Close"), () => this.node.close());
    this.details = new Details(explorer.columns, this.finds, this.original, this.copies, close);
    this.details.frame.append(this.mark);
    this.hint = element("div", "hint", { role: "status" });
    this.details.node.append(this.hint);
    const label = { "aria-label": say("Picture"), tabindex: -1 };
    this.node = element("dialog", "dialog", label, this.details.node);
    this.node.addEventListener("click", ({ target }) => target === this.node && this.node.close());
    this.node.addEventListener("close", () => this.forget());
    this.listen();
    this.forget();
  }

  listen() {
    const { image } = this.details;
    const at = ({ clientX, clientY }) => {
      const { left, top, width, height } = image.getBoundingClientRect();
      return [(clientX - left) / width, (clientY - top) / height];
    };
    image.addEventListener("pointerdown", (event) => {
      if (event.button || this.full || !this.canMark) return;
      image.setPointerCapture(event.pointerId);
      this.from = at(event);
    });
    image.addEventListener("pointermove", (event) => {
      if (this.from) this.setBox(boxBetween(this.from, at(event)));
    });
    image.addEventListener("lostpointercapture", () => {
      this.from = null;
      this.finds.focus();
    });
  }

  show(row, tile, picture, figures) {
    if (row !== this.row) this.forget();
    Object.assign(this, { row, tile, picture });
    if (!this.full) this.details.show(tile, picture, figures);
    this.copies.hidden = !picture?.path;
  }

  /** Forget the box and the picture in full, before another picture or none. */
  forget() {
    this.setBox(null);
    this.setFull("");
  }

  beginBox() {
    this.setFull("");
    this.setBox(FIRST_BOX);
  }

  setBox(box) {
    /** @type {import("./layout.mjs").Box | null} */
    this.box = box;
    this.mark.hidden = !box;
    const [left, top, right, bottom] = (box ?? FIRST_BOX).map((share) => `${100 * share}%`);
    const size = { width: `calc(${right} - ${left})`, height: `calc(${bottom} - ${top})` };
    Object.assign(this.mark.style, { left, top, ...size });
    this.drawButtons();
  }

  drawButtons(notice = "") {
    const { searches } = this.explorer;
    this.finds.hidden = !searches;
    this.finds.textContent = say(this.box ? "Look-alikes of this part" : "Look-alikes");
    this.original.setAttribute("aria-pressed", String(Boolean(this.full)));
    const begins = this.canMark ? ["Draw a box, or press B, to search by a part"] : [];
    const keys = this.box ? BOX_KEYS : begins;
    const words = keys.map((key) => say(key)).join(" · ");
    setText(this.hint, (this.node?.open && notice) || words);
  }

  /** Whether there is a picture to draw a box on: the pixels of its part have to be known. */
  get canMark() {
    return this.explorer.searches && this.picture?.pixels;
  }

  /** Search by the picture, or by the part of it that is in the box. */
  async search() {
    const { row, tile, picture, box } = this;
    const image = box && (await scaledJpeg(this.details.image, box));
    this.node.close();
    if (!image || !picture?.pixels) return this.explorer.searchAt(this.explorer.place.active);
    const name = say("part of {name}", { name: tile?.name ?? "" });
    const part = { row, box: pixelsOf(box, picture.pixels), url: jpegUrl(image) };
    this.explorer.search({ name, ...part });
  }

  toggleOriginal() {
    if (this.full) return this.setFull("");
    this.setBox(null);
    const { row } = this;
    this.explorer.conversation.askPicture({ row, full: true }, ({ url, reason }) => {
      if (reason) this.explorer.notify(known(reason));
      else if (row === this.row) this.setFull(url);
    });
  }

  setFull(url) {
    URL.revokeObjectURL(this.full ?? "");
    this.full = url;
    this.node.classList.toggle("explorer-original", Boolean(url));
    const shown = url || this.picture?.url || this.tile?.url;
    if (shown) this.details.image.src = shown;
    this.drawButtons();
  }

  onKey(event) {
    const { key, shiftKey, target } = event;
    const acts = {
      b: () => this.canMark && this.beginBox(),
      c: () => this.explorer.copyPath(),
      l: () => this.search(),
      o: () => this.toggleOriginal(),
    };
    const onOther = target.tagName === "BUTTON" && target !== this.finds;
    if (this.box && key === "Escape") this.setBox(null);
    else if (this.box && key === "Enter" && !onOther) this.search();
    else if (key in ARROWS) this.onArrow(key, shiftKey);
    else if (key.toLowerCase() in acts) acts[key.toLowerCase()]();
    else return;
    event.preventDefault();
  }

  /** Move the box, or scroll what is larger than the dialog, or go to the next picture. */
  onArrow(key, shiftKey) {
    const [across, down] = ARROWS[key];
    const { frame } = this.details;
    if (this.box) this.setBox(changedBox(this.box, key, shiftKey) ?? this.box);
    else if (this.full) frame.scrollBy(across * SCROLL_STEP, down * SCROLL_STEP);
    else this.explorer.step(across + down);
  }
}
