// Draws a game of Pellet Maze on a canvas. Colours come from the style sheet (custom
// properties), so light and dark follow it.

import { position } from "./game.js";
import { COLUMNS, DIRECTIONS, ROWS, isDoor, isWall } from "./maze.js";

const TURN = { right: 0, down: Math.PI / 2, left: Math.PI, up: -Math.PI / 2 };
const COLOURS = [
  "floor",
  "hedge",
  "hedge-light",
  "door",
  "pellet",
  "power",
  "bug",
  "bug-dark",
  "leg",
  "scared",
  "eye",
  "chaser-0",
  "chaser-1",
  "chaser-2",
  "chaser-3",
];

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.restyle();
  }

  /** Reads the colours again: the style sheet has others for dark. */
  restyle() {
    const style = getComputedStyle(this.canvas);
    this.colour = Object.fromEntries(
      COLOURS.map((name) => [name, style.getPropertyValue(`--maze-${name}`).trim()]),
    );
    this.hedges = null;
  }

  /** Draws the game as it is now; `seconds` is any clock, for what wiggles. */
  draw(game, seconds) {
    this.#fit();
    const { pen, unit } = this;
    const time = this.still.matches ? 0 : seconds;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    this.hedges ??= this.#drawHedges();
    pen.drawImage(this.hedges, 0, 0);
    // one tile is 1, and (0, 0) the middle of the first
    pen.setTransform(unit, 0, 0, unit, unit / 2, unit / 2);
    this.#drawPellets(game, time);
    for (const chaser of game.chasers)
      this.#twice(chaser, () => this.#drawChaser(game, chaser, time));
    this.#twice(game.player, () => this.#drawBug(game, time));
  }

  /** As many pixels as the screen has for the canvas. */
  #fit() {
    const width = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    const unit = width / COLUMNS;
    if (this.canvas.width === width && this.unit === unit) return;
    Object.assign(this.canvas, { width, height: Math.round(unit * ROWS) });
    this.unit = unit;
    this.hedges = null;
  }

  #drawHedges() {
    const layer = Object.assign(document.createElement("canvas"), {
      width: this.canvas.width,
      height: this.canvas.height,
    });
    const pen = layer.getContext("2d");
    const { unit, colour } = this;
    pen.fillStyle = colour.floor;
    pen.fillRect(0, 0, layer.width, layer.height);
    pen.setTransform(unit, 0, 0, unit, unit / 2, unit / 2);
    pen.lineCap = "round";
    for (const [width, name] of [
      [0.62, "hedge"],
      [0.3, "hedge-light"],
    ]) {
      pen.strokeStyle = colour[name];
      pen.lineWidth = width;
      pen.beginPath();
      for (let y = 0; y < ROWS; y += 1) {
        for (let x = 0; x < COLUMNS; x += 1) {
          if (!isWall(x, y)) continue;
          pen.moveTo(x, y);
          pen.lineTo(x + (x + 1 < COLUMNS && isWall(x + 1, y) ? 1 : 0.001), y);
          pen.moveTo(x, y);
          pen.lineTo(x, y + (isWall(x, y + 1) && y + 1 < ROWS ? 1 : 0));
        }
      }
      pen.stroke();
    }
    pen.strokeStyle = colour.door;
    pen.lineWidth = 0.16;
    pen.setLineDash([0.1, 0.24]);
    for (let x = 0; x < COLUMNS; x += 1) {
      for (let y = 0; y < ROWS; y += 1) if (isDoor(x, y)) line(pen, x - 0.5, y, x + 0.5, y);
    }
    return layer;
  }

  #drawPellets(game, time) {
    const { pen, colour } = this;
    for (const [key, kind] of game.pellets) {
      const x = key % COLUMNS;
      const y = Math.floor(key / COLUMNS);
      pen.fillStyle = colour[kind];
      pen.beginPath();
      if (kind === "pellet") pen.arc(x, y, 0.11, 0, 2 * Math.PI);
      else blossom(pen, x, y, 0.3 + 0.03 * Math.sin(time * 5), time);
      pen.fill();
    }
  }

  /** Draws somebody who is half through the tunnel at both ends. */
  #twice(who, draw) {
    const { x, y } = position(who);
    for (const shift of x < 0 ? [0, COLUMNS] : x > COLUMNS - 1 ? [0, -COLUMNS] : [0]) {
      this.pen.save();
      this.pen.translate(x + shift, y);
      draw();
      this.pen.restore();
    }
  }

  /** The player: a ladybird seen from above. */
  #drawBug(game, time) {
    const { pen, colour } = this;
    const { player, state } = game;
    if (state === "caught") pen.scale(Math.max(0, game.pause), Math.max(0, game.pause));
    pen.rotate(TURN[player.direction]);
    pen.strokeStyle = colour.leg;
    pen.lineWidth = 0.07;
    pen.lineCap = "round";
    for (const side of [-1, 1]) {
      for (const [i, at] of [-0.2, 0.02, 0.22].entries()) {
        const swing = player.moving ? 0.1 * Math.sin(time * 22 + 2 * i + side) : 0;
        line(pen, at, side * 0.2, at + swing, side * 0.47);
      }
      line(pen, 0.34, side * 0.08, 0.52, side * 0.2);
    }
    disc(pen, 0.27, 0, 0.21, colour.leg);
    disc(pen, 0, 0, 0.37, colour.bug);
    pen.strokeStyle = colour["bug-dark"];
    line(pen, -0.36, 0, 0.3, 0);
    for (const [x, y] of [
      [0.12, 0.18],
      [-0.16, 0.17],
      [0.12, -0.18],
      [-0.16, -0.17],
    ])
      disc(pen, x, y, 0.075, colour["bug-dark"]);
    for (const side of [-1, 1]) disc(pen, 0.38, side * 0.1, 0.06, colour.eye);
  }

  /**
   * Each chaser has its own outline, so that nobody needs the colours to tell them
   * apart.
   */
  #drawChaser(game, chaser, time) {
    const { pen, colour } = this;
    const scared = chaser.mood === "scared";
    const fading = scared && game.fright < 2 && Math.floor(game.fright * 4) % 2 === 1;
    if (chaser.mood !== "eaten") {
      const bob = 0.03 * Math.sin(time * 7 + chaser.index);
      pen.fillStyle = scared && !fading ? colour.scared : colour[`chaser-${chaser.index}`];
      pen.beginPath();
      OUTLINES[chaser.index](pen, 0.42 + bob);
      pen.fill();
    }
    const look = DIRECTIONS[chaser.direction];
    for (const side of [-1, 1]) {
      disc(pen, side * 0.15, -0.04, 0.12, colour.eye);
      disc(
        pen,
        side * 0.15 + (scared ? 0 : 0.05 * look.x),
        -0.04 + (scared ? 0.05 : 0.05 * look.y),
        0.06,
        colour["bug-dark"],
      );
    }
    if (scared) {
      pen.strokeStyle = colour.eye;
      pen.lineWidth = 0.06;
      pen.beginPath();
      pen.arc(0, 0.28, 0.1, Math.PI, 2 * Math.PI);
      pen.stroke();
    }
  }
}

