// @ts-check
// Questions to the kernel, and what it has sent.

import { jpegUrl } from "./elements.mjs";

// Milliseconds.
const PATIENCE = 2500;

/** What the kernel sent, with the address of its picture; empty where it has none. */
export function withUrl(message, bytes) {
  return { ...message, url: bytes.byteLength ? jpegUrl(bytes) : "" };
}

/** A bounded store, which drops what was not asked for the longest. */
export class Store {
  constructor(most, dropped) {
    Object.assign(this, { most, dropped, kept: new Map() });
  }

  get(key) {
    const value = this.kept.get(key);
    if (value !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, value);
    }
    return value;
  }

  set(key, value) {
    if (this.kept.has(key)) this.dropped(this.kept.get(key));
    this.kept.set(key, value);
    if (this.kept.size > this.most) {
      const [oldest, old] = this.kept.entries().next().value;
      this.kept.delete(oldest);
      this.dropped(old);
    }
  }
}

/** Questions to the kernel, of each kind one at a time: a newer one takes the older one's place. */
export class Kernel {
  constructor(model, waits) {
    this.model = model;
    this.waits = waits;
    this.pending = new Map();
    this.number = 0;
    model.on("msg:custom", (message, buffers) => this.receive(message, buffers));
  }

  ask(kind, content, answered, buffers = []) {
    const number = (this.number += 1);
    const timer = setTimeout(() => this.waits(true), PATIENCE);
    clearTimeout(this.pending.get(kind)?.timer);
    this.pending.set(kind, { number, answered, timer });
    try {
      this.model.send({ kind, number, ...content }, undefined, buffers);
    } catch {
      // The kernel has gone, so nobody will answer: `waits` says so when the time is up.
    }
  }

  receive(message, buffers) {
    const asked = this.pending.get(message.kind);
    if (asked?.number !== message.number) return;
    clearTimeout(asked.timer);
    this.waits(false);
    asked.answered(message, buffers);
  }
}
