// Drawings of the three gestures, which every browser shows alike, unlike emoji.

import { svg } from "../../shared/dom.js";

const FINGERS = [-17, -6, 6, 17]; // where they begin, from the thumb on
const LEANS = { paper: [-0.24, -0.08, 0.08, 0.24], scissors: [-0.2, 0.16] };
const LENGTHS = [50, 57, 53, 44];

/** @param {string} gesture "rock", "paper", "scissors", or anything else for none yet */
export function hand(gesture) {
  const leans = LEANS[gesture] ?? [];
  const stretched = leans.map((lean, i) => {
    const [x, long] = [FINGERS[i], LENGTHS[i]];
    return limb([x, -8], [x + Math.sin(lean) * long, -16 - Math.cos(lean) * long], 12);
  });
  const folded = FINGERS.slice(leans.length).map((x) => limb([x, -20], [x, 0], 10.5));
  const thumb = gesture === "paper" ? limb([-16, 12], [-40, -10], 12) : limb([-20, 12], [6, 6], 12);
  const palm = limb([-10, 6], [10, 6], 34);
  const parts = [limb([0, 30], [0, 60], 26), ...stretched, palm, ...folded.reverse()];
  const all = gesture === "paper" ? [thumb, ...parts] : [...parts, thumb];
  return svg("svg", { viewBox: "-50 -80 100 140", class: "hand", "aria-hidden": "true" }, ...all);
}

function limb([x1, y1], [x2, y2], width) {
  const line = (look, w) => svg("line", { x1, y1, x2, y2, class: look, "stroke-width": w });
  return svg("g", { "stroke-linecap": "round" }, line("edge", width + 5), line("skin", width));
}
