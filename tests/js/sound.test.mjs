// The Sound page's rules: samples, pictures of them, and the classes.

import assert from "node:assert/strict";
import test from "node:test";
import {
  arranged,
  BACKGROUND,
  clip,
  Lesson,
  MOST_CLASSES,
  restored,
} from "../../web/pages/sound/lesson.js";
import {
  BANDS,
  FRAMES,
  painted,
  RATE,
  resampled,
  seconds,
  toFloats,
  toWhole,
} from "../../web/pages/sound/sounds.js";
import { joined } from "../../web/shared/microphone.js";

const tone = (hertz, rate, length = rate) =>
  Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));
const far = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
const inside = (samples) => samples.subarray(400, samples.length - 400); // away from the ends

test("a tone stays what it is at another rate", () => {
  for (const rate of [8000, 11025, 22050, 44100, 48000, 96000]) {
    const ours = resampled(tone(1000, rate), rate);
    assert.equal(ours.length, RATE);
    assert.ok(far(inside(ours), inside(tone(1000, RATE))) < 1e-3, `${rate}`);
  }
});

test("what the lower rate cannot have is taken out", () => {
  const ours = inside(resampled(tone(11_000, 48_000), 48_000));
  assert.ok(Math.max(...ours.map(Math.abs)) < 1e-3);
});

test("samples of the same rate stay the same", () => {
  const samples = tone(440, RATE);
  assert.equal(resampled(samples, RATE), samples);
  assert.equal(resampled(new Float32Array(0), 48_000).length, 0);
});

test("whole numbers and back are a step apart at most, and what is too loud is cut", () => {
  const samples = tone(440, RATE);
  assert.ok(far(toFloats(toWhole(samples)), samples) <= 0.5 / 32767 + 1e-7);
  assert.deepEqual([...toWhole(new Float32Array([2, -2, 0]))], [32767, -32767, 0]);
});

test("pieces are joined, and clips are seconds", () => {
  const whole = joined([new Float32Array(RATE).fill(1), new Float32Array(RATE).fill(2)]);
  const clips = seconds(whole);
  assert.deepEqual(
    clips.map((each) => [each.length, each[0], each.at(-1)]),
    [
      [RATE, 1, 1],
      [RATE, 2, 2],
    ],
  );
});

test("a picture has time to the right and high pitches at the top", () => {
  const pixels = new Uint8Array(FRAMES * BANDS);
  pixels[3 * BANDS + (BANDS - 1)] = 255; // the fourth moment, the highest pitch
  const image = painted(pixels);
  const pixel = (row, column) => [...image.slice(4 * (row * FRAMES + column)).slice(0, 4)];
  assert.deepEqual(pixel(0, 3), [253, 245, 190, 255]);
  assert.deepEqual(pixel(1, 3), [12, 8, 38, 255]);
  assert.deepEqual(painted(null), painted(new Uint8Array(FRAMES * BANDS)));
});

const one = () => clip(new Int16Array(RATE), new Uint8Array(FRAMES * BANDS));

test("a lesson begins with background noise, and says what it lacks", () => {
  const lesson = new Lesson();
  assert.equal(lesson.classes[0].name, BACKGROUND);
  assert.match(lesson.lacks(), /Background noise/);
  for (const { key } of lesson.classes) lesson.add(key, [one()]);
  assert.equal(lesson.lacks(), "");
  lesson.removeClass(lesson.classes[2].key);
  lesson.removeClass(lesson.classes[1].key);
  assert.match(lesson.lacks(), /Add a class/);
});

test("what was deleted comes back, the latest first", () => {
  const lesson = new Lesson();
  const [, first, second] = lesson.classes;
  lesson.add(first.key, [one(), one()]);
  const [{ id }] = lesson.find(first.key).clips;
  lesson.remove(first.key, id);
  lesson.empty(first.key);
  lesson.removeClass(second.key);
  lesson.replace([{ name: "other", clips: [] }]);
  assert.equal(lesson.classes.length, 1);
  const counts = [];
  while (lesson.undo()) counts.push(lesson.classes.map(({ clips }) => clips.length));
  assert.deepEqual(counts, [
    [0, 0],
    [0, 0, 0],
    [0, 1, 0],
    [0, 2, 0],
  ]);
  assert.equal(lesson.find(first.key).clips[0].id, id);
});

test("names are there and differ, and there are not too many classes", () => {
  const lesson = new Lesson();
  const [, { key }] = lesson.classes;
  assert.equal(lesson.rename(key, "  clap "), true);
  assert.equal(lesson.find(key).name, "clap");
  assert.equal(lesson.rename(key, " "), false);
  assert.equal(lesson.rename(key, BACKGROUND), false);
  while (lesson.addClass());
  assert.equal(lesson.classes.length, MOST_CLASSES);
  assert.equal(new Set(lesson.classes.map(({ name }) => name)).size, MOST_CLASSES);
});

test("classes of a file have background noise first, if they lack it an empty one", () => {
  const names = (...all) => arranged(all.map((name) => ({ name, clips: [1] })));
  const order = (classes) => classes.map(({ name, clips }) => [name, clips.length]);
  assert.deepEqual(order(names("clap", "my Noise")), [
    ["my Noise", 1],
    ["clap", 1],
  ]);
  assert.deepEqual(order(names("clap")), [
    [BACKGROUND, 0],
    ["clap", 1],
  ]);
});

test("every change is told", () => {
  const lesson = new Lesson();
  let told = 0;
  lesson.addEventListener("change", () => (told += 1));
  const { key } = lesson.addClass();
  lesson.add(key, [one()]);
  lesson.rename(key, "x");
  lesson.empty(key);
  lesson.undo();
  assert.equal(told, 5);
});

test("a store's classes come back, without what is no clip", () => {
  const [a, b] = [one(), one()];
  const lesson = [
    { key: "k", name: "clap", ids: [b.id, "gone", a.id, "bad"] },
    { key: "", name: "", ids: [] },
  ];
  const classes = restored({ lesson, clips: [a, b, { id: "bad", whole: [1], pixels: null }] });
  assert.deepEqual(classes, [{ key: "k", name: "clap", clips: [b, a] }]);
  assert.equal(restored({ lesson: undefined, clips: [] }), null);
});
