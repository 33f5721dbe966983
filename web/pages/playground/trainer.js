// The network in the worker: made anew, trained frame by frame. Says by events "built"
// (what `playground.build` gives), "frame" (what `playground.frame` gives) and "change"
// (whether it plays). While a frame is drawn the worker makes the next one.

import { Pace } from "./pace.js";

export class Trainer extends EventTarget {
  pace = new Pace();
  playing = false;
  built = null;
  #worker;
  #newest = 0; // the number of the newest build; what belongs to older ones is dropped
  #building = Promise.resolve();
  #until = Infinity; // the epoch at which it pauses
  #run = null; // of whoever plays

  constructor(worker) {
    super();
    this.#worker = worker;
  }

  #say(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }

  /** Makes the network of these settings; it goes on training if it does. */
  build(options, anew) {
    const number = (this.#newest += 1);
    const before = this.#building.catch(() => {});
    this.#building = before.then(async () => {
      // of several changes in a row the last one counts
      if (number !== this.#newest) return;
      const built = await this.#worker.call("playground.build", { ...options, anew });
      this.built = built;
      this.pace.rest();
      if (number !== this.#newest) return;
      this.#say("built", { built, anew });
      this.#say("frame", built);
    });
    return this.#building;
  }

  /** Trains until it is paused, or so many epochs on. */
  async play(speed, epochs) {
    this.playing = true;
    this.#say("change");
    try {
      await this.#settled();
      this.#until = this.built.epoch + epochs;
      this.#run = this.#frames(speed);
      await this.#run;
    } finally {
      this.playing = false;
      this.pace.rest();
      this.#say("change");
    }
  }

  pause() {
    this.playing = false;
  }

  /** Some steps, where it does not play. */
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

  async #frames(speed) {
    const steps = () => this.pace.steps(speed(), this.built.steps_per_epoch);
    let next = this.#ask(steps());
    while (this.playing) {
      const frame = await next;
      await this.#settled();
      next = this.#ask(steps());
      await new Promise(requestAnimationFrame);
      this.#show(frame);
    }
    this.#show(await next);
  }

  async #ask(steps) {
    const [number, start] = [this.#newest, performance.now()];
    const frame = await this.#worker.call("playground.frame", { steps });
    this.pace.took(steps, performance.now() - start);
    return number === this.#newest ? frame : null;
  }

  #show(frame) {
    if (!frame) return;
    this.pace.shown(performance.now(), frame.steps);
    this.built = { ...this.built, epoch: frame.epoch };
    this.#say("frame", frame);
    if (frame.epoch >= this.#until || !Number.isFinite(frame.train_loss)) this.pause();
  }
}