const OUTLINES = [
  // Ember: a flame
  (pen, r) => {
    pen.moveTo(0, -1.25 * r);
    pen.bezierCurveTo(0.3 * r, -0.7 * r, 1.15 * r, -0.45 * r, r, 0.35 * r);
    pen.bezierCurveTo(0.9 * r, 1.2 * r, -0.9 * r, 1.2 * r, -r, 0.35 * r);
    pen.bezierCurveTo(-1.1 * r, -0.2 * r, -0.5 * r, -0.3 * r, 0, -1.25 * r);
  },
  // Tide: a jelly with three arms
  (pen, r) => {
    pen.arc(0, -0.1 * r, r, Math.PI, 0);
    for (const x of [1, 0.33, -0.33])
      pen.quadraticCurveTo((x - 0.03) * r, 1.3 * r, (x - 0.66) * r, 0.5 * r);
    pen.closePath();
  },
  // Moss: a round stone
  (pen, r) => pen.roundRect(-r, -0.95 * r, 2 * r, 1.9 * r, 0.55 * r),
  // Dusk: a star
  (pen, r) => {
    for (let i = 0; i < 16; i += 1) {
      const at = r * (i % 2 ? 0.85 : 1.2);
      pen.lineTo(at * Math.sin((i * Math.PI) / 8), -at * Math.cos((i * Math.PI) / 8));
    }
    pen.closePath();
  },
];

function blossom(pen, x, y, r, time) {
  for (let i = 0; i < 5; i += 1) {
    const a = (2 * Math.PI * i) / 5 + time * 0.6;
    pen.moveTo(x + r, y);
    pen.arc(x + 0.55 * r * Math.cos(a), y + 0.55 * r * Math.sin(a), 0.5 * r, 0, 2 * Math.PI);
  }
}

function disc(pen, x, y, r, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, r, 0, 2 * Math.PI);
  pen.fill();
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}
