// @ts-check
// The explorer in a page of its own: its model speaks through a WebSocket, not through a notebook.

import explorer from "./explorer.mjs";
import { LANGUAGE, say } from "./texts.mjs";

// Milliseconds until a lost connection is tried again, and how often it is.
const AGAIN = 1000;
const MOST_TRIES = 10;
// What a server that ends closes connections with.
const SHUTTING_DOWN = 1012;

/** A message as bytes: the length of its JSON, this, and the buffers. */
function packed(message, buffers) {
  const sizes = buffers.map(({ byteLength }) => byteLength);
  const words = new TextEncoder().encode(JSON.stringify({ ...message, sizes }));
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, words.length, true);
  return new Blob([length, words, ...buffers]);
}

/** The message and the buffers of a frame. */
function unpacked(frame) {
  let end = 4 + new DataView(frame).getUint32(0, true);
  const { sizes, ...message } = JSON.parse(new TextDecoder().decode(frame.slice(4, end)));
  const buffers = sizes.map((size) => {
    end += size;
    return new DataView(frame, end - size, size);
  });
  return [message, buffers];
}

/** What the page knows and says: a model, as anywidget gives the explorer one in a notebook. */
class Model {
  constructor(ready, ended) {
    this.ready = ready;
    this.ended = ended;
    this.values = {};
    this.listeners = [];
    this.tries = 0;
    this.connect();
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    this.values[name] = value;
  }

  save_changes() {
    this.send({ kind: "selection", selection: this.get("selection") });
  }

  send(content, _callbacks = undefined, buffers = []) {
    // What is not sent by now is sent again once the connection is there again.
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(packed(content, buffers));
  }

  on(name, listener) {
    this.listeners.push({ name, listener });
  }

  emit(name, ...content) {
    for (const one of this.listeners) if (one.name === name) one.listener(...content);
  }

  connect() {
    const address = new URL("conversation", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => this.receive(...unpacked(data));
    this.socket.onclose = ({ code }) => {
      this.tries += 1;
      if (code === SHUTTING_DOWN || this.tries > MOST_TRIES) this.ended();
      else setTimeout(() => this.connect(), AGAIN);
    };
  }

  receive(message, buffers) {
    if (message.kind !== "state") return this.emit("msg:custom", message, buffers);
    const { token, selection, ...changes } = message.values;
    const isFirst = !this.values.token;
    Object.assign(this.values, isFirst ? message.values : changes);
    if (token) this.tries = 0;
    if (isFirst) return this.ready(this);
    for (const name of Object.keys(changes)) this.emit(`change:${name}`);
    if (!token) return;
    // The connection was lost, and is there again.
    this.save_changes();
    this.emit("comm_live_update");
  }
}

function show(model) {
  document.documentElement.lang = LANGUAGE;
  document.title = model.get("title") || document.title;
  explorer.initialize({ model });
  explorer.render({ model, el: document.querySelector("main") });
}

function sayItHasEnded() {
  const notice = document.getElementById("ended");
  notice?.append(say("The program that shows these pictures has ended"));
  notice?.removeAttribute("hidden");
}

new Model(show, sayItHasEnded);
