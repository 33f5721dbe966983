// What is made of many answers: sums, and a table for other programs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { csv, summed, truthOf } from "../../web/pages/teach/verdicts.js";

const NAMES = ["up", "down"];
const row = (path, answer, truth) => ({
  path,
  answer,
  truth,
  share: 0.75,
  shares: answer ? [0.25, 0.75] : [0.75, 0.25],
});

test("accuracy and confusion are of the pictures of which the truth is known", () => {
  const rows = [row("1", 0, 0), row("2", 1, 0), row("3", 1, 1), row("4", 0, null)];
  assert.deepEqual(summed(rows, NAMES), {
    judged: 4,
    known: 3,
    right: 2,
    accuracy: 2 / 3,
    confusion: [
      [1, 1],
      [0, 1],
    ],
  });
  assert.equal(summed([row("4", 0, null)], NAMES).accuracy, null);
  assert.equal(summed([], NAMES).judged, 0);
});

test("a folder is a class's by its name, whatever the case", () => {
  assert.equal(truthOf(NAMES, "Down"), 1);
  assert.equal(truthOf(NAMES, "holiday"), null);
});

test("CSV: quotes, commas, and nothing that a spreadsheet would compute", () => {
  const odd = ['say "up", please', "=1+1"];
  const rows = [row("a/1.jpg", 0, 0), row('"b",\n2.jpg', 1, 0), row("-3.jpg", 1, null)];
  assert.deepEqual(csv(rows, odd).split("\r\n"), [
    'picture,answer,probability,truth,right,"P(say ""up"", please)",P(=1+1)',
    'a/1.jpg,"say ""up"", please",0.7500,"say ""up"", please",true,0.7500,0.2500',
    `"""b"",\n2.jpg",'=1+1,0.7500,"say ""up"", please",false,0.2500,0.7500`,
    "'-3.jpg,'=1+1,0.7500,,,0.2500,0.7500",
    "",
  ]);
});
