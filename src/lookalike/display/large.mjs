// @ts-check
// The dialog over the page: a picture as large as fits, of which a part can be searched by.

import { button, element, jpegUrl, setText } from "./elements.mjs";
import { scaledJpeg } from "./files.mjs";
import { ARROWS, bounded, boxBetween, changedBox, pixelsOf } from "./layout.mjs";
import { Details } from "./panes.mjs";
import { known, say } from "./texts.mjs";

/** A box that a key begins. @type {import("./layout.mjs").Box} */
const FIRST_BOX = [0.25, 0.25, 0.75, 0.75];
// Pixels that a key scrolls.
const SCROLL_STEP = 80;
const BOX_KEYS = [
  "Arrows move the box",
  "Shift+arrows resize it",
  "Enter searches",
  "Esc takes it away",
];

export class LargePicture {
  constructor(explorer) {
    this.explorer = explorer;
    /** @type {number | undefined} */
    this.row = undefined;
    /** @type {import("./conversation.mjs").Tile | undefined} */
    this.tile = undefined;
    /** @type {import("./conversation.mjs").Picture | undefined} */
    this.picture = undefined;
    this.mark = element("div", "box");
    this.finds = button("", () => this.search());
    this.original = button(say("Original size"), () => this.toggleOriginal());
    const copies = button(say("Copy path"), () => explorer.pane.copyPath(), "copies");
    const close = button(say("Close"), () => this.node.close());
    this.details = new Details(explorer, this.finds, this.original, copies, close);
    this.details.frame.append(this.mark);
    this.hint = element("div", "hint", { role: "status" });
    this.details.node.append(this.hint);
    const about = {
      "aria-label": say("Picture"),
      tabIndex: -1,
      onclick: ({ target }) => target === this.node && this.node.close(),
      onclose: () => this.forget(),
    };
    this.node = element("dialog", "dialog", about, this.details.node);
    this.listen();
    this.forget();
  }

  listen() {
    const { image } = this.details;
    const at = ({ clientX, clientY }) => {
      const { left, top, width, height } = image.getBoundingClientRect();
      return [(clientX - left) / width, (clientY - top) / height];
    };
    image.onpointerdown = (event) => {
      if (event.button || this.full || !this.canMark) return;
      image.setPointerCapture(event.pointerId);
      this.from = at(event);
    };
    image.onpointermove = (event) => {
      if (this.from) this.setBox(boxBetween(this.from, at(event)));
    };
    image.onlostpointercapture = () => {
      this.from = null;
      this.finds.focus();
    };
  }

  show(row, tile, picture, figures) {
    if (row !== this.row) this.forget();
    Object.assign(this, { row, tile, picture });
    if (!this.full?.url) this.details.show(tile, picture, figures);
  }

  /** Forget the box and the original, before another picture or none. */
  forget() {
    this.setOriginal(null);
    this.setBox(null);
  }

  setBox(box) {
    /** @type {import("./layout.mjs").Box | null} */
    this.box = box;
    this.mark.hidden = !box;
    const [left, top, right, bottom] = (box ?? FIRST_BOX).map((share) => 100 * share);
    this.mark.style.inset = `${top}% ${100 - right}% ${100 - bottom}% ${left}%`;
    this.drawButtons();
  }

  drawButtons(notice = "") {
    this.finds.hidden = !this.explorer.searches || !this.tile?.url;
    this.original.hidden = !this.tile?.url;
    this.finds.textContent = say(this.box ? "Look-alikes of this part" : "Look-alikes");
    this.original.setAttribute("aria-pressed", String(Boolean(this.full)));
    const { classList } = this.node;
    classList.toggle("explorer-original", Boolean(this.full?.url));
    classList.toggle("explorer-markable", Boolean(this.canMark && !this.full));
    const begins =
      this.canMark && !this.full ? ["Draw a box, or press B, to search by a part"] : [];
    const keys = (this.box ? BOX_KEYS : begins).map((key) => say(key));
    setText(this.hint, (this.node.open && notice) || keys.join(" · "));
  }

  /** Whether there is a picture to draw a box on: the pixels of its part have to be known. */
  get canMark() {
    return this.explorer.searches && this.picture?.pixels;
  }

  /** Search by the picture, or by the part of it that is in the box. */
  async search() {
    const { row, tile, picture, box } = this;
    if (!box || !picture?.pixels) {
      this.node.close();
      return this.explorer.searchAt(this.explorer.place.active);
    }
    const { image } = this.details;
    await image.decode();
    const bytes = await scaledJpeg(await createImageBitmap(image), box);
    this.node.close();
    const name = say("part of {name}", { name: tile?.name ?? "" });
    const part = { row, box: pixelsOf(box, picture.pixels), url: jpegUrl(bytes) };
    this.explorer.search({ name, ...part });
  }

  toggleOriginal() {
    const begins = !this.full;
    this.forget();
    if (!begins) return;
    const asked = { url: "" };
    this.setOriginal(asked);
    this.explorer.conversation.askPicture("original", this.row, ({ url, reason }) => {
      // By now it may be another picture, or the dialog is closed.
      if (asked !== this.full) URL.revokeObjectURL(url);
      else this.setOriginal(url ? { url } : null);
      if (reason) this.explorer.notify(known(reason));
    });
  }

  /** Show the original, with its address once it is there, or the picture that fits again. */
  setOriginal(full) {
    URL.revokeObjectURL(this.full?.url ?? "");
    /** @type {{ url: string } | null} */
    this.full = full;
    const shown = full?.url || this.picture?.url || this.tile?.url;
    if (shown) this.details.image.src = shown;
    this.drawButtons();
  }

  onKey(event) {
    const { key, shiftKey, target } = event;
    const acts = {
      b: () => this.canMark && this.beginBox(),
      c: () => this.explorer.pane.copyPath(),
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

  beginBox() {
    this.setOriginal(null);
    this.setBox(FIRST_BOX);
  }

  /** Move the box, or scroll what is larger than the dialog, or go to the next picture. */
  onArrow(key, shiftKey) {
    const [across, down] = ARROWS[key];
    const { explorer } = this;
    if (this.box) this.setBox(changedBox(this.box, key, shiftKey) ?? this.box);
    else if (this.full) this.details.frame.scrollBy(across * SCROLL_STEP, down * SCROLL_STEP);
    else explorer.moveTo(bounded(explorer.place.active + across + down, 0, explorer.count - 1));
  }
}
