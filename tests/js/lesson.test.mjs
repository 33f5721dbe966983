// The rules of a lesson.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as lessons from "../../web/pages/teach/lesson.js";

const sample = (lesson, id, key) => lesson.samples.set(id, { id, key });

test("a new lesson has the four directions, each steering its own way", () => {
  const lesson = lessons.newLesson();
  assert.deepEqual(
    lesson.classes.map((c) => c.name),
    ["up", "down", "left", "right"],
  );
  lesson.classes.forEach(({ key, name }) => assert.equal(lesson.directions[key], name));
});

test("names are trimmed, unique whatever the case, and not too long", () => {
  const lesson = lessons.newLesson();
  const { key, name } = lessons.addClass(lesson, "  thumb   up ");
  assert.equal(name, "thumb up");
  assert.throws(() => lessons.renameClass(lesson, key, "LEFT"), /“LEFT” already/);
  assert.throws(() => lessons.renameClass(lesson, key, " "), /needs a name/);
  assert.throws(() => lessons.renameClass(lesson, key, "x".repeat(41)), /at most 40/);
  lessons.renameClass(lesson, key, "Thumb Up"); // its own name in other letters is no clash
  assert.equal(lessons.nameOf(lesson, key), "Thumb Up");
});

test("between 2 and 20 classes", () => {
  const lesson = lessons.newLesson();
  while (lesson.classes.length < lessons.MOST_CLASSES) lessons.addClass(lesson);
  assert.equal(new Set(lesson.classes.map((c) => c.name)).size, 20);
  assert.throws(() => lessons.addClass(lesson), /room for 20/);
  while (lesson.classes.length > 2) lessons.removeClass(lesson, lesson.classes[0].key);
  assert.throws(() => lessons.removeClass(lesson, lesson.classes[0].key), /at least 2/);
});

test("keys are never used twice, and removing a class takes its pictures", () => {
  const lesson = lessons.newLesson();
  const { key } = lesson.classes[3];
  sample(lesson, "a", key);
  sample(lesson, "b", lesson.classes[0].key);
  assert.deepEqual(lessons.removeClass(lesson, key), ["a"]);
  assert.deepEqual([...lesson.samples.keys()], ["b"]);
  assert.notEqual(lessons.addClass(lesson).key, key);
});

test("what keeps a lesson from being trained is said in words", () => {
  const lesson = lessons.newLesson();
  assert.match(lessons.obstacle(lesson), /each class/);
  const [up, down, left, right] = lesson.classes.map((c) => c.key);
  ["1", "2"].forEach((id) => sample(lesson, id, up));
  ["3", "4"].forEach((id) => sample(lesson, id, down));
  assert.match(lessons.obstacle(lesson), /“left” and “right” have no pictures/);
  ["5", "6"].forEach((id) => sample(lesson, id, left));
  sample(lesson, "7", right);
  assert.match(lessons.obstacle(lesson), /“right” has one picture/);
  sample(lesson, "8", right);
  assert.equal(lessons.obstacle(lesson), "");
});

test("a head is stale once classes come or go, not when they are renamed", () => {
  const lesson = lessons.newLesson();
  assert.equal(lessons.isStale(lesson), false);
  lesson.head = { keys: lesson.classes.map((c) => c.key) };
  lessons.renameClass(lesson, lesson.classes[0].key, "north");
  assert.equal(lessons.isStale(lesson), false);
  lessons.addClass(lesson);
  assert.equal(lessons.isStale(lesson), true);
});

test("the page's own settings are of their kind, whatever was kept", () => {
  const odd = [null, undefined, NaN, Infinity, -0.1, 1.1, "0.5", "x", {}, [], [0.5], 0, 1, true];
  for (const name of ["threshold", "mirror", "toString", "__proto__", "constructor"]) {
    for (const value of odd) {
      const settings = JSON.parse("{}");
      Object.defineProperty(settings, name, { value, enumerable: true });
      const known = lessons.knownSettings([], settings);
      const fits =
        (name === "threshold" && (value === 0 || value === 1)) ||
        (name === "mirror" && value === true);
      assert.deepEqual(Object.keys(known), fits ? [name] : [], `${name}: ${value}`);
      assert.equal(Object.getPrototypeOf(known), Object.prototype);
    }
  }
});

