// What the shared components decide: scales of charts, limits of settings.

import assert from "node:assert/strict";
import { test } from "node:test";

import { expected, refusal, shown, valueOf } from "../../web/shared/limits.js";
import { ticks } from "../../web/shared/ticks.js";

test("plot scales end at or above the largest value, in few round steps", () => {
  for (const most of [0.04, 0.1, 0.37, 1, 1.38, 2.5, 9.99, 47, 1234]) {
    const marks = ticks(most);
    assert.ok(marks.at(-1) >= most * (1 - 1e-9), `${marks} for ${most}`);
    assert.ok(marks.length >= 3 && marks.length <= 6, `${marks} for ${most}`);
    assert.equal(marks[0], 0);
  }
});

test("limits are said as Python says them, and kept", () => {
  const epochs = { kind: "int", default: 20, low: 1, choices: [10, 20] };
  assert.equal(expected(epochs), "a whole number from 1 up");
  assert.equal(refusal(epochs, 15), ""); // choices of numbers are what a form offers
  for (const value of [0, 1.5, NaN, null, "1"])
    assert.equal(refusal(epochs, value), "Expected a whole number from 1 up.");
  const fraction = { kind: "float", default: 0.4, above: 0, high: 1 };
  assert.equal(expected(fraction), "a fraction above 0, at most 1");
  assert.equal(refusal(fraction, 1), "");
  assert.notEqual(refusal(fraction, 0), "");
  assert.equal(expected({ kind: "int", low: 1, high: 12 }), "a whole number from 1 to 12");
  assert.equal(expected({ kind: "float", low: 0, below: 1 }), "a fraction from 0 up, below 1");
  const choice = { kind: "choice", default: "a", choices: ["a", "b"] };
  assert.equal(refusal(choice, "c"), "Expected one of a, b.");
});

test("nothing is a value only where the job itself knows a good one", () => {
  assert.equal(refusal({ kind: "float", default: null, above: 0 }, null), "");
  assert.notEqual(refusal({ kind: "float", default: 0.1, above: 0 }, null), "");
  assert.equal(refusal({ kind: "bool", default: true }, false), "");
});

test("a field's text and the value it stands for", () => {
  assert.equal(valueOf({ kind: "int" }, " 12 "), 12);
  assert.equal(valueOf({ kind: "float" }, ""), null);
  assert.ok(Number.isNaN(valueOf({ kind: "float" }, "much")));
  assert.equal(valueOf({ kind: "bool" }, "true"), true);
  assert.equal(valueOf({ kind: "choice" }, "adam"), "adam");
  assert.equal(shown(0.00001), "0.00001");
  assert.equal(shown(0.0001), "0.0001");
  assert.equal(shown(20), "20");
});
