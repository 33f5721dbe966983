// Where the points of a map lie on paper, and which of them is meant.

import assert from "node:assert/strict";
import test from "node:test";
import { HUES, beyond, nearest, onPaper } from "../../web/pages/embedding_map/view.js";

test("a map keeps its proportions, fills the paper and has y upwards", () => {
  const points = onPaper(Float32Array.of(0, 0, 10, 0, 5, 4), 120, 10);
  assert.deepEqual([...points], [10, 80, 110, 80, 60, 40]);
});

test("all in one point is the middle", () => {
  assert.deepEqual([...onPaper(Float32Array.of(3, 3, 3, 3), 100, 10)], [50, 50, 50, 50]);
});

test("the nearest point is meant, if it is near", () => {
  const points = Float32Array.of(10, 10, 50, 50);
  assert.equal(nearest(points, 45, 52, 20), 1);
  assert.equal(nearest(points, 30, 30, 20), -1);
  assert.equal(nearest(new Float32Array(), 0, 0), -1);
});

test("arrow keys go to the next point in their direction", () => {
  const points = Float32Array.of(50, 50, 60, 52, 90, 50, 50, 20, 40, 90);
  assert.equal(beyond(points, 0, [1, 0]), 1);
  assert.equal(beyond(points, 1, [1, 0]), 2);
  assert.equal(beyond(points, 0, [0, -1]), 3);
  assert.equal(beyond(points, 0, [0, 1]), 4);
  assert.equal(beyond(points, 2, [1, 0]), -1);
});

test("ten digits have ten colours", () => {
  assert.equal(new Set(HUES).size, 10);
});
