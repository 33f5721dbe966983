// What is on the stage: the network's games, or one's own. Dispatches "end" with what
// was shown when it is over.

import { Film, Game, MOST, ending } from "./game.js";
import { Stage } from "./stage.js";

const LONGEST = 0.1; // seconds between two frames that count
const SLOW = 0.4; // of one's own games in slow motion

export class Theatre extends EventTarget {
  slow = true;
  push = 0; // of one's own hand: -1, 0 or 1
  #stage;
  #clock;
  #shown = null; // a Film or a Game
  #last = 0;
  #frame = 0;

  constructor(canvas, clock) {
    super();
    this.#stage = new Stage(canvas);
    this.#clock = clock;
  }

  get playing() {
    return this.#shown instanceof Game && !this.#shown.over;
  }

  get watching() {
    return this.#shown instanceof Film && !this.#shown.over;
  }

  /** Shows a game of the network's. */
  watch(states) {
    this.#show(new Film(states));
  }

  /** Begins a game of one's own. */
  play() {
    this.push = 0;
    this.#show(new Game());
  }

  #show(game) {
    this.#shown = game;
    this.#last = 0;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame((now) => this.#next(now));
  }

  #next(now) {
    const game = this.#shown;
    const own = game instanceof Game;
    const passed = this.#last ? Math.min(LONGEST, (now - this.#last) / 1000) : 0;
    this.#last = now;
    game.advance(own && this.slow ? SLOW * passed : passed, this.push);
    const lost = game.over && game.steps < MOST;
    this.#stage.show(game.state, lost);
    this.#clock.textContent = String(game.steps);
    if (!game.over) {
      this.#frame = requestAnimationFrame((then) => this.#next(then));
      return;
    }
    const how = own ? ending(game.state, game.steps) : "";
    this.dispatchEvent(new CustomEvent("end", { detail: { own, steps: game.steps, how } }));
  }
}