test("of settings from elsewhere, those are taken that exist and may be so", () => {
  const options = [
    { name: "epochs", kind: "int", default: 20, low: 1, choices: [10, 20, 40] },
    { name: "learning_rate", kind: "float", default: null, above: 0 },
  ];
  assert.deepEqual(lessons.newLesson(options).settings, {
    threshold: 0.6,
    mirror: true,
    hands_free: false,
    delay: 3,
    duration: 5,
    epochs: 20,
    learning_rate: null,
  });
  const settings = { epochs: 15, learning_rate: -1, mirror: false, nonsense: 1 };
  assert.deepEqual(lessons.knownSettings(options, settings), { epochs: 15, mirror: false });
  assert.deepEqual(lessons.knownSettings(options, undefined), {});
});

test("a picture that is moved keeps what the network saw in it, and its place", () => {
  const lesson = lessons.newLesson();
  const [up, down] = lesson.classes.map((c) => c.key);
  lessons.addPictures(lesson, up, ["1", "2", "3"]);
  const [first, second, third] = lessons.samplesOf(lesson, up);
  const features = new Float32Array([1, 2]);
  lesson.samples.set(second.id, { ...second, features });
  lessons.addPictures(lesson, down, ["4"]);
  const before = lesson.samples.get(second.id);
  lessons.movePicture(lesson, second.id, down);
  const moved = lesson.samples.get(second.id);
  assert.deepEqual(moved, { ...before, key: down });
  assert.equal(moved.features, features);
  assert.notEqual(moved, before); // it is another one, or the store would not see it
  assert.equal(before.key, up);
  assert.deepEqual(
    lessons.samplesOf(lesson, up).map((s) => s.id),
    [first.id, third.id],
  );
  assert.deepEqual(
    lessons.samplesOf(lesson, down).map((s) => s.picture),
    ["2", "4"],
  );
  assert.throws(() => lessons.movePicture(lesson, first.id, "c99"), /no class/);
  lessons.movePicture(lesson, "gone", down);
  assert.equal(lesson.samples.size, 4);
});

test("a class that is off is kept, but not trained on", () => {
  const lesson = lessons.newLesson();
  const [up, down, left] = lesson.classes.map((c) => c.key);
  for (const key of [up, down, left]) lessons.addPictures(lesson, key, ["1", "2"]);
  lessons.switchClass(lesson, lesson.classes[3].key, false);
  assert.equal(lessons.obstacle(lesson), "", "the empty one does not count");
  lesson.head = { keys: [up, down, left] };
  assert.equal(lessons.isStale(lesson), false);
  lessons.switchClass(lesson, left, false);
  assert.equal(lessons.isStale(lesson), true);
  assert.equal(lessons.trainable(lesson), 4);
  assert.equal(lesson.samples.size, 6);
  lessons.switchClass(lesson, down, false);
  assert.match(lessons.obstacle(lesson), /Switch on at least 2/);
  for (let n = 0; n < 2; n += 1) lessons.switchClass(lesson, down, true);
  assert.deepEqual(
    lessons.classesOn(lesson).map((c) => c.key),
    [up, down],
  );
  assert.throws(() => lessons.switchClass(lesson, "c99", false), /no class/);
  const back = lessons.returnOfClass(lesson, left);
  lessons.removeClass(lesson, left);
  assert.equal(lesson.off.includes(left), false);
  back();
  assert.equal(lessons.isOn(lesson, left), false, "it comes back as it was");
});

test("classes are moved within their row; a move alone makes no head stale", () => {
  const lesson = lessons.newLesson();
  const names = () => lesson.classes.map((c) => c.name).join(" ");
  const [up, down] = lesson.classes.map((c) => c.key);
  const hue = lessons.hueOf(lesson, up);
  lesson.head = { keys: lesson.classes.map((c) => c.key) };
  for (const [key, place, order] of [
    [up, 2, "down left up right"],
    [up, 99, "down left right up"],
    [up, -99, "up down left right"],
    [down, 1, "up down left right"],
  ]) {
    lessons.moveClass(lesson, key, place);
    assert.equal(names(), order);
  }
  lessons.moveClass(lesson, up, 3);
  assert.equal(lessons.isStale(lesson), false);
  assert.equal(lessons.hueOf(lesson, up), hue);
  assert.throws(() => lessons.moveClass(lesson, "c99", 0), /no class/);
});

test("an emptied class stays, without its pictures", () => {
  const lesson = lessons.newLesson();
  const [up, down] = lesson.classes.map((c) => c.key);
  lessons.addPictures(lesson, up, ["1", "2"]);
  lessons.addPictures(lesson, down, ["3"]);
  assert.deepEqual(
    lessons.emptyClass(lesson, up).map((s) => s.picture),
    ["1", "2"],
  );
  assert.equal(lesson.samples.size, 1);
  assert.equal(lesson.classes.length, 4);
  assert.deepEqual(lessons.emptyClass(lesson, up), []);
});
