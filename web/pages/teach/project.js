// A lesson as an exported project: the worker's files (classes, features, head), the
// pictures in class folders, and teach.json with what only the page knows. Rules only:
// no DOM.

import { t } from "../../shared/language.js";
import * as lessons from "./lesson.js";
import { folderNames } from "./names.js";
import { restored } from "./restored.js";

/** Read by `python -m pywebml teach`: the classes' names, where folders cannot say them. */
const NAMES = "samples/classes.json";
const NOTES = "teach.json";

/** The files that go into the zip beside the worker's own: {path: Uint8Array}. */
export async function filesOf(lesson) {
  const { title, classes, settings, directions, off, made, head } = lesson;
  const folders = folderNames(classes.map((c) => c.name));
  const files = {};
  const samples = [];
  for (const [c, { key }] of classes.entries()) {
    for (const { id, path, picture } of places(lesson, key, `samples/${folders[c]}`)) {
      files[path] = await bytesOf(picture);
      samples.push({ id, key, picture: path });
    }
  }
  const names = Object.fromEntries(classes.map(({ name }, c) => [folders[c], name]));
  const taught = head?.taught ?? null;
  const notes = { version: 1, title, settings, directions, off, made, samples, taught };
  files[NAMES] = json(names);
  files[NOTES] = json(notes);
  return files;
}

/** The pictures of a class as files of a folder: {path: Uint8Array}. */
export async function picturesOf(lesson, key, folder) {
  const files = {};
  for (const { path, picture } of places(lesson, key, folder)) files[path] = await bytesOf(picture);
  return files;
}

/** Where the pictures of a class are in an archive: [{id, path, picture}]. */
const places = (lesson, key, folder) =>
  lessons
    .samplesOf(lesson, key)
    .map(({ id, picture }, i) => {
      const path = `${folder}/${String(i + 1).padStart(3, "0")}.jpg`;
      return { id, path, picture };
    })
    .filter(({ picture }) => picture);

const bytesOf = async (picture) => new Uint8Array(await picture.arrayBuffer());

/**
 * {lesson, trouble: [sentences]} of what the worker read from a zip: {classes, samples,
 * head, extra, unlike}.
 */
export function lessonOf(options, project) {
  const notes = notesOf(project.extra?.[NOTES]);
  const pictures = new Map(notedPictures(notes));
  const seen = new Map(project.samples.map((sample) => [sample.id, sample]));
  const ids = [...new Set([...pictures.keys(), ...seen.keys()])];
  const head = project.head && {
    ...project.head,
    taught: notes.taught ?? { ...project.head, bytes: undefined },
  };
  const { lesson, trouble } = restored(options, {
    project: { ...notes, classes: project.classes },
    samples: ids.map((id) => ({
      id,
      key: seen.get(id)?.key ?? pictures.get(id)?.key,
      features: seen.get(id)?.features ?? null,
      thumbnail: seen.get(id)?.thumbnail ?? null,
      picture: blobOf(project.extra?.[pictures.get(id)?.path]),
    })),
    head: head ?? null,
  });
  if (project.unlike) trouble.push(t`${capital(project.unlike)}. The pictures are looked at anew.`);
  return { lesson, trouble };
}

/** [id, {key, path}] of each picture; earlier versions wrote {id: path}. */
function notedPictures({ samples, pictures }) {
  if (Array.isArray(samples))
    return samples.map((sample) => [sample?.id, { key: sample?.key, path: sample?.picture }]);
  return Object.entries(pictures ?? {}).map(([id, path]) => [id, { path }]);
}

const blobOf = (bytes) => (bytes?.length ? new Blob([bytes], { type: "image/jpeg" }) : null);

const json = (value) => new TextEncoder().encode(JSON.stringify(value, null, 1));

const capital = (text) => text[0].toUpperCase() + text.slice(1);

function notesOf(bytes) {
  try {
    const notes = JSON.parse(new TextDecoder().decode(bytes));
    return notes && typeof notes === "object" ? notes : {};
  } catch {
    return {};
  }
}
