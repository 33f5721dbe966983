// A lesson from what a browser or a file kept. That may be older, of another network,
// or broken: what can be used is, and `trouble` says what cannot. Rules only: no DOM.

import { t } from "../../shared/language.js";
import * as lessons from "./lesson.js";

/**
 * {lesson, trouble: [sentences]}. `project`: {title, classes, made, settings, directions,
 * off};
 * `samples`: as in a lesson; `head`: {bytes, keys, names, taught} or null. Whatever
 * they are, this throws nothing.
 */
export function restored(options, { project, samples, head }) {
  const lesson = lessons.newLesson(options);
  const trouble = [];
  const pictures = (Array.isArray(samples) ? samples : []).filter(isSample);
  const classes = classesOf(project, pictures);
  if (!namedClasses(project).length && pictures.length)
    trouble.push(t`The names of the classes could not be read; the pictures are all here.`);
  if (classes.length) {
    lesson.made = Number.isSafeInteger(project?.made) ? project.made : 0;
    lessons.takeClasses(lesson, classes);
    lesson.directions = directionsOf(lesson, project?.directions);
    lesson.off = offOf(lesson, project?.off);
  }
  if (isText(project?.title)) lessons.setTitle(lesson, project.title);
  while (lesson.classes.length < lessons.LEAST_CLASSES) lessons.addClass(lesson);
  Object.assign(lesson.settings, lessons.knownSettings(options, project?.settings));
  fill(lesson, pictures);
  const lost = (samples?.length ?? 0) - lesson.samples.size;
  if (lost > 0) trouble.push(t`${lost} of the pictures could not be read.`);
  lesson.head = headOf(head);
  if (head && !lesson.head) trouble.push(t`What was trained could not be read: train again.`);
  return { lesson, trouble };
}

/** Drops features that are not `size` numbers; returns how many pictures are left without. */
export function dropFeatures(lesson, size) {
  const strange = [...lesson.samples.values()].filter(
    (s) => s.features && s.features.length !== size,
  );
  for (const sample of strange) {
    if (sample.picture) lesson.samples.set(sample.id, { ...sample, features: null });
    else lesson.samples.delete(sample.id);
  }
  return strange.length;
}

const isText = (value) => typeof value === "string" && value !== "";

const isSample = (sample) =>
  isText(sample?.id) &&
  isText(sample.key) &&
  (sample.picture instanceof Blob || areFloats(sample.features));

const areFloats = (values) =>
  values instanceof Float32Array && values.length > 0 && values.every(Number.isFinite);

/** Classes that can be used; without any, one for each key that pictures have. */
function classesOf(project, pictures) {
  const classes = namedClasses(project);
  if (classes.length) return classes;
  const keys = [...new Set(pictures.map((s) => s.key))];
  keys.sort(new Intl.Collator("en", { numeric: true }).compare); // in the order they were made
  return keys.map((key) => ({ key, name: "" }));
}

function namedClasses(project) {
  const keys = new Set();
  return (Array.isArray(project?.classes) ? project.classes : []).filter((entry) => {
    if (!isText(entry?.key) || !isText(entry.name) || keys.has(entry.key)) return false;
    keys.add(entry.key);
    return true;
  });
}

function directionsOf({ classes }, directions) {
  const known = (key) => lessons.DIRECTIONS.includes(directions?.[key]);
  return Object.fromEntries(classes.map(({ key }) => [key, known(key) ? directions[key] : ""]));
}

const offOf = ({ classes }, off) =>
  classes.map((c) => c.key).filter((key) => Array.isArray(off) && off.includes(key));

function fill(lesson, pictures) {
  const keys = new Set(lesson.classes.map((c) => c.key));
  const last = Math.max(0, ...pictures.map((s) => s.at).filter(Number.isSafeInteger));
  lesson.added = last;
  for (const { id, at, key, picture, features, thumbnail } of pictures) {
    if (!keys.has(key)) continue;
    lesson.samples.set(id, {
      id,
      at: Number.isSafeInteger(at) ? at : (lesson.added += 1),
      key,
      picture: picture instanceof Blob ? picture : null,
      features: areFloats(features) ? features : null,
      thumbnail: areFloats(thumbnail) ? thumbnail : null,
    });
  }
}

function headOf(head) {
  const { bytes, keys, names, taught } = head ?? {};
  const whole =
    bytes instanceof Uint8Array &&
    [keys, names].every((texts) => Array.isArray(texts) && texts.every(isText)) &&
    keys.length > 0 &&
    keys.length === names.length;
  return whole ? { bytes, keys, names, taught: taughtOf(taught, keys.length) } : null;
}

/** How a training went, as far as it can be shown; null where nothing is known. */
function taughtOf(taught, classes) {
  const share = (value) => (value >= 0 && value <= 1 ? value : null);
  const val_accuracy = share(taught?.val_accuracy);
  const train_accuracy = share(taught?.train_accuracy);
  if (val_accuracy === null && train_accuracy === null) return null;
  const areNumbers = (row, length = row?.length) =>
    Array.isArray(row) && row.length === length && row.every(Number.isFinite);
  const { confusion } = taught;
  const square =
    Array.isArray(confusion) &&
    confusion.length === classes &&
    confusion.every((row) => areNumbers(row, classes));
  const history = Object.entries(taught.history ?? {}).filter(([, row]) => areNumbers(row));
  return {
    ...taught,
    val_accuracy,
    train_accuracy,
    confusion: square ? confusion : null,
    history: Object.fromEntries(history),
  };
}
