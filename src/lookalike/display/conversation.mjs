// @ts-check
// Questions to the kernel, and what it has sent.

import { jpegUrl } from "./elements.mjs";

// Tiles and large pictures that are kept; a tile takes some 8 KB.
const MOST_TILES = 1200;
const MOST_PICTURES = 24;
// Milliseconds.
const HOVER_REST = 120;
const PATIENCE = 2500;
// Before tiles are asked for again, which failed or did not come; and how often they are asked for.
const AFTER_FAILURE = 500;
const AFTER_SILENCE = 10_000;
const MOST_QUESTIONS = 4;

/**
 * @typedef {{ row: number, name: string, figures: string, cells: string[], url: string,
 *   mark?: string, reason?: string, again?: boolean }} Tile
 * @typedef {{ url: string, reason?: string, path?: string, bytes?: number,
 *   pixels?: [number, number] }} Picture
 */

/** What the kernel sent, with the address of its picture; empty where it has none. */
function withUrl(message, bytes) {
  return { ...message, url: bytes.byteLength ? jpegUrl(bytes) : "" };
}

/** The numbers of a buffer, of 32 bits each. */
export function numbersIn({ buffer, byteOffset, byteLength }) {
  return new Uint32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** What has an address, by its row; beyond a number, what was not asked for the longest goes. */
class Store extends Map {
  constructor(most) {
    super();
    this.most = most;
  }

  get(row) {
    const value = super.get(row);
    if (super.delete(row)) super.set(row, value);
    return value;
  }

  set(row, value) {
    this.delete(row);
    super.set(row, value);
    if (this.size > this.most) this.delete(this.keys().next().value);
    return this;
  }

  delete(row) {
    URL.revokeObjectURL(super.get(row)?.url ?? "");
    return super.delete(row);
  }
}

/**
 * Questions to the kernel, of each kind one at a time: a newer one takes the older one's place.
 * What `heard` has to do is the explorer's.
 */
export class Conversation {
  constructor(model, heard) {
    this.model = model;
    this.heard = heard;
    /** @type {Map<number, Tile>} */
    this.tiles = new Store(MOST_TILES);
    /** @type {Map<number, Picture>} */
    this.pictures = new Store(MOST_PICTURES);
    this.pending = new Map();
    this.number = 0;
    this.asked = new Set();
    model.on("msg:custom", (message, buffers) => this.receive(message, buffers));
  }

  ask(kind, content, buffers, answered) {
    this.number += 1;
    const message = { kind, number: this.number, ...content };
    const timer = setTimeout(() => this.heard.set({ waiting: true }), PATIENCE);
    clearTimeout(this.pending.get(kind)?.timer);
    this.pending.set(kind, { message, buffers, answered, timer });
    this.send(message, buffers);
  }

  send(message, buffers) {
    try {
      this.model.send(message, undefined, buffers);
    } catch {
      // The kernel has gone, so nobody will answer: `waiting` says so when the time is up.
    }
  }

  receive(message, buffers) {
    const asked = this.pending.get(message.kind);
    if (asked?.message.number !== message.number) return;
    clearTimeout(asked.timer);
    asked.done = true;
    this.heard.set({ waiting: false });
    asked.answered(message, buffers);
  }

  /** Ask again what was not answered before the connection was lost. */
  repeat() {
    const open = [...this.pending.values()].filter(({ done }) => !done);
    for (const { message, buffers } of open) this.send(message, buffers);
  }

  wantTiles(rows) {
    const missing = rows.filter((row) => !this.tiles.get(row));
    if (!missing.every((row) => this.asked.has(row))) this.askTiles(missing);
  }

  /** Ask for tiles, and again for those that failed or did not come: a few times, then no more. */
  askTiles(rows, questions = MOST_QUESTIONS) {
    const asked = new Set(rows);
    this.asked = asked;
    const last = questions === 1;
    let pause = AFTER_SILENCE;
    const askAgain = () => {
      const missing = rows.filter((row) => !this.tiles.get(row));
      if (asked === this.asked && missing.length) this.askTiles(missing, questions - 1);
    };
    const wait = () => {
      clearTimeout(this.asking);
      if (!last) this.asking = setTimeout(askAgain, pause);
    };
    wait();
    this.ask("tiles", { rows }, [], ({ error, tiles = [] }, buffers) => {
      tiles.forEach((tile, index) => {
        if (last || !tile.again) this.tiles.set(tile.row, withUrl(tile, buffers[index]));
      });
      if (error || tiles.some(({ again }) => again)) pause = AFTER_FAILURE;
      wait();
      if (!error) this.heard.tilesCame();
      else if (last) this.heard.notify(error);
    });
  }

  /** Ask for the first of some rows' large pictures that is missing, once the pointer rests. */
  wantPicture(rows) {
    const row = rows.find((each) => !this.pictures.get(each));
    if (row === this.wanted) return;
    this.wanted = row;
    clearTimeout(this.resting);
    if (row === undefined) return;
    const came = (picture) => {
      this.pictures.set(row, picture);
      this.wanted = undefined;
    };
    this.resting = setTimeout(() => this.askPicture("picture", row, came), HOVER_REST);
  }

  /** Ask for a row's picture as it fits into the pane, or for its "original". */
  askPicture(kind, row, came) {
    this.ask(kind, { row }, [], ({ error, ...picture }, buffers) => {
      if (error) return this.heard.notify(error);
      came(withUrl(picture, buffers[0]));
      this.heard.set();
    });
  }

  end() {
    clearTimeout(this.asking);
    clearTimeout(this.resting);
    for (const kept of [this.tiles, this.pictures]) {
      for (const row of kept.keys()) kept.delete(row);
    }
  }
}
