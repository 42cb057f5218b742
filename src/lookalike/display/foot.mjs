// @ts-check
// The bar below the rows: how many there are, what can be done with those selected, what keys do.

import { button, element, setText } from "./elements.mjs";
import { say } from "./texts.mjs";

export class Foot {
  constructor(explorer) {
    this.explorer = explorer;
    this.status = element("span", "", { role: "status" });
    this.together = button(say("More like these"), () => explorer.searchTogether());
    this.clear = button(say("Clear"), () => explorer.selection.clear());
    this.clear.title = say("Select nothing");
    this.made = element("progress", "");
    this.madeWords = element("span", "");
    this.progress = element("label", "progress", {}, this.madeWords, this.made);
    this.keys = element("span", "keys");
    const count = element("div", "count", {}, this.status, this.together, this.clear);
    this.node = element("div", "foot", {}, count, this.progress, this.keys);
  }

  draw() {
    const { total, place, hasPictures, notice, wrong, waiting, selection } = this.explorer;
    const count = place.count ?? this.explorer.count;
    const rows = hasPictures ? "one picture|{count} pictures" : "one row|{count} rows";
    const counted = place.query || count === total ? rows : "{count} of {total} pictures";
    const { size } = selection.rows;
    const selected = size ? ` · ${say("{size} selected", { size })}` : "";
    const counts = `${say(counted, { count, total })}${selected}`;
    setText(this.status, notice || (waiting ? say("Waiting for an answer …") : counts));
    this.status.classList.toggle("explorer-notice", Boolean(notice && wrong));
    this.clear.hidden = !size;
    this.together.hidden = size < 2 || !this.explorer.searches;
    const keys = this.explorer.keys.inWords();
    this.keys.textContent = keys.map((key) => say(key)).join(" · ");
    const [done, all] = this.explorer.model.get("progress") ?? [];
    this.progress.hidden = !all;
    if (!all) return;
    Object.assign(this.made, { value: done, max: all });
    this.madeWords.textContent = say("Features of {done} of {all} pictures", { done, all });
  }
}
