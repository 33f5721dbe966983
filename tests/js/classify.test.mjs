// What is in a picture: a camera's frames taken together, and the score of drawn things.

import assert from "node:assert/strict";
import { test } from "node:test";

import { namesOf, rankOf, scoreOf, Steady } from "../../web/pages/classify/steady.js";

const guess = (number, probability) => ({ class: number, label: `c${number}`, probability });
const numbers = (top) => top.map((each) => each.class);

test("the first frame counts wholly, later ones by and by", () => {
  const steady = new Steady();
  assert.deepEqual(steady.add([guess(1, 0.8), guess(2, 0.1)]), [guess(1, 0.8), guess(2, 0.1)]);
  const [first, second] = steady.add([guess(2, 0.9), guess(1, 0.05)]);
  assert.equal(first.class, 1); // one frame does not turn it over
  assert.ok(Math.abs(first.probability - (0.65 * 0.8 + 0.35 * 0.05)) < 1e-9);
  assert.ok(Math.abs(second.probability - (0.65 * 0.1 + 0.35 * 0.9)) < 1e-9);
  for (let i = 0; i < 5; i += 1) steady.add([guess(2, 0.9)]);
  assert.equal(steady.add([guess(2, 0.9)])[0].class, 2); // several do
});

test("classes that flicker keep their places", () => {
  const steady = new Steady();
  const orders = new Set();
  for (let i = 0; i < 40; i += 1) {
    const wobble = i % 2 ? -0.12 : 0.12; // every other frame has them the other way round
    orders.add(numbers(steady.add([guess(1, 0.5 + wobble), guess(2, 0.35 - wobble)])).join());
  }
  assert.deepEqual([...orders], ["1,2"]);
});

test("what is gone is forgotten, and no more than five are told", () => {
  const steady = new Steady();
  steady.add([guess(9, 0.9)]);
  for (let i = 0; i < 30; i += 1) steady.add([1, 2, 3, 4, 5, 6].map((n) => guess(n, 0.1)));
  const top = steady.add([1, 2, 3, 4, 5, 6].map((n) => guess(n, 0.1)));
  assert.equal(top.length, 5);
  assert.ok(!numbers(top).includes(9));
  steady.clear();
  assert.deepEqual(numbers(steady.add([guess(3, 0.2)])), [3]);
});

test("what is told does not change what is kept", () => {
  const steady = new Steady();
  const [told] = steady.add([guess(1, 0.5)]);
  told.probability = 0;
  assert.ok(steady.add([guess(1, 0.5)])[0].probability > 0.49);
});

test("the chosen class is shown while it is there, else the likeliest", () => {
  const top = [guess(4, 0.6), guess(7, 0.2)];
  assert.equal(rankOf(top, 7), 1);
  assert.equal(rankOf(top, 5), 0);
  assert.equal(rankOf(top, null), 0);
  assert.equal(rankOf([], 7), 0);
});

test("a picture of two things is seen as either", () => {
  assert.deepEqual(namesOf("jack-o'-lantern and analog clock"), [
    "jack-o'-lantern",
    "analog clock",
  ]);
  const named = (label, probability) => ({ class: 1, label, probability });
  const score = scoreOf([
    { picture: "a", top: [named("a", 0.9)] },
    { picture: "a and b", top: [named("b", 0.5), named("a", 0.4)] },
    { picture: "c", top: [named("d", 0.6), named("c", 0.3)] },
  ]);
  assert.deepEqual(score, { accuracy: 2 / 3, right: 2, tested: 3, confidence: 0.3 });
});
