// What the Dates page says of a reading.

import assert from "node:assert/strict";
import test from "node:test";
import { lookedAt, misread, next, pieces, verdict } from "../../web/pages/dates/reading.js";

test("neighbours that it looked at are one piece, the most first, and crumbs are left out", () => {
  const shares = [0.1, 0.05, 0.3, 0.4, 0.0, 0.15];
  const parts = pieces("3 feb1", shares);
  assert.deepEqual(
    parts.map(({ piece }) => piece),
    ["fe", "1", "3"],
  );
  assert.ok(Math.abs(parts[0].share - 0.7) < 1e-9);
  assert.equal(lookedAt("3 feb1", shares), "“fe” (70 %), “1” (15 %) and “3” (10 %)");
  assert.equal(lookedAt("a b", [0, 1, 0]), "“␣” (100 %)");
  assert.equal(lookedAt("abc", [0.01, 0.02, 0.03]), "everything a little");
  assert.deepEqual(pieces("", []), []);
  assert.equal(pieces("a1b2c3d4", [0.1, 0, 0.1, 0, 0.1, 0, 0.1, 0]).length, 3);
});

test("a day that there is not is said before all doubts", () => {
  const answer = (sure, exists = true) => ({ iso: "2021-02-31", exists, sure, looked: [] });
  const sure = Array(10).fill(0.99);
  assert.match(verdict(answer(sure, false)), /no such day/);
  assert.match(verdict(answer(sure)), /sure of every sign/);
  assert.match(verdict(answer(sure.with(8, 0.7))), /least of the “3” \(70 %\)/);
  assert.match(verdict(answer(sure.with(9, 0.3))), /guessing: of the “1” it is only 30 % sure/);
});

test("wrong signs are known one by one", () => {
  assert.deepEqual(misread("2021", "2011"), [false, false, true, false]);
  assert.deepEqual(misread("20", ""), [true, true]);
});

test("what the button does next", () => {
  assert.equal(next({ steps: null, stopped: false }), "Train");
  assert.equal(next({ steps: 0, stopped: true }), "Train");
  assert.equal(next({ steps: 5, stopped: true }), "Go on");
  assert.equal(next({ steps: 5, stopped: false }), "Train more");
});
