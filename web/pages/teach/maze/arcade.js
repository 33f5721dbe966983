// Pellet Maze on the page: canvas, buttons, keys, swipes. The rules are in game.js, the
// drawing in draw.js.

import { Painter } from "./draw.js";
import { PACES, TICK, newGame, steer, step } from "./game.js";
import { counted, h } from "../../../shared/dom.js";
import { t } from "../../../shared/language.js";

const KEYS = {
  ArrowUp: "up",
  ArrowLeft: "left",
  ArrowDown: "down",
  ArrowRight: "right",
  KeyW: "up",
  KeyA: "left",
  KeyS: "down",
  KeyD: "right",
};
const ARROWS = { up: "↑", left: "←", down: "↓", right: "→" };
const SWIPE = 18; // CSS pixels
const BEST = "pellet-maze-best";
const PACE_WORDS = { calm: t`Calm`, normal: t`Normal`, lively: t`Lively` };

/**
 * Builds the game into `root`. Returns {steer(direction), state()}: what predictions
 * and tests need.
 */
export function createArcade(root) {
  return new Arcade(root);
}

class Arcade {
  #game = newGame({ seed: newSeed(), pace: "calm" });
  #running = false; // started and not paused
  #started = false;
  #owed = 0; // seconds not yet simulated
  #last = 0;
  #asked = null; // the animation frame that is asked for

  constructor(root) {
    this.canvas = h("canvas", {
      class: "maze",
      tabIndex: 0,
      role: "application",
      "aria-label": t`Pellet Maze`,
      "aria-describedby": "maze-help",
    });
    this.score = h("dd", { text: "0" });
    this.best = h("dd", { text: String(readBest()) });
    this.lives = h("dd", {});
    this.level = h("dd", {});
    this.news = h("p", { class: "unseen", role: "status" });
    this.banner = h("p", { class: "banner" });
    this.compass = h("span", { class: "compass", "aria-hidden": "true" });
    this.play = h("button", {
      type: "button",
      class: "primary",
      text: t`Play`,
      on: { click: () => this.toggle() },
    });
    this.again = h("button", {
      type: "button",
      text: t`New game`,
      hidden: true,
      on: { click: () => this.start() },
    });
    const paces = Object.keys(PACES).map((pace) =>
      h("option", { value: pace, text: PACE_WORDS[pace] }),
    );
    this.pace = h(
      "select",
      { on: { change: () => (this.#game.pace = this.pace.value) } },
      ...paces,
    );
    this.pace.value = this.#game.pace;
    const numbers = {
      [t`Score`]: this.score,
      [t`Best`]: this.best,
      [t`Lives`]: this.lives,
      [t`Level`]: this.level,
    };
    root.append(
      h("div", { class: "row" }, h("h3", { text: t`Pellet Maze` }), this.compass),
      h(
        "dl",
        { class: "scores" },
        ...Object.entries(numbers).map(([name, dd]) => h("div", {}, h("dt", { text: name }), dd)),
      ),
      h("div", { class: "board" }, this.canvas, this.banner),
      h(
        "div",
        { class: "row" },
        this.play,
        this.again,
        h("label", { class: "field inline" }, t`Pace`, this.pace),
      ),
      h("p", {
        class: "hint",
        id: "maze-help",
        text: t`Steer with what you taught, with the arrow keys or W A S D, or by swiping over the maze. P pauses.`,
      }),
      this.news,
    );
    this.painter = new Painter(this.canvas);
    this.#listen();
    this.#show();
    new ResizeObserver(() => this.#wake()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.painter.restyle();
      this.#wake();
    });
  }

  /** Turns the player that way as soon as there is a way. */
  steer(direction) {
    steer(this.#game, direction);
    this.compass.textContent = ARROWS[direction];
  }

  /** What the game is doing: for tests and for the page. */
  state() {
    const { score, lives, level, state, player } = this.#game;
    return {
      score,
      lives,
      level,
      state,
      running: this.#running,
      wanted: player.wanted,
      x: player.x,
      y: player.y,
    };
  }

  start() {
    this.#game = newGame({ seed: newSeed(), pace: this.pace.value });
    this.#started = true;
    this.#run(true);
    this.canvas.focus({ preventScroll: true });
  }

  toggle() {
    if (!this.#started || this.#game.state === "over") this.start();
    else this.#run(!this.#running);
  }

  #run(on) {
    this.#running = on;
    this.#owed = 0;
    this.#show();
    this.#wake();
  }

  /**
   * Frames come while the game runs; when it doesn't, one is drawn where something has
   * changed.
   */
  #wake() {
    this.#asked ??= requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now) {
    this.#asked = null;
    const passed = Math.min(0.1, (now - this.#last) / 1000); // after a long gap the game doesn't rush
    this.#last = now;
    if (this.#running) {
      this.#owed += passed;
      const events = [];
      for (; this.#owed >= TICK; this.#owed -= TICK) {
        step(this.#game);
        events.push(...this.#game.events);
      }
      if (events.length) this.#happened(events);
    }
    if (this.canvas.clientWidth) this.painter.draw(this.#game, now / 1000);
    if (this.#running) this.#wake();
  }

  #happened(events) {
    if (events.includes("over")) {
      this.#running = false;
      if (this.#game.score > readBest()) writeBest(this.#game.score);
    }
    this.#show();
    const { lives, level, score } = this.#game;
    const told = {
      caught: t`Caught. ${counted(lives, "life", "lives")} left.`,
      level: t`Level ${level}.`,
      power: t`Power! Chase them.`,
      life: t`An extra life.`,
      over: t`Game over. ${score} points.`,
    };
    const last = events.filter((event) => told[event]).at(-1);
    if (last) this.news.textContent = told[last];
  }

  #show() {
    const { score, lives, level, state } = this.#game;
    this.score.textContent = score;
    this.best.textContent = Math.max(score, readBest());
    this.lives.textContent = lives;
    this.level.textContent = level;
    const over = state === "over";
    this.play.textContent = over
      ? t`Play again`
      : this.#running
        ? t`Pause`
        : this.#started
          ? t`Go on`
          : t`Play`;
    this.again.hidden = !this.#started || over || this.#running;
    const words = over
      ? t`Game over · ${score} points`
      : !this.#started
        ? ""
        : !this.#running
          ? t`Paused`
          : { ready: t`Level ${level} · ready?`, cleared: t`All eaten!` }[state];
    this.banner.textContent = words ?? "";
    this.banner.hidden = !words;
  }

  #listen() {
    this.canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (KEYS[event.code]) this.steer(KEYS[event.code]);
      else if (event.code === "KeyP" || event.code === "Space") this.toggle();
      else return;
      event.preventDefault();
    });
    document.addEventListener(
      "visibilitychange",
      () => document.hidden && this.#running && this.#run(false),
    );
    let from = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      from = event;
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      const x = event.clientX - from.clientX;
      const y = event.clientY - from.clientY;
      if (Math.max(Math.abs(x), Math.abs(y)) < SWIPE) return;
      this.steer(Math.abs(x) > Math.abs(y) ? (x > 0 ? "right" : "left") : y > 0 ? "down" : "up");
      from = event; // a finger that stays down may turn again
    });
    ["pointerup", "pointercancel"].forEach((name) =>
      this.canvas.addEventListener(name, () => (from = null)),
    );
  }
}

const newSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

function readBest() {
  try {
    return Number(localStorage.getItem(BEST)) || 0;
  } catch {
    return 0; // no storage in this browser's mode
  }
}

function writeBest(score) {
  try {
    localStorage.setItem(BEST, String(score));
  } catch {
    // the score of this visit is shown all the same
  }
}
