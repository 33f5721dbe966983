// What is said of a lesson that could be better.

import assert from "node:assert/strict";
import { test } from "node:test";

import { advice } from "../../web/pages/teach/advice.js";
import * as lessons from "../../web/pages/teach/lesson.js";

/** A lesson with so many pictures in its first classes; the others are off. */
function lessonOf(...counts) {
  const lesson = lessons.newLesson();
  lesson.classes.forEach(({ key }, i) => {
    if (counts[i] === undefined) lessons.switchClass(lesson, key, false);
    else lessons.addPictures(lesson, key, Array(counts[i]).fill("x"));
  });
  return lesson;
}

function taught(lesson, confusion, more = {}) {
  const all = confusion.flat().reduce((a, b) => a + b, 0);
  const right = confusion.reduce((sum, row, i) => sum + row[i], 0);
  const keys = lessons.classesOn(lesson).map((c) => c.key);
  const measures = { val_accuracy: right / all, train_accuracy: right / all, confusion };
  lesson.head = { keys, names: keys, taught: { measured: "validation", ...measures, ...more } };
  return lesson;
}

test("nothing is said of a good lesson, nor before there is one", () => {
  assert.deepEqual(advice(lessons.newLesson()), []);
  assert.deepEqual(advice(lessonOf(20, 0)), []);
  assert.deepEqual(advice(lessonOf(20, 20, 15)), []);
  assert.deepEqual(advice(lessonOf(5, 15)), []);
  assert.deepEqual(
    advice(
      taught(lessonOf(20, 20), [
        [4, 0],
        [0, 4],
      ]),
    ),
    [],
  );
});

test("classes with few pictures are named, the thinnest first", () => {
  const [said, ...rest] = advice(lessonOf(20, 4, 2));
  assert.match(said, /^Add pictures of “left”, and of 1 more: 2 are few/);
  assert.deepEqual(rest, []);
});

test("more than three times as many pictures is unbalanced", () => {
  assert.deepEqual(advice(lessonOf(18, 6)), []);
  const [said] = advice(lessonOf(6, 19));
  assert.match(said, /^“down” has 19 pictures, “up” only 6: add pictures of “up”/);
  const off = lessonOf(20, 20, 100);
  lessons.switchClass(off, off.classes[2].key, false);
  assert.deepEqual(advice(off), [], "a class that is off does not count");
});

test("two classes that are taken for each other, or one for the other", () => {
  const both = taught(lessonOf(20, 20, 20), [
    [3, 1, 0],
    [2, 2, 0],
    [0, 0, 4],
  ]);
  assert.match(advice(both)[0], /^“up” and “down” are taken for each other \(3 of 8\): add/);
  const one = taught(lessonOf(20, 20), [
    [2, 2],
    [0, 4],
  ]);
  assert.match(advice(one)[0], /^“up” is taken for “down” \(2 of 4\)/);
  const other = taught(lessonOf(20, 20), [
    [4, 0],
    [3, 1],
  ]);
  assert.match(advice(other)[0], /^“down” is taken for “up” \(3 of 4\)/);
  const rarely = taught(lessonOf(90, 90), [
    [17, 1],
    [1, 17],
  ]);
  assert.deepEqual(advice(rarely), []);
  const once = taught(lessonOf(9, 9), [
    [1, 1],
    [0, 2],
  ]);
  assert.doesNotMatch(advice(once).join(), /taken for/, "one picture says little");
  const stale = lessons.addClass(one) && one;
  lessons.addPictures(stale, stale.classes.at(-1).key, Array(20).fill("x"));
  assert.deepEqual(advice(stale), [], "a head of other classes says nothing of these");
});

test("a low score, and pictures that are only known by heart", () => {
  const none = { measured: "training", val_accuracy: null, train_accuracy: 0.5 };
  assert.match(
    advice(
      taught(
        lessonOf(9, 9),
        [
          [5, 4],
          [4, 5],
        ],
        none,
      ),
    )[0],
    /^The score is low/,
  );
  const heart = taught(
    lessonOf(9, 9),
    [
      [1, 1],
      [1, 1],
    ],
    { train_accuracy: 1 },
  );
  assert.match(advice(heart)[1], /^It knows the pictures it was trained on much better/);
});
