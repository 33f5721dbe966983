// Lessons that come back: from the store, from a file, after a deletion.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as lessons from "../../web/pages/teach/lesson.js";
import { filesOf, lessonOf } from "../../web/pages/teach/project.js";
import { dropFeatures, restored } from "../../web/pages/teach/restored.js";

const OPTIONS = [{ name: "epochs", kind: "int", default: 20, low: 1, choices: [10, 20, 40] }];
const picture = (text) => new Blob([text], { type: "image/jpeg" });
const names = (lesson) => lesson.classes.map((c) => c.name);
const texts = (lesson, key) =>
  Promise.all(lessons.samplesOf(lesson, key).map((s) => s.picture.text()));

function filled() {
  const lesson = lessons.newLesson(OPTIONS);
  for (const { key, name } of lesson.classes)
    lessons.addPictures(lesson, key, [picture(`${name}1`), picture(`${name}2`)]);
  return lesson;
}

test("pictures have ids of their own and an order, without a secure context, too", () => {
  const real = crypto.randomUUID;
  try {
    crypto.randomUUID = undefined;
    const lesson = filled();
    assert.equal(lesson.samples.size, 8);
  } finally {
    crypto.randomUUID = real;
  }
});

test("a class comes back with its pictures, its place and where it steers", async () => {
  const lesson = filled();
  const { key } = lesson.classes[1];
  const undo = lessons.returnOfClass(lesson, key);
  lessons.removeClass(lesson, key);
  lessons.addClass(lesson, "down"); // its name is taken meanwhile
  undo();
  assert.deepEqual(names(lesson), ["up", "down 2", "left", "right", "down"]);
  assert.equal(lesson.directions[key], "down");
  assert.deepEqual(await texts(lesson, key), ["down1", "down2"]);
  while (lesson.classes.length < lessons.MOST_CLASSES) lessons.addClass(lesson);
  const another = lessons.returnOfClass(lesson, key);
  lessons.removeClass(lesson, key);
  lessons.addClass(lesson);
  assert.throws(another, /room for 20/);
  assert.equal(lesson.samples.size, 6);
});

test("pictures of another lesson go to classes of the same names, and none twice", async () => {
  const lesson = filled();
  const other = lessons.newLesson(OPTIONS);
  lessons.renameClass(other, other.classes[3].key, "new");
  lessons.renameClass(other, other.classes[0].key, "Right ");
  const [first, ...known] = lessons.addPictures(other, other.classes[0].key, [
    picture("a"),
    picture("known"),
  ]);
  lessons.addPictures(other, other.classes[3].key, [picture("b")]);
  assert.equal(lessons.addFrom(lesson, other, new Set(known.map((s) => s.id))), 2);
  assert.equal(lessons.addFrom(lesson, other, new Set(known.map((s) => s.id))), 0);
  assert.deepEqual(names(lesson), ["up", "down", "left", "right", "new"]);
  assert.deepEqual(await texts(lesson, lesson.classes[3].key), ["right1", "right2", "a"]);
  assert.equal(lesson.samples.get(first.id).key, lesson.classes[3].key);
});

const VALUES = [undefined, null, 0, NaN, "", "x", [], {}, [null], [[]], [{}], new Uint8Array(3)];
const kept = (lesson) => ({
  project: structuredClone({
    title: lesson.title,
    off: lesson.off,
    classes: lesson.classes,
    made: lesson.made,
    settings: lesson.settings,
    directions: lesson.directions,
  }),
  samples: [...lesson.samples.values()],
  head: lesson.head,
});
const head = (lesson) => ({
  bytes: new Uint8Array(9),
  keys: lesson.classes.map((c) => c.key),
  names: names(lesson),
  taught: {
    val_accuracy: 0.5,
    train_accuracy: 1,
    confusion: lesson.classes.map(() => lesson.classes.map(() => 1)),
    history: { loss: [1, 0.5] },
  },
});

