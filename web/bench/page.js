// bench.html: the benchmarks in the visitor's own browser.
import { boot } from "../boot.js";
import { runBench } from "./bench.js";

const find = (id) => document.getElementById(id);
const say = (text) => (find("state").textContent = text);
const number = (value) => (value === null ? "" : value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3));
let rows = [], worker = null; // opened on the first start: Python and the network are megabytes

function open() {
  worker ??= boot({ onEvent: ({ event, text, message }) => {
    if (event === "boot") say(`${text}…`);
    if (event === "failed" || event === "lost") say(message);
  } });
  return worker.call;
}

// The peers are beside the page only where `python -m pywebml bench page --peers` has put them.
async function peersFolder() {
  const found = await fetch("peers/peers.json").catch(() => null);
  return found?.ok && found.headers.get("Content-Type")?.includes("json") ? "peers/" : "";
}

function show(row) {
  rows.push(row);
  const cells = [row.work, number(row.ours_ms), row.peer, number(row.peer_ms), number(row.ratio), row.note];
  const line = document.createElement("tr");
  line.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
  find("rows").append(line);
  find("table").classList.toggle("alone", rows.every(({ peer }) => !peer)); // hides what is about peers
  find("table").hidden = find("save").hidden = false;
}

find("start").addEventListener("click", async () => {
  find("start").disabled = true;
  rows = [];
  find("rows").replaceChildren();
  try {
    await runBench({ call: open(), peers: await peersFolder(), report: show, say: (text) => say(`${text}…`) });
    say(`Done, on ${rows[0]?.adapter}.`);
  } catch (error) {
    say(error.message);
  }
  find("start").disabled = false;
});

find("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(rows, null, 1)], { type: "application/json" }));
  link.download = "bench.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
});

// For `python -m pywebml bench page`, and for other pages' scripts.
window.pywebmlBench = { runBench };
