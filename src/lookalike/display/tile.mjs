// @ts-check
// One tile of the grid, or one line of the table.

import { element, thumbnail } from "./elements.mjs";
import { known, say } from "./texts.mjs";

/** A match's rank and distance, or what a row says of itself. */
export function figuresAt({ place, columns, kindColumn }, position, tile) {
  if (place.query) return place.figures[position];
  if (kindColumn < 0) return tile.figures;
  // The one to keep has no distance to itself that is worth a word.
  return tile.cells[kindColumn] && tile.cells[columns.indexOf("distance")];
}

/** How a tile is a copy: of the query, or within its group; or what a pinned one is there for. */
function kindAt({ place, kindColumn }, position, tile) {
  if (place.query) return known(place.kinds[position]);
  if (tile.mark) return known(tile.mark);
  return kindColumn < 0 ? "" : known(tile.cells[kindColumn] || "to keep");
}

/** The heading of the rows that belong together from a position on, if some do. */
export function headingAt({ place, columns, count: all, kindColumn }, position, tile) {
  const section = Array.prototype.indexOf.call(place.starts, position);
  if (section < 0) return "";
  if (tile.mark) return `${known(tile.mark)} · ${tile.name}`;
  const count = (place.starts[section + 1] ?? all) - position;
  // Where the column of numbers is not among those that are shown, they are counted.
  const number = tile.cells[columns.indexOf(kindColumn < 0 ? "query_id" : "group")] ?? section + 1;
  const name = say(kindColumn < 0 ? "Query {number}" : "Group {number}", { number });
  return `${name} · ${say("one picture|{count} pictures", { count })}`;
}

/** Put into the element of a position what is known of its row by now. */
export function fillTile(explorer, made, position) {
  const row = explorer.rowAt(position);
  const tile = explorer.conversation.tiles.get(row);
  const active = position === explorer.place.active;
  made.id = `explorer-${explorer.token}-${position}`;
  made.classList.toggle("explorer-active", active);
  made.setAttribute("aria-selected", explorer.selection.rows.has(row));
  if (active) explorer.grid.node.setAttribute("aria-activedescendant", made.id);
  if (made.filled === tile && tile) return;
  made.filled = tile;
  const check = element("span", "check", { "aria-hidden": "true", title: say("Select") });
  made.replaceChildren(check);
  if (!tile) return;
  const heading = headingAt(explorer, position, tile);
  if (heading) made.dataset.heading = heading;
  const [figures, kind] = [figuresAt(explorer, position, tile), kindAt(explorer, position, tile)];
  const reason = known(tile.reason ?? "");
  const words = explorer.hasPictures ? [tile.name, figures, kind, reason] : tile.cells;
  made.setAttribute("aria-label", [heading, ...words].filter(Boolean).join(", "));
  const picture = tile.url ? thumbnail(tile.url) : element("span", "reason", {}, reason);
  made.append(...contentOf(explorer, tile, picture, figures, kind));
}

function contentOf(explorer, tile, picture, figures, kind) {
  const { asTable, columns, hasPictures, kindColumn, place } = explorer;
  const text = (name, content, title = content) => element("span", name, { title }, content);
  if (!asTable) {
    const badge = kind ? [text("kind", kind)] : [];
    return [picture, ...badge, text("figures", figures), text("name", tile.name)];
  }
  const cells = tile.cells.map((cell, at) => {
    if (columns[at] === "path") return text("cell", tile.name, cell);
    return text("cell", at === kindColumn && !place.query ? kind : cell);
  });
  if (place.query) cells.unshift(text("cell", kind ? `${figures} · ${kind}` : figures));
  return hasPictures || tile.again ? [picture, ...cells] : cells;
}
