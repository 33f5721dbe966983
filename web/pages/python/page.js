// The Python page: an editor, a button, and what comes out.

import { h } from "../../shared/dom.js";
import { createEditor } from "../../shared/editor.js";
import { become, openPage } from "../../shared/opening.js";
import { find } from "../find.js";

const KEPT = "pywebml-program";
const MOST = 100_000; // characters of output that are kept: a program may print for ever

const { worker } = openPage();
const EXAMPLES = await (await fetch(new URL("../../examples.json", import.meta.url))).json();
const output = find("output");
const button = find("run");
let running = false;
let printed = 0;

const editor = await createEditor(kept() ?? EXAMPLES[0].source, run);
find("editor").replaceWith(editor.element);
const choice = find("examples");
choice.append(...EXAMPLES.map(({ name }, i) => h("option", { value: String(i), text: name })));
const chosen = EXAMPLES.findIndex(({ source }) => source === editor.get());
if (chosen < 0) choice.prepend(h("option", { value: "", text: "your own" }));
choice.value = chosen < 0 ? "" : String(chosen);
choice.addEventListener(
  "change",
  () => choice.value && editor.set(EXAMPLES[Number(choice.value)].source),
);
button.addEventListener("click", run);
find("clear").addEventListener("click", clear);
addEventListener("pagehide", keep);
document.addEventListener(
  "keydown",
  (event) =>
    event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented && run(),
);

/** Runs the program; what it prints and shows appears as it comes. */
async function run() {
  if (running) return;
  running = true;
  keep();
  clear();
  button.disabled = true;
  button.lastElementChild.textContent = "Running…";
  find("took").textContent = "";
  become("working");
  try {
    const outcome = await worker.call("run", { source: editor.get() }, [], came);
    const { value, repr, seconds } = outcome;
    if (repr && repr !== "None") line("value", repr);
    else if (value !== null && value !== undefined) line("value", JSON.stringify(value));
    find("took").textContent = `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0)} s`;
    pywebml.outcome = outcome;
    become("done");
  } catch (error) {
    become("failed");
    line("failure", failure(error));
    find("took").textContent = "Ended with an error";
  } finally {
    running = false;
    button.disabled = false;
    button.lastElementChild.textContent = "Run";
  }
}

/** Python's traceback from the program's own lines on. */
function failure({ name, message, traceback = "" }) {
  const lines = traceback.trimEnd().split("\n");
  const own = lines.findIndex((text) => text.includes('File "<page>"'));
  return own < 0
    ? `${name}: ${message}`
    : lines.slice(own).join("\n").replaceAll('File "<page>", line', "line");
}

function came({ stream, text, svg, words: said }) {
  if (text !== undefined) line(stream, text);
  if (svg) {
    const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    const picture = h("img", { src: address, alt: said });
    picture.addEventListener("load", () => URL.revokeObjectURL(address));
    append(picture);
  }
}

/** Text of one kind goes on in the same block. */
function line(kind, text) {
  if (printed > MOST) return;
  printed += text.length;
  const last = output.lastElementChild;
  if (last?.className === kind) last.append(text);
  else append(h("pre", { class: kind, text }));
  if (printed > MOST) append(h("p", { class: "cut", text: "More was printed than fits here." }));
}

function append(element) {
  const atEnd = output.scrollHeight - output.scrollTop - output.clientHeight < 40;
  output.append(element);
  if (atEnd) output.scrollTop = output.scrollHeight;
}

function clear() {
  output.replaceChildren();
  printed = 0;
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep() {
  try {
    localStorage.setItem(KEPT, editor.get());
  } catch {
    // the program is not kept then
  }
}
