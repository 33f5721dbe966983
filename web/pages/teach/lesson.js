// The lesson: classes, their pictures, how to train, what was trained. Rules only: no
// DOM, no storage, no worker.

import { refusal } from "../../shared/limits.js";
import { t } from "../../shared/language.js";
import { LONGEST_NAME, alike, cleanName, isLong, shortName } from "./names.js";
import { DELAYS, DURATIONS } from "./pace.js";

export const LEAST_CLASSES = 2;
export const MOST_CLASSES = 20;
export { LONGEST_NAME };
export const DIRECTIONS = ["up", "left", "down", "right"];
export const DEFAULT_CLASSES = ["up", "down", "left", "right"];

/** What the page itself can be set to; how to train: apps.json's options. */
export const DEFAULTS = {
  threshold: 0.6,
  mirror: true,
  hands_free: false, // how it records; the delay and the duration are in seconds
  delay: 3,
  duration: 5,
};
const CHOICES = { delay: DELAYS, duration: DURATIONS };

/** An empty lesson with the default classes; `options` of apps.json: how to train. */
export function newLesson(options = []) {
  const lesson = {
    title: "",
    classes: [],
    made: 0, // classes so far: keys are never used twice
    added: 0, // pictures so far: their order
    samples: new Map(),
    settings: defaults(options),
    directions: {},
    off: [], // keys of the classes that are kept, but not trained on
    head: null,
  };
  DEFAULT_CLASSES.forEach((name) => addClass(lesson, name));
  return lesson;
}

/** {name: default} of all that can be set. */
export const defaults = (options) => ({
  ...DEFAULTS,
  ...Object.fromEntries(options.map((option) => [option.name, option.default])),
});

/** Of settings from a file or a former visit, those that exist and may be so. */
export function knownSettings(options, settings) {
  const known = {};
  for (const [name, value] of Object.entries(settings ?? {})) {
    const option = options.find((entry) => entry.name === name);
    if (option ? !refusal(option, value) : mayBe(name, value)) known[name] = value;
  }
  return known;
}

/** Whether one of the page's own settings may have a value. */
function mayBe(name, value) {
  if (!Object.hasOwn(DEFAULTS, name) || typeof value !== typeof DEFAULTS[name]) return false;
  if (Object.hasOwn(CHOICES, name)) return CHOICES[name].includes(value);
  return typeof value === "boolean" || (value >= 0 && value <= 1);
}

/**
 * Adds a class and returns it: `{key, name}`. The key stays when the name changes.
 * RangeError when there is no room.
 */
export function addClass(lesson, name = freeName(lesson)) {
  checkRoom(lesson);
  name = checkName(lesson, name);
  lesson.made += 1;
  const added = { key: `c${lesson.made}`, name };
  lesson.classes.push(added);
  lesson.directions[added.key] = guessDirection(lesson, name);
  return added;
}

/**
 * Gives a class another name. RangeError, in words for people, where the name is empty,
 * too long or taken.
 */
export function renameClass(lesson, key, name) {
  getClass(lesson, key).name = checkName(lesson, name, key);
}

/**
 * Removes a class with its pictures; returns the ids of those. RangeError for one of
 * the last two.
 */
export function removeClass(lesson, key) {
  getClass(lesson, key);
  if (lesson.classes.length <= LEAST_CLASSES)
    throw new RangeError(
      t`A lesson needs at least ${LEAST_CLASSES} classes; rename this one instead.`,
    );
  lesson.classes = lesson.classes.filter((c) => c.key !== key);
  delete lesson.directions[key];
  switchClass(lesson, key, true);
  const ids = samplesOf(lesson, key).map((s) => s.id);
  ids.forEach((id) => lesson.samples.delete(id));
  return ids;
}

/** Gives the lesson a title, as far as one may be so; "" for none. */
export function setTitle(lesson, title) {
  lesson.title = shortName(title);
}

