// The visitor's own browser, checked: every kernel's sample cases, as `python -m
// pywebml check` does on the desktop.
import { query } from "../../shared/address.js";
import { download, h, words } from "../../shared/dom.js";
import { say as tell } from "../../shared/dialogs.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { openPage, whileBusy, working } from "../../shared/opening.js";
import { find } from "../find.js";

const say = (text) => (find("state").textContent = text);
const op = query("op"); // check.html?op=Softmax checks one op
let checked = null;

const { worker } = openPage(({ event, text, message }) => {
  if (event === "boot") say(`${text}…`);
  if (event === "failed" || event === "lost") say(message);
});

worker.call("ready").then(
  ({ device, reason }) => {
    say(`${reason ?? ""} Ready on ${device.name}.`.trim());
    find("start").disabled = false;
  },
  (error) => say(words(error)),
);

acceptDropsElsewhere(() => tell("This page takes no files.", "bad"));
find("start").addEventListener("click", () => whileBusy(find("start"), () => working(check), say));

async function check() {
  checked = await worker.call("check", { op }, [], ({ done, of }) => {
    find("progress").value = done / of;
    say(`${done} of ${of} cases`);
  });
  show(checked);
  return checked.rows.map(({ trouble, ...row }) => row);
}

find("save").addEventListener("click", () =>
  download("check.json", JSON.stringify(checked, null, 1), "application/json"),
);

function show({ adapter, rows }) {
  const kernels = Map.groupBy ? Map.groupBy(rows, (row) => row.kernel) : grouped(rows);
  find("rows").replaceChildren(
    ...[...kernels].map(([kernel, cases]) => {
      const missed = cases.filter((row) => !row.ok);
      const error = Math.max(...cases.map((row) => row.error ?? 0)).toExponential(1);
      const result = missed.length ? `missed: ${missed.map((row) => row.case).join(", ")}` : "ok";
      return h(
        "tr",
        { class: missed.length ? "missed" : "" },
        h("th", { scope: "row", text: kernel }),
        ...[cases.length, error, result].map((text) => h("td", { text })),
      );
    }),
  );
  find("result").hidden = find("save").hidden = false;
  const missed = rows.filter((row) => !row.ok).length;
  say(`${rows.length} cases on ${adapter}, ${missed} outside their tolerance`);
}

function grouped(rows) {
  const kernels = new Map();
  for (const row of rows) kernels.set(row.kernel, [...(kernels.get(row.kernel) ?? []), row]);
  return kernels;
}
