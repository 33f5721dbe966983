// bench.html: the benchmarks in the visitor's own browser, a card for each work.
import { query } from "../../shared/address.js";
import { say as tell } from "../../shared/dialogs.js";
import { download, h, words } from "../../shared/dom.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { become, openPage, working } from "../../shared/opening.js";
import { find } from "../find.js";
import { BENCHES, runBench } from "./bench.js";

const say = (text) => (find("state").textContent = text);
// bench.html?only=frame,matmul times some of them
const only = query("only")?.split(",");
let rows = [];
acceptDropsElsewhere(() => tell("This page takes no files.", "bad"));
let worker = null; // opened on the first start: Python and the network are megabytes

function open() {
  worker ??= openPage(({ event, text, message }) => {
    if (event === "boot") say(`${text}…`);
    if (event === "failed" || event === "lost") say(message);
  }).worker;
  return worker.call;
}

// where `python -m pywebml bench page --peers` has put others beside the page, it says so
const peers = document.documentElement.dataset.peers ?? "";

const three = (value) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
const time = (ms) =>
  ms < 0.1 ? `${three(1e3 * ms)} µs` : ms < 1e4 ? `${three(ms)} ms` : `${three(ms / 1e3)} s`;
const times = (ratio) =>
  `${ratio >= 10 ? Math.round(ratio) : ratio >= 1 ? ratio.toFixed(1) : ratio.toFixed(2)}×`;
const longest = (texts) => texts.reduce((a, b) => (b.length > a.length ? b : a)); // of a work's notes, the one that says what failed

function show(row) {
  rows.push(row);
  const all = rows.filter(({ bench, work }) => bench === row.bench && work === row.work),
    works = find("works");
  if (all.length === 1)
    works.append(
      h("section", { class: "card work", "aria-labelledby": `work-${works.children.length}` }),
    );
  const card = works.lastElementChild,
    id = card.getAttribute("aria-labelledby");
  card.replaceChildren(
    h("h2", { id, text: row.work }),
    h(
      "p",
      { class: "ours" },
      h("strong", { text: time(row.ours_ms) }),
      row.bench === "frame" ? ` ${three(1e3 / row.ours_ms)} per second` : "",
    ),
    row.peer && bars(all),
    h("p", { class: "hint", text: longest(all.map(({ note }) => note)) }),
  );
  find("save").hidden = false;
  find("legend").hidden = rows.every(({ peer }) => !peer);
}

// A table of ours and the peers' times, without versions, which the saved file has. A
// peer that failed has no bar.
function bars(all) {
  const slowest = Math.max(all[0].ours_ms, ...all.map(({ peer_ms }) => peer_ms ?? 0));
  const line = (name, ms, ratio, kind) => {
    const bar = h("span", { class: "bar" });
    bar.style.setProperty("--share", `${(100 * (ms ?? 0)) / slowest}%`);
    return h(
      "tr",
      { class: kind },
      h("th", { scope: "row", text: name }),
      h("td", { text: ms === null ? "failed" : time(ms) }),
      h("td", { text: ratio === null ? "" : times(ratio) }),
      h("td", { "aria-hidden": "true" }, ms !== null && bar),
    );
  };
  return h(
    "table",
    { "aria-label": all[0].work },
    h(
      "tbody",
      {},
      line("pywebml", all[0].ours_ms, null, "mine"),
      ...all.map((row) => line(row.peer.replace(/ [\d.]+ /, " "), row.peer_ms, row.ratio, "peer")),
    ),
  );
}

// A button that says what it came to. The three do one thing at a time, and keep the
// focus meanwhile.
let busyWith = null;

function busy(id, work) {
  const buttons = ["start", "tune", "forget"].map(find);
  find(id).addEventListener("click", async () => {
    if (busyWith) return;
    busyWith = id;
    for (const button of buttons) button.setAttribute("aria-disabled", "true");
    find("progress").hidden = false;
    try {
      say(await work(open()));
    } catch (error) {
      say(words(error));
    }
    busyWith = null;
    for (const button of buttons) button.removeAttribute("aria-disabled");
    find("progress").removeAttribute("value");
    find("progress").hidden = true;
  });
}

busy("start", async (call) => {
  rows = [];
  find("works").replaceChildren();
  await working(async () => {
    const unknown = only?.filter((name) => !BENCHES.includes(name)) ?? [];
    if (unknown.length)
      throw new Error(
        `There is no benchmark ${unknown.join(", ")}; there are ${BENCHES.join(", ")}.`,
      );
    await runBench({ only, call, peers, report: show, say: (text) => say(`${text}…`) });
    return rows;
  });
  return `Done, on ${rows[0]?.adapter}.`;
});

busy("tune", async (call) => {
  const tuned = await call("tune", { only }, [], ({ stage, done, of }) => {
    find("progress").value = done / of;
    say(`${stage}: ${done} of ${of} kernels…`);
  });
  const faster = tuned.rows.filter(({ gain }) => gain > 1);
  rows = tuned.rows;
  find("save").hidden = !rows.length;
  find("works").replaceChildren(...(faster.length ? [gains(faster)] : []));
  return `${tuned.rows.length} choices among kernels timed on ${tuned.adapter}, ${faster.length} of them now faster. Pages opened from now on use them.`;
});

busy("forget", async (call) =>
  (await call("forget_tuning")) ? "Forgotten." : "Nothing was kept for this adapter.",
);

// What was faster than the default, the largest gain first.
function gains(faster) {
  const line = (row) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", text: `${row.choice}, ${row.shape}` }),
      h("td", { text: `${row.best} instead of ${row.default}` }),
      h("td", { text: `${row.gain.toFixed(2)}×` }),
    );
  return h(
    "section",
    { class: "card work", "aria-label": "Tuning" },
    h(
      "table",
      { "aria-label": "Gains" },
      h("tbody", {}, ...[...faster].sort((a, b) => b.gain - a.gain).map(line)),
    ),
  );
}

find("save").addEventListener("click", () =>
  download("bench.json", JSON.stringify(rows, null, 1), "application/json"),
);

become("ready");

// For `python -m pywebml bench page`, and for other pages' scripts.
window.pywebmlBench = { runBench };
