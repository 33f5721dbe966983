// A Run button under each example, which the page's own Python runs in a worker, and what
// it prints and shows. Where the site was built without Python there are no buttons.

const meta = document.querySelector("meta[name=pywebml-runtime]");
const root = meta && new URL(meta.content, document.baseURI);
const NO_SENSES = "The camera and the microphone are on the Python page.";

/** The blocks of a session share their names: those of a docstring, or of a guide. */
const examples = [];
const sessions = new Map();
let python = null; // the runtime's modules, and its worker
let running = null; // the example that does

if (root) {
  document.documentElement.classList.add("has-runtime");
  for (const block of document.querySelectorAll(".highlight.run")) examples.push(place(block));
}

/** Python, which is fetched and started by the first button that is pressed. */
function start() {
  python ??= (async () => {
    const load = (path) => import(new URL(path, root).href);
    const [{ boot }, { Console }, { Panel, drawing }, prelude] = await Promise.all([
      load("runtime/boot.js"),
      load("shared/console.js"),
      load("shared/panel.js"),
      fetch(new URL("session.py", import.meta.url)).then((answer) => answer.text()),
    ]);
    const worker = boot({ app: "python", onEvent: (event) => running?.hear(event) });
    return { worker, Console, Panel, drawing, prelude };
  })();
  python.catch(() => (python = null)); // the next press tries again
  return python;
}

/** An example with its button and, once it has run, its output. */
function place(block) {
  const docstring = block.closest(".doc-contents");
  const home = docstring ?? document;
  if (!sessions.has(home)) sessions.set(home, { number: sessions.size, examples: [] });
  const session = sessions.get(home);
  const button = element("button", "run-button", "Run");
  const note = element("span", "run-note");
  const row = element("div", "run-row");
  note.setAttribute("role", "status");
  button.type = "button";
  row.append(button, note);
  block.append(row);
  const example = { block, button, note, session, fresh: Boolean(docstring), done: false };
  Object.assign(example, { output: null, panel: null });
  example.hear = (event) => heard(example, event);
  session.examples.push(example);
  button.addEventListener("click", () => (running === example ? stop() : press(example)));
  return example;
}

/** Runs an example, and before it those of its session that have not run. */
async function press(example) {
  if (running) return;
  const { examples } = example.session;
  const before = examples.slice(0, examples.indexOf(example)).filter(({ done }) => !done);
  for (const each of [...before, example]) {
    if (!(await run(each))) return;
  }
}

/** Runs one example; whether it came to its end. */
async function run(example) {
  running = example;
  become(example, "working", "Starting Python…");
  try {
    const parts = await start();
    show(example, parts);
    await Promise.race([parts.worker.call("ready"), stopping(example)]);
    become(example, "working", "Running…");
    const source = programOf(example, parts.prelude);
    const came = (progress) => take(example, parts, progress);
    const { repr, seconds } = await parts.worker.call("run", { source }, [], came);
    if (repr && repr !== "None") example.output.say(repr, "value");
    example.done = true;
    become(example, "done", `${seconds.toFixed(seconds < 10 ? 2 : 0)} s`);
    return true;
  } catch (error) {
    const stopped = error.name === "Stopped";
    if (!stopped && !error.traceback) await restart(); // it was Python that broke off
    if (!stopped) example.output?.say((error.traceback ?? error.message).trimEnd(), "failure");
    become(example, "failed", stopped ? "Stopped" : "Ended with an error");
    if (!example.output && !stopped) example.note.textContent = error.message;
    return false;
  } finally {
    example.output?.leave();
    example.output?.draw();
    running = null;
  }
}

/** Where an example waits for Python and is stopped. */
function stopping(example) {
  return new Promise((_, reject) => {
    example.cancel = () => reject(Object.assign(new Error(), { name: "Stopped" }));
  });
}

/** Ends what runs. Nothing else reaches a loop in Python than to start it anew. */
async function stop() {
  running?.cancel?.();
  await restart();
}

/** Python anew, if it is there: no example has run in it. */
async function restart() {
  const parts = await python?.catch(() => null);
  parts?.worker.restart();
  for (const example of examples) example.done = false;
}

/** The Python that plays an example: a session with prompts, or a program as it is. */
function programOf({ block, session, fresh }, prelude) {
  const text = block.querySelector("code").textContent;
  const prompts = text.startsWith(">>>");
  if (!prompts && !fresh) return text;
  const first = session.examples[0].block === block;
  const names = fresh
    ? `scope(${session.number}, ${first ? "True" : "False"})`
    : `${first ? `globals().update(scope(${session.number}, True)) or ` : ""}globals()`;
  return `${prelude}\nawait play(${JSON.stringify(text)}, ${names})`;
}

/** An output of its own, which the theme's style does not reach. */
function show(example, { Console }) {
  example.panel = null;
  if (example.output) {
    example.output.clear();
    return;
  }
  const host = element("div", "run-output");
  const shadow = host.attachShadow({ mode: "open" });
  for (const path of ["shared/components.css", "vendor/uplot.css"]) {
    const sheet = element("link");
    Object.assign(sheet, { rel: "stylesheet", href: new URL(path, root).href });
    shadow.append(sheet);
  }
  const own = new CSSStyleSheet();
  own.replaceSync(
    "[hidden] { display: none } p { margin: 0 } .output { box-sizing: border-box;" +
      " min-height: 0; max-height: 60vh; font-size: 0.68rem }",
  );
  shadow.adoptedStyleSheets = [own];
  example.output = new Console("");
  example.output.clear();
  shadow.append(example.output.element);
  example.block.append(host);
}

/** What a program prints, shows or asks for. */
function take(example, { Panel, drawing, worker }, progress) {
  const { stream, text, lost, chart, surface, svg, words, ask, sense } = progress;
  const { output } = example;
  if (text !== undefined) output.write(text, stream === "stderr" ? stream : "stdout", lost);
  if (surface) {
    if (!example.panel) output.put((example.panel = new Panel()).element);
    example.panel.show(surface, { chart, words, svg });
  } else if (svg) output.put(drawing(svg, words));
  if (ask) output.ask((line) => worker.call("answer", { text: line }).catch(() => {}));
  if (sense && !sense.over) worker.call("answer", { refused: NO_SENSES }).catch(() => {});
}

/** How far the start of Python is. */
function heard(example, { event, text, done, of, message }) {
  if (event === "failed") example.note.textContent = message;
  if (event !== "boot") return;
  const share = of ? ` ${Math.floor((100 * done) / of)} %` : "";
  example.note.textContent = `${text}…${share}`;
}

function become(example, state, note) {
  example.block.dataset.state = state;
  example.note.textContent = note;
  const works = state === "working";
  example.button.textContent = works ? "Stop" : "Run";
  for (const { button } of examples)
    button.setAttribute("aria-disabled", String(works && button !== example.button));
}

function element(tag, look = "", text = "") {
  return Object.assign(document.createElement(tag), { className: look, textContent: text });
}
