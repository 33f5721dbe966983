// What the Text page's button does next, and what of a training is shown and kept.

import assert from "node:assert/strict";
import test from "node:test";
import {
  beginning,
  diary,
  doubt,
  longer,
  mood,
  next,
  noCurve,
  restored,
  seen,
  unsure,
} from "../../web/pages/text/course.js";

test("a network goes on with its own text, a loaded one with any, else there is a new one", () => {
  assert.deepEqual(next({ steps: null, loaded: false, same: false }), {
    label: "Start",
    anew: true,
  });
  assert.equal(next({ steps: undefined, loaded: false, same: true }).anew, true);
  assert.equal(next({ steps: 40, loaded: false, same: true }).anew, false);
  assert.equal(next({ steps: 40, loaded: true, same: false }).anew, false);
  assert.equal(next({ steps: 40, loaded: false, same: false }).anew, true);
});

test("of samples a few stay, those of the beginning close to each other", () => {
  let entries = [];
  for (let step = 0; step <= 1000; step += 10) entries = diary(entries, { step });
  const steps = entries.map(({ step }) => step);
  assert.deepEqual(steps, [0, 10, 20, 40, 80, 160, 320, 640, 1000]);
});

test("a curve has all steps' losses until they are many, then every other one's", () => {
  let curve = noCurve();
  for (let step = 10; step <= 3010; step += 10)
    curve = longer(curve, { step, loss: 5 - step / 1000, val_loss: step });
  assert.equal(curve.step.length, 151);
  assert.deepEqual([curve.step[0], curve.step[1], curve.step.at(-1)], [10, 30, 3010]);
  assert.deepEqual(curve.val_loss, curve.step);
  assert.equal(curve.loss.length, 151);
});

test("words for numbers", () => {
  assert.equal(unsure(Math.log(6.25)), "as unsure as among 6.3 letters");
  assert.ok(unsure(1e9).length < 60);
  assert.deepEqual([0.05, 0.5, 2].map(mood), ["careful", "lively", "wild"]);
  assert.deepEqual([1, 0.5, 0.3, 0.1, 0.01].map(doubt), [0, 1, 2, 3, 4]);
  assert.deepEqual(["\n", " ", "a"].map(seen), ["new line", "space", "a"]);
});

test("a beginning is the first words of a text, or as many signs as fit", () => {
  assert.equal(
    beginning("\n\n  It was a dark and stormy night; the rain fell"),
    "It was a dark and stormy",
  );
  assert.equal(beginning("Short\nlines"), "Short");
  assert.equal(beginning("\u5b57".repeat(50), 10), "\u5b57".repeat(10));
  assert.equal(beginning(" \n"), "");
});

test("what was kept comes back where it is what it should be", () => {
  const source = { name: "your text", text: "abc", bytes: null, characters: 3 };
  const network = { bytes: Uint8Array.of(80), steps: 4, diary: [], curve: noCurve() };
  assert.deepEqual(restored({ source, network }), { source, network });
  for (const nothing of [undefined, {}, { source: undefined, network: null }])
    assert.deepEqual(restored(nothing), { source: null, network: null });
  for (const broken of [
    { ...network, bytes: [80] },
    { ...network, steps: "4" },
    { ...network, diary: 1 },
    { ...network, curve: undefined },
  ])
    assert.equal(restored({ source, network: broken }).network, null);
  assert.equal(restored({ source: { name: "a", text: 1 } }).source, null);
});
