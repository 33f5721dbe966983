// Which class a file in a folder belongs to, and which class of the lesson that is.
// Rules only: no DOM.

import { DEFAULT_CLASSES, LEAST_CLASSES, MOST_CLASSES } from "./lesson.js";
import { alike, shortName } from "./names.js";

/**
 * `files`: [{path, file}]. Returns {classes: Map of a class's name to its pictures,
 * loose: pictures in no folder, left: what is no picture or in no class's folder}.
 *
 * A folder of folders has a class in each, whatever lies deeper; folders around those
 * do not count; a folder of pictures is a class.
 */
export function byClass(files) {
  const isPicture = ({ file }) => file.type.startsWith("image/");
  const left = files.filter((item) => !isPicture(item));
  const pictures = files.filter(isPicture).map((item) => ({ item, folders: foldersOf(item) }));
  const loose = pictures.filter(({ folders }) => !folders.length).map(({ item }) => item);
  let inside = pictures.filter(({ folders }) => folders.length);
  let depth = 0;
  const namesAt = (level) =>
    new Set(inside.map(({ folders }) => folders[level]).filter((name) => name !== undefined));
  while (namesAt(depth).size === 1) {
    const below = namesAt(depth + 1);
    const isDirect = ({ folders }) => folders.length === depth + 1;
    if (below.size < 2 && inside.some(isDirect)) break; // it is a class itself
    left.push(...inside.filter(isDirect).map(({ item }) => item));
    inside = inside.filter((picture) => !isDirect(picture));
    depth += 1;
  }
  const classes = new Map();
  for (const { item, folders } of inside) {
    const name = shortName(folders[depth]) || "pictures";
    classes.set(name, [...(classes.get(name) ?? []), item]);
  }
  return { classes, loose, left };
}

/** Whether a file is a project of Teachable Machine, by its name. */
export const isProject = ({ name }) => /\.tm$/i.test(name);

/** As `byClass`: what the worker unpacked of such a project, [{name, pictures: [bytes]}]. */
export function byClassOfProject(unpacked) {
  const classes = new Map();
  for (const { name, pictures } of unpacked) {
    const label = shortName(name) || "pictures";
    const items = pictures.map((bytes, i) => {
      const path = `${label}/${i + 1}`;
      return { path, file: new File([bytes], path, { type: "image/jpeg" }) };
    });
    classes.set(label, [...(classes.get(label) ?? []), ...items]);
  }
  return { classes, loose: [], left: [] };
}

const foldersOf = ({ path }) => path.split("/").slice(0, -1);

/**
 * Makes classes of these names, where there are none yet: {key by name}. In a lesson
 * without pictures they take the place of classes that `spare(name)` says are no loss.
 * What there is no room for is left out.
 */
export function classesFor(classroom, names, spare = isUnnamed) {
  const { lesson } = classroom;
  const called = (name) => classroom.lesson.classes.find((c) => alike(c.name) === alike(name));
  const missing = names.filter((name) => !called(name));
  if (!lesson.samples.size) {
    const isAsked = (c) => names.some((name) => alike(name) === alike(c.name));
    const others = lesson.classes.filter((c) => !isAsked(c) && spare(c.name));
    while (missing.length && others.length)
      classroom.renameClass(others.shift().key, missing.shift());
    const least = Math.max(0, LEAST_CLASSES - names.length);
    others.slice(least).forEach(({ key }) => classroom.removeClass(key));
  }
  const room = MOST_CLASSES - lesson.classes.length;
  missing.slice(0, room).forEach((name) => called(name) ?? classroom.addClass(name));
  return new Map(names.flatMap((name) => (called(name) ? [[name, called(name).key]] : [])));
}

/** Whether nobody has given a class its name. */
const isUnnamed = (name) => DEFAULT_CLASSES.includes(name) || /^class \d+$/.test(name);
