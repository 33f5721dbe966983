// Many pictures judged at once: a table of what the head says, how often that is right
// where the pictures lie in folders that are called after classes, and all of it as CSV.

import { say } from "../../shared/dialogs.js";
import { counted, download, h, keepFocus, percent, words } from "../../shared/dom.js";
import { acceptDrops } from "../../shared/dropzone.js";
import { chosenFiles, droppedFiles } from "../../shared/folders.js";
import { Matrix } from "../../shared/matrix.js";
import { wholeFile } from "../../shared/pictures.js";
import { t } from "../../shared/language.js";
import { find } from "../find.js";
import { byClass } from "./folders.js";
import { nameOf } from "./lesson.js";
import { fileName } from "./names.js";
import { csv, summed, truthOf } from "./verdicts.js";

const MOST = 2000; // pictures at once: each has its row
const HOW = t`Drop pictures here that it has not seen, or a folder with a folder for each class: then it is counted how often it is right.`;

export class Judge {
  #files = []; // of the last time: [{path, file}]
  #rows = []; // what was said so far
  #names = []; // of the head's classes
  #lesson = null; // whose head said it
  #head = null;
  #addresses = []; // of the pictures that are shown
  #run = 0; // which one this is: a newer one ends it

  constructor(classroom) {
    this.classroom = classroom;
    this.score = h("strong");
    this.text = h("span");
    this.matrix = new Matrix("");
    this.body = h("tbody");
    const heads = [t`Picture`, t`Answer`, t`How sure`, t`Shows`, ""];
    this.table = h(
      "table",
      { class: "verdicts" },
      h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col", text })))),
      this.body,
    );
    const box = { class: "scroll rows", tabIndex: 0, role: "region", "aria-label": t`Answers` };
    this.sums = h("div", {}, h("p", { class: "score" }, this.score, this.text));
    this.sums.append(this.matrix.element);
    find("judged").append(h("div", box, this.table), this.sums);
    this.#listen();
    this.render();
  }

