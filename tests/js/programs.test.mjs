// Whose program is shown on the Python page; none is lost.

import assert from "node:assert/strict";
import test from "node:test";
import { Programs } from "../../web/pages/python/programs.js";

const EXAMPLES = [
  { name: "One", source: "1" },
  { name: "Two", source: "2" },
];

class Memory {
  #items = new Map();
  full = false;
  get length() {
    return this.#items.size;
  }
  key = (i) => [...this.#items.keys()][i];
  getItem = (name) => this.#items.get(name) ?? null;
  removeItem = (name) => this.#items.delete(name);
  setItem(name, value) {
    if (this.full) throw new Error("QuotaExceededError");
    this.#items.set(name, value);
  }
}

const texts = (programs) =>
  programs.entries.own.map(({ id }) => (programs.choose(id), programs.text));

test("the first example is shown first", () => {
  const programs = new Programs(EXAMPLES, new Memory());
  assert.deepEqual([programs.text, programs.id], ["1", "0"]);
  assert.deepEqual(programs.entries.own, [{ id: "", name: "My program" }]);
});

test("a changed example is one's own, and the example stays", () => {
  const storage = new Memory();
  const programs = new Programs(EXAMPLES, storage);
  assert.deepEqual(programs.write("1 changed"), { moved: true, kept: true });
  assert.deepEqual(programs.write("1 changed more"), { moved: false, kept: true });
  programs.choose("1");
  assert.equal(programs.text, "2");
  programs.write("2 changed");
  assert.deepEqual(texts(programs), ["2 changed", "1 changed more"]);
  assert.deepEqual(texts(new Programs(EXAMPLES, storage)), ["2 changed", "1 changed more"]);
});

test("who takes back a change has the example again", () => {
  const programs = new Programs(EXAMPLES, new Memory());
  programs.write("1x");
  assert.equal(programs.write("1").moved, true);
  assert.equal(programs.id, "0");
  assert.deepEqual(texts(programs), [""]);
});

test("what is chosen is kept over a reload", () => {
  const storage = new Memory();
  const programs = new Programs(EXAMPLES, storage);
  programs.write("mine");
  assert.equal(new Programs(EXAMPLES, storage).text, "mine");
  programs.choose("1");
  assert.equal(new Programs(EXAMPLES, storage).text, "2");
});

test("two tabs keep both programs", () => {
  const storage = new Memory();
  const one = new Programs(EXAMPLES, storage);
  one.write("common");
  const two = new Programs(EXAMPLES, storage);
  two.write("common, the second's");
  one.write("common, the first's");
  const after = texts(new Programs(EXAMPLES, storage));
  assert.deepEqual(after.sort(), ["common, the first's", "common, the second's"]);
});

test("the program of an earlier version is taken over", () => {
  const storage = new Memory();
  storage.setItem("pywebml-program", "old");
  assert.equal(new Programs(EXAMPLES, storage).text, "old");
  assert.equal(new Programs(EXAMPLES, storage).text, "old");
  assert.equal(storage.getItem("pywebml-program"), null);
});

test("full or missing storage loses nothing in this tab, and is said", () => {
  const storage = new Memory();
  storage.full = true;
  for (const place of [storage, null]) {
    const programs = new Programs(EXAMPLES, place);
    assert.deepEqual(programs.write("mine"), { moved: true, kept: false });
    programs.choose("1");
    programs.choose("");
    assert.equal(programs.text, "mine");
  }
});

test("an old program is not removed where it could not be taken over", () => {
  const storage = new Memory();
  storage.setItem("pywebml-program", "old");
  storage.full = true;
  assert.equal(new Programs(EXAMPLES, storage).text, "old");
  assert.equal(storage.getItem("pywebml-program"), "old");
});
