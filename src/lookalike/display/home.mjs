// @ts-check
// Where the explorer is: in a notebook's output, in the place of the gallery that is saved there.

export class Home {
  constructor(explorer) {
    this.explorer = explorer;
    this.root = explorer.root;
    this.answered = false;
    // Outputs that have been in the page.
    this.known = new WeakSet();
    this.ended = new AbortController();
    const early = { capture: true, signal: this.ended.signal };
    window.addEventListener("keydown", (event) => explorer.keys.shield(event), early);
    window.addEventListener("focusin", (event) => this.onFocus(event), early);
  }

  /** Remember what of the explorer has the focus. */
  onFocus({ target }) {
    this.focused = this.root.contains(target) ? target : null;
  }

  /** Move into an output: not into an older one, which comes back as the notebook is scrolled. */
  found(output) {
    const isNew = !this.known.has(output);
    this.known.add(output);
    if (isNew || output === this.place || !this.place?.isConnected) this.moveInto(output);
  }

  moveInto(place) {
    this.leave();
    this.place = place;
    place.append(this.root);
    if (this.answered) this.enter();
    this.resume();
  }

  /** Take up again what an element loses on its way through the page: modality, and the focus. */
  resume() {
    const dialog = this.explorer.large.node;
    if (dialog.open) {
      dialog.close();
      dialog.showModal();
    }
    if (document.activeElement === document.body) this.focused?.focus({ preventScroll: true });
  }

  /** Take the gallery's place, scrolled to where it was before. */
  enter() {
    const { top } = this.explorer.place;
    this.answered = true;
    this.place?.classList.add("lookalike-live");
    this.explorer.draw();
    this.explorer.grid.node.scrollTop = top;
  }

  /** Leave the place to the gallery until the explorer can enter again. */
  wait() {
    this.answered = false;
    this.place?.classList.remove("lookalike-live");
  }

  leave() {
    this.place?.classList.remove("lookalike-live");
    this.root.remove();
  }

  end() {
    this.leave();
    this.explorer.conversation.end();
    this.ended.abort();
  }
}
