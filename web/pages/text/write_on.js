// What the visitor begins and the network goes on with, and between which letters it
// wavered.

import { Bars } from "../../shared/bars.js";
import { whileBusy } from "../../shared/opening.js";
import { find } from "../find.js";
import { seen } from "./course.js";
import { Writing } from "./writing.js";

const LENGTH = 400; // characters

/** Makes the card work; the result's `allow(can)` says whether there is who writes. */
export function wireWriteOn({ worker, temperature, failed }) {
  const button = find("write");
  const written = new Writing("What it has written on", true);
  const likeliest = new Bars("What it thought of");
  let letters = []; // that it wrote, each {letter, likeliest}
  let allowed = false;

  find("written").replaceWith(written.element);
  find("likeliest").replaceWith(likeliest.element);
  written.begin("What you begin and it goes on with appears here.");
  written.addEventListener("look", ({ detail }) => show(letters[detail]));
  find("writing").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (allowed) await whileBusy(button, write, failed);
    allow(allowed);
  });

  function allow(can) {
    allowed = can;
    if (button.getAttribute("aria-busy") !== "true")
      button.setAttribute("aria-disabled", String(!can));
  }

  async function write() {
    const start = find("beginning").value;
    const args = { count: LENGTH, temperature: temperature(), start };
    letters = [];
    written.begin(start);
    await worker.call("text.write", args, [], (some) => {
      letters.push(...some.letters.map((letter, i) => ({ letter, likeliest: some.likeliest[i] })));
      written.add(some);
    });
  }

  function show(letter) {
    find("letter").textContent = letter
      ? `It wrote “${seen(letter.letter)}”`
      : "Between which letters";
    const others = letter?.likeliest ?? [];
    likeliest.list([]); // their order is another one each time
    likeliest.list(others.map(([key]) => ({ key, name: seen(key), hue: 245 })));
    likeliest.show(new Map(others), letter?.letter ?? null);
    find("letter-hint").hidden = Boolean(letter);
  }

  return { allow };
}
