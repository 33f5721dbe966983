// Which class a file in a folder belongs to.

import assert from "node:assert/strict";
import { test } from "node:test";

import { byClass, byClassOfProject, classesFor, isProject } from "../../web/pages/teach/folders.js";
import * as lessons from "../../web/pages/teach/lesson.js";

const found = (...paths) =>
  paths.map((path) => ({ path, file: { type: /jpg$/.test(path) ? "image/jpeg" : "" } }));

/** {class: [paths]}, loose and left as texts. */
function sorted(...paths) {
  const { classes, loose, left } = byClass(found(...paths));
  const named = [...classes].map(([name, items]) => [name, items.map(({ path }) => path).join()]);
  const all = (items) => items.map(({ path }) => path).join();
  return { ...Object.fromEntries(named), loose: all(loose), left: all(left) };
}

const NONE = { loose: "", left: "" };

test("a folder of folders is a class for each, whatever lies deeper or around", () => {
  const inside = ["up/1.jpg", "up/old/2.jpg", "down/3.jpg"];
  assert.deepEqual(sorted(...inside), { ...NONE, up: "up/1.jpg,up/old/2.jpg", down: "down/3.jpg" });
  assert.deepEqual(sorted(...inside.map((path) => `photos/hands/${path}`)), {
    ...NONE,
    up: "photos/hands/up/1.jpg,photos/hands/up/old/2.jpg",
    down: "photos/hands/down/3.jpg",
  });
});

test("a folder of pictures is a class, with a folder in it, too", () => {
  assert.deepEqual(sorted("up/1.jpg"), { ...NONE, up: "up/1.jpg" });
  assert.deepEqual(sorted("hands/up/1.jpg"), { ...NONE, up: "hands/up/1.jpg" });
  assert.deepEqual(sorted("up/1.jpg", "up/old/2.jpg"), { ...NONE, up: "up/1.jpg,up/old/2.jpg" });
});

test("what is no picture, or in no class's folder, is left, and not lost silently", () => {
  assert.deepEqual(sorted("h/readme.txt", "h/0.jpg", "h/a/1.jpg", "h/b/2.jpg", "h/b/x.mp4"), {
    a: "h/a/1.jpg",
    b: "h/b/2.jpg",
    loose: "",
    left: "h/readme.txt,h/b/x.mp4,h/0.jpg",
  });
  assert.deepEqual(sorted("1.jpg", "a/2.jpg"), { loose: "1.jpg", left: "", a: "a/2.jpg" });
  assert.deepEqual(sorted("notes.txt"), { loose: "", left: "notes.txt" });
  assert.deepEqual(sorted(), NONE);
});

/** What a classroom does with classes, for a lesson alone. */
const classroom = (lesson = lessons.newLesson()) => ({
  lesson,
  renameClass: (key, name) => lessons.renameClass(lesson, key, name),
  addClass: (name) => lessons.addClass(lesson, name),
  removeClass: (key) => lessons.removeClass(lesson, key),
});
const names = ({ lesson }) => lesson.classes.map((c) => c.name);

test("in a lesson without pictures, classes that nobody named make room", () => {
  const three = classroom();
  const keys = classesFor(three, ["cat", "Up", "dog"]);
  assert.deepEqual(names(three), ["up", "cat", "dog"]);
  assert.equal(keys.get("Up"), three.lesson.classes[0].key);
  const one = classroom();
  classesFor(one, ["cat"]);
  assert.equal(names(one).length, 2);
  const named = classroom();
  lessons.renameClass(named.lesson, named.lesson.classes[1].key, "mine");
  classesFor(named, ["cat", "dog"]);
  assert.deepEqual(names(named), ["cat", "mine", "dog"]);
});

test("beside pictures classes are added only, as many as there is room for", () => {
  const full = classroom();
  lessons.addPictures(full.lesson, full.lesson.classes[0].key, ["1"]);
  const many = Array.from({ length: 30 }, (_, i) => `thing ${i}`);
  const keys = classesFor(full, many);
  assert.equal(keys.size, 16);
  assert.equal(names(full).length, lessons.MOST_CLASSES);
  assert.deepEqual(names(full).slice(0, 4), lessons.DEFAULT_CLASSES);
});

test("a project of Teachable Machine is a class for each name that can be one", () => {
  assert.ok(isProject({ name: "My Project.TM" }) && !isProject({ name: "tm.zip" }));
  const bytes = new Uint8Array([255, 216, 255]);
  const unpacked = [
    { name: "Class 1", pictures: [bytes, bytes] },
    { name: "a/b", pictures: [bytes] },
    { name: "\u200b", pictures: [bytes] },
  ];
  const { classes, loose, left } = byClassOfProject(unpacked);
  const counts = [...classes].map(([name, items]) => [name, items.length]);
  assert.deepEqual(counts, [["Class 1", 2], ["a/b", 1], ["pictures", 1]]); // prettier-ignore
  assert.deepEqual([loose, left], [[], []]);
  const [{ file }] = classes.get("a/b");
  assert.deepEqual([file.type, file.size], ["image/jpeg", 3]);
});
