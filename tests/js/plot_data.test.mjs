// A chart's numbers as uPlot takes them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { aligned } from "../../web/shared/plot_data.js";

test("lines are over rising x, with gaps where there is no number", () => {
  const series = [
    { name: "a", values: [3, NaN, 1] },
    { name: "b", values: [6, 5, Infinity] },
  ];
  assert.deepEqual(aligned({ kind: "lines", x: [3, 2, 1], series }), [
    [1, 2, 3],
    [1, null, 3],
    [null, 5, 6],
  ]);
});

test("points of several clouds stand in rows of their own", () => {
  const series = [
    {
      name: "a",
      points: [
        [2, 1],
        [0, NaN],
      ],
    },
    {
      name: "b",
      points: [
        [1, 5],
        [2, 7],
      ],
    },
  ];
  assert.deepEqual(aligned({ kind: "points", series }), [
    [1, 2, 2],
    [null, 1, null],
    [5, null, 7],
  ]);
});
