// @ts-check
// What the explorer's parts are made of. What comes from the rows is put in as text alone.

import { fitted } from "./layout.mjs";

// Pixels of a picture that is searched with: twice what a network takes.
const QUERY_SIDE = 512;

/**
 * A new element, with its class, attributes and content: elements, or text that stays text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} name
 * @param {Record<string, any>} attributes
 * @param {(Node | string)[]} content
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, name, attributes = {}, ...content) {
  const made = document.createElement(tag);
  if (name) made.className = `explorer-${name}`;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

export function button(label, click, name = "") {
  const made = element("button", name, { type: "button" }, label);
  made.addEventListener("click", click);
  return made;
}

/** Change a text, if it is another one: what is read aloud is not read again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function jpegUrl(bytes) {
  return URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
}

export function thumbnail(url) {
  return element("img", "thumbnail", { src: url, alt: "" });
}

/**
 * A slider whose value is told in words.
 * @param {{ text: (value: number) => string, slide?: (value: number) => void,
 *   end?: (value: number) => void }} changed
 */
export function slider(label, attributes, changed) {
  const input = element("input", "", { type: "range", "aria-label": label, ...attributes });
  const told = element("output", "");
  const tell = () => {
    told.textContent = changed.text(Number(input.value));
    input.setAttribute("aria-valuetext", told.textContent);
  };
  input.addEventListener("input", () => {
    tell();
    changed.slide?.(Number(input.value));
  });
  input.addEventListener("change", () => changed.end?.(Number(input.value)));
  tell();
  return element("label", "slider", {}, `${label} `, input, told);
}

/** Call back with every element of a selector that is or comes into the page. */
export function watch(selector, found) {
  const search = (node) => (node.matches?.(selector) ? node : node.querySelector?.(selector));
  const observer = new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const target of [...addedNodes].map(search).filter(Boolean)) found(target);
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
  [...document.querySelectorAll(selector)].slice(-1).forEach(found);
  return () => observer.disconnect();
}

/**
 * A picture, or a box in shares of its sides, as a small JPEG on white.
 * @param {ImageBitmap | HTMLImageElement} source
 */
export async function scaledJpeg(source, [left, top, right, bottom] = [0, 0, 1, 1]) {
  const whole = "naturalWidth" in source ? [source.naturalWidth, source.naturalHeight] : null;
  const [width, height] = whole ?? [source.width, source.height];
  const from = [left * width, top * height, (right - left) * width, (bottom - top) * height];
  const size = fitted(from[2], from[3], QUERY_SIDE);
  const canvas = new OffscreenCanvas(size[0], size[1]);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "white";
  context.fillRect(0, 0, size[0], size[1]);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, from[0], from[1], from[2], from[3], 0, 0, size[0], size[1]);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  return blob.arrayBuffer();
}