test("what was kept comes back as it was", () => {
  const lesson = filled();
  lesson.head = head(lesson);
  lessons.setTitle(lesson, " Hands ");
  lessons.switchClass(lesson, lesson.classes[1].key, false);
  const back = restored(OPTIONS, kept(lesson));
  assert.deepEqual(back.trouble, []);
  assert.deepEqual(back.lesson, lesson);
  assert.equal(lesson.title, "Hands");
  for (const value of VALUES) {
    const odd = kept(lesson);
    Object.assign(odd.project, { title: value, off: value });
    const { lesson: other, trouble } = restored(OPTIONS, odd);
    assert.deepEqual([other.title, other.off, trouble], [value === "x" ? "x" : "", [], []]);
  }
});

test("whatever is broken of what was kept, the rest comes back, and it is said", () => {
  for (const part of ["project", "samples", "head"]) {
    for (const value of VALUES) {
      const lesson = filled();
      lesson.head = head(lesson);
      const back = restored(OPTIONS, { ...kept(lesson), [part]: value });
      assert.ok(back.lesson.classes.length >= 2);
      assert.equal(back.lesson.samples.size, part === "samples" ? 0 : 8, `${part}: ${value}`);
    }
    const names = { project: ["classes", "made", "settings", "directions"] };
    names.head = ["bytes", "keys", "names", "taught"];
    for (const name of names[part] ?? []) {
      for (const value of VALUES) {
        const lesson = filled();
        lesson.head = head(lesson);
        const whole = kept(lesson);
        const back = restored(OPTIONS, { ...whole, [part]: { ...whole[part], [name]: value } });
        assert.equal(back.lesson.samples.size, 8, `${name}: ${JSON.stringify(value)}`);
        const free = ["made", "settings", "directions", "taught"].includes(name);
        if (!free && !(name === "bytes" && value instanceof Uint8Array))
          assert.ok(back.trouble.length, `${name}: ${JSON.stringify(value)}`);
      }
    }
  }
});

test("features that are cut, of another size or no numbers are dropped; pictures stay", () => {
  const lesson = filled();
  const { samples, ...rest } = kept(lesson);
  const odd = [new Float32Array(4), new Float32Array(0), [1, 2], new Float32Array([NaN]), "x", {}];
  const back = restored(OPTIONS, {
    ...rest,
    samples: samples.map((s, i) => ({ ...s, features: odd[i] ?? null })),
  });
  assert.equal(back.lesson.samples.size, 8);
  assert.equal(dropFeatures(back.lesson, 1280), 1, "4 numbers are not 1280");
  assert.ok([...back.lesson.samples.values()].every((s) => s.features === null));
});

test("a project goes out and comes back with every name, picture and order", async () => {
  const lesson = filled();
  const odd = ["👍", "x__c3", "x?", "x!"];
  lesson.classes.forEach((c, i) => (c.name = odd[i]));
  lesson.head = head(lesson);
  lessons.setTitle(lesson, "Hands");
  lessons.switchClass(lesson, lesson.classes[2].key, false);
  const files = await filesOf(lesson);
  const folders = new Set(
    Object.keys(files)
      .filter((p) => p.endsWith(".jpg"))
      .map((p) => p.split("/")[1]),
  );
  assert.equal(folders.size, 4);
  const listed = JSON.parse(new TextDecoder().decode(files["samples/classes.json"]));
  assert.deepEqual(Object.values(listed), odd);
  const { lesson: back, trouble } = lessonOf(OPTIONS, {
    classes: lesson.classes,
    samples: [], // none had been looked at
    head: { bytes: lesson.head.bytes, keys: lesson.head.keys, names: odd },
    extra: files,
  });
  assert.deepEqual(trouble, []);
  assert.deepEqual(names(back), odd);
  for (const { key } of lesson.classes)
    assert.deepEqual(await texts(back, key), await texts(lesson, key));
  assert.deepEqual(back.head.taught, lesson.head.taught);
  assert.deepEqual([back.title, back.off], [lesson.title, lesson.off]);
  for (const notes of ["", "[", "null", "5", '{"samples": [null, 3, {}]}', '{"pictures": "x"}']) {
    const extra = { ...files, "teach.json": new TextEncoder().encode(notes) };
    const broken = { classes: lesson.classes, samples: [], head: null, extra };
    const { lesson: read } = lessonOf(OPTIONS, broken);
    assert.deepEqual([read.classes.length, read.title, read.off], [4, "", []]);
  }
});
