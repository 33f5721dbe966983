// Face points: a network learns in the worker where points of faces are, shows it on faces
// meanwhile, finds those of one's own, and is made small.

import { h, words } from "../../shared/dom.js";
import { Keeper } from "../../shared/keeper.js";
import { Kept } from "../../shared/kept.js";
import { openPage } from "../../shared/opening.js";
import { Plot } from "../../shared/plot.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { failed, TrainCard } from "../../shared/train_card.js";
import { find, findAll } from "../find.js";
import { Face } from "./face.js";
import { Own } from "./own.js";
import { byRate, goesOn, mean, next, offsets, partsOf, PARTS, share, verdict } from "./rules.js";

const SHOWN = 12;
const READY = "Ready: it takes about half a minute.";
const noCurve = () => ({ step: [], loss: [], rate: [], error: [] });
const NOTHING = { network: null, stopped: false, result: null, curve: noCurve() };

let learned = NOTHING; // what is known of the network, and kept
let tried = { on: null, off: null }; // errors with skip connections and without, kept too
let looking = false;
let again = false; // what was moved meanwhile is looked at right after
let names = [];
let known = [];
let faces = [];
let drawn = null; // one's own

const { worker, status } = openPage();
const { options } = await described("face_points");
const settings = new Settings(options);
const chosen = { ...defaults(), skips: "on", ...fromAddress(options) };
const kept = new Kept("face-points");
const keeper = new Keeper(kept, status);
const plots = { loss: new Plot(), error: new Plot() };
const card = new TrainCard(
  findAll("train", "stop", "anew", "save", "load", "file", "bar", "hint"),
  {
    first: "Drawing faces to learn from…",
    steps: () => learned.network?.steps,
    label: () => next(learned.network, chosen, learned.stopped),
    mayTrain: async () => !another() || card.mayForget("Train another network?"),
    train,
    stop: () => worker.call("face_points.stop"),
    failed: async () => {
      const state = await worker.call("face_points.state").catch(() => null);
      learned = { ...learned, network: state?.network ?? null };
    },
    keep: async () => {
      const bytes = await worker.call("face_points.save");
      const { stopped, curve } = learned;
      await keeper.keep({ value: { stopped, curve, tried, bytes } });
    },
    save: async () => {
      const bits = look.small ? 8 : 32;
      return [`face_points_${bits}_bits.zip`, await worker.call("face_points.save", { bits })];
    },
    load: async (bytes, name) => {
      const { network, ...result } = await loaded(bytes, name);
      learned = { ...NOTHING, network, result, curve: noCurve() };
      return `a network after ${network.steps} steps. It finds points, or goes on learning.`;
    },
    shown: lookAtAll,
    changed: render,
  },
);
const own = new Own();
const look = { known: true, small: false, parts: new Set(PARTS) };

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => {
  chosen[detail.name] = detail.value;
  card.render();
});
find("settings").replaceWith(settings.element, settings.help);
find("sliders").replaceWith(own.element);
own.addEventListener("change", lookAtOwn);
find("plots").append(
  h("figure", {}, h("figcaption", { text: "Loss, by learning rate" }), plots.loss.element),
  h("figure", {}, h("figcaption", { text: "Off by, in % of the width" }), plots.error.element),
);
for (const part of [...PARTS, "Rings"]) {
  const box = h("input", { type: "checkbox", checked: true });
  box.addEventListener("change", () => {
    if (part === "Rings") look.known = box.checked;
    else if (box.checked) look.parts.add(part);
    else look.parts.delete(part);
    relook();
  });
  find("shown").append(h("label", { class: "check" }, box, part));
}
find("kinds").addEventListener("change", ({ target }) => {
  chosen.skips = target.value;
  card.render();
});
find("small").addEventListener("change", ({ target }) => {
  look.small = target.checked;
  relook();
});
card.onClick(find("another"), async () => own.another());
placeholders();
card.render();
await begin();

function defaults() {
  return Object.fromEntries(options.map((option) => [option.name, option.default]));
}

/** Faces' places, before there are any. */
function placeholders() {
  find("faces").append(...Array.from({ length: SHOWN }, () => h("div", { class: "face" })));
  find("drawn").append(h("div", { class: "face" }));
}

async function begin() {
  // in private windows nothing is kept; the page works all the same
  const there = await kept.read().catch(() => ({}));
  try {
    await worker.call("ready");
    await showFaces(await worker.call("face_points.samples"));
    if (there.value && !card.training) await takeBack(there.value);
    else if (!card.training) card.tell(READY);
    await lookAtOwn();
  } catch (error) {
    failed(error);
  }
}

async function showFaces({ side, names: all, pixels, points }) {
  names = all;
  const parts = partsOf(names);
  const [size, width] = [side * side, 2 * names.length];
  known = Array.from({ length: SHOWN }, (_, i) => points.subarray(i * width, (i + 1) * width));
  faces = known.map((places, i) => {
    const face = new Face(side, parts);
    face.show(pixels.subarray(i * size, (i + 1) * size), places);
    return face;
  });
  drawn = new Face(side, parts);
  find("faces").replaceChildren(...faces.map(({ element }) => element));
  find("drawn").replaceChildren(drawn.element);
  relook();
}

