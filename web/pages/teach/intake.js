// Picture files on their way into the lesson: onto a card, beside all of them, in folders.

import { openDialog, say } from "../../shared/dialogs.js";
import { counted, h, keepFocus, words } from "../../shared/dom.js";
import { chosenFiles, droppedFiles } from "../../shared/folders.js";
import { pictureFiles, readSquares } from "../../shared/pictures.js";
import { t } from "../../shared/language.js";
import { find } from "../find.js";
import { byClass, byClassOfProject, classesFor, isProject } from "./folders.js";
import { nameOf } from "./lesson.js";

const NONE = t`That was no picture. PNG, JPEG, WebP, GIF and BMP files will do.`;

export class Intake {
  /** `card(key)`: where it is shown how many pictures are being read for a class. */
  constructor(classroom, card) {
    Object.assign(this, { classroom, card });
    const input = find("folder");
    find("add-folder").addEventListener("click", () => input.click());
    input.addEventListener("change", async () => {
      const files = chosenFiles(input.files);
      input.value = "";
      if (files.length) await this.#sort(byClass(files), null);
    });
    this.list = h("ul");
    this.report = h(
      "dialog",
      { class: "report", "aria-label": t`What was left out` },
      h("h2", { text: t`Left out` }),
      this.list,
      h(
        "form",
        { method: "dialog", class: "row end" },
        h("button", { autofocus: true, text: t`Close` }),
      ),
    );
    document.body.append(this.report);
  }

  /** Adds picture files to a class, and says which could not be read. */
  async add(key, files) {
    const pictures = pictureFiles(files);
    const others = files.filter((file) => !pictures.includes(file));
    if (!pictures.length) return void say(NONE, "bad");
    const outcome = await this.#read(key, pictures);
    if (!outcome) return undefined;
    const left = [...outcome.left, ...others.map(({ name }) => t`${name} is no picture.`)];
    return this.#say(outcome.added, nameOf(this.classroom.lesson, key), left);
  }

  /**
   * Files and folders that were dropped: pictures go to the class `key`, folders become
   * classes; a single one goes to `key`, too, if it was dropped `onto` its card.
   */
  async drop(transfer, key, onto = true) {
    try {
      const files = await droppedFiles(transfer, (n) => this.#progress(t`Looking at ${n} files…`));
      if (files.length === 1 && isProject(files[0].file)) return await this.project(files[0].file);
      if (files.every(({ path }) => !path.includes("/")))
        return await this.add(
          key,
          files.map(({ file }) => file),
        );
      return await this.#sort(byClass(files), key, onto);
    } catch (error) {
      return void say(words(error), "bad");
    } finally {
      this.#progress("");
    }
  }

  /** Adds the classes and pictures of a project of Teachable Machine. Error where it is none. */
  async project(file) {
    try {
      this.#progress(t`Looking at the project…`);
      const bytes = new Uint8Array(await file.arrayBuffer());
      await this.#sort(byClassOfProject(await this.classroom.unpack(bytes)), null);
    } finally {
      this.#progress("");
    }
  }

  /** Puts what `byClass` found into classes. */
  async #sort({ classes, loose, left }, key, onto = false) {
    const { classroom } = this;
    const parts = [];
    if (onto && classes.size === 1) parts.push([key, [...classes.values()].flat()]);
    else {
      const keys = classesFor(classroom, [...classes.keys()]);
      for (const [name, items] of classes) {
        if (keys.has(name)) parts.push([keys.get(name), items]);
        else left.push(...items);
      }
    }
    if (loose.length && key) parts.push([key, loose]);
    const sentences = left.map(({ path, file }) =>
      file.type.startsWith("image/")
        ? t`${path} is in no class's folder, or there was no room for its class.`
        : t`${path} is no picture.`,
    );
    const outcomes = await Promise.all(
      parts.map(([to, items]) =>
        this.#read(
          to,
          items.map(({ file }) => file),
        ),
      ),
    );
    const there = outcomes.filter(Boolean);
    if (parts.length && !there.length) return undefined; // another lesson has come
    const added = there.reduce((sum, outcome) => sum + outcome.added, 0);
    const name =
      parts.length === 1
        ? nameOf(classroom.lesson, parts[0][0])
        : counted(parts.length, "class", "classes");
    return this.#say(added, name, [...there.flatMap((outcome) => outcome.left), ...sentences]);
  }

  /**
   * Adds pictures to a class, each as soon as it is read: {added, left: [sentences]};
   * null where class or lesson are gone meanwhile.
   */
  async #read(key, files) {
    const { classroom } = this;
    const { lesson } = classroom;
    const wanted = () =>
      classroom.lesson === lesson && lesson.classes.some((entry) => entry.key === key);
    const left = [];
    let added = 0;
    let rest = files.length;
    const expect = (change) => {
      rest += change;
      this.card(key)?.expect(change);
    };
    this.card(key)?.expect(rest);
    await readSquares(files, {
      wanted,
      take: (jpeg) => {
        expect(-1);
        if (!wanted()) return;
        classroom.addPictures(key, [jpeg]);
        added += 1;
      },
      refuse: (error) => {
        expect(-1);
        left.push(words(error));
      },
    });
    this.card(key)?.expect(-rest);
    return wanted() ? { added, left } : null;
  }

  /** What came of it; what was left out can be read in full. */
  #say(added, where, left) {
    const kind = added ? "good" : "bad";
    const text = added ? t`${counted(added, "picture")} added to ${where}.` : "";
    if (!left.length) return say(text || NONE, kind);
    if (left.length === 1) return say(`${text} ${left[0]}`.trim(), kind);
    const run = () => {
      this.list.replaceChildren(...left.map((sentence) => h("li", { text: sentence })));
      openDialog(this.report);
    };
    return say(t`${text} ${counted(left.length, "file")} left out.`.trim(), kind, {
      text: t`Which?`,
      run,
    });
  }

  #progress(text) {
    keepFocus(() => (find("intake").hidden = !text));
    find("intake").textContent = text;
  }
}
