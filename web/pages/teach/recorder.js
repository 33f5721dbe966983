// Records the camera's pictures into a class: while a button is held, or hands-free,
// after a count-down and for a while. One class at a time.
//
// Events: "change" (what it does), "taken" (detail: how many pictures, at the end),
// "started" (the camera was off, and is on now), "trouble" (detail: an Error).

import { OVER, RECORDING, phaseAt } from "./pace.js";

const EVERY = 140; // milliseconds between two pictures

export class Recorder extends EventTarget {
  /** Which class is recorded; null: none. */
  key = null;
  /** What it does, as phaseAt says it. */
  now = OVER;
  #goesOn = false;

  constructor(classroom, camera) {
    super();
    Object.assign(this, { classroom, camera });
  }

  get handsFree() {
    return this.classroom.lesson.settings.hands_free;
  }

  /** Records until `stop`, one picture at least. */
  async hold(key) {
    if (this.key !== null) return;
    if (await this.#hasCamera()) this.dispatchEvent(new Event("started"));
    else await this.#record(key, (_, rounds) => (rounds && !this.#goesOn ? OVER : RECORDING));
  }

  /** Counts down, then records for a while, as the settings say. */
  async run(key) {
    if (this.key !== null) return;
    await this.#hasCamera();
    const times = { ...this.classroom.lesson.settings };
    await this.#record(key, (elapsed) => (this.#goesOn ? phaseAt(elapsed, times) : OVER));
  }

  stop() {
    this.#goesOn = false;
  }

  /** Turns the camera on where it is off; whether that was so. */
  async #hasCamera() {
    this.#goesOn = true;
    if (this.camera.on) return false;
    try {
      await this.camera.start();
    } catch (error) {
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
    }
    return this.camera.on;
  }

  /** `phase(elapsed, rounds)` says what to do next. */
  async #record(key, phase) {
    const { classroom, camera } = this;
    if (this.key !== null || !camera.on) return;
    const { lesson } = classroom;
    const begun = performance.now();
    const wanted = () => classroom.lesson === lesson && lesson.classes.some((c) => c.key === key);
    this.key = key;
    let taken = 0;
    try {
      for (let rounds = 0; camera.on && wanted(); rounds += 1) {
        const now = phase((performance.now() - begun) / 1000, rounds);
        if (now.phase === OVER.phase) break;
        this.#become(now);
        const next = new Promise((resolve) => setTimeout(resolve, EVERY));
        if (now.phase === RECORDING.phase && camera.seeing) {
          classroom.addPictures(key, [await camera.jpeg()]);
          taken += 1;
        }
        await next;
      }
      this.dispatchEvent(new CustomEvent("taken", { detail: taken }));
    } catch (error) {
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
    } finally {
      this.key = null;
      this.#become(OVER);
    }
  }

  #become(now) {
    this.now = now;
    this.classroom.recording = now.phase === RECORDING.phase;
    this.dispatchEvent(new Event("change"));
  }
}
