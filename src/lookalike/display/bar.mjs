// @ts-check
// The bar above the rows.

import { button, element, slider } from "./elements.mjs";

/** The bar above the rows: the trail that led here, and what narrows or changes the view. */
export class Bar {
  constructor(explorer) {
    this.explorer = explorer;
    this.trail = element("nav", "trail", { "aria-label": "Trail" });
    this.controls = element("div", "controls");
    this.node = element("div", "bar", {}, this.trail, this.controls);
  }

  draw() {
    const { place, searches, hasPictures } = this.explorer;
    // Counted from the end, where the same controls stand in every place.
    const inputs = () => [...this.controls.querySelectorAll("button, input")].reverse();
    const focused = inputs().indexOf(document.activeElement);
    const crumbs = this.explorer.trail.map(({ query }, depth) => this.crumb(query, depth));
    crumbs[crumbs.length - 1].setAttribute("aria-current", "page");
    this.trail.replaceChildren(...crumbs);
    this.controls.replaceChildren(
      ...(place.rows ? [this.numberSlider(place), this.radiusSlider(place)] : []),
      ...(searches ? [this.filePicker()] : []),
      ...(hasPictures ? [this.viewSwitch()] : []),
    );
    inputs()[focused]?.focus();
  }

  crumb(query, depth) {
    const { heading, total } = this.explorer;
    const label = query ? query.name : `${heading} · ${total.toLocaleString()}`;
    const crumb = button(label, () => this.explorer.goTo(depth), "crumb");
    if (query) crumb.prepend(query.image);
    return crumb;
  }

  numberSlider(place) {
    const limits = { min: 1, max: this.explorer.mostMatches, value: place.k };
    const end = (k) => this.explorer.search(place.query, k, place);
    return slider("k", limits, { text: String, end });
  }

  /** The slider of a radius, in percent of the farthest distance: with all of it, no limit. */
  radiusSlider({ distances, radius }) {
    const farthest = distances[distances.length - 1] || 1;
    const value = radius === null ? 100 : Math.min(100, Math.ceil((radius / farthest) * 100));
    const at = (percent) => (percent < 100 ? (farthest * percent) / 100 : null);
    return slider("Radius", { min: 0, max: 100, value }, {
      text: (percent) => at(percent)?.toPrecision(4) ?? "all",
      slide: (percent) => this.explorer.limitTo(at(percent)),
    });
  }

  filePicker() {
    const input = element("input", "", { type: "file", accept: "image/*", hidden: "" });
    const chosen = () => input.files[0] && this.explorer.searchFile(input.files[0]);
    input.addEventListener("change", chosen);
    return element("span", "", {}, button("Search with a file …", () => input.click()), input);
  }

  viewSwitch() {
    const { asTable } = this.explorer;
    return button(asTable ? "Grid" : "Table", () => this.explorer.show(!asTable));
  }
}
