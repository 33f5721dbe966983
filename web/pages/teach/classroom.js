// Keeps three things in step: the lesson on the page, its copy in IndexedDB, and the
// session in the worker.
//
// Pictures are stored the moment they are taken; the worker looks at them one after the
// other and gives back features, which are stored too. So a reload at any moment loses
// no picture, and what was looked at once is not looked at again.
//
// Events: "change" (classes, pictures, settings, head), "looking" (a picture was looked
// at), "trouble" (detail: an Error).

import * as lessons from "./lesson.js";

export class Classroom extends EventTarget {
  info = null; // what the worker said when it was ready
  training = false;
  // pictures wait to be looked at meanwhile, so that the camera has the graphics card
  // to itself
  recording = false;
  #queue = [];
  #looking = null;
  #looked = 0;

  /** `store` may be null; `options` of apps.json: how to train. */
  constructor(worker, store, options) {
    super();
    Object.assign(this, { worker, store, options });
    this.lesson = lessons.newLesson(options);
  }

  /**
   * Takes up what was kept, if anything: at once on the page, and in the worker when
   * that is ready.
   */
  open() {
    this.opened = this.#open();
    return this.opened;
  }

  async #open() {
    const former = await this.store?.load().catch((error) => this.#trouble(error));
    if (former) this.#restore(former);
    this.#changed();
    this.info = await this.worker.call("ready");
    await this.#tellWorker(former?.project.extractor);
    this.#changed();
  }

  // classes

  addClass(name) {
    const added = lessons.addClass(this.lesson, name);
    this.#classesChanged();
    return added;
  }

  renameClass(key, name) {
    lessons.renameClass(this.lesson, key, name);
    this.#classesChanged();
  }

  removeClass(key) {
    const ids = lessons.removeClass(this.lesson, key);
    this.#queue = this.#queue.filter((s) => s.key !== key);
    this.#keep((store) => store.removeSamples(ids, this.#project()));
    this.#classesChanged();
  }

  // pictures

  /** Adds pictures (square JPEG Blobs) to a class. */
  addPictures(key, pictures) {
    lessons.getClass(this.lesson, key);
    const added = pictures.map((picture) => ({
      id: crypto.randomUUID(),
      key,
      picture,
      features: null,
    }));
    added.forEach((sample) => this.lesson.samples.set(sample.id, sample));
    this.#keep((store) => store.saveSamples(added, this.#project()));
    this.#look(added);
    this.#changed();
    return added;
  }

  removePicture(id) {
    if (!this.lesson.samples.delete(id)) return;
    this.#queue = this.#queue.filter((s) => s.id !== id);
    this.#keep((store) => store.removeSamples([id], this.#project()));
    this.#tell("remove_samples", { ids: [id] });
    this.#changed();
  }

