// The explorer's texts in two languages: node --test tests/texts.test.mjs

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

const DISPLAY = new URL("../src/lookalike/display/", import.meta.url);
const MODULES = readdirSync(DISPLAY).filter((name) => name.endsWith(".mjs"));

/** The module of texts as a browser of these languages loads it. */
async function textsIn(...languages) {
  Object.defineProperty(globalThis, "navigator", { value: { languages }, configurable: true });
  return import(`${new URL("texts.mjs", DISPLAY)}?${languages}`);
}

test("the first of a person's languages that there are texts in is taken, or English", async () => {
  const languages = [["zh-CN"], ["de", "zh-TW", "en"], ["en-GB", "zh"], ["de"], []];
  const found = [];
  for (const each of languages) found.push((await textsIn(...each)).LANGUAGE);
  assert.deepEqual(found, ["zh-Hans", "zh-Hans", "en", "en", "en"]);
});

test("numbers are written as in the person's language, and one picture is no pictures", async () => {
  const { say } = await textsIn("en-US");
  assert.equal(
    say("{count} of {total} pictures", { count: 1234, total: 20000 }),
    "1,234 of 20,000 pictures",
  );
  assert.equal(say("one picture|{count} pictures", { count: 1 }), "one picture");
  assert.equal(say("one picture|{count} pictures", { count: 0 }), "0 pictures");
});

test("what is no text of the explorer stays as it is", async () => {
  const { known } = await textsIn("zh");
  for (const text of ["a|b {c}.jpg", "constructor"]) assert.equal(known(text), text);
  assert.equal(known("same file"), "相同文件");
});

test("every text is there in Chinese, with the same values, and no other", async () => {
  const { known } = await textsIn("zh");
  const code = MODULES.map((name) => readFileSync(new URL(name, DISPLAY), "utf-8")).join("\n");
  const table = /new Map\(\[(.*?)\n\]\)/s.exec(code)[1];
  const rest = code.replace(table, "");
  const texts = [...table.matchAll(/^ {2}\[\s*"(.+?)",/gm)].map(([, text]) => text);
  assert.ok(texts.length > 40);
  // Those that the kernel sends.
  const copies = ["near copy", "same file", "same picture"];
  const sent = ["No picture", "The file does not exist.", "query", "there already", ...copies];
  for (const text of texts) assert.ok(rest.includes(text) || sent.includes(text), text);
  const values = (text) => new Set(text.match(/\{\w+\}/g));
  for (const text of texts) {
    assert.notEqual(known(text), text);
    assert.deepEqual(values(known(text)), values(text), text);
  }
  const asked = [
    ...rest.matchAll(/\b(?:say|known)\(\s*(?:[^"()]*\? )?"([^"]*)"(?: : "([^"]*)")?/g),
  ];
  // Those that are in a list or a table before they are said.
  const listed = [...rest.matchAll(/^ *"([A-Z/][^"\n]* [^"\n]*)"(?=[,:])/gm)];
  const all = [
    ...asked.flatMap(([, one, other]) => [one, other ?? one]),
    ...listed.map(([, text]) => text),
  ];
  for (const text of all) {
    const words = text.replace(/\{\w+\}|kB/g, "");
    assert.ok(!/[a-z]/i.test(words) || texts.includes(text), `not in Chinese: ${text}`);
  }
});
