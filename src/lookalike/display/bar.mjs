// @ts-check
// The bar above the rows: the trail that led here, and what orders, narrows or changes the view.

import { button, element, slider } from "./elements.mjs";
import { bounded, cut, within } from "./layout.mjs";
import { say } from "./texts.mjs";

const NAME_LENGTH = 28;
// Orders, as a question names them after a minus where they descend.
const ORDERS = {
  "": "Order as given",
  name: "Name A–Z",
  "-name": "Name Z–A",
  folder: "Folder",
  "-date": "Newest first",
  date: "Oldest first",
  "-size": "Largest first",
  size: "Smallest first",
};

export class Bar {
  constructor(explorer) {
    this.explorer = explorer;
    this.trail = element("nav", "trail", { "aria-label": say("Trail") });
    this.controls = element("div", "controls");
    this.node = element("div", "bar", {}, this.trail, this.controls);
  }

  draw() {
    const { explorer } = this;
    const { asTable, place, hasPictures, hasPaths, preparing, searches } = explorer;
    this.wasPreparing = preparing;
    // Counted from the end, where the same controls stand in every place.
    const inputs = () => [...this.node.querySelectorAll("button, input, select")].reverse();
    const focused = inputs().indexOf(/** @type {Element} */ (document.activeElement));
    const crumbs = explorer.trail.map(({ query }, depth) => this.crumb(query, depth));
    const last = crumbs[crumbs.length - 1];
    last.setAttribute("aria-current", "page");
    this.trail.replaceChildren(...crumbs);
    const { scrollWidth, clientWidth, classList } = this.trail;
    classList.toggle("explorer-long", scrollWidth > clientWidth);
    this.trail.scrollLeft = scrollWidth;
    const narrowing = place.query
      ? [this.numberSlider(place), this.radiusSlider(place)]
      : [this.orderChoice(place), this.filter(place)];
    this.controls.replaceChildren(
      ...(place.query || hasPaths ? narrowing : []),
      ...(searches || preparing ? [explorer.files.picker()] : []),
      ...(hasPictures
        ? [button(say(asTable ? "Grid" : "Table"), () => explorer.changeView())]
        : []),
    );
    /** @type {HTMLElement | undefined} */ (inputs()[focused])?.focus();
  }

  crumb(query, depth) {
    const { heading, total } = this.explorer;
    const label = query ? query.name : say("{heading} · {total}", { heading, total });
    const crumb = button(cut(label, NAME_LENGTH), () => this.explorer.goTo(depth), "crumb");
    crumb.title = label;
    if (query) crumb.prepend(query.image);
    return crumb;
  }

  numberSlider(place) {
    const limits = { min: 1, max: this.explorer.mostMatches, value: place.k };
    const end = (k) => this.explorer.search(place.query, k, place);
    return slider(say("Look-alikes"), limits, { text: String, end });
  }

  /** The slider of a radius: in hundredths of the way from the nearest match to the farthest. */
  radiusSlider({ distances, radius }) {
    const nearest = distances[0] ?? 0;
    const way = (distances[distances.length - 1] ?? 0) - nearest;
    const share = radius === null || !way ? 100 : Math.ceil((100 * (radius - nearest)) / way);
    const value = bounded(share, 0, 100);
    const at = (hundredths) => nearest + (way * hundredths) / 100;
    const wide = (hundredths) => (hundredths < 100 ? at(hundredths) : null);
    // After another k, a radius may lie between two hundredths.
    const limitOf = (hundredths) => (hundredths === value ? radius : wide(hundredths));
    return slider(
      say("Distance"),
      { min: 0, max: 100, value },
      {
        text: (hundredths) =>
          say("{shown} of {total} within {distance}", {
            shown: within(distances, limitOf(hundredths)),
            total: distances.length,
            distance: Number(at(hundredths).toPrecision(3)),
          }),
        slide: (hundredths) => this.explorer.limitTo(limitOf(hundredths)),
      },
    );
  }

  orderChoice({ order }) {
    const options = Object.entries(ORDERS).map(([value, text]) =>
      element("option", "", { value, selected: value === order }, say(text)),
    );
    const onchange = ({ target }) => this.explorer.arrange({ order: target.value });
    return element("select", "", { "aria-label": say("Order"), onchange }, ...options);
  }

  filter({ text }) {
    const label = say("Filter by path");
    const oninput = ({ target }) => this.explorer.arrange({ text: target.value });
    const about = { type: "search", "aria-label": label, placeholder: label, value: text, oninput };
    return element("input", "filter", about);
  }

  focusFilter() {
    /** @type {HTMLElement | null} */ (this.controls.querySelector(".explorer-filter"))?.focus();
  }

  /** Go on to what is left, or to all rows. */
  onFilterKey(event) {
    // Enter and Escape may be an input method's, for what is being typed.
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") {
      this.explorer.arrange({ text: "" });
      this.draw();
    }
    this.explorer.grid.node.focus();
  }
}