  /**
   * How many pictures wait to be looked at, and how many of this round have been:
   * {done, of}.
   */
  get looking() {
    return { done: this.#looked, of: this.#looked + this.#queue.length };
  }

  /**
   * Looks at pictures whose features are missing, such as after the device was lost.
   */
  lookAgain() {
    const { samples } = this.lesson;
    this.#look(
      [...samples.values()].filter((s) => !s.features && s.picture && !this.#queue.includes(s)),
    );
  }

  // settings

  set(name, value) {
    this.lesson.settings[name] = value;
    this.#saveProject();
  }

  setDirection(key, direction) {
    this.lesson.directions[key] = direction;
    this.#saveProject();
    this.#changed();
  }

  // train and predict

  /**
   * Trains on all pictures, once the worker is ready and those that wait have been
   * looked at. `progress` hears of each epoch. Returns `taught`.
   */
  async train(progress = () => {}) {
    this.training = true;
    this.#changed();
    try {
      await this.opened;
      await this.looked();
      const { settings } = this.lesson;
      const args = Object.fromEntries(this.options.map(({ name }) => [name, settings[name]]));
      const taught = await this.#call("train", args, [], progress);
      const bytes = await this.#call("head");
      this.lesson.head = { bytes, keys: taught.keys, names: taught.names, taught };
      this.#keep((store) => store.saveHead(this.lesson.head));
      return taught;
    } finally {
      this.training = false;
      this.#changed();
    }
  }

  stop() {
    return this.#call("stop");
  }

  /** Resolves when every picture has been looked at. */
  async looked() {
    while (this.#looking) await this.#looking;
  }

  /**
   * Probabilities for an ImageBitmap or VideoFrame, which is handed over: [{key,
   * share}], most likely first, and the seconds it took.
   */
  async predict(image, mirror = false) {
    const said = await this.#call("predict", { image, mirror }, [image]);
    const shares = said.keys.map((key, i) => ({ key, share: said.probabilities[i] }));
    return { shares: shares.sort((a, b) => b.share - a.share), seconds: said.seconds };
  }

  // the project as a whole

  /**
   * The project as one zip: its pictures in class folders (what `pywebml teach` takes),
   * head and settings.
   */
  async exportProject() {
    await this.looked();
    const extra = {};
    const pictures = {};
    const folders = new Set();
    for (const { key, name } of this.lesson.classes) {
      const folder = folderName(name, key, folders);
      for (const [i, sample] of lessons.samplesOf(this.lesson, key).entries()) {
        if (!sample.picture) continue;
        pictures[sample.id] = `samples/${folder}/${String(i + 1).padStart(3, "0")}.jpg`;
        extra[pictures[sample.id]] = new Uint8Array(await sample.picture.arrayBuffer());
      }
    }
    const { settings, directions, made, head } = this.lesson;
    const notes = {
      version: 1,
      settings,
      directions,
      made,
      pictures,
      taught: head?.taught ?? null,
    };
    extra["teach.json"] = new TextEncoder().encode(JSON.stringify(notes));
    return this.#call("export", { extra });
  }

  /**
   * Replaces the lesson by an exported one. ValueError from the worker, in words, where
   * the bytes are no project.
   */
  async importProject(bytes) {
    const project = await this.#call("import", { bytes });
    const notes = readNotes(project.extra?.["teach.json"]);
    const fresh = lessons.newLesson(this.options);
    fresh.classes = project.classes.map(({ key, name }) => ({ key, name }));
    fresh.made = Math.max(
      notes.made ?? 0,
      ...fresh.classes.map((c) => Number(/^c(\d+)$/.exec(c.key)?.[1] ?? 0)),
    );
    fresh.directions = Object.fromEntries(
      fresh.classes.map(({ key }) => [key, notes.directions?.[key] ?? ""]),
    );
    Object.assign(fresh.settings, lessons.knownSettings(this.options, notes.settings));
    for (const { id, key, features } of project.samples) {
      const jpeg = project.extra?.[notes.pictures?.[id]];
      fresh.samples.set(id, {
        id,
        key,
        features,
        picture: jpeg ? new Blob([jpeg], { type: "image/jpeg" }) : null,
      });
    }
    if (project.head) {
      const taught = notes.taught ?? { ...project.head, history: null, confusion: null };
      fresh.head = {
        bytes: await this.#call("head"),
        keys: project.head.keys,
        names: project.head.names,
        taught,
      };
    }
    await this.#replace(fresh);
  }

  /** Forgets classes, pictures and head. */
  async startOver() {
    await this.#call("reset");
    await this.#replace(lessons.newLesson(this.options));
    await this.#tell("classes", { classes: this.lesson.classes });
  }

  // inside

  async #replace(fresh) {
    this.#queue = [];
    this.lesson = fresh;
    await this.store?.replace(this.#project(), [...fresh.samples.values()], fresh.head);
    this.dispatchEvent(new Event("replaced"));
    this.#changed();
  }

  #restore({ project, samples, head }) {
    const { classes, made, settings, directions } = project;
    const keys = new Set(classes.map((c) => c.key));
    Object.assign(this.lesson, {
      classes,
      made,
      directions,
      head,
      settings: {
        ...lessons.defaults(this.options),
        ...lessons.knownSettings(this.options, settings),
      },
    });
    const restored = samples.filter((s) => keys.has(s.key)).map((s) => [s.id, s]);
    this.lesson.samples = new Map([...restored, ...this.lesson.samples]);
  }

  async #tellWorker(extractor) {
    const { classes, samples, head } = this.lesson;
    if (extractor && extractor !== this.info.extractor.name) {
      samples.forEach((s) => (s.features = null)); // they were made by another network
      this.lesson.head = null;
    }
    await this.#call("classes", { classes });
    const seen = [...samples.values()].filter((s) => s.features);
    if (seen.length)
      await this.#call("add_features", {
        samples: seen.map(({ id, key, features }) => ({ id, key, features })),
      });
    if (this.lesson.head) await this.#call("load_head", { bytes: head.bytes, keys: head.keys });
    this.lookAgain();
    this.#look([]); // those that were taken before the worker was ready
  }

  /** Has the worker look at samples, one at a time; starts once the worker is ready. */
  #look(samples) {
    this.#queue.push(...samples);
    if (this.#looking || !this.info || !this.#queue.length) return;
    this.#looked = 0;
    this.#looking = this.#lookAll().finally(() => {
      this.#looking = null;
      this.dispatchEvent(new Event("looking"));
      this.#look([]);
    });
  }

  async #lookAll() {
    while (this.#queue.length) {
      if (this.recording) {
        await wait(60);
        continue;
      }
      const sample = this.#queue[0];
      try {
        const image = await createImageBitmap(sample.picture);
        const { features } = await this.#call(
          "add_sample",
          { key: sample.key, image, id: sample.id },
          [image],
        );
        sample.features = features;
        if (this.lesson.samples.get(sample.id) === sample)
          this.#keep((store) => store.saveSamples([sample], this.#project()));
        else this.#tell("remove_samples", { ids: [sample.id] }); // removed while it was looked at
      } catch (error) {
        if (error.name === "DeviceLost") {
          await wait(500); // it is being reopened
          continue;
        }
        if (this.lesson.samples.has(sample.id)) this.#trouble(error);
      }
      if (this.#queue[0] === sample) this.#queue.shift();
      this.#looked += 1;
      this.dispatchEvent(new Event("looking"));
    }
  }

  /** A method of the session in the worker. */
  #call(method, args = {}, transfer = [], progress = null) {
    return this.worker.call(`teach.${method}`, args, transfer, progress);
  }

  #project() {
    const { classes, made, settings, directions } = this.lesson;
    return structuredClone({
      classes,
      made,
      settings,
      directions,
      extractor: this.info?.extractor.name ?? null,
    });
  }

  #classesChanged() {
    this.#saveProject();
    this.#tell("classes", { classes: this.lesson.classes });
    this.#changed();
  }

  #saveProject() {
    this.#keep((store) => store.saveProject(this.#project()));
  }

  #keep(write) {
    if (this.store) write(this.store).catch((error) => this.#trouble(error));
  }

  #tell(method, args) {
    if (!this.info) return undefined; // `open` tells the worker everything when it is ready
    return this.#call(method, args).catch((error) => this.#trouble(error));
  }

  #trouble(error) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * A class's folder in the zip: its name without what file systems refuse, and not one
 * that is `taken`.
 */
function folderName(name, key, taken) {
  let folder = name.replace(/[^\p{L}\p{N} ._-]/gu, "_").replace(/^\.+|[. ]+$/g, "_");
  if (taken.has(folder.toLowerCase())) folder += `_${key}`;
  taken.add(folder.toLowerCase());
  return folder;
}

function readNotes(bytes) {
  if (!bytes) return {};
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}
