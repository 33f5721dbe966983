// The Python page: an editor, a button, and what comes out.

import { boot } from "./boot.js";
import { createEditor } from "./editor.js";
import { EXAMPLES } from "./examples.js";
import { find, h, words } from "./teach/dom.js";
import { Host } from "./teach/host.js";

const KEPT = "pywebml-program";
const MOST = 100_000; // characters of output that are kept: a program may print for ever

const host = new Host();
const worker = boot({ onEvent: heard });
const output = find("output");
const button = find("run");
let running = false;
let printed = 0;

const editor = await createEditor(find("editor"), kept() ?? EXAMPLES[0].source, run);
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

worker.call("ready").then(
  (info) => host.ready(info),
  (error) => host.failed(words(error)),
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
  try {
    const { value, repr, seconds } = await worker.call("run", { source: editor.get() }, [], came);
    if (repr && repr !== "None") line("value", repr);
    else if (value !== null && value !== undefined) line("value", JSON.stringify(value));
    find("took").textContent = `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0)} s`;
  } catch (error) {
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

function heard(event) {
  if (event.event === "boot") host.booting(event);
  if (event.event === "failed") host.failed(event.message);
  if (event.event === "lost") host.lost(event.message);
  if (event.event === "restored") host.ready(event.info);
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
