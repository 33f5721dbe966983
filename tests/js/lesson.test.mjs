// The rules of a lesson, and the scales of its plots.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as lessons from "../../web/teach/lesson.js";
import { ticks } from "../../web/teach/plot.js";

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

test("plot scales end at or above the largest value, in few round steps", () => {
  for (const most of [0.04, 0.1, 0.37, 1, 1.38, 2.5, 9.99, 47, 1234]) {
    const marks = ticks(most);
    assert.ok(marks.at(-1) >= most * (1 - 1e-9), `${marks} for ${most}`);
    assert.ok(marks.length >= 3 && marks.length <= 6, `${marks} for ${most}`);
    assert.equal(marks[0], 0);
  }
});
