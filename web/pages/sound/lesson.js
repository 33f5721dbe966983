// The classes and their clips, and the way back from what was deleted. No DOM; tested
// in Node. A clip is {id, whole (Int16Array of a second), pixels}, and never changes.

export const MOST_CLASSES = 20;
export const MOST_CLIPS = 4000; // in all: what is learnt from at once
export const BACKGROUND = "Background noise";
const MOST_CHANGES = 20; // that can be undone

let last = 0;
const fresh = () => `${Date.now().toString(36)}-${(last += 1)}`;

/** A new clip. */
export const clip = (whole, pixels) => ({ id: fresh(), whole, pixels });

/** "change" after each change. */
export class Lesson extends EventTarget {
  #before = []; // classes as they were, the latest last

  constructor(classes = null) {
    super();
    this.classes = classes ?? named([BACKGROUND, "Sound 1", "Sound 2"]);
  }

  get clips() {
    return this.classes.flatMap(({ clips }) => clips);
  }

  find(key) {
    return this.classes.find((each) => each.key === key);
  }

  /** Adds clips, as many as there is room for; returns how many. */
  add(key, clips) {
    const room = clips.slice(0, MOST_CLIPS - this.clips.length);
    this.#edit(key, (each) => ({ ...each, clips: [...each.clips, ...room] }));
    return room.length;
  }

  /** Renames; an empty name, and one that another class has, are not taken: false. */
  rename(key, name) {
    const text = name.trim().slice(0, 60);
    if (!text || this.classes.some((each) => each.key !== key && each.name === text)) return false;
    this.#edit(key, (each) => ({ ...each, name: text }));
    return true;
  }

  addClass(name = "") {
    if (this.classes.length >= MOST_CLASSES) return null;
    const taken = new Set(this.classes.map((each) => each.name));
    let n = this.classes.length;
    while (taken.has(`Sound ${n}`)) n += 1;
    const [one] = named([name && !taken.has(name) ? name : `Sound ${n}`]);
    this.#take([...this.classes, one]);
    return one;
  }

  /** What can be undone: a clip, a class's clips, or a class is gone. */
  remove(key, id) {
    this.#keep();
    this.#edit(key, (each) => ({ ...each, clips: each.clips.filter((one) => one.id !== id) }));
  }

  empty(key) {
    this.#keep();
    this.#edit(key, (each) => ({ ...each, clips: [] }));
  }

  removeClass(key) {
    this.#keep();
    this.#take(this.classes.filter((each) => each.key !== key));
  }

  /** Puts other classes, [{name, clips}], in place of those that are there. */
  replace(classes) {
    this.#keep();
    this.#take(classes.map(({ name, clips }) => ({ key: fresh(), name, clips })));
  }

  /** The classes as they were before the last deletion; whether there was one. */
  undo() {
    const before = this.#before.pop();
    if (before) this.#take(before);
    return Boolean(before);
  }

  /** Why nothing can be learnt yet, or "". */
  lacks() {
    if (this.classes.length < 2) return "Add a class: it takes two to tell apart.";
    const empty = this.classes.find(({ clips }) => !clips.length);
    if (!empty) return "";
    const otherwise = empty === this.classes[0] ? "" : ", or remove it";
    return `Record some seconds of “${empty.name}” first${otherwise}.`;
  }

  #keep() {
    this.#before = [...this.#before, this.classes].slice(-MOST_CHANGES);
  }

  #edit(key, change) {
    this.#take(this.classes.map((each) => (each.key === key ? change(each) : each)));
  }

  #take(classes) {
    this.classes = classes;
    this.dispatchEvent(new Event("change"));
  }
}

/** Classes of a file, [{name, clips}], with background noise first. */
export function arranged(classes) {
  const quiet = classes.find(({ name }) => /background|noise|silence|quiet/i.test(name));
  const others = classes.filter((each) => each !== quiet);
  return [quiet ?? { name: BACKGROUND, clips: [] }, ...others].slice(0, MOST_CLASSES);
}

const named = (names) => names.map((name) => ({ key: fresh(), name, clips: [] }));

/**
 * What a store had, as classes; null where it is nothing of ours. `parts`: {lesson:
 * [{key, name, ids}], clips: [{id, whole, pixels}]}.
 */
export function restored({ lesson, clips }) {
  if (!Array.isArray(lesson) || !lesson.length) return null;
  const byId = new Map(clips.filter(isClip).map((each) => [each.id, each]));
  return lesson
    .filter(({ key, name, ids }) => key && name && Array.isArray(ids))
    .map(({ key, name, ids }) => ({
      key,
      name,
      clips: ids.flatMap((id) => byId.get(id) ?? []),
    }));
}

const isClip = ({ id, whole, pixels }) =>
  id && whole instanceof Int16Array && pixels instanceof Uint8Array;
