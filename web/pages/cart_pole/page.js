// Balance a pole: the policy in the worker that plays and learns, a typical game of each
// iteration on the stage, and games of one's own.

import { LineChart } from "../../shared/charts.js";
import { say } from "../../shared/dialogs.js";
import { download, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { History } from "../../shared/history.js";
import { openPage, working } from "../../shared/opening.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { find } from "../find.js";
import { MOST } from "./game.js";
import { Theatre } from "./theatre.js";

const AT_ONCE = "iterations"; // counts while it trains
const KEYS = { ArrowLeft: -1, ArrowRight: 1, a: -1, d: 1 };
const BACK = "The policy that you trained here is back: Train goes on with it.";
const READY = "Ready: it takes some seconds.";
const HOW =
  "Keep the pole up with the arrow keys, or the buttons below. Space begins another game.";

const { options } = await described("cart_pole");
const { worker } = openPage();
const settings = Object.fromEntries(options.map((option) => [option.name, option.default]));
Object.assign(settings, fromAddress(options));
const form = new Settings(options);
const theatre = new Theatre(find("canvas"), find("clock"));
const chart = new LineChart({
  name: "Steps",
  note: `${MOST} are a win`,
  lines: ["trained", "held"],
  words: ["all games on average", "the longest"],
  unit: "iteration",
});
let history = new History(2);
let begun = null; // a promise: the policy is there
let training = false;
let job = Promise.resolve(); // the newest training
let next = null; // {states, iteration}: what is shown after the game that is on
let own = false; // whether the stage is the visitor's
let best = 0; // of the visitor's games

form.show(settings);
find("settings").replaceWith(form.element, form.help);
find("curve").replaceWith(chart.element);

// what the visitor does

form.addEventListener("change", ({ detail: { name, value } }) => {
  settings[name] = value;
  if (name !== AT_ONCE) find("later").hidden = false;
});
find("train").addEventListener("click", () => {
  if (training) pause();
  else job = job.then(train);
});
find("reset").addEventListener("click", () => begin().catch(trouble));
find("watch").addEventListener("click", watch);
find("play").addEventListener("click", play);
find("slow").addEventListener("change", ({ target }) => (theatre.slow = target.checked));
find("save").addEventListener("click", save);
find("load").addEventListener("click", () => find("file").click());
find("file").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (file) await load(file);
});
acceptDropsElsewhere(([file]) => load(file));
restore();
for (const [id, push] of [
  ["left", -1],
  ["right", 1],
])
  hold(find(id), push);
find("stage").addEventListener("keydown", (event) => {
  if (event.key in KEYS) {
    if (!theatre.playing && !event.repeat) play();
    theatre.push = KEYS[event.key];
  } else if (event.key === " " && !theatre.playing) play();
  else return;
  event.preventDefault();
});
find("stage").addEventListener("keyup", ({ key }) => {
  if (KEYS[key] === theatre.push) theatre.push = 0;
});
find("stage").addEventListener("blur", () => (theatre.push = 0));
theatre.addEventListener("end", ({ detail }) => ended(detail));

// the policy

/** A policy that knows nothing yet. */
async function begin() {
  pause();
  await job;
  begun = worker.call("cart_pole.begin", { ...settings });
  show({ ...(await begun), fresh: true });
  find("hint").textContent = READY;
  find("later").hidden = true;
}

/** The policy that was kept in this browser; else one that knows nothing. */
async function restore() {
  begun = worker.call("cart_pole.restore", { ...settings });
  try {
    const { back, ...state } = await begun;
    show({ ...state, fresh: true });
    if (training) return;
    find("hint").textContent = back ? BACK : READY;
    if (back) await watch();
  } catch (error) {
    trouble(error);
  }
}

function pause() {
  training = false;
}

