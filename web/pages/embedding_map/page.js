// A map of handwritten digits, or of the visitor's own lesson: the worker moves its
// points, this page draws where they are.

import { Drawing } from "./drawing.js";
import { Digits, Pictures, colour } from "./points.js";
import { asMessage, bitmapsOf, taught } from "./taught.js";
import { say } from "../../shared/dialogs.js";
import { counted, h, keepFocus, percent, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { openPage, working } from "../../shared/opening.js";
import { Settings, described, fromAddress } from "../../shared/settings.js";
import { find } from "../find.js";

const FRAME = 1000 / 30; // ms between two drawings, about

let running = false;
let paused = false;
let kind = new Digits();
let lesson = null; // that the Teach page keeps here

const { worker } = openPage();
const { options } = await described("embedding_map");
const settings = new Settings(options);
const chosen = fromAddress(options); // settings that were changed
const drawing = new Drawing();

settings.show(chosen);
settings.addEventListener("change", ({ detail }) => (chosen[detail.name] = detail.value));
find("settings").replaceWith(settings.element, settings.help);
find("map").replaceWith(drawing.element);
find("near").replaceChildren(kind.large(-1).element);
find("start").addEventListener("click", start);
find("pause").addEventListener("click", () => setPaused(!paused));
drawing.addEventListener("point", ({ detail }) => point(detail));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", legend);
acceptDropsElsewhere(() =>
  say("Pictures are taught on the Teach page; the map shows them then.", "bad"),
);
legend();
offerLesson();

try {
  await worker.call("ready");
  if (!running) find("hint").textContent = "Ready: press Start, and watch them part.";
} catch (error) {
  say(words(error), "bad");
}

async function start() {
  if (running) return;
  running = true;
  const button = find("start");
  button.setAttribute("aria-disabled", "true");
  find("result").hidden = true;
  find("bar").hidden = find("pause").hidden = false;
  find("bar").value = 0;
  setPaused(false);
  try {
    await working(unfold);
  } catch (error) {
    find("hint").textContent = "That did not work; start again.";
    say(words(error), "bad");
  } finally {
    running = false;
    button.removeAttribute("aria-disabled");
    button.textContent = "Start again";
    keepFocus(
      () => (find("bar").hidden = find("pause").hidden = true),
      () => button,
    );
  }
}

async function unfold() {
  find("hint").textContent = "Looking for everybody's neighbours…";
  const own = find("what").value === "lesson" ? lesson : null;
  const begun = await worker.call("embedding_map.begin", {
    ...chosen,
    lesson: own && asMessage(own),
  });
  const { classes } = own ?? {};
  kind = own
    ? new Pictures({ labels: begun.labels, classes, bitmaps: await bitmapsOf(own) })
    : new Digits(begun.labels, begun.pixels);
  drawing.take(kind);
  legend();
  point(-1);
  let [done, n, began] = [0, 1, performance.now()];
  while (done < begun.iterations) {
    const start = performance.now();
    const { places, iterations } = await worker.call("embedding_map.step", {
      n: Math.min(n, begun.iterations - done),
    });
    const each = (performance.now() - start) / (iterations - done);
    done = iterations;
    n = Math.max(1, Math.min(25, Math.round(FRAME / each)));
    drawing.show(places);
    find("bar").value = done / begun.iterations;
    const rate = (1000 * done) / (performance.now() - began);
    find("hint").textContent =
      `${begun.points} ${kind.name} · iteration ${done} of ${begun.iterations} · ${rate.toFixed(0)} a second`;
    await new Promise(requestAnimationFrame);
    while (paused) {
      const since = performance.now();
      await new Promise((resume) => setTimeout(resume, 100));
      began += performance.now() - since;
    }
  }
  const outcome = await worker.call("embedding_map.outcome");
  find("result").hidden = false;
  find("score").textContent = percent(outcome.same_class);
  find("score-text").textContent =
    ` of the ${kind.name} have one of their own kind beside them, though nobody said which is which.`;
  drawing.element.setAttribute(
    "aria-label",
    `A map of ${begun.points} ${kind.name}; ${percent(outcome.same_class)} lie beside one of their kind`,
  );
  return outcome;
}

function setPaused(value) {
  paused = value;
  find("pause").textContent = paused ? "Go on" : "Pause";
}

function point(number) {
  const { element, words } = kind.large(number);
  find("near").replaceChildren(element);
  find("near-text").textContent = words;
}

function legend() {
  const entries = kind.classes.map((name, label) => {
    const swatch = h("canvas", { width: 1, height: 1, "aria-hidden": "true" });
    const context = swatch.getContext("2d");
    context.putImageData(new ImageData(colour(label), 1, 1), 0, 0);
    return h("li", {}, swatch, h("span", { text: name }));
  });
  find("legend").replaceChildren(...entries);
}

/** The visitor's own lesson, where the Teach page keeps one in this browser. */
async function offerLesson() {
  lesson = await taught().catch((error) => void console.info(words(error)));
  const option = find("what").querySelector("[value=lesson]");
  option.disabled = !lesson;
  if (lesson) option.textContent = `What I taught: ${counted(lesson.samples.length, "picture")}`;
}
