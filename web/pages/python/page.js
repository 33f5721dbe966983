// The Python page: an editor, a button, and what comes out.

import { forgetFragment, fragment } from "../../shared/address.js";
import { Console } from "../../shared/console.js";
import { say } from "../../shared/dialogs.js";
import { h, keepFocus, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { createEditor } from "../../shared/editor.js";
import { become, openPage } from "../../shared/opening.js";
import { drawing, Panel } from "../../shared/panel.js";
import { find } from "../find.js";
import { Hearing } from "./hearing.js";
import { Programs } from "./programs.js";
import { Sight } from "./sight.js";

const ANEW = "Python is started anew: variables of earlier programs are gone.";

let up = false; // whether Python is
let running = false;
let cancel = null; // while a program waits for Python: calls it off
let panel = null; // of the charts that stand on surfaces
let senses = {}; // of the program that runs: its camera and microphone
let warned = false; // that nothing is kept

const { worker } = openPage(heard);
const examples = await (await fetch(new URL("../../examples.json", import.meta.url))).json();
const programs = new Programs(examples, storage());
const runButton = find("run");
const stopButton = find("stop");
const choice = find("examples");
const output = new Console("What the program prints and shows appears here.");
const editor = await createEditor({ run, change: written });

output.element.id = "output";
find("output").replaceWith(output.element);
find("editor").replaceWith(editor.element);
openAsked();
showProgram();
addEventListener("hashchange", () => openAsked() && showProgram());
choice.addEventListener("change", () => {
  programs.choose(choice.value);
  showProgram();
});
acceptDropsElsewhere(() => say("Paste a program into the editor; files are not taken.", "bad"));
runButton.addEventListener("click", run);
stopButton.addEventListener("click", stop);
find("clear").addEventListener("click", () => output.clear());
document.addEventListener(
  "keydown",
  (event) =>
    event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented && run(),
);

// running

/** Runs the program; what it prints and shows appears as it comes. */
async function run() {
  if (running) return;
  running = true;
  panel = null;
  senses = { camera: new Sight(place), microphone: new Hearing(place) };
  output.clear();
  became("working", up ? "" : "Waiting for Python…");
  try {
    if (document.querySelector(".status").dataset.state === "failed") restart();
    await isUp();
    find("took").textContent = "";
    const outcome = await worker.call("run", { source: editor.get() }, [], came);
    const { value, repr, seconds } = outcome;
    if (repr && repr !== "None") output.say(repr, "value");
    else if (value !== null && value !== undefined) output.say(JSON.stringify(value), "value");
    pywebml.outcome = outcome;
    became("done", `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0)} s`);
  } catch (error) {
    if (error.name === "Stopped") {
      output.say(error.early ? "Stopped before it began." : `Stopped. ${ANEW}`, "note");
      became(up ? "ready" : "loading", "Stopped");
    } else {
      output.say(failure(error), "failure");
      became("failed", "Ended with an error");
      if (up && isBroken(error)) beginAnew();
    }
  } finally {
    Object.values(senses).forEach((sense) => sense.stop());
  }
}

/** Until Python is there, or somebody presses Stop. */
function isUp() {
  const stopping = new Promise((_, reject) => {
    cancel = () => reject(Object.assign(new Error(), { name: "Stopped", early: true }));
  });
  return Promise.race([worker.call("ready"), stopping]).finally(() => (cancel = null));
}

/**
 * Ends the program. Without memory that both share, which plain hosts do not allow,
 * nothing else reaches a loop in Python than to start it anew.
 */
function stop() {
  if (cancel) cancel();
  else if (running) restart();
}

function restart() {
  up = false;
  worker.restart();
}

function beginAnew() {
  restart();
  output.say(ANEW, "note");
  output.draw();
}

/** What the worker says; returns true for what is dealt with here. */
function heard({ event }) {
  if (event === "ready") up = true;
  if (event !== "failed" || !up) return false;
  if (!running) beginAnew(); // else its call ends with an error
  return true;
}

/** Python itself broke off: every error of a program comes with a traceback. */
const isBroken = ({ traceback, name }) => traceback === undefined && name !== "DeviceLost";

/**
 * Shows a state of the page. Run stays where it is, so that the focus does.
 *
 * @param {string} state
 * @param {string} note how long it took, or what came of it
 */
function became(state, note) {
  running = state === "working";
  find("took").textContent = note;
  runButton.setAttribute("aria-disabled", String(running));
  runButton.lastElementChild.textContent = running ? "Running…" : "Run";
  const show = () => {
    if (!running) output.leave();
    stopButton.hidden = !running;
  };
  keepFocus(show, () => runButton);
  if (!running) output.draw();
  become(state);
}

function came({ stream, text, lost, chart, surface, svg, words: said, ask, sense }) {
  if (text !== undefined) output.write(text, stream === "stderr" ? stream : "stdout", lost);
  if (surface) panelOf(output).show(surface, { chart, words: said, svg });
  else if (svg) output.put(drawing(svg, said));
  if (ask) output.ask((line) => worker.call("answer", { text: line }).catch(tell));
  if (sense?.over) senses[sense.name].stop();
  else if (sense) perceive(sense);
}

const place = (element) => output.put(element);

/** A picture of the camera, or a piece of sound, for the program that waits for it. */
async function perceive({ name, samples, rate }) {
  const mine = senses;
  const coming =
    name === "camera" ? senses.camera.picture() : senses.microphone.sound(samples, rate);
  const answer = await coming.then(
    (sensed) => ({ sensed }),
    (error) => ({ refused: words(error) }),
  );
  if (mine !== senses) return; // it has ended, and another one runs
  const { pixels, samples: heard } = answer.sensed ?? {};
  const transfer = [pixels ?? heard].filter(Boolean).map(({ buffer }) => buffer);
  await worker.call("answer", answer, transfer).catch(tell);
}

const tell = (error) => error.name !== "Stopped" && say(words(error), "bad");

/** The panel of this run, which its first chart puts under what is printed so far. */
function panelOf(output) {
  if (!panel) {
    panel = new Panel();
    output.put(panel.element);
  }
  return panel;
}

/** An error as Python prints it; lines are those of the program. */
function failure({ name, message, traceback }) {
  if (name === "SystemExit")
    return /^\d+$/.test(message) ? `The program ended with exit code ${message}.` : message;
  if (traceback) return traceback.trimEnd().replaceAll('File "<page>", line', "line");
  if (/call stack/.test(message))
    return "Python broke off: functions called each other more deeply than this browser can.";
  return `Python broke off: ${message.replace("Uncaught ", "")}`;
}

// programs

/** Every change is kept at once; an example that is changed is the visitor's own. */
function written() {
  const { moved, kept } = programs.write(editor.get());
  if (moved) {
    editor.rename(programs.key);
    listPrograms();
  }
  if (!kept && !warned)
    say("This browser keeps no programs here (private mode, or no room). Copy yours.", "bad");
  warned ||= !kept;
}

/** python.html#head shows examples/head.py, once: later on it is where the visitor left. */
function openAsked() {
  const asked = examples.findIndex(({ file }) => file === fragment());
  if (asked < 0) return false;
  programs.choose(String(asked));
  forgetFragment();
  return true;
}

function showProgram() {
  editor.show(programs.text, programs.key);
  listPrograms();
}

function listPrograms() {
  const option = ({ id, name }) => h("option", { value: id, text: name });
  const { own, examples: theirs } = programs.entries;
  choice.replaceChildren(
    h("optgroup", { label: "Yours" }, ...own.map(option)),
    ...[...new Set(examples.map(({ group }) => group))].map((label) => {
      const ids = theirs.filter(({ id }) => examples[Number(id)].group === label);
      return h("optgroup", { label }, ...ids.map(option));
    }),
  );
  choice.value = programs.id;
}

/** localStorage, or null where the browser has none for this page. */
function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