/** Plays and learns until it is paused, its goal or its iterations are reached. */
async function train() {
  training = true;
  own = false;
  button(true);
  try {
    const outcome = await working(async () => {
      await begun;
      await iterate();
      find("hint").textContent = "Playing 100 new games…";
      const summary = await worker.call("cart_pole.summary");
      await worker.call("cart_pole.keep").catch(() => null); // a private window keeps nothing
      return summary;
    });
    find("hint").textContent = judged(outcome);
  } catch (error) {
    find("hint").textContent = "That did not work; train again.";
    return trouble(error);
  } finally {
    training = false;
    button(false);
  }
  return own ? undefined : watch();
}

async function iterate() {
  const until = Number(find("iteration").textContent) + settings.iterations;
  let state;
  do {
    state = await worker.call("cart_pole.iterate");
    show(state);
    find("hint").textContent = "Learning…";
    next = { states: state.states, iteration: state.iterations };
    if (!own && !theatre.watching) showNext();
  } while (training && !state.solved && state.iterations < until);
}

function judged({ mean_steps, won, tested }) {
  if (won === tested) return `It wins all of ${tested} new games.`;
  return `In ${tested} new games it keeps the pole up for ${Math.round(mean_steps)} steps on average, and wins ${won}.`;
}

function show({ iterations, mean_steps, longest, fresh }) {
  find("iteration").textContent = String(iterations);
  if (fresh) history = new History(2);
  else history.add(iterations, [mean_steps, longest]);
  find("mean").textContent = fresh ? "–" : mean_steps.toFixed(0);
  find("longest").textContent = fresh ? "–" : String(longest);
  chart.draw(history.lines, history.epochs, history.every);
}

function button(on) {
  find("train").lastElementChild.textContent = on ? "Pause" : "Train";
  find("train")
    .querySelector("use")
    .setAttribute("href", on ? "#i-pause" : "#i-play");
}

// the stage

function showNext() {
  const { states, iteration } = next;
  next = null;
  theatre.watch(states);
  find("caption").textContent =
    `A typical game of iteration ${iteration}: ${states.length / 4} steps.`;
}

async function watch() {
  try {
    own = false;
    await begun;
    const { states } = await worker.call("cart_pole.show");
    theatre.watch(states);
    find("caption").textContent = `A new game of the network's: ${states.length / 4} steps.`;
  } catch (error) {
    trouble(error);
  }
}

function play() {
  own = true;
  theatre.play();
  find("caption").textContent = HOW;
  find("stage").focus({ preventScroll: true });
}

function ended({ own: mine, steps, how }) {
  if (!mine) {
    if (next && !own) showNext();
    return;
  }
  best = Math.max(best, steps);
  const result = how === "won" ? "You won: ten seconds!" : `It ${how} after ${steps} steps.`;
  find("caption").textContent = `${result} Your best: ${best}. Space begins another game.`;
}

/** A button that pushes for as long as it is held. */
function hold(element, push) {
  const press = (event) => {
    if (event.type === "keydown" && ![" ", "Enter"].includes(event.key)) return;
    if (!event.repeat && !theatre.playing) {
      play();
      element.focus({ preventScroll: true });
    }
    theatre.push = push;
    event.preventDefault();
  };
  const release = () => {
    if (theatre.push === push) theatre.push = 0;
  };
  for (const name of ["pointerdown", "keydown"]) element.addEventListener(name, press);
  for (const name of ["pointerup", "pointercancel", "pointerleave", "keyup", "blur"])
    element.addEventListener(name, release);
}

// files

async function save() {
  try {
    await begun;
    download("cart_pole.zip", await worker.call("cart_pole.save"), "application/zip");
  } catch (error) {
    trouble(error);
  }
}

async function load(file) {
  try {
    if (!file || training) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    await begun;
    show({ ...(await worker.call("cart_pole.load", { bytes, name: file.name })), fresh: true });
    find("hint").textContent = `Loaded: ${file.name}. Train goes on with it.`;
    await watch();
  } catch (error) {
    trouble(error);
  }
}

function trouble(error) {
  if (error.name !== "WorkerFailed") say(words(error), "bad");
}
