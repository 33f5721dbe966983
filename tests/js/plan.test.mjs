// Pictures as a network takes them, and which calls of XNNPACK's kernels a plan may have.
// What a whole plan says is held against Python in tests/zoo/test_own_page.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { boxOf, PictureReader, reduced, sample } from "../../web/runtime/picture.js";
import { readPlan } from "../../web/runtime/plan.js";
import { fitsTogether } from "../../web/runtime/plan_calls.js";

const form = (height, width, fit = "crop") => ({
  size: [height, width],
  fit,
  scale: [1, 1, 1],
  offset: [0, 0, 0],
  order: "rgb",
});
/** A picture of one row of greys. */
const row = (...greys) => ({
  data: Uint8ClampedArray.from(greys.flatMap((grey) => [grey, grey, grey, 255])),
  width: greys.length,
  height: 1,
});

test("the middle of a picture is looked at, or all of it", () => {
  const [top, left, height, width] = [0, 50, 200, 200];
  assert.deepEqual(boxOf(200, 300, form(224, 224)), { top, left, height, width });
  assert.deepEqual(boxOf(2, 5, form(4, 4, "squash")), { top, left: 0, height: 2, width: 5 });
  // 2.5 rows are 2 and 3.5 are 4, as Python rounds
  assert.equal(boxOf(5, 5, form(1, 2)).height, 2);
  assert.equal(boxOf(7, 7, form(1, 2)).height, 4);
});

test("between two pixels lies what is between their colours", () => {
  const floats = new Float32Array(3 * 4);
  const whole = { top: 0, left: 0, height: 1, width: 2 };
  const reds = () => [...floats].filter((_, i) => i % 3 === 0);
  sample(row(0, 100), whole, form(1, 4), floats);
  assert.deepEqual(reds(), [0, 25, 75, 100]);
  sample(row(0, 100), whole, form(1, 4), floats, true);
  assert.deepEqual(reds(), [100, 75, 25, 0]);
});

test("blocks of a large picture become their means", () => {
  const box = { top: 0, left: 1, height: 1, width: 5 };
  const { data, width } = reduced(row(9, 10, 20, 30, 40, 50), box, 2, 1);
  assert.equal(width, 3);
  assert.deepEqual([data[0], data[4], data[8]], [15, 35, 50]); // the last one is alone
});

test("what is no picture is refused in a sentence", () => {
  const reader = new PictureReader(form(1, 1));
  const floats = new Float32Array(3);
  assert.throws(() => reader.read(null, floats, false), /A picture is a <video>/);
  assert.throws(() => reader.read("cat.jpg", floats, false), /not cat.jpg/);
  assert.throws(() => reader.read({ videoWidth: 0, videoHeight: 0 }, floats, false), /no pixels/);
});

test("a call's tensors have the sizes that its numbers come to", () => {
  const tensor = (size) => ({ of: 0, size });
  const product = (k) => [tensor(6), [1, 2, k], 3, tensor(12), [1, k, 4], 3, 0, 0, 0, 0, 0, 0];
  assert(fitsTogether("_FusedMatMul", [...product(3), tensor(8)]));
  assert(!fitsTogether("_FusedMatMul", [...product(3), tensor(7)]));
  assert(!fitsTogether("_FusedMatMul", [...product(4), tensor(8)]));
  for (const kernel of ["abort", "malloc", "constructor", "__proto__", "toString"])
    assert(!fitsTogether(kernel, [tensor(1)]), kernel);
});

test("what is no plan is refused in a sentence", () => {
  for (const text of ["", "{", "[]", "null", "1", '{"format": "pywebml-plan"}', "[".repeat(1e5)])
    assert.throws(() => readPlan(text), {
      name: "PlanError",
      message: /^The model cannot be read/,
    });
});
