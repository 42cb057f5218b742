// @ts-check
// Pictures to search with that are no row: a file that is chosen or dropped, a part of a picture.

import { button, element, jpegUrl } from "./elements.mjs";
import { fitted } from "./layout.mjs";
import { say } from "./texts.mjs";

// Pixels of a picture that is searched with: twice what a network takes.
const QUERY_SIDE = 512;

export class FileSearch {
  constructor(explorer) {
    this.explorer = explorer;
    explorer.root.dataset.drop = say("Drop a picture to find its look-alikes");
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      explorer.root.addEventListener(kind, (event) => this.onDrag(event));
    }
  }

  onDrag(event) {
    const { dataTransfer, relatedTarget, type } = event;
    if (!dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    const { root, searches } = this.explorer;
    const leaves = type === "drop" || (type === "dragleave" && !root.contains(relatedTarget));
    root.classList.toggle("explorer-dropping", searches && !leaves);
    if (type === "drop") this.search(dataTransfer.files[0]);
  }

  async search(file) {
    if (!file || !this.explorer.canSearch("Searching needs a model: explore(model)")) return;
    try {
      const bytes = await scaledJpeg(await createImageBitmap(file));
      this.explorer.search({ name: file.name, url: jpegUrl(bytes), bytes });
    } catch {
      const notice = "{name} is no picture that this browser can read";
      this.explorer.notify(say(notice, { name: file.name }));
    }
  }

  /** The button that opens the choice of a file. */
  picker() {
    const onchange = () => this.search(input.files?.[0]);
    const input = element("input", "", { type: "file", accept: "image/*", hidden: true, onchange });
    const opens = button(say("Search with a file …"), () => input.click());
    opens.disabled = !this.explorer.searches;
    opens.title = opens.disabled ? say("Search begins when features are made") : "";
    return element("span", "", {}, opens, input);
  }
}

/**
 * A picture, or a box in shares of its sides, as a small JPEG on white.
 * @param {ImageBitmap} source
 */
export async function scaledJpeg(source, [left, top, right, bottom] = [0, 0, 1, 1]) {
  const part = [left, top, right - left, bottom - top];
  const [x, y, width, height] = part.map(
    (share, at) => share * (at % 2 ? source.height : source.width),
  );
  const size = fitted(width, height, QUERY_SIDE);
  const canvas = new OffscreenCanvas(size[0], size[1]);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "white";
  context.fillRect(0, 0, size[0], size[1]);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, x, y, width, height, 0, 0, size[0], size[1]);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  return blob.arrayBuffer();
}
