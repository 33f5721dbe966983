// What is to be learnt of a table, and the words for it.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as choice from "../../web/pages/tables/choice.js";

const number = (name, more = {}) => ({
  name, kind: "number", missing: 0, distinct: 30, left_out: "", useless: false,
  as_target: "number", note: "", low: 1, high: 9, whole: false, bins: [1, 4, 2], ...more,
}); // prettier-ignore
const words = (name, categories, more = {}) => ({
  name, kind: "category", missing: 0, distinct: categories.length, left_out: "", useless: false,
  as_target: "classes", note: "", categories, ...more,
}); // prettier-ignore
const columns = [
  number("id", { left_out: "it only counts the rows", distinct: 500 }),
  number("size"),
  words("place", [["north", 3], ["south", 9], ["west", 5], ["east", 1]]),
  words("essay", [], { useless: true, left_out: "it has 900 different texts", distinct: 900 }),
  words("kind", [["a", 1], ["b", 2]]),
]; // prettier-ignore

test("the first choice is all that can be used", () => {
  const first = choice.firstChoice(columns, "kind");
  assert.deepEqual(choice.asked(columns, first), {
    target: "kind", kind: "classes", columns: ["size", "place"], categories: [],
  }); // prettier-ignore
});

test("another target changes places with the one before", () => {
  const next = choice.aimedAt(columns, choice.firstChoice(columns, "kind"), "size");
  assert.equal(next.kind, "number");
  assert.deepEqual(choice.asked(columns, next).columns, ["place", "kind"]);
});

test("what is useless stays out, what is left out may be chosen, numbers may be names", () => {
  const mine = choice.firstChoice(columns, "kind");
  for (const name of ["essay", "id"]) mine.used.add(name);
  for (const name of ["size", "kind"]) mine.categories.add(name);
  const asked = choice.asked(columns, mine);
  assert.deepEqual(asked.columns, ["id", "size", "place"]);
  assert.deepEqual(asked.categories, ["size"]);
  assert.deepEqual(choice.kindsOf(columns[0]), ["number"]);
  assert.deepEqual(choice.kindsOf(columns[1]), ["classes", "number"]);
  assert.deepEqual(choice.kindsOf(columns[2]), ["classes"]);
});

test("a column in a few words", () => {
  assert.equal(choice.extent(columns[1]), "1 to 9");
  assert.equal(choice.extent(columns[2]), "south, west, north, 1 more");
  assert.equal(choice.extent(columns[3]), "it has 900 different texts");
  assert.deepEqual(choice.heights(columns[1]), [0.25, 1, 0.5]);
  assert.deepEqual(choice.heights(columns[4]), [0.5, 1]);
  assert.deepEqual(choice.heights(columns[3]), []);
});

test("numbers keep what people need of them", () => {
  assert.equal(choice.short(0.123456), "0.1235");
  assert.equal(choice.short(123456.7), "123457");
  assert.equal(choice.short(-2), "-2");
});

test("a slider's steps are round, and about a hundredth of its way", () => {
  for (const [low, high, whole, step] of [
    [4.3, 7.9, false, 0.05],
    [0, 1, false, 0.01],
    [0, 1000, true, 10],
    [0, 5, true, 1],
    [3, 3, true, 1],
    [3, 3, false, 0.1],
    [1e6, 9e6, false, 100_000],
  ])
    // prettier-ignore
    assert.equal(choice.step({ low, high, whole }), step, `${low} to ${high}`);
});

test("files are told apart by their names", () => {
  for (const name of ["a.keras", "A.H5", "m.zip"]) assert.ok(choice.isModel(name));
  for (const name of ["a.csv", "a.txt", "keras"]) assert.ok(!choice.isModel(name));
});

test("an outcome in words", () => {
  const classes = {
    kind: "classes", accuracy: 0.9667, baseline: 1 / 3, tested: 30, trained: 120, target: "kind",
  }; // prettier-ignore
  assert.equal(choice.verdict(classes).figure, "96.7\u00a0%");
  assert.match(choice.verdict(classes).words, /30 rows that it has not seen.*33/);
  const price = {
    kind: "number", mean_absolute_error: 10.828, baseline: 92.43, r2: 0.9753, tested: 1,
    trained: 0, target: "price",
  }; // prettier-ignore
  assert.equal(choice.verdict(price).figure, "± 10.83");
  assert.match(choice.verdict(price).words, /off in price.*1 row of the table.*0\.975/);
  assert.doesNotMatch(choice.verdict({ ...price, r2: null }).words, /R²/);
});
