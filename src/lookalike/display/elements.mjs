// @ts-check
// What the explorer's parts are made of. What comes from the rows is put in as text alone.

/**
 * A new element, with its class and its content: elements, or text that stays text. What it is
 * about are attributes, or properties that are no texts, as `onclick` and `hidden` are.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} name
 * @param {Record<string, any>} about
 * @param {(Node | string)[]} content
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, name, about = {}, ...content) {
  const made = document.createElement(tag);
  if (name) made.className = `explorer-${name}`;
  for (const [key, value] of Object.entries(about)) {
    if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...content);
  return made;
}

export function button(label, onclick, name = "") {
  return element("button", name, { type: "button", onclick }, label);
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
 * A slider with its value in words.
 * @param {{ text: (value: number) => string, slide?: (value: number) => void,
 *   end?: (value: number) => void }} acts
 */
export function slider(label, limits, acts) {
  const told = element("output", "");
  const tell = () => {
    told.textContent = acts.text(Number(input.value));
    input.setAttribute("aria-valuetext", told.textContent);
  };
  const oninput = () => {
    tell();
    acts.slide?.(Number(input.value));
  };
  const onchange = () => acts.end?.(Number(input.value));
  const about = { type: "range", "aria-label": label, ...limits, oninput, onchange };
  const input = element("input", "", about);
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
