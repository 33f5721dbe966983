// The lesson as a whole: its title, files of it, a fresh start, the way back.

import { ask, openDialog, say } from "../../shared/dialogs.js";
import { counted, download, h, keepFocus } from "../../shared/dom.js";
import { whileBusy } from "../../shared/opening.js";
import { t } from "../../shared/language.js";
import { find } from "../find.js";
import { isProject } from "./folders.js";
import { fileName } from "./names.js";
import { programOf } from "./program.js";
import { deleted, undo } from "./undo.js";

export class ProjectPart {
  /**
   * `stop()` is called before a fresh start: it ends what is looked at. `intake` takes
   * projects of Teachable Machine.
   */
  constructor(classroom, stop, intake) {
    Object.assign(this, { classroom, stop, intake });
    this.#wireTitle();
    this.#wireUndo();
    this.#wireImport();
    this.#onClick("export", () => this.#export());
    this.#onClick("start-over", () => this.#startOver());
    this.#onClick("save-head", async () => this.#saveHead());
    this.#onClick("save-whole", () => this.#saveWhole());
    this.#onClick("save-page", () => this.#savePage());
    this.#onClick("as-program", async () => this.#showProgram());
    this.code = h("code");
    const box = { class: "program", tabIndex: 0, role: "region", "aria-label": t`The program` };
    const download = { type: "button", class: "primary", text: t`Download it` };
    this.note = h("p");
    this.program = h(
      "dialog",
      { class: "as-program", "aria-label": t`The lesson as a Python program` },
      h("h2", { text: t`The same lesson in Python` }),
      this.note,
      h("pre", box, this.code),
      h(
        "form",
        { method: "dialog", class: "row end" },
        h("button", { text: t`Close` }),
        h("button", { ...download, autofocus: true, on: { click: () => this.#saveProgram() } }),
      ),
    );
    document.body.append(this.program);
  }

  /** What files of the lesson are called. */
  get #name() {
    return this.classroom.lesson.title || "lesson";
  }

  get #zip() {
    return `${fileName(this.#name)}.zip`;
  }

  /** A button that does a job, one at a time. */
  #onClick(id, job) {
    const button = find(id);
    button.addEventListener("click", () =>
      whileBusy(button, job, (sentence) => say(sentence, "bad")),
    );
  }

  #wireTitle() {
    const { classroom } = this;
    const field = find("title");
    field.addEventListener("change", () => {
      classroom.setTitle(field.value);
      field.value = classroom.lesson.title;
    });
    field.addEventListener("keydown", ({ key }) => key === "Enter" && field.blur());
    const show = () => {
      if (field !== document.activeElement) field.value = classroom.lesson.title;
    };
    classroom.addEventListener("change", show);
    show();
  }

  #wireUndo() {
    const { classroom } = this;
    const back = find("bring-back");
    back.addEventListener("click", () => undo(classroom));
    document.addEventListener("keydown", (event) => {
      const types = event.target.closest("input, textarea, select");
      if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || types) return;
      event.preventDefault();
      undo(classroom);
    });
    classroom.addEventListener("change", () =>
      keepFocus(
        () => (back.hidden = !classroom.changes),
        () => find("start-over"),
      ),
    );
  }

  #wireImport() {
    const file = find("import-file");
    find("import").addEventListener("click", () => file.click());
    file.addEventListener("change", async () => {
      const chosen = () => this.#import(file.files[0]);
      await whileBusy(find("import"), chosen, (sentence) => say(sentence, "bad"));
      file.value = "";
    });
  }

  async #export() {
    const zip = await this.classroom.exportProject();
    download(this.#zip, zip, "application/zip");
    say(t`Exported. The zip holds your pictures in class folders and what was trained.`, "good");
  }

  async #import(zip) {
    const { classroom } = this;
    if (!zip) return;
    if (isProject(zip)) return void (await this.intake.project(zip));
    const question = t`The classes and pictures that are here now make room for it.`;
    if (
      classroom.lesson.samples.size &&
      !(await ask(t`Replace this project?`, question, t`Replace`))
    )
      return;
    await classroom.importProject(new Uint8Array(await zip.arrayBuffer()));
    const { samples, classes } = classroom.lesson;
    const counts = t`${counted(samples.size, "picture")} of ${counted(classes.length, "class", "classes")}`;
    deleted(classroom, t`Imported ${counts}.`);
    return undefined;
  }

  async #startOver() {
    const { classroom } = this;
    const pictures = counted(classroom.lesson.samples.size, "picture");
    const text = t`${pictures}, all classes and what was trained will be deleted from this browser.`;
    if (!(await ask(t`Start over?`, text, t`Start over`))) return;
    this.stop();
    classroom.startOver();
    deleted(classroom, t`A fresh start.`);
  }

  #saveHead() {
    const { head } = this.classroom.lesson;
    if (!head) return;
    const name = `${fileName(this.#name, "head")}.zip`;
    download(name, head.bytes, "application/zip");
    say(t`Saved as ${name}; python -m pywebml predict takes it.`, "good");
  }

  async #saveWhole() {
    const { classroom } = this;
    if (!classroom.lesson.head) return;
    const name = `${fileName(this.#name, "teachable-machine")}.zip`;
    download(name, await classroom.exportWhole(this.#name), "application/zip");
    say(t`Saved as ${name}; Teachable Machine’s library and TensorFlow.js load it.`, "good");
  }

  async #savePage() {
    const { classroom } = this;
    if (!classroom.lesson.head) return;
    const name = `${fileName(this.#name, "page")}.zip`;
    download(name, await classroom.exportPage(classroom.lesson.title), "application/zip");
    say(t`Saved as ${name}. Unpack it on any web host; it needs no Python there.`, "good");
  }

  #showProgram() {
    const { info, lesson } = this.classroom;
    if (!info) return void say(t`Python is still loading; in a moment.`);
    this.note.textContent = t`Export this lesson as ${this.#zip} and put the program beside it: it trains on the same pictures, with the settings that are chosen here.`;
    this.code.textContent = programOf(lesson, info.extractor, this.#zip);
    openDialog(this.program);
    return undefined;
  }

  #saveProgram() {
    download(`${fileName(this.#name)}.py`, this.code.textContent, "text/x-python");
  }
}
