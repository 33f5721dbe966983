// How the tab's benchmarks take their times, with a clock of the test's own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { median, medians, rowsOf } from "../../web/pages/bench/measure.js";

test("the median of an odd and of an even number of values", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 2, 4, 100]), 7);
});

test("contenders take turns, quick ones several times a turn; each has its own median", async () => {
  const calls = [];
  let clock = 0;
  const of = (name, ...times) => ({
    name,
    run: async (n) => {
      const each = times.length > 1 ? times.shift() : times[0];
      calls.push([name, n]);
      clock += n * each;
      return each;
    },
  });
  const found = await medians([of("slow", 400), of("quick", 9, 10, 10, 99, 2, 99, 1, 99, 3)], {
    seconds: 0,
    least: 3,
    now: () => clock,
  });
  assert.deepEqual(
    [...found],
    [
      ["slow", 400],
      ["quick", 2],
    ],
  );
  const turn = [
    ["slow", 1],
    ["quick", 5],
    ["quick", 5],
  ]; // after a rest, the first are not timed
  assert.deepEqual(calls.slice(-9), [...turn, ...turn, ...turn]);
});

test("what takes seconds is warmed up once", async () => {
  const calls = [];
  let clock = 0;
  const run = async (n) => (calls.push(n), (clock += 9000), 9000);
  await medians([{ name: "long", run }], { seconds: 0, least: 1, now: () => clock });
  assert.deepEqual(calls, [1, 1]);
});

test("one that fails is told of, and the others are measured", async () => {
  const broken = {
    name: "broken",
    run: async () => {
      throw new Error("no such kernel");
    },
  };
  const found = await medians([broken, { name: "whole", run: async () => 60 }], {
    seconds: 0,
    least: 1,
  });
  assert.equal(found.get("broken").message, "no such kernel");
  assert.equal(found.get("whole"), 60);
  const [lost, won] = rowsOf({
    bench: "b",
    work: "w",
    adapter: "a",
    ours: 20,
    peers: found,
    note: "n",
  });
  assert.deepEqual(won, {
    bench: "b",
    work: "w",
    host: "page",
    adapter: "a",
    ours_ms: 20,
    peer: "whole",
    peer_ms: 60,
    ratio: 3,
    note: "n",
  });
  assert.equal(lost.peer_ms, null);
  assert.equal(lost.ratio, null);
  assert.match(lost.note, /broken failed: no such kernel/);
});

test("without peers there is one row, of ours", () => {
  const rows = rowsOf({ bench: "b", work: "w", adapter: "a", ours: 20, peers: new Map() });
  assert.deepEqual(
    rows.map(({ peer, peer_ms, ratio }) => [peer, peer_ms, ratio]),
    [["", null, null]],
  );
});
