// What learns in the worker: made anew by the session's `build`, trained frame by frame
// by its `frame`. Says by events "built" and "frame" (what these give) and "change"
// (whether it plays). While a frame is drawn the worker makes the next one.

import { Pace } from "./pace.js";

/** @typedef {{ call(method: string, args?: any): Promise<any> }} Caller the page's worker */
/** @typedef {"step" | "epoch" | "most"} Speed */
/**
 * @typedef {object} Frame what a session gives of the moment, among other things
 * @property {number} steps in all
 * @property {number} epoch
 * @property {number} train_loss
 * @property {boolean} [diverged] whether it has begun anew
 */
/** @typedef {Frame & { steps_per_epoch: number }} Built */

export class Trainer extends EventTarget {
  pace = new Pace();
  playing = false;
  /** @type {Built | null} */
  built = null;
  #worker;
  #app;
  #newest = 0; // the number of the newest build; what belongs to older ones is dropped
  #begun = () => {};
  /** @type {Promise<void>} who plays before the first build waits for it */
  #building = new Promise((resolve) => (this.#begun = resolve));
  #until = Infinity; // the epoch at which it pauses

  /**
   * @param {Caller} worker
   * @param {string} app whose session it is
   */
  constructor(worker, app) {
    super();
    this.#worker = worker;
    this.#app = app;
  }

  /**
   * @param {string} event
   * @param {any} detail
   */
  #say(event, detail = null) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }

  /**
   * Makes what these settings say; it goes on training if it does.
   *
   * @param {Record<string, any>} options
   * @param {boolean} anew
   */
  build(options, anew) {
    const number = (this.#newest += 1);
    const before = number > 1 ? this.#building.catch(() => {}) : Promise.resolve();
    this.#building = before.then(async () => {
      // of several changes in a row the last one counts
      if (number !== this.#newest) return;
      const built = await this.#worker.call(`${this.#app}.build`, { ...options, anew });
      this.built = built;
      this.pace.rest();
      if (number !== this.#newest) return;
      this.#say("built", { built, anew });
      this.#say("frame", built);
    });
    this.#begun();
    return this.#building;
  }

  /**
   * Trains until it is paused, or so many epochs on.
   *
   * @param {() => Speed} speed
   * @param {number} epochs
   */
  async play(speed, epochs) {
    this.playing = true;
    this.#say("change");
    try {
      await this.#settled();
      this.#until = /** @type {Built} */ (this.built).epoch + epochs;
      await this.#frames(speed);
    } finally {
      this.playing = false;
      this.pace.rest();
      this.#say("change");
    }
  }

  pause() {
    this.playing = false;
  }

  /**
   * Some steps, where it does not play.
   *
   * @param {number} steps
   */
  async step(steps) {
    await this.#settled();
    await this.#ask(steps).then((frame) => this.#show(frame));
  }

  /** Until what was built last is there. */
  async #settled() {
    let building;
    do {
      building = this.#building;
      await building;
    } while (building !== this.#building);
  }

  /** @param {() => Speed} speed */
  async #frames(speed) {
    const epoch = () => /** @type {Built} */ (this.built).steps_per_epoch;
    const steps = () => this.pace.steps(speed(), epoch());
    let next = this.#ask(steps());
    while (this.playing) {
      const frame = await next;
      await this.#settled();
      const enough = frame !== null && frame.epoch >= this.#until;
      next = this.#ask(enough ? 0 : steps());
      await new Promise(requestAnimationFrame);
      this.#show(frame);
    }
    this.#show(await next);
  }

  /**
   * @param {number} steps
   * @returns {Promise<Frame | null>}
   */
  async #ask(steps) {
    const [number, start] = [this.#newest, performance.now()];
    const frame = await this.#worker.call(`${this.#app}.frame`, { steps });
    this.pace.took(steps, performance.now() - start);
    return number === this.#newest ? frame : null;
  }

  /** @param {Frame | null} frame */
  #show(frame) {
    if (!frame) return;
    this.pace.shown(performance.now(), frame.steps);
    this.built = { .../** @type {Built} */ (this.built), epoch: frame.epoch };
    this.#say("frame", frame);
    const lost = frame.diverged || !Number.isFinite(frame.train_loss);
    if (lost || frame.epoch >= this.#until) this.pause();
  }
}