/** Switches a class on or off: one that is off is kept, but not trained on. */
export function switchClass(lesson, key, on) {
  lesson.off = lesson.off.filter((other) => other !== key);
  if (!on) lesson.off.push(getClass(lesson, key).key);
}

export const isOn = (lesson, key) => !lesson.off.includes(key);

/** The classes that are trained on. */
export const classesOn = (lesson) => lesson.classes.filter(({ key }) => isOn(lesson, key));

/** Puts a class at another place among the classes; beyond the ends: at the end. */
export function moveClass(lesson, key, place) {
  const entry = getClass(lesson, key);
  const others = lesson.classes.filter((c) => c !== entry);
  others.splice(Math.max(0, place), 0, entry);
  lesson.classes = others;
}

/** Takes all pictures from a class; returns them. */
export function emptyClass(lesson, key) {
  getClass(lesson, key);
  const samples = samplesOf(lesson, key);
  samples.forEach(({ id }) => lesson.samples.delete(id));
  return samples;
}

export function getClass(lesson, key) {
  const entry = lesson.classes.find((c) => c.key === key);
  if (!entry) throw new RangeError(t`There is no class with the key ${key}.`);
  return entry;
}

export const nameOf = (lesson, key) =>
  lesson.classes.find((c) => c.key === key)?.name ?? "(removed)";

/**
 * A hue for each class, which it keeps wherever it stands: the golden angle keeps
 * neighbours apart.
 */
export function hueOf(lesson, key) {
  const made = Number(/^c(\d{1,9})$/.exec(key)?.[1] ?? 0);
  const number = made || lesson.classes.findIndex((c) => c.key === key) + 1;
  return (255 + 137.5 * (number - 1)) % 360;
}

/**
 * What brings a class back, with its pictures, that is about to be removed: a function.
 * RangeError from it where there is no room.
 */
export function returnOfClass(lesson, key) {
  const entry = getClass(lesson, key);
  const place = lesson.classes.indexOf(entry);
  const direction = lesson.directions[key];
  const on = isOn(lesson, key);
  const samples = samplesOf(lesson, key);
  return () => {
    checkRoom(lesson);
    lesson.classes.splice(place, 0, { key, name: freeName(lesson, entry.name) });
    lesson.directions[key] = direction;
    switchClass(lesson, key, on);
    samples.forEach((sample) => lesson.samples.set(sample.id, sample));
  };
}

/**
 * A sample is {id, at, key, picture: Blob or null, features, thumbnail: Float32Array or
 * null}, `at` its place in the order. It is never changed, only replaced by another one.
 */
export function addPictures(lesson, key, pictures) {
  getClass(lesson, key);
  const added = pictures.map((picture) => ({
    id: newId(),
    at: (lesson.added += 1),
    key,
    picture,
    features: null,
    thumbnail: null,
  }));
  added.forEach((sample) => lesson.samples.set(sample.id, sample));
  return added;
}

/** Puts a picture into another class, as it is otherwise. */
export function movePicture(lesson, id, key) {
  getClass(lesson, key);
  const sample = lesson.samples.get(id);
  if (sample) lesson.samples.set(id, { ...sample, key });
}

/** The pictures of a class, in the order in which they were added. */
export const samplesOf = (lesson, key) =>
  [...lesson.samples.values()].filter((s) => s.key === key).sort((a, b) => a.at - b.at);

/**
 * Adds to a lesson the pictures of another one whose ids are not in `known`, to classes
 * of the same names; returns how many.
 */
export function addFrom(lesson, other, known = new Set()) {
  let count = 0;
  for (const { key, name } of other.classes) {
    const news = samplesOf(other, key).filter(
      ({ id }) => !known.has(id) && !lesson.samples.has(id),
    );
    const pictures = news.filter((s) => s.picture);
    if (!pictures.length) continue;
    const target =
      lesson.classes.find((c) => alike(c.name) === alike(name)) ??
      (lesson.classes.length < MOST_CLASSES ? addClass(lesson, name) : lesson.classes.at(-1));
    for (const sample of pictures)
      lesson.samples.set(sample.id, { ...sample, key: target.key, at: (lesson.added += 1) });
    count += pictures.length;
  }
  return count;
}

