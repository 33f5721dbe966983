// Face points: a network learns in the worker where points of faces are, shows it on faces
// meanwhile, finds those of one's own, and is made small.

import { ask, say } from "../../shared/dialogs.js";
import { download, h, keepFocus, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { Keeper } from "../../shared/keeper.js";
import { Kept } from "../../shared/kept.js";
import { openPage, whileBusy, working } from "../../shared/opening.js";
import { Plot } from "../../shared/plot.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { find } from "../find.js";
import { Face } from "./face.js";
import { Own } from "./own.js";
import { byRate, goesOn, mean, next, offsets, partsOf, PARTS, share, verdict } from "./rules.js";

const KEPT_EVERY = 10_000; // milliseconds of a training
const SHOWN = 12;
const READY = "Ready: it takes about half a minute.";
const noCurve = () => ({ step: [], loss: [], rate: [], error: [] });
const NOTHING = { network: null, stopped: false, result: null, curve: noCurve() };

let learned = NOTHING; // what is known of the network, and kept
let tried = { on: null, off: null }; // errors with skip connections and without, kept too
let training = false;
let keeping = 0; // when it was kept last
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
const own = new Own();
const look = { known: true, small: false, parts: new Set(PARTS) };

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => {
  chosen[detail.name] = detail.value;
  render();
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
  render();
});
find("small").addEventListener("change", ({ target }) => {
  look.small = target.checked;
  relook();
});
find("train").addEventListener("click", () => {
  if (!training) train(false);
});
find("stop").addEventListener("click", () => {
  tell("Stopping after this step…");
  worker.call("face_points.stop").catch(failed);
});
onClick("another", async () => own.another());
onClick("anew", async () => {
  if (!training && (await mayForget("Begin anew?"))) train(true);
});
onClick("save", async () => {
  const bits = look.small ? 8 : 32;
  const bytes = await worker.call("face_points.save", { bits });
  download(`face_points_${bits}_bits.zip`, bytes, "application/zip");
});
onClick("load", async () => find("file").click());
find("file").addEventListener("change", ({ target }) => {
  if (target.files[0]) load(target.files[0]);
  target.value = "";
});
acceptDropsElsewhere(([file]) => {
  if (file?.name.endsWith(".zip")) load(file);
  else say("Only a network that was saved here, a .zip, can be dropped.", "bad");
});
placeholders();
render();
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
    if (there.value && !training) await takeBack(there.value);
    else if (!training) tell(READY);
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
    become({ ...NOTHING, ...was, network, result });
    tell(`Here is your network again, after ${network.steps} steps.`);
    await lookAtAll();
  } catch (error) {
    console.warn("What was kept of a network cannot be read:", words(error));
    tell(READY);
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

function onClick(id, job) {
  const button = find(id);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") whileBusy(button, job, failed);
  });
}

function failed(error) {
  say(typeof error === "string" ? error : words(error), "bad");
}

function tell(text) {
  find("hint").textContent = text;
}

function become(other) {
  learned = other;
  render();
}

function relook() {
  for (const face of [...faces, drawn]) if (face) face.look = look;
}

function render() {
  const { network, stopped, result } = learned;
  const button = find("train");
  button.textContent = training ? "Training…" : next(network, chosen, stopped);
  setWaiting(button, training);
  setWaiting(find("anew"), training || !network);
  setWaiting(find("save"), !network?.steps);
  setWaiting(find("load"), training);
  keepFocus(
    () => (find("stop").hidden = !training),
    () => button,
  );
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

function setWaiting(button, waits) {
  if (waits) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
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

async function train(anew) {
  const other = learned.network?.steps && !goesOn(learned.network, chosen);
  if (other && !anew && !(await mayForget("Train another network?"))) return;
  training = true;
  if (anew || other || !learned.network) learned = { ...NOTHING, curve: noCurve() };
  learned = { ...learned, stopped: true }; // unless it comes to its end
  find("bar").value = 0;
  tell("Drawing faces to learn from…");
  render();
  try {
    const { stopped, steps, seconds, adapter } = await working(() => learn(anew));
    tell(
      `${stopped ? "Stopped" : "Done"} after ${steps} steps, ${seconds.toFixed(0)} s on ${adapter}.`,
    );
  } catch (error) {
    tell("That did not work.");
    failed(error);
    const state = await worker.call("face_points.state").catch(() => null);
    learned = { ...learned, network: state?.network ?? null };
  } finally {
    training = false;
    render();
  }
  await lookAtAll();
}

async function learn(anew) {
  keeping = performance.now();
  const { skips } = chosen;
  const outcome = await worker.call("face_points.train", { ...chosen, again: anew }, [], heard);
  const { network } = await worker.call("face_points.state");
  learned = { ...learned, network, stopped: outcome.stopped, result: outcome };
  tried = { ...tried, [skips]: outcome.error };
  await keep();
  return outcome;
}

function heard({ step, done, of, loss, rate, error, seen }) {
  const { curve } = learned;
  find("bar").value = done / of;
  const speed = Number(rate.toPrecision(2));
  tell(`Step ${done} of ${of} · learning rate ${speed} · off by ${share(error)}`);
  curve.step.push(step);
  curve.loss.push(loss);
  curve.rate.push(rate);
  curve.error.push(error);
  drawCurves();
  findOnFaces(seen);
  lookAtOwn();
  if (performance.now() - keeping > KEPT_EVERY) keep().catch(failed);
}

/** Keeps the network as it is in the worker, for the next visit. */
async function keep() {
  keeping = performance.now();
  const bytes = await worker.call("face_points.save");
  const { stopped, curve } = learned;
  await keeper.keep({ value: { stopped, curve, tried, bytes } });
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

// the network, in a file

async function load(file) {
  try {
    if (training) throw new Error("It is learning. Stop it first.");
    if (!(await mayForget(`Take the network in ${file.name}?`))) return;
    const { network, ...result } = await loaded(
      new Uint8Array(await file.arrayBuffer()),
      file.name,
    );
    become({ ...NOTHING, network, result, curve: noCurve() });
    tell(
      `${file.name}: a network after ${network.steps} steps. It finds points, or goes on learning.`,
    );
    await lookAtAll();
    await keep();
  } catch (error) {
    failed(error);
  }
}

/** Asks before it forgets what it has learned, where that is anything. */
async function mayForget(title) {
  const steps = learned.network?.steps;
  const text = `What it has learned in ${steps} steps is forgotten, unless you save it first.`;
  return !steps || ask(title, text, "Forget it");
}
