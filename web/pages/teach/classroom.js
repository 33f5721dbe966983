// Owns the lesson. Everything else follows it: the store is brought in line with it
// (keeper.js), the network looks at pictures that lack features (looking.js), and the
// session in the worker is told of it with each question (session.js).
//
// What takes time (looking, training, importing) is done for one lesson. Starting over,
// importing, going back and taking over from another tab put another lesson in place,
// and what comes for the former one then is dropped.
//
// Events: "change" (classes, pictures, settings, head), "looking" (a picture was looked
// at), "trouble" (detail: an Error), "storage" (detail: why nothing is kept, or null),
// "kept" (all is in the store).

import { t } from "../../shared/language.js";
import { Keeper } from "./keeper.js";
import * as lessons from "./lesson.js";
import { Looking } from "./looking.js";
import { filesOf, lessonOf } from "./project.js";
import { dropFeatures, restored } from "./restored.js";
import { Session } from "./session.js";
import { shellFiles } from "./shell.js";

export class Classroom extends EventTarget {
  info = null; // what the worker said when it was ready
  #training = null; // {lesson, done}: the one that runs
  #undo = []; // what brings back what was deleted or moved: {what, run}, the last one last
  #stored = new Set(); // ids that were in the store when it was read
  #network = null; // whose features are the lesson's

