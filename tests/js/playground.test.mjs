// What the Playground decides without a DOM.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { History } from "../../web/shared/history.js";
import { Pace } from "../../web/shared/pace.js";
import { cut } from "../../web/pages/playground/seen.js";
import {
  defaults,
  featuresOf,
  layersOf,
  layersText,
  needsBuild,
  read,
  write,
} from "../../web/pages/playground/state.js";

const apps = JSON.parse(readFileSync(new URL("../../web/apps.json", import.meta.url)));
const { options } = apps.find(({ name }) => name === "playground");

test("settings go into a fragment and come back", () => {
  assert.equal(write(defaults(options), options), "");
  const chosen = {
    ...defaults(options),
    data: "xor",
    noise: 0.15,
    hidden: layersText([8, 1, 3]),
    features: "x1,sinx2",
    learning_rate: 0.00003,
    seed: 7,
    test: true,
    speed: "most",
  };
  const fragment = write(chosen, options);
  assert.match(fragment, /^#data=xor&noise=0\.15&features=x1,sinx2&hidden=8,1,3&/);
  assert.deepEqual(read(fragment, options), { settings: chosen, ignored: [] });
});

test("every setting of a fragment that cannot be is ignored and named; the others hold", () => {
  const wrong = [
    "data=moons",
    "noise=0.9",
    "noise=",
    "noise=a lot",
    "batch=2.5",
    "batch=1e99",
    "learning_rate=-1",
    "learning_rate=0",
    "learning_rate=NaN",
    "hidden=9",
    "hidden=1,1,1,1,1,1,1",
    "hidden=4,,4",
    "hidden=4,x",
    "features=",
    "features=x1,__proto__",
    "features=constructor",
    "test=maybe",
    "speed=warp",
    "seed=-1",
    "toString=1",
    "__proto__=1",
    "=",
    "%",
    "%E0%A4%A",
  ];
  for (const part of wrong) {
    const { settings, ignored } = read(`#${part}&activation=relu`, options);
    assert.deepEqual(settings, { ...defaults(options), activation: "relu" }, part);
    assert.equal(ignored.length, 1, part);
  }
  assert.equal(read(`#data=xor&${"x".repeat(9999)}`, options).settings.data, "spiral");
  for (const nothing of ["", "#", "#&&&"])
    assert.deepEqual(read(nothing, options), { settings: defaults(options), ignored: [] });
});

test("layers and features are texts of a command, too", () => {
  assert.deepEqual(layersOf("none"), []);
  assert.deepEqual(layersOf(layersText([])), []);
  assert.deepEqual(layersOf(" 8, 6"), [8, 6]);
  assert.deepEqual(featuresOf("sinx1,x1,x1"), ["x1", "sinx1"]);
  const { features } = defaults(options);
  assert.equal(featuresOf(features).join(","), features);
});

test("what only changes how it is shown builds nothing", () => {
  const before = defaults(options);
  const shown = { ...before, test: true, discrete: true, speed: "most", epochs: 500 };
  assert.equal(needsBuild(before, shown, options), false);
  assert.equal(needsBuild(before, { ...before, noise: 0.1 }, options), true);
});

test("a frame has as many steps as fit, and no more than were asked for", () => {
  const perStep = 0.2;
  for (const [speed, expected] of [
    ["step", [1, 1]],
    ["epoch", [25, 25]],
    ["most", [40, 75]],
  ]) {
    const pace = new Pace();
    let steps = 0;
    for (let i = 0; i < 100; i += 1) {
      steps = pace.steps(speed, 25);
      pace.took(steps, 1 + steps * perStep);
    }
    assert.ok(steps >= expected[0] && steps <= expected[1], `${speed}: ${steps}`);
  }
});

test("a slow machine comes down to one step, and up again", () => {
  const pace = new Pace();
  for (let i = 0; i < 30; i += 1) pace.took(pace.steps("most", 25), 500);
  assert.equal(pace.steps("most", 25), 1);
  for (let i = 0; i < 30; i += 1) pace.took(pace.steps("most", 25), 2);
  assert.ok(pace.steps("most", 25) > 100);
});

test("steps and frames a second are those of the last second", () => {
  const pace = new Pace();
  assert.equal(pace.rate, null);
  for (let i = 0; i <= 300; i += 1) pace.shown(i * 20, i * 5);
  assert.equal(Math.round(pace.rate.frames), 50);
  assert.equal(Math.round(pace.rate.steps), 250);
  pace.rest();
  assert.equal(pace.rate, null);
});

test("curves keep their ends and never grow beyond a bound", () => {
  const curve = new History(2);
  curve.add(0, [5, 5]);
  assert.deepEqual(curve.lines, [[], []]);
  for (let epoch = 1; epoch <= 10_000; epoch += 7) curve.add(epoch, [1 / epoch, epoch]);
  assert.ok(curve.lines[0].length <= 240);
  assert.equal(curve.lines[0].length, curve.lines[1].length);
  assert.equal(curve.lines[0][0], 1);
  assert.equal(curve.lines[1].at(-1), 9997);
  assert.ok(Math.abs(curve.epochs - 9997) <= curve.every);
  curve.add(10_003, [Number.NaN, 1]);
  assert.equal(curve.lines[1].at(-1), 9997);
});

test("the one array of a frame is cut where its parts begin", () => {
  const shapes = [
    [2, 3],
    [3, 1],
  ];
  // 4 figures, 6 + 3 + 3 + 1 weights, a surface of 2 x 2, maps of 1 x 1 for three neurons
  const seen = Float32Array.from({ length: 4 + 13 + 4 + 3 }, (_, i) => i);
  const { surface, layers } = cut(seen, shapes, 2, 1);
  assert.deepEqual([...layers[0].weights], [4, 5, 6, 7, 8, 9]);
  assert.deepEqual([...layers[0].biases], [10, 11, 12]);
  assert.deepEqual([...layers[1].weights], [13, 14, 15]);
  assert.deepEqual([...surface], [17, 18, 19, 20]);
  assert.deepEqual(
    layers[0].maps.map((map) => [...map]),
    [[21], [22], [23]],
  );
});
