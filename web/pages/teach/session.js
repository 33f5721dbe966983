// The session in the worker, which computes: a cache of the lesson. It is told what it
// needs with each question, so that nothing on the page waits to be told to it.

import { t } from "../../shared/language.js";
import { classesOn } from "./lesson.js";

export class Session {
  info = null; // what the worker said when it was ready
  #head = null; // of a lesson: the one that the session has

  constructor(worker) {
    this.worker = worker;
  }

  async ready() {
    this.info = await this.worker.call("ready");
    return this.info;
  }

  /** Which network's features these are. */
  async extractor() {
    return (await this.#call("state")).extractor;
  }

  /** What there is to see in a picture (Blob): {features, thumbnail}, Float32Arrays. */
  async look(picture) {
    const image = await createImageBitmap(picture).catch(() => {
      throw new Error(
        t`There are pictures that this browser cannot read; they are not trained on.`,
      );
    });
    return this.#call("features", { image }, [image]);
  }

  /**
   * Trains on the pictures of the classes that are on, as far as they have been looked at. Returns the head:
   * {bytes, keys, names, taught}.
   */
  async train(lesson, args, progress) {
    await this.#tell({ ...lesson, classes: classesOn(lesson) });
    const { head: bytes, ...taught } = await this.#call("train", args, [], progress);
    const head = { bytes, keys: taught.keys, names: taught.names, taught };
    this.#head = head;
    return head;
  }

  stop() {
    return this.#call("stop");
  }

  /**
   * Takes part in a federation with the pictures of the classes that are on, until
   * its last round or `leave`. `key`: the public key, PEM as bytes. Returns {head, rounds,
   * trouble}: the head null where no round was over, and "" or why the server was lost.
   */
  async together(lesson, key, progress) {
    await this.#tell({ ...lesson, classes: classesOn(lesson) });
    const said = await this.#call("together", { public_key: key }, [], progress);
    if (!said) return { head: null, rounds: 0, trouble: "" };
    const { head: bytes, rounds, trouble, ...taught } = said;
    const named = new Map(lesson.classes.map((c) => [c.name, c.key]));
    const keys = taught.names.map((name) => named.get(name) ?? name);
    const about = { ...taught, keys, confusion: null, measured: "validation", history: {} };
    return { head: { bytes, keys, names: taught.names, taught: about }, rounds, trouble };
  }

  /** The server's answer to a call of `together`. */
  answered(number, { status, body }) {
    return this.#call("answered", { number, status, body }, [body.buffer]);
  }

  leave() {
    return this.#call("leave");
  }

  /** Takes a head for what is asked next. ValueError where it does not fit the network. */
  async use(head) {
    if (this.#head === head) return;
    await this.#call("load_head", { bytes: head.bytes, keys: head.keys });
    this.#head = head;
  }

  /** An ImageBitmap or VideoFrame, which is handed over, by a head: as the worker says it. */
  async predict(head, image, mirror) {
    try {
      await this.use(head);
    } catch (error) {
      image.close();
      throw error;
    }
    return this.#call("predict", { image, mirror }, [image]);
  }

  /** A lesson as a zip with `extra` files. */
  async export(lesson, extra) {
    if (lesson.head) await this.use(lesson.head);
    await this.#tell(lesson);
    return this.#call("export", { extra, head: Boolean(lesson.head) });
  }

  /** What is in a zip; the session stays as it is. */
  read(bytes) {
    return this.#call("read", { bytes });
  }

  /** [{name, pictures: [bytes]}] of a project of Teachable Machine. */
  async unpack(bytes) {
    return (await this.#call("unpack", { bytes })).classes;
  }

  /** A head and its network as a zip for Teachable Machine's library. */
  async whole(head, name) {
    await this.use(head);
    return this.#call("teachable_machine", { name });
  }

  /** A head as a page of its own, zipped; `files` stand around it. */
  async page(head, files, title) {
    await this.use(head);
    return this.#call("own_page", { files, title });
  }

  #tell({ classes, samples }) {
    const keys = new Set(classes.map((c) => c.key));
    const seen = [...samples.values()].filter((s) => s.features && keys.has(s.key));
    return this.#call("lesson", {
      classes: classes.map(({ key, name }) => ({ key, name })),
      samples: seen.map(({ id, key, features, thumbnail }) => ({ id, key, features, thumbnail })),
    });
  }

  /** A method of the session in the worker. */
  #call(method, args = {}, transfer = [], progress = null) {
    return this.worker.call(`teach.${method}`, args, transfer, progress);
  }
}
