// What the page "Fit a curve" decides without a DOM.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  MOST,
  figure,
  forWorker,
  nearest,
  needsBuild,
  pointsOf,
  pointsText,
  read,
  startsOver,
  terms,
  write,
} from "../../web/pages/curve/state.js";
import { defaults } from "../../web/shared/chosen.js";

const apps = JSON.parse(readFileSync(new URL("../../web/apps.json", import.meta.url)));
const { options } = apps.find(({ name }) => name === "curve");
const nobodys = read("", options).settings;

test("points go into an address and come back, as fine as a thousandth", () => {
  const points = [
    [-1, 1],
    [0.1234, -0.0004],
  ];
  assert.equal(pointsText(points), "-1000,1000,123,0");
  assert.deepEqual(pointsOf("-1000,1000,123,0"), [
    [-1, 1],
    [0.123, 0],
  ]);
  assert.deepEqual(pointsOf(pointsText([])), []);
  const full = Array.from({ length: MOST }, () => [-1, -1]);
  const address = write({ ...nobodys, points: pointsText(full) }, options);
  assert.deepEqual(pointsOf(read(address, options).settings.points), full);
});

test("a fragment's settings hold, and what cannot be is named", () => {
  const chosen = { ...nobodys, model: "network", noise: 0.25, points: "1,2,3,4", speed: "most" };
  const fragment = write(chosen, options);
  assert.deepEqual(read(fragment, options), { settings: chosen, ignored: [] });
  for (const part of [
    "points=1",
    "points=1,2,3",
    "points=1001,0",
    "points=0.5,0",
    "points=a,b",
    "points=",
    `points=${"1,1,".repeat(MOST)}1,1`,
    "degree=13",
    "degree=1.5",
    "noise=2",
    "learning_rate=0",
    "speed=epoch",
    "out=x",
    "__proto__=1",
  ]) {
    const { settings, ignored } = read(`#${part}&model=network`, options);
    assert.deepEqual(settings, { ...nobodys, model: "network" }, part);
    assert.equal(ignored.length, 1, part);
  }
  assert.equal(write(nobodys, options), "");
  assert.equal(defaults(options).data, "sine");
});

test("the worker gets one's own points only where there are some, or none are meant", () => {
  assert.equal("points" in forWorker(nobodys, options), false);
  assert.deepEqual(forWorker({ ...nobodys, points: "none" }, options).points, []);
  assert.deepEqual(forWorker({ ...nobodys, points: "500,-500" }, options).points, [0.5, -0.5]);
  assert.equal("speed" in forWorker(nobodys, options), false);
});

test("what builds, and what starts over", () => {
  const changed = (some) => [nobodys, { ...nobodys, ...some }];
  assert.equal(needsBuild(...changed({ steps: 9, speed: "most" }), options), false);
  for (const some of [{ points: "none" }, { noise: 0 }, { learning_rate: 1 }, { degree: 2 }])
    assert.equal(needsBuild(...changed(some), options), true);
  assert.equal(startsOver(...changed({ noise: 0, points: "none", learning_rate: 1 })), false);
  assert.equal(startsOver(...changed({ degree: 2 })), true);
});

test("the nearest point within reach", () => {
  const points = [
    [0, 0],
    [10, 0],
  ];
  assert.equal(nearest(points, [6, 1], 13), 1);
  assert.equal(nearest(points, [5, 20], 13), -1);
  assert.equal(nearest([], [0, 0], 13), -1);
});

test("a formula's terms are short", () => {
  assert.deepEqual(terms([0.5, -12.345, 1234.5]), [
    { sign: "+", number: "0.500", power: 0 },
    { sign: "−", number: "12.35", power: 1 },
    { sign: "+", number: "1235", power: 2 },
  ]);
  assert.equal(figure(0), "0.0000");
  assert.equal(figure(0.00775), "0.0077");
  assert.equal(figure(0.0000123), "1.2e-5");
  assert.equal(figure(123456), "1.2e+5");
});
