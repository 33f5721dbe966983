// Short labels, and how good a score is.

import assert from "node:assert/strict";
import test from "node:test";
import { judged } from "../../web/pages/teach/score.js";
import { shortened } from "../../web/shared/labels.js";

test("labels of equal beginnings, or equal ends, can be told apart", () => {
  assert.deepEqual(shortened(["cat", "dog"]), ["cat", "dog"]);
  const names = ["golden retriever puppy", "golden retriever adult", "golden x retriever puppy"];
  const short = shortened(names);
  assert.equal(new Set(short).size, 3);
  for (const label of short) assert.ok(Array.from(label).length <= 15);
  assert.deepEqual(shortened(["🐍".repeat(20)]), [`${"🐍".repeat(6)}…${"🐍".repeat(5)}`]);
});

test("guessing is no success, whatever the number of classes", () => {
  for (let k = 2; k <= 20; k += 1) {
    assert.equal(judged(1 / k, k).tone, "chance");
    assert.equal(judged(0, k).tone, "chance");
    assert.equal(judged(1, k).tone, "good");
  }
  assert.equal(judged(0.17, 6).tone, "chance");
  assert.equal(judged(0.17, 4).tone, "chance");
  assert.equal(judged(0.6, 2).tone, "chance");
  assert.equal(judged(0.6, 4).tone, "fair");
  assert.equal(judged(0.95, 4).tone, "good");
  for (const share of [0.1, 0.6, 0.95]) assert.match(judged(share, 4).words, /\.$/);
});