/** Classes from elsewhere, with names as they may be here. */
export function takeClasses(lesson, classes) {
  lesson.classes = [];
  lesson.off = [];
  for (const { key, name } of classes.slice(0, MOST_CLASSES))
    lesson.classes.push({ key, name: freeName(lesson, shortName(name)) });
  const numbers = classes.map(({ key }) => Number(/^c(\d{1,9})$/.exec(key)?.[1] ?? 0));
  lesson.made = Math.max(lesson.made, ...numbers);
}

/** Why the lesson cannot be trained yet, in one sentence, or "" when it can. */
export function obstacle(lesson) {
  const classes = classesOn(lesson);
  if (classes.length < LEAST_CLASSES) return t`Switch on at least ${LEAST_CLASSES} classes.`;
  const counts = classes.map((c) => [c.name, samplesOf(lesson, c.key).length]);
  const empty = counts.filter(([, n]) => n === 0).map(([name]) => `“${name}”`);
  if (empty.length === counts.length) return t`Add pictures to each class first.`;
  if (empty.length > 3) empty.splice(2, Infinity, t`${empty.length - 2} more classes`);
  const what = t`add some, or remove or switch off what you don't need`;
  if (empty.length === 1) return t`${empty[0]} has no pictures yet: ${what}.`;
  if (empty.length) return t`${listed(empty)} have no pictures yet: ${what}.`;
  const thin = counts.find(([, n]) => n < 2);
  return thin ? t`“${thin[0]}” has one picture only: add a few more.` : "";
}

/** Whether other classes are on than those that the head was trained on. */
export function isStale(lesson) {
  if (!lesson.head) return false;
  const keys = new Set(classesOn(lesson).map((c) => c.key));
  return keys.size !== lesson.head.keys.length || !lesson.head.keys.every((key) => keys.has(key));
}

/** How many pictures would be trained on. */
export const trainable = (lesson) =>
  [...lesson.samples.values()].filter(({ key }) => isOn(lesson, key)).length;

/** "a", "a and b", "a, b and c". */
export const listed = (names) =>
  names.length < 2 ? names.join("") : t`${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

function checkRoom(lesson) {
  if (lesson.classes.length >= MOST_CLASSES)
    throw new RangeError(t`There is room for ${MOST_CLASSES} classes; remove one first.`);
}

function checkName(lesson, name, key = null) {
  name = cleanName(name);
  if (!name) throw new RangeError(t`A class needs a name that can be seen.`);
  if (isLong(name)) throw new RangeError(t`A name has at most ${LONGEST_NAME} letters.`);
  if (isTaken(lesson, name, key)) throw new RangeError(t`There is a class “${name}” already.`);
  return name;
}

const isTaken = (lesson, name, key = null) =>
  lesson.classes.some((c) => c.key !== key && alike(c.name) === alike(name));

/** `name` with a number behind it where it is taken; "class 5" where there is none. */
function freeName(lesson, name = "") {
  if (name && !isTaken(lesson, name)) return name;
  for (let n = name ? 2 : lesson.classes.length + 1; ; n += 1) {
    const numbered = name ? `${name} ${n}` : t`class ${n}`;
    if (!isTaken(lesson, numbered)) return numbered;
  }
}

/** Also where there is no secure context, which crypto.randomUUID needs. */
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");

/**
 * A class named after a direction drives it; others take one that is still free, else
 * none.
 */
function guessDirection(lesson, name) {
  if (DIRECTIONS.includes(name.toLowerCase())) return name.toLowerCase();
  const taken = Object.values(lesson.directions);
  return DIRECTIONS.find((d) => !taken.includes(d)) ?? "";
}
