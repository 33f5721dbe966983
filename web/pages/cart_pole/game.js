// The cart and its pole for one who plays by hand: the rules of
// pywebml/apps/cart_pole/physics.py, except that one may push not at all. No DOM.

const GRAVITY = 9.8; // m/s²
const CART = 1; // kg
const POLE = 0.1;
const HALF = 0.5; // of the pole's length, m
const FORCE = 10; // N
export const TAU = 0.02; // s of a step
export const REACH = 2.4; // m from the middle
const LEAN = (12 * Math.PI) / 180;
export const MOST = 500; // steps of a game that is won

/**
 * A step on: [place, speed, angle, turn], pushed to the left (-1), to the right (1) or not
 * at all.
 */
export function moved([x, speed, angle, turn], push) {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const pushed = (FORCE * push + POLE * HALF * turn * turn * sine) / (CART + POLE);
  const turning =
    (GRAVITY * sine - cosine * pushed) /
    (HALF * (4 / 3 - (POLE * cosine * cosine) / (CART + POLE)));
  const gaining = pushed - (POLE * HALF * turning * cosine) / (CART + POLE);
  return [x + TAU * speed, speed + TAU * gaining, angle + TAU * turn, turn + TAU * turning];
}

export const upright = ([x, , angle]) => Math.abs(x) <= REACH && Math.abs(angle) <= LEAN;

/** Why a game is over, in words. */
export function ending(state, steps) {
  if (steps >= MOST) return "won";
  return Math.abs(state[0]) > REACH ? "left the track" : "fell";
}

/** One's own game. */
export class Game {
  steps = 0;
  over = false;
  #spare = 0; // seconds that are no whole step yet

  constructor(random = Math.random) {
    this.state = Array.from({ length: 4 }, () => 0.1 * random() - 0.05);
  }

  /** Goes on by so many seconds, by whole steps. */
  advance(seconds, push) {
    this.#spare += seconds;
    while (this.#spare >= TAU && !this.over) {
      this.#spare -= TAU;
      this.state = moved(this.state, push);
      this.steps += 1;
      this.over = !upright(this.state) || this.steps >= MOST;
    }
  }
}

/** A game of the network's: its states, shown step by step. */
export class Film {
  #time = 0;

  /** @param {Float32Array} states four numbers a step */
  constructor(states) {
    this.states = states;
    this.length = states.length / 4;
  }

  advance(seconds) {
    this.#time += seconds;
  }

  get steps() {
    return Math.min(this.length, Math.floor(this.#time / TAU + 1e-6) + 1);
  }

  get over() {
    return this.#time >= this.length * TAU;
  }

  get state() {
    return Array.from(this.states.subarray(4 * (this.steps - 1), 4 * this.steps));
  }
}
