// The lesson: classes, their pictures, how to train, what was trained. Rules only: no
// DOM, no storage, no worker.

import { refusal } from "../../shared/limits.js";

export const LEAST_CLASSES = 2;
export const MOST_CLASSES = 20;
export const LONGEST_NAME = 40;
export const DIRECTIONS = ["up", "left", "down", "right"];
export const DEFAULT_CLASSES = ["up", "down", "left", "right"];

/** What the page itself can be set to; how to train: apps.json's options. */
export const DEFAULTS = { threshold: 0.6, mirror: true };

/** An empty lesson with the default classes; `options` of apps.json: how to train. */
export function newLesson(options = []) {
  const lesson = {
    classes: [],
    made: 0,
    samples: new Map(),
    settings: defaults(options),
    directions: {},
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
    if (option ? !refusal(option, value) : name in DEFAULTS) known[name] = value;
  }
  return known;
}

/**
 * Adds a class and returns it: `{key, name}`. The key stays when the name changes.
 * RangeError when there is no room.
 */
export function addClass(lesson, name = freeName(lesson)) {
  if (lesson.classes.length >= MOST_CLASSES)
    throw new RangeError(`There is room for ${MOST_CLASSES} classes; remove one first.`);
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
      `A lesson needs at least ${LEAST_CLASSES} classes; rename this one instead.`,
    );
  lesson.classes = lesson.classes.filter((c) => c.key !== key);
  delete lesson.directions[key];
  const ids = samplesOf(lesson, key).map((s) => s.id);
  ids.forEach((id) => lesson.samples.delete(id));
  return ids;
}

export function getClass(lesson, key) {
  const entry = lesson.classes.find((c) => c.key === key);
  if (!entry) throw new RangeError(`There is no class with the key ${key}.`);
  return entry;
}

export const nameOf = (lesson, key) =>
  lesson.classes.find((c) => c.key === key)?.name ?? "(removed)";

/** A hue for each class: the golden angle keeps neighbours apart. */
export const hueOf = (lesson, key) =>
  (255 + 137.5 * lesson.classes.findIndex((c) => c.key === key)) % 360;

/**
 * A sample is {id, key, picture: Blob or null, features: Float32Array or null}; they
 * come in the order in which they were added.
 */
export const samplesOf = (lesson, key) => [...lesson.samples.values()].filter((s) => s.key === key);

/** Why the lesson cannot be trained yet, in one sentence, or "" when it can. */
export function obstacle(lesson) {
  const counts = lesson.classes.map((c) => [c.name, samplesOf(lesson, c.key).length]);
  const empty = counts.filter(([, n]) => n === 0).map(([name]) => `“${name}”`);
  if (empty.length === counts.length) return "Add pictures to each class first.";
  if (empty.length > 3) empty.splice(2, Infinity, `${empty.length - 2} more classes`);
  if (empty.length)
    return `${listed(empty)} ${empty.length > 1 ? "have" : "has"} no pictures yet: add some, or remove what you don't need.`;
  const thin = counts.find(([, n]) => n < 2);
  return thin ? `“${thin[0]}” has one picture only: add a few more.` : "";
}

/** Whether classes have changed since the head was trained. */
export function isStale(lesson) {
  if (!lesson.head) return false;
  return lesson.head.keys.join() !== lesson.classes.map((c) => c.key).join();
}

/** "a", "a and b", "a, b and c". */
export const listed = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

function checkName(lesson, name, key = null) {
  name = String(name).trim().replace(/\s+/g, " ");
  if (!name) throw new RangeError("A class needs a name.");
  if (name.length > LONGEST_NAME)
    throw new RangeError(`A name has at most ${LONGEST_NAME} letters.`);
  const taken = lesson.classes.some(
    (c) => c.key !== key && c.name.toLowerCase() === name.toLowerCase(),
  );
  if (taken) throw new RangeError(`There is a class “${name}” already.`);
  return name;
}

function freeName(lesson) {
  for (let n = lesson.classes.length + 1; ; n += 1) {
    if (!lesson.classes.some((c) => c.name.toLowerCase() === `class ${n}`)) return `class ${n}`;
  }
}

/**
 * A class named after a direction drives it; others take one that is still free, else
 * none.
 */
function guessDirection(lesson, name) {
  if (DIRECTIONS.includes(name.toLowerCase())) return name.toLowerCase();
  const taken = Object.values(lesson.directions);
  return DIRECTIONS.find((d) => !taken.includes(d)) ?? "";
}
