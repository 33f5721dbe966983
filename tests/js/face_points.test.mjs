// What the Face points page says and shows.

import assert from "node:assert/strict";
import test from "node:test";
import {
  byRate,
  goesOn,
  mean,
  next,
  offsets,
  partsOf,
  share,
  verdict,
} from "../../web/pages/face_points/rules.js";

const NAMES = ["left eye", "right brow, inner", "nose", "mouth, below", "chin", "ear"];

test("each point belongs to a part of the face", () => {
  assert.deepEqual(partsOf(NAMES), ["Eyes", "Brows", "Nose", "Mouth", "Chin", "Other"]);
});

test("how far points are off, and which the most", () => {
  const [seen, known] = [
    new Float32Array([0.5, 0.5, 0, 0]),
    new Float32Array([0.5, 0.5, 0.03, 0.04]),
  ];
  const off = offsets(seen, known);
  assert.equal(off[0], 0);
  assert.ok(Math.abs(off[1] - 0.05) < 1e-6 && Math.abs(mean(off) - 0.025) < 1e-6);
  assert.equal(
    verdict(seen, known, ["left eye", "chin"]),
    "Off by 2.5\u00a0% of the width, most at chin (5.0\u00a0%).",
  );
  assert.equal(share(0.0004), "0.04\u00a0%");
});

test("other settings are another network", () => {
  const network = { blocks: 3, filters: 12, skips: true, steps: 50 };
  const chosen = { blocks: 3, filters: 12, skips: "on" };
  assert.ok(goesOn(network, chosen) && !goesOn(null, chosen));
  for (const other of [{ blocks: 2 }, { filters: 8 }, { skips: "off" }])
    assert.ok(!goesOn(network, { ...chosen, ...other }));
  assert.equal(next(null, chosen, false), "Train");
  assert.equal(next(network, chosen, true), "Go on");
  assert.equal(next(network, chosen, false), "Train more");
  assert.equal(next(network, { ...chosen, skips: "off" }, true), "Train another");
});

test("a curve is a line for each learning rate, without gaps, unless there are many", () => {
  const lines = byRate([5, 4, 3, 2], [0.004, 0.004, 0.001, 0.001], "loss");
  assert.deepEqual(lines, [
    { name: "rate 0.004", values: [5, 4, null, null] },
    { name: "rate 0.001", values: [null, 4, 3, 2] },
  ]);
  const many = [5, 4, 3, 2, 1];
  assert.deepEqual(byRate(many, [1, 2, 3, 4, 5], "loss"), [{ name: "loss", values: many }]);
  assert.deepEqual(byRate([], [], "loss"), []);
});
