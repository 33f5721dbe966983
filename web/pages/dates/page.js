// Dates: a network learns to read them in the worker, tries some meanwhile, and reads
// what is typed.

import { ask, say } from "../../shared/dialogs.js";
import { download, h, keepFocus, percent, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { Keeper } from "../../shared/keeper.js";
import { Kept } from "../../shared/kept.js";
import { openPage, whileBusy, working } from "../../shared/opening.js";
import { Plot } from "../../shared/plot.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { find } from "../find.js";
import { Looked } from "./looked.js";
import { next } from "./reading.js";
import { Dates } from "./table.js";

const KEPT_EVERY = 10_000; // milliseconds of a training
const noCurve = () => ({ step: [], loss: [], accuracy: [] });
const NOTHING = { steps: null, stopped: false, accuracy: null, curve: noCurve() };

let network = NOTHING; // what is known of it, and kept
let training = false;
let keeping = 0; // when it was kept last
let reading = false;
let again = false; // what was typed meanwhile is read right after
let samples = { shown: [], aside: [], unusual: [] };

const { worker, status } = openPage();
const { options } = await described("dates");
const settings = new Settings(options);
const chosen = fromAddress(options); // settings that were changed
const kept = new Kept("dates");
const keeper = new Keeper(kept, status);
const loss = new Plot();
const accuracy = new Plot();
const looked = new Looked();
const practice = new Dates("Dates that it does not learn from, as it reads them now");
const unusual = new Dates("Dates in ways that it has never seen, as it reads them", true);

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => (chosen[detail.name] = detail.value));
find("settings").replaceWith(settings.element, settings.help);
find("plots").append(
  h("figure", {}, h("figcaption", { text: "Loss: lower is better" }), loss.element),
  h("figure", {}, h("figcaption", { text: "Dates read right, of 50" }), accuracy.element),
);
find("looked").replaceWith(looked.element);
for (const [id, table] of [
  ["practice", practice],
  ["unusual", unusual],
]) {
  find(id).append(table.element);
  table.addEventListener("choose", ({ detail }) => put(detail));
}
find("train").addEventListener("click", () => {
  if (!training) train(false);
});
find("stop").addEventListener("click", () => {
  tell("Stopping after this step…");
  worker.call("dates.stop").catch(failed);
});
find("text").addEventListener("input", read);
onClick("another", async () => put(pick(samples.aside).text));
onClick("anew", async () => {
  if (!training && (await mayForget("Begin anew?"))) train(true);
});
onClick("save", async () =>
  download("dates.zip", await worker.call("dates.save"), "application/zip"),
);
onClick("load", async () => find("file").click());
find("file").addEventListener("change", ({ target }) => {
  if (target.files[0]) load(target.files[0]);
  target.value = "";
});
acceptDropsElsewhere(([file]) => {
  if (file?.name.endsWith(".zip")) load(file);
  else say("Only a network that was saved here, a .zip, can be dropped.", "bad");
});
render();
read();
await begin();

async function begin() {
  // in private windows nothing is kept; the page works all the same
  const { value: there } = await kept.read().catch(() => ({}));
  try {
    await worker.call("ready");
    samples = await worker.call("dates.samples");
    practice.list(samples.shown);
    unusual.list(samples.unusual);
    if (there && !training) await takeBack(there);
    else if (!training) tell("Ready: it takes about half a minute.");
  } catch (error) {
    failed(error);
  }
}

