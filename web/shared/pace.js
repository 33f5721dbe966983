// How many steps the network makes from one frame to the next: no DOM.

const BUDGET = 14; // milliseconds of a frame at 60 frames a second
const MOST = 500;

export class Pace {
  #fits = 1; // steps that a frame has time for, as far as is known
  /** @type {{ now: number, steps: number }[]} */
  #frames = []; // when the last ones came, and how many steps they had made

  /**
   * @param {"step" | "epoch" | "most"} speed one step, an epoch, or all that fit
   * @param {number} epoch steps of one
   */
  steps(speed, epoch) {
    const most = { step: 1, epoch, most: MOST }[speed];
    return Math.max(1, Math.min(Math.floor(this.#fits), most));
  }

  /**
   * Hears that so many steps took so many milliseconds, from question to answer.
   *
   * @param {number} steps
   * @param {number} milliseconds
   */
  took(steps, milliseconds) {
    if (!steps) return; // somebody only looked
    if (milliseconds < BUDGET) {
      // a frame that was short of time says what fits, others only that more may
      if (steps >= Math.floor(this.#fits)) this.#fits = Math.min(MOST, this.#fits * 1.3 + 1);
    } else {
      this.#fits = Math.max(1, Math.min(this.#fits, steps * Math.max(0.5, BUDGET / milliseconds)));
    }
  }

  /**
   * Hears of a frame that was shown at `now` (milliseconds), after `steps` steps in all.
   *
   * @param {number} now
   * @param {number} steps
   */
  shown(now, steps) {
    this.#frames.push({ now, steps });
    while (now - this.#frames[0].now > 1000 && this.#frames.length > 2) this.#frames.shift();
  }

  /** Of the last second: {steps, frames} per second, or null as long as nothing is known. */
  get rate() {
    const [first, last] = [this.#frames[0], this.#frames.at(-1)];
    const seconds = first && last ? (last.now - first.now) / 1000 : 0;
    if (!first || !last || !seconds) return null;
    return {
      steps: (last.steps - first.steps) / seconds,
      frames: (this.#frames.length - 1) / seconds,
    };
  }

  /** After a pause: what was shown before it says nothing of what comes. */
  rest() {
    this.#frames = [];
  }
}