  /** `options` of apps.json: how to train. */
  constructor(worker, options) {
    super();
    this.options = options;
    this.lesson = lessons.newLesson(options);
    this.session = new Session(worker);
    this.keeper = new Keeper(() => this.#snapshot());
    this.looking = new Looking(
      this.session,
      () => this.lesson,
      () => this.keeper.touch(),
    );
    this.looking.addEventListener("looking", () => this.dispatchEvent(new Event("looking")));
    this.looking.addEventListener("trouble", ({ detail }) => this.#trouble(detail));
    this.keeper.addEventListener("trouble", ({ detail }) => this.#storage(detail));
    this.keeper.addEventListener("kept", () => {
      this.#storage(null);
      this.dispatchEvent(new Event("kept"));
    });
  }

  /** Waits for the worker; pictures are looked at from then on. */
  start() {
    this.started = this.#start();
    return this.started;
  }

  async #start() {
    const info = await this.session.ready();
    this.#network = await this.session.extractor();
    this.info = info;
    await this.#fit();
    this.#changed();
  }

  // where it is kept

  /**
   * Takes up what is in a store, with the pictures that were added here meanwhile, and
   * keeps the lesson there from now on if `writes`.
   */
  async attach(store, writes) {
    const kept = await store.load();
    if (kept) await this.#takeUp(kept);
    this.#stored = new Set(kept?.samples.map((s) => s.id));
    if (!writes) return;
    store.onclosed = (why) => {
      this.detach();
      this.#storage(why);
    };
    this.keeper.keepIn(store, kept, this.lesson);
  }

  /** Whether there are pictures that were not in the store when it was read. */
  get hasNew() {
    return [...this.lesson.samples.keys()].some((id) => !this.#stored.has(id));
  }

  /** Keeps nothing from now on. */
  detach() {
    this.keeper.release();
  }

  async #takeUp(kept) {
    const here = this.lesson;
    const { lesson, trouble } = restored(this.options, kept);
    lesson.extractor = kept.project?.extractor ?? null;
    lessons.addFrom(lesson, here, this.#stored);
    const keys = (of) => of.classes.map((c) => c.key).join();
    if (!lesson.head && keys(lesson) === keys(here)) lesson.head = here.head;
    this.#undo = [];
    this.#put(lesson);
    trouble.forEach((sentence) => this.#trouble(new Error(sentence)));
    await this.#fit();
  }

  /** Drops of the lesson what is another network's; the pictures are looked at anew. */
  async #fit() {
    if (!this.info) return;
    const { lesson } = this;
    const { name, features: size } = this.info.extractor;
    const strange = lesson.extractor && ![this.#network, name].includes(lesson.extractor);
    lesson.extractor = this.#network;
    if (dropFeatures(lesson, strange ? -1 : size))
      this.#trouble(new Error(t`Pictures that another network had looked at are looked at anew.`));
    await this.#checkHead(lesson);
    this.#changed();
  }

  async #checkHead(lesson) {
    const { head } = lesson;
    if (!head) return;
    try {
      await this.session.use(head);
    } catch (error) {
      if (error.name === "DeviceLost" || lesson.head !== head) return;
      lesson.head = null;
      const sentence = t`What was trained before cannot be used any more; train again. (${error.message})`;
      this.#trouble(new Error(sentence));
    }
  }

  // classes

  addClass(name) {
    const added = lessons.addClass(this.lesson, name);
    this.#changed();
    return added;
  }

  renameClass(key, name) {
    lessons.renameClass(this.lesson, key, name);
    this.#changed();
  }

  removeClass(key) {
    const what = t`Class “${lessons.nameOf(this.lesson, key)}”`;
    const run = lessons.returnOfClass(this.lesson, key);
    lessons.removeClass(this.lesson, key);
    this.#did(what, run);
  }

  /** Switches a class on or off. */
  switchClass(key, on) {
    const { lesson } = this;
    lessons.switchClass(lesson, key, on);
    const run = () => lessons.switchClass(lesson, key, !on);
    this.#did(t`Class “${lessons.nameOf(lesson, key)}” as it was before`, run);
  }

  moveClass(key, place) {
    const { lesson } = this;
    const former = lesson.classes.findIndex((c) => c.key === key);
    lessons.moveClass(lesson, key, place);
    if (lesson.classes[former].key === key) return;
    const run = () => lessons.moveClass(lesson, key, former);
    this.#did(t`The former order of the classes`, run);
  }

  emptyClass(key) {
    const { lesson } = this;
    const samples = lessons.emptyClass(lesson, key);
    const run = () => samples.forEach((sample) => lesson.samples.set(sample.id, sample));
    this.#did(t`What was in “${lessons.nameOf(lesson, key)}”`, run);
  }

  // pictures

  /** Adds pictures (square JPEG Blobs) to a class. */
  addPictures(key, pictures) {
    const added = lessons.addPictures(this.lesson, key, pictures);
    this.#changed();
    return added;
  }

  removePicture(id) {
    const { lesson } = this;
    const sample = lesson.samples.get(id);
    if (!sample) return;
    lesson.samples.delete(id);
    const what = t`A picture of “${lessons.nameOf(lesson, sample.key)}”`;
    this.#did(what, () => lesson.samples.set(id, { ...sample }));
  }

  /** Moves a picture to another class; what the network saw in it goes along. */
  movePicture(id, key) {
    const { lesson } = this;
    const former = lesson.samples.get(id)?.key;
    if (former === undefined || former === key) return;
    const what = t`A picture of “${lessons.nameOf(lesson, former)}”`;
    lessons.movePicture(lesson, id, key);
    this.#did(what, () => lessons.movePicture(lesson, id, former));
  }

  /** While somebody records, the pictures wait. */
  set recording(on) {
    this.looking.paused = on;
  }

  // going back

  /** How many deletions and moves can be undone. */
  get changes() {
    return this.#undo.length;
  }

  /** Brings back what was deleted or moved last; returns what that is, in words. */
  undo() {
    const last = this.#undo.at(-1);
    if (!last) return null;
    last.run(); // RangeError, in words, where there is no room: then it stays on the list
    this.#undo.pop();
    this.#changed();
    return last.what;
  }

  // settings

  set(name, value) {
    this.lesson.settings[name] = value;
    this.keeper.touch();
  }

  setTitle(title) {
    lessons.setTitle(this.lesson, title);
    this.#changed();
  }

  setDirection(key, direction) {
    this.lesson.directions[key] = direction;
    this.#changed();
  }

  // train and predict

  get training() {
    return this.#training?.lesson === this.lesson;
  }

  /**
   * Trains on all pictures, once the worker is ready and those that wait have been
   * looked at. `progress` hears of each epoch. Returns `taught`; null where another
   * lesson has come in place of this one meanwhile.
   */
  train(progress = () => {}) {
    const former = this.#training;
    const training = { lesson: this.lesson };
    this.#training = training;
    training.done = this.#train(training.lesson, former, progress).finally(() => {
      if (this.#training === training) this.#training = null;
      this.#changed();
    });
    this.#changed();
    return training.done;
  }

  async #train(lesson, former, progress) {
    const gone = () => this.lesson !== lesson;
    await former?.done.catch(() => {}); // of another lesson, on its way out
    await this.started;
    await this.looking.done(gone);
    if (gone()) return null;
    const { settings } = lesson;
    const args = Object.fromEntries(this.options.map(({ name }) => [name, settings[name]]));
    try {
      const head = await this.session.train(lesson, args, (step) => gone() || progress(step));
      if (gone()) return null;
      lesson.head = head;
      return head.taught;
    } catch (error) {
      if (gone()) return null;
      throw error;
    }
  }

  /**
   * Takes part in a federation with all pictures, until its last round or
   * `session.leave`; its model is the lesson's then. Returns {rounds, trouble}: how many
   * rounds it was, and "" or why the server was lost.
   */
  async together(key, progress) {
    const { lesson } = this;
    await this.started;
    await this.looking.done(() => this.lesson !== lesson);
    const { head, ...said } = await this.session.together(lesson, key, progress);
    if (head && this.lesson === lesson) {
      lesson.head = head;
      this.#changed();
    }
    return said;
  }

  stop() {
    return this.session.stop();
  }

  /**
   * Probabilities for an ImageBitmap or VideoFrame, which is handed over: [{key,
   * share}], most likely first, and the seconds it took. Null where the lesson has
   * nothing trained, or another one has come in its place meanwhile.
   */
  async predict(image, mirror = false) {
    const { lesson } = this;
    if (!lesson.head) {
      image.close();
      return null;
    }
    const said = await this.session.predict(lesson.head, image, mirror);
    if (this.lesson !== lesson) return null;
    const shares = said.keys.map((key, i) => ({ key, share: said.probabilities[i] }));
    return { shares: shares.sort((a, b) => b.share - a.share), seconds: said.seconds };
  }

  // the project as a whole

  /**
   * The project as one zip: its pictures in class folders (what `pywebml teach` takes),
   * head and settings.
   */
  async exportProject() {
    await this.started;
    const { lesson } = this;
    return this.session.export(lesson, await filesOf(lesson));
  }

  /**
   * Replaces the lesson by an exported one. Error, in words, where the bytes are no
   * project; the lesson is then as it was.
   */
  async importProject(bytes) {
    await this.started;
    const { lesson, trouble } = lessonOf(this.options, await this.session.read(bytes));
    lesson.extractor = this.#network;
    this.#replace(lesson, t`The lesson before the import`);
    trouble.forEach((sentence) => this.#trouble(new Error(sentence)));
    await this.#fit();
  }

  /** What is in a project of Teachable Machine: [{name, pictures: [bytes]}]. */
  async unpack(bytes) {
    await this.started;
    return this.session.unpack(bytes);
  }

  /** What was trained, with the network below it, as a zip for Teachable Machine's library. */
  async exportWhole(name) {
    await this.started;
    return this.session.whole(this.lesson.head, name);
  }

  /** A page of what was trained, as a zip. */
  async exportPage(title) {
    await this.started;
    return this.session.page(this.lesson.head, await shellFiles(), title);
  }

  /** A lesson without pictures. */
  startOver() {
    this.#replace(lessons.newLesson(this.options), t`The lesson`);
  }

  // inside

  /** A change was made; `run` takes `what` back. */
  #did(what, run) {
    this.#undo.push({ what, run });
    this.#changed();
  }

  /** Another lesson, and a way back that loses no picture. */
  #replace(lesson, what) {
    const former = this.lesson;
    const known = new Set(lesson.samples.keys());
    const run = () => {
      lessons.addFrom(former, this.lesson, known);
      this.#put(former);
    };
    this.#undo.push({ what, run });
    this.#put(lesson);
  }

  #put(lesson) {
    if (this.training) this.stop().catch((error) => this.#trouble(error));
    this.lesson = lesson;
    this.#changed();
  }

  #snapshot() {
    const { title, classes, made, settings, directions, off, samples, head } = this.lesson;
    const extractor = this.lesson.extractor ?? this.#network;
    const project = { title, classes, made, settings, directions, off, extractor };
    return { project, samples, head };
  }

  #trouble(error) {
    this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
  }

  #storage(why) {
    this.dispatchEvent(new CustomEvent("storage", { detail: why }));
  }

  #changed() {
    this.keeper.touch();
    this.looking.start();
    this.dispatchEvent(new Event("change"));
  }
}
