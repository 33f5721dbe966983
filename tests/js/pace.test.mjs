// When a recording without hands counts down, records and ends.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as lessons from "../../web/pages/teach/lesson.js";
import { DELAYS, DURATIONS, OVER, phaseAt } from "../../web/pages/teach/pace.js";

const said = ({ phase, left }) => `${phase} ${left}`;

test("it counts down in whole seconds, records, and ends", () => {
  const times = { delay: 3, duration: 2 };
  const at = [0, 0.9, 1, 2.99, 3, 4, 4.99].map((elapsed) => said(phaseAt(elapsed, times)));
  assert.deepEqual(at, [
    "countdown 3",
    "countdown 3",
    "countdown 2",
    "countdown 1",
    "recording 2",
    "recording 1",
    "recording 1",
  ]);
  assert.equal(phaseAt(5, times), OVER);
  assert.equal(phaseAt(500, times), OVER);
});

test("without a delay it records at once", () => {
  assert.equal(said(phaseAt(0, { delay: 0, duration: 1 })), "recording 1");
});

test("the lesson remembers the times, and takes no others", () => {
  const { delay, duration, hands_free } = lessons.newLesson().settings;
  assert.ok(DELAYS.includes(delay) && DURATIONS.includes(duration));
  assert.equal(hands_free, false);
  const kept = { hands_free: true, delay: 10, duration: 30 };
  assert.deepEqual(lessons.knownSettings([], kept), kept);
  for (const value of [-1, 4, 1e9, "3", NaN, null])
    assert.deepEqual(lessons.knownSettings([], { delay: value, duration: value }), {});
  assert.deepEqual(lessons.knownSettings([], { duration: 0 }), {});
});