async function takeBack({ bytes, ...known }) {
  try {
    const { steps } = await worker.call("dates.load", { bytes, name: "what was kept" });
    become({ ...NOTHING, ...known, steps });
    tell(`Here is your network again, after ${steps} steps.`);
    await readAll();
  } catch (error) {
    console.warn("What was kept of a network cannot be read:", words(error));
    tell("Ready: it takes about half a minute.");
  }
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

const pick = (list) => list[Math.floor(Math.random() * list.length)];

function become(other) {
  network = other;
  render();
}

function render() {
  const { steps, accuracy: share } = network;
  const button = find("train");
  button.textContent = training ? "Training…" : next(network);
  setWaiting(button, training);
  setWaiting(find("anew"), training || !steps);
  setWaiting(find("save"), !steps);
  setWaiting(find("load"), training);
  keepFocus(
    () => (find("stop").hidden = !training),
    () => button,
  );
  find("score").textContent = share == null ? "–" : `${(100 * share).toFixed(1)} %`;
  drawCurves();
}

function setWaiting(button, waits) {
  if (waits) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

function drawCurves() {
  const { curve } = network;
  for (const [plot, name] of [
    [loss, "loss"],
    [accuracy, "accuracy"],
  ]) {
    const values = curve[name];
    const end = values.at(-1);
    const sentence = `${name}: ${end === undefined ? "nothing yet" : `${end.toFixed(3)} after step ${curve.step.at(-1)}`}`;
    const chart = { kind: "lines", title: name, x: curve.step, x_label: "step", y_label: "" };
    plot.show({ ...chart, series: [{ name, values }] }, sentence, () => h("p", { text: sentence }));
  }
}

// training

async function train(anew) {
  training = true;
  if (anew || !network.steps) network = { ...NOTHING, curve: noCurve() };
  find("bar").value = 0;
  tell("Writing dates to learn from…");
  render();
  try {
    const { stopped, steps, seconds, adapter } = await working(() => learn(anew));
    tell(
      `${stopped ? "Stopped" : "Done"} after ${steps} steps, ${seconds.toFixed(0)} s on ${adapter}.`,
    );
  } catch (error) {
    tell("That did not work.");
    failed(error);
    const state = await worker.call("dates.state").catch(() => null);
    network = { ...network, steps: state?.steps ?? null };
  } finally {
    training = false;
    render();
  }
  await readAll();
}

async function learn(anew) {
  keeping = performance.now();
  const outcome = await worker.call("dates.train", { ...chosen, again: anew }, [], heard);
  const { steps, stopped, accuracy: share } = outcome;
  network = { ...network, steps, stopped, accuracy: share };
  await keep();
  return outcome;
}

function heard({ step, done, of, loss: value, accuracy: share, shown }) {
  const { curve } = network;
  network.steps = step;
  find("bar").value = done / of;
  tell(`Step ${done} of ${of} · loss ${value.toFixed(3)} · ${percent(share)} right`);
  curve.step.push(step);
  curve.loss.push(value);
  curve.accuracy.push(share);
  drawCurves();
  practice.show(shown);
  read();
  if (performance.now() - keeping > KEPT_EVERY) keep().catch(failed);
}

/** Keeps the network as it is in the worker, for the next visit. */
async function keep() {
  keeping = performance.now();
  const bytes = await worker.call("dates.save");
  await keeper.keep({ value: { ...network, bytes } });
}

// reading

function put(text) {
  find("text").value = text;
  read();
}

/** Reads what is typed; what changes meanwhile is read right after. */
async function read() {
  again = reading;
  if (reading) return;
  if (!network.steps) {
    looked.show(
      find("text").value,
      null,
      "It cannot read yet: train it. It tries while it learns.",
    );
    return;
  }
  reading = true;
  try {
    do {
      again = false;
      const text = find("text").value;
      if (!text.trim()) {
        looked.show("", null, "Type a date, and it reads along.");
        continue;
      }
      const [answer] = await worker.call("dates.read", { texts: [text] });
      looked.show(text, answer);
    } while (again);
  } catch (error) {
    failed(error);
  } finally {
    reading = false;
  }
}

/** Everything on the page that a network reads. */
async function readAll() {
  if (!network.steps) return;
  await read();
  try {
    for (const [table, dates] of [
      [practice, samples.shown],
      [unusual, samples.unusual],
    ])
      table.show(await worker.call("dates.read", { texts: dates.map(({ text }) => text) }));
  } catch (error) {
    failed(error);
  }
}

// the network, in a file

async function load(file) {
  try {
    if (training) throw new Error("It is learning. Stop it first.");
    if (!(await mayForget(`Take the network in ${file.name}?`))) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { steps } = await worker.call("dates.load", { bytes, name: file.name });
    become({ ...NOTHING, steps, curve: noCurve() });
    tell(`${file.name}: a network after ${steps} steps. It reads, or goes on learning.`);
    await readAll();
    await keep();
  } catch (error) {
    failed(error);
  }
}

/** Asks before it forgets what it has learned, where that is anything. */
async function mayForget(title) {
  const text = `What it has learned in ${network.steps} steps is forgotten, unless you save it first.`;
  return !network.steps || ask(title, text, "Forget it");
}