async function takeBack({ bytes, tried: before, ...was }) {
  try {
    const { network, ...result } = await loaded(bytes, "what was kept");
    tried = before ?? tried;
    learned = { ...NOTHING, ...was, network, result };
    card.render();
    card.tell(`Here is your network again, after ${network.steps} steps.`);
    await lookAtAll();
  } catch (error) {
    console.warn("What was kept of a network cannot be read:", words(error));
    card.tell(READY);
  }
}

/** Has the worker take a network; the settings then are its. */
async function loaded(bytes, name) {
  const answer = await worker.call("face_points.load", { bytes, name });
  const { blocks, filters, skips } = answer.network;
  Object.assign(chosen, { blocks, filters, skips: skips ? "on" : "off" });
  settings.show(chosen);
  return answer;
}

function relook() {
  for (const face of [...faces, drawn]) if (face) face.look = look;
}

function render() {
  const { result } = learned;
  const put = (id, value) => (find(id).textContent = value ?? "–");
  put("score", result && share(result.error));
  put("error", result && share(result.error));
  put("error-small", result && share(result.error_in_8_bits));
  put("bytes", result?.bytes.toLocaleString("en"));
  put("bytes-small", result?.bytes_in_8_bits.toLocaleString("en"));
  put("tried-on", tried.on && share(tried.on));
  put("tried-off", tried.off && share(tried.off));
  for (const radio of find("kinds").querySelectorAll("input"))
    radio.checked = radio.value === chosen.skips;
  find("diagram").classList.toggle("plain", chosen.skips === "off");
  drawCurves();
}

function drawCurves() {
  const { step, loss, rate, error } = learned.curve;
  const percents = error.map((value) => 100 * value);
  for (const [name, values] of [
    ["loss", loss],
    ["error", percents],
  ]) {
    const end = values.at(-1);
    const sentence = `${name}: ${end === undefined ? "nothing yet" : `${end.toPrecision(3)} after step ${step.at(-1)}`}`;
    const chart = { kind: "lines", title: name, x: step, x_label: "step", y_label: "" };
    const series = byRate(values, rate, name);
    const all = series.length ? series : [{ name, values }];
    plots[name].show({ ...chart, series: all }, sentence, () => h("p", { text: sentence }));
  }
}

// training

/** Whether what is chosen is another network than the one there is. */
function another() {
  const { network } = learned;
  return Boolean(network?.steps && !goesOn(network, chosen));
}

async function train(anew) {
  if (anew || another() || !learned.network) learned = { ...NOTHING, curve: noCurve() };
  learned = { ...learned, stopped: true }; // unless it comes to its end
  const { skips } = chosen;
  const outcome = await worker.call("face_points.train", { ...chosen, again: anew }, [], heard);
  const { network } = await worker.call("face_points.state");
  learned = { ...learned, network, stopped: outcome.stopped, result: outcome };
  tried = { ...tried, [skips]: outcome.error };
  return outcome;
}

function heard({ step, done, of, loss, rate, error, seen }) {
  const { curve } = learned;
  curve.step.push(step);
  curve.loss.push(loss);
  curve.rate.push(rate);
  curve.error.push(error);
  drawCurves();
  findOnFaces(seen);
  lookAtOwn();
  const speed = Number(rate.toPrecision(2));
  card.step(done / of, `Step ${done} of ${of} · learning rate ${speed} · off by ${share(error)}`);
}

// where it sees the points

function findOnFaces(seen, small = null) {
  const width = 2 * names.length;
  faces.forEach((face, i) => {
    const part = (all) => all && all.subarray(i * width, (i + 1) * width);
    face.find(part(seen), part(small));
  });
}

/** Draws one's own face, and finds its points; what is moved meanwhile is drawn right after. */
async function lookAtOwn() {
  again = looking;
  if (looking || !drawn) return;
  looking = true;
  try {
    do {
      again = false;
      const { seed, features } = own;
      const face = await worker.call("face_points.face", { seed, features });
      own.show(face.features);
      drawn.show(face.pixels, face.points);
      drawn.find(face.seen ?? null, face.seen_in_8_bits ?? null);
      find("verdict").textContent = face.seen
        ? verdict(face.seen, face.points, names)
        : "It cannot find points yet: train it. It tries while it learns.";
    } while (again);
  } catch (error) {
    failed(error);
  } finally {
    looking = false;
  }
}

async function lookAtAll() {
  if (!learned.network?.steps) return;
  try {
    const { seen, seen_in_8_bits: small } = await worker.call("face_points.find");
    findOnFaces(seen, small ?? null);
    const moved = small ? offsets(small, seen) : [];
    find("moved").textContent = moved.length
      ? `In 8 bits its points lie ${share(mean(moved))} of the width elsewhere on average, ${share(Math.max(...moved))} at most.`
      : "";
  } catch (error) {
    failed(error);
  }
  await lookAtOwn();
}