  #listen() {
    const { classroom } = this;
    for (const [button, input] of [
      ["judge-choose", find("judge-files")],
      ["judge-folder", find("judge-folders")],
    ]) {
      find(button).addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        const files = chosenFiles(input.files);
        input.value = "";
        this.judge(files);
      });
    }
    acceptDrops(find("judge"), (_, transfer) =>
      droppedFiles(transfer).then(
        (files) => this.judge(files),
        (error) => say(words(error), "bad"),
      ),
    );
    find("judge-again").addEventListener("click", () => this.judge(this.#files));
    find("judge-stop").addEventListener("click", () => this.#end());
    find("judge-csv").addEventListener("click", () => this.#save());
    classroom.addEventListener("change", () => this.render());
  }

  get #running() {
    return find("judge-stop").hidden === false;
  }

  render() {
    const { lesson, info } = this.classroom;
    if (this.#lesson && this.#lesson !== lesson) this.#clear();
    const taught = Boolean(lesson.head && info);
    const stale = this.#rows.length > 0 && lesson.head !== this.#head && taught;
    keepFocus(() => {
      for (const id of ["judge-choose", "judge-folder"]) find(id).disabled = !taught;
      find("judge-again").hidden = !stale || this.#running;
      find("judge-csv").hidden = !this.#rows.length || this.#running;
    });
    if (this.#running) return;
    const trained = stale ? t`It was trained again since: judge them again.` : HOW;
    find("judge-hint").textContent = taught ? trained : t`Train it first.`;
  }

  /** Judges files, [{path, file}]; the folders that they lie in may say what they show. */
  async judge(files) {
    const { lesson } = this.classroom;
    if (!lesson.head) return void say(t`Train first; then it can tell you what it sees.`);
    const { head } = lesson;
    const names = head.keys.map((key, i) =>
      isThere(lesson, key) ? nameOf(lesson, key) : head.names[i],
    );
    const asked = questions(files, names);
    if (!asked.length)
      return void say(t`That was no picture. PNG, JPEG, WebP, GIF and BMP files will do.`, "bad");
    if (asked.length > MOST) return void say(t`At most ${MOST} pictures at once, please.`, "bad");
    this.#clear();
    this.#files = files;
    this.#names = names;
    this.#lesson = lesson;
    this.#head = head;
    this.#run += 1;
    const mine = this.#run;
    const wanted = () => mine === this.#run;
    const refused = [];
    this.#begin();
    for (const [i, question] of asked.entries()) {
      find("judge-hint").textContent = t`Looking at picture ${i + 1} of ${asked.length}…`;
      try {
        const picture = await wholeFile(question.file);
        const said = wanted() && (await this.#ask(picture, wanted));
        if (!wanted()) return undefined;
        if (said) this.#add(question, picture, said.shares, head.keys);
      } catch (error) {
        if (!wanted()) return undefined;
        refused.push(words(error));
      }
    }
    this.#end();
    const left = files.length - asked.length + refused.length;
    if (left)
      say(
        t`${counted(left, "file")} could not be read as pictures. ${refused[0] ?? ""}`.trim(),
        "bad",
      );
    return undefined;
  }

  /** What the head says of a picture; once more where a device is lost meanwhile. */
  async #ask(picture, wanted) {
    while (wanted()) {
      try {
        return await this.classroom.predict(await createImageBitmap(picture));
      } catch (error) {
        if (error.name !== "DeviceLost") throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
    return null;
  }

  #begin() {
    keepFocus(() => {
      find("judged").hidden = false;
      find("judge-stop").hidden = false;
      this.#showSums();
    });
    this.render();
  }

  /** Of what was judged so far the table stays. */
  #end() {
    this.#run += 1;
    keepFocus(
      () => (find("judge-stop").hidden = true),
      () => find("judge-choose"),
    );
    this.render();
  }

  #clear() {
    if (this.#running) this.#end();
    this.#rows = [];
    this.#lesson = this.#head = null;
    this.#addresses.forEach((address) => URL.revokeObjectURL(address));
    this.#addresses = [];
    this.body.replaceChildren();
    keepFocus(() => (find("judged").hidden = true));
  }

  /** A row for an answer; what is wrong stands above what is not. */
  #add({ path, truth }, picture, sorted, keys) {
    const shares = keys.map((key) => sorted.find((entry) => entry.key === key)?.share ?? 0);
    const answer = keys.indexOf(sorted[0].key);
    const row = { path, answer, share: sorted[0].share, truth, shares };
    this.#rows.push(row);
    const address = URL.createObjectURL(picture);
    this.#addresses.push(address);
    const isKnown = truth !== null;
    const right = truth === answer;
    const line = h(
      "tr",
      { class: isKnown && !right ? "wrong" : "" },
      h(
        "td",
        {},
        h(
          "div",
          {},
          h("img", { src: address, alt: "", width: 44, height: 44 }),
          h("span", { text: path, title: path }),
        ),
      ),
      h("td", { text: this.#names[answer] }),
      h("td", { text: percent(row.share) }),
      h("td", { text: isKnown ? this.#names[truth] : "–" }),
      h("td", { text: isKnown && (right ? "right" : "wrong") }),
    );
    const first = this.body.querySelector("tr:not(.wrong)");
    this.body.insertBefore(line, isKnown && !right ? first : null);
    this.#showSums();
  }

  #showSums() {
    const { judged, known, right, accuracy, confusion } = summed(this.#rows, this.#names);
    this.score.textContent = accuracy === null ? "" : percent(accuracy);
    const of = t`${right} of ${counted(known, "picture")} in folders that say what they show.`;
    this.text.textContent =
      accuracy === null ? t`${counted(judged, "picture")}; no folder says what they show.` : of;
    this.matrix.element.hidden = accuracy === null;
    if (accuracy !== null) this.matrix.show(this.#names, confusion);
  }

  #save() {
    const name = `${fileName(this.classroom.lesson.title || "lesson", "answers")}.csv`;
    download(name, csv(this.#rows, this.#names), "text/csv");
    say(t`Saved as ${name}.`, "good");
  }
}

const isThere = ({ classes }, key) => classes.some((c) => c.key === key);

/** The pictures among files, with what they show as far as it is known. */
function questions(files, names) {
  const { classes, loose, left } = byClass(files);
  const others = [...loose, ...left.filter(({ file }) => file.type.startsWith("image/"))];
  return [
    ...[...classes].flatMap(([folder, items]) =>
      items.map((item) => ({ ...item, truth: truthOf(names, folder) })),
    ),
    ...others.map((item) => ({ ...item, truth: null })),
  ];
}
