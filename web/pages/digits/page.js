// Handwritten digits: trains in the worker, shows how, and reads what is drawn.

import { Bars } from "../../shared/bars.js";
import { say } from "../../shared/dialogs.js";
import { counted, h, keepFocus, percent, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { Matrix } from "../../shared/matrix.js";
import { openPage, working } from "../../shared/opening.js";
import { Pad } from "../../shared/pad.js";
import { Plot } from "../../shared/plot.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { find } from "../find.js";
import { grey } from "../../shared/grey.js";

const DIGITS = [..."0123456789"];
const SHOWN = 24;

let training = false;
let trained = false;
let next = 0; // which digit of the test set is written for the visitor next

const { worker } = openPage();
const { options } = await described("digits");
const settings = new Settings(options);
const chosen = fromAddress(options); // settings that were changed
const loss = new Plot();
const accuracy = new Plot();
const matrix = new Matrix("After training, this table shows which digits it takes for which.");
const shares = new Bars("How sure it is");
const pad = new Pad("Write a digit here, with the mouse, a pen or a finger");
const seen = grey(new Uint8Array(784), "What the network sees", "seen");

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => (chosen[detail.name] = detail.value));
find("settings").replaceWith(settings.element, settings.help);
find("plots").append(
  h("figure", {}, h("figcaption", { text: "Loss: lower is better" }), loss.element),
  h("figure", {}, h("figcaption", { text: "Right while it learns" }), accuracy.element),
);
find("confusion").replaceWith(matrix.element);
find("shares").replaceWith(shares.element);
find("pad").replaceWith(pad.element);
find("seen").replaceWith(seen.element);
shares.list(DIGITS.map((name) => ({ key: name, name, hue: 245 })));
find("train").addEventListener("click", train);
find("stop").addEventListener("click", () => {
  find("train-hint").textContent = "Stopping after this step…";
  worker.call("digits.stop").catch(failed);
});
find("clear").addEventListener("click", () => pad.clear());
find("one").addEventListener("click", writeOne);
pad.addEventListener("change", read);
acceptDropsElsewhere(() => say("Write a digit instead; pictures are not taken here.", "bad"));
draw({ step: [], loss: [], accuracy: [] });

try {
  await worker.call("ready");
  const { pixels, labels } = await worker.call("digits.samples", { count: SHOWN });
  find("samples").replaceChildren(...tiles(pixels, (i) => `a ${labels[i]}`, false));
  if (!training) find("train-hint").textContent = "Ready: it takes about a minute.";
} catch (error) {
  failed(error);
}

function failed(error) {
  say(words(error), "bad");
}

// training

async function train() {
  if (training) return;
  training = true;
  const curve = { step: [], loss: [], accuracy: [] };
  const button = find("train");
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Training…";
  find("stop").hidden = find("bar").hidden = false;
  find("bar").value = 0;
  find("train-hint").textContent = "Getting ready…";
  try {
    const outcome = await working(async () => {
      const result = await worker.call("digits.train", { ...chosen }, [], (step) =>
        heard(step, curve),
      );
      show(result);
      const { wrong, ...data } = result;
      return data;
    });
    find("train-hint").textContent =
      `${outcome.stopped ? "Stopped" : "Trained"} in ${outcome.seconds.toFixed(0)} s on ${outcome.adapter}.`;
  } catch (error) {
    find("train-hint").textContent = "That did not work; train again.";
    failed(error);
  } finally {
    training = false;
    keepFocus(
      () => (find("stop").hidden = find("bar").hidden = true),
      () => button,
    );
    button.removeAttribute("aria-disabled");
    button.textContent = trained ? "Train again" : "Train";
  }
}

function heard({ stage, done, of, loss, accuracy }, curve) {
  find("bar").value = done / of;
  if (stage !== "training") {
    find("train-hint").textContent = "Reading the 1,000 digits it has not seen…";
    return;
  }
  find("train-hint").textContent =
    `Step ${done} of ${of} · loss ${loss.toFixed(3)} · ${percent(accuracy)} right`;
  curve.step.push(done);
  curve.loss.push(loss);
  curve.accuracy.push(accuracy);
  draw(curve);
}

function draw(curve) {
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

function show({ test_accuracy, tested, confusion, wrong }) {
  trained = true;
  find("result").hidden = false;
  find("score").textContent = `${(100 * test_accuracy).toFixed(1)} %`;
  find("score-text").textContent = ` right on ${tested} digits that it has not seen.`;
  matrix.show(DIGITS, confusion);
  find("wrong-card").hidden = !wrong.length;
  const all = Math.round(tested * (1 - test_accuracy));
  find("wrong-hint").textContent =
    `${wrong.length < all ? `${wrong.length} of ` : ""}${counted(all, "digit")}. Would you have known?`;
  const pixels = new Uint8Array(wrong.flatMap((each) => [...each.pixels]));
  const caption = (i) => `${wrong[i].label}, read as ${wrong[i].said}`;
  find("wrong").replaceChildren(...tiles(pixels, caption, true));
  find("draw-hint").textContent = "It reads while you write.";
  read();
}

function tiles(pixels, caption, visible) {
  return Array.from({ length: pixels.length / 784 }, (_, i) => {
    const picture = grey(pixels.subarray(784 * i, 784 * (i + 1)), caption(i));
    const said = visible ? [h("span", { text: caption(i), "aria-hidden": "true" })] : [];
    return h("li", {}, picture.element, ...said);
  });
}

// reading

let reading = false;
let again = false;

/** Reads what is on the pad; what changes meanwhile is read right after. */
async function read() {
  if (!trained) return;
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  try {
    do {
      again = false;
      const { ink, height, width } = pad.ink();
      const answer = await worker.call("digits.read", { ink, height, width }, [ink.buffer]);
      said(answer);
    } while (again);
  } catch (error) {
    failed(error);
  } finally {
    reading = false;
  }
}

function said(answer) {
  find("said").textContent = answer ? DIGITS[answer.digit] : "–";
  seen.set(answer?.pixels ?? new Uint8Array(784));
  const values = new Map(DIGITS.map((name, i) => [name, answer?.shares[i] ?? 0]));
  shares.show(values, answer ? DIGITS[answer.digit] : null);
}

async function writeOne() {
  try {
    const { pixels } = await worker.call("digits.samples", { first: next, count: 1 });
    next += 1;
    pad.put(pixels, 28);
  } catch (error) {
    failed(error);
  }
}
