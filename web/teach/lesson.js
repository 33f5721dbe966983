// The lesson: classes, their pictures, how to train, what was trained. Rules only: no
// DOM, no storage, no worker.

export const LEAST_CLASSES = 2;
export const MOST_CLASSES = 20;
export const LONGEST_NAME = 40;
export const DIRECTIONS = ["up", "left", "down", "right"];
export const DEFAULT_CLASSES = ["up", "down", "left", "right"];

/** What training can be set to; `learning_rate` null stands for the extractor's own. */
export const CHOICES = {
  units: [10, 100, 200],
  learning_rate: [0.00001, 0.0001, 0.001, 0.003],
  batch_fraction: [0.05, 0.1, 0.4, 1],
  epochs: [10, 20, 40],
};
export const DEFAULTS = {
  units: 100,
  learning_rate: null,
  batch_fraction: 0.4,
  epochs: 20,
  threshold: 0.6,
  mirror: true,
};

/** An empty lesson with the default classes. */
export function newLesson() {
  const lesson = {
    classes: [],
    made: 0,
    samples: new Map(),
    settings: { ...DEFAULTS },
    directions: {},
    head: null,
  };
  DEFAULT_CLASSES.forEach((name) => addClass(lesson, name));
  return lesson;
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
  const found = getClass(lesson, key);
  found.name = checkName(lesson, name, key);
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
  const found = lesson.classes.find((c) => c.key === key);
  if (!found) throw new RangeError(`There is no class with the key ${key}.`);
  return found;
}

export const nameOf = (lesson, key) =>
  lesson.classes.find((c) => c.key === key)?.name ?? "(removed)";

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
