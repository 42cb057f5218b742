// @ts-check
// A picture with all that is told of it.

import { element } from "./elements.mjs";

/** A picture with all that is told of it; `show` puts another one in its place. */
export class Details {
  constructor(columns) {
    this.columns = columns;
    this.image = element("img", "large");
    this.words = element("div", "words");
    this.node = element("div", "details", {}, this.image, this.words);
  }

  show(tile, picture, figures) {
    const url = picture?.url || tile?.url;
    this.image.hidden = !url;
    if (url) this.image.src = url;
    this.image.alt = tile?.name ?? "";
    if (!tile) return this.words.replaceChildren();
    const reason = picture?.reason ?? tile.reason;
    const lines = [
      element("b", "name", {}, tile.name),
      element("div", "figures", {}, figures),
      element("div", reason ? "reason" : "size", {}, reason ?? picture?.size ?? ""),
    ];
    const facts = tile.cells.flatMap((cell, index) => [
      element("dt", "", {}, this.columns[index]),
      element("dd", "", {}, cell),
    ]);
    this.words.replaceChildren(...lines, element("dl", "facts", {}, ...facts));
  }
}
