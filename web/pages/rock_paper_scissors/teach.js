// The three gestures: what it has learned of each, and the buttons that teach it more.

import { Bars } from "../../shared/bars.js";
import { aloud, say } from "../../shared/dialogs.js";
import { counted, h, icon, words } from "../../shared/dom.js";
import { acceptDrops } from "../../shared/dropzone.js";
import { pictureFiles, readSquares } from "../../shared/pictures.js";
import { GESTURES } from "./game.js";

const HUES = { rock: 12, paper: 216, scissors: 152 };

/** "change": the counts have changed. `learn(gesture, image)` resolves to the counts. */
export class Teaching extends EventTarget {
  counts = Object.fromEntries(GESTURES.map((gesture) => [gesture, 0]));
  holding = null; // the gesture whose button is held
  #rows = new Map();

  constructor({ camera, learn, forget }) {
    super();
    Object.assign(this, { camera, learn, forget });
    this.bars = new Bars("What it sees", (gesture) => this.#controls(gesture));
    this.bars.list(GESTURES.map((key) => ({ key, name: key, hue: HUES[key] })));
    this.element = this.bars.element;
    [...this.element.children].forEach((row, i) =>
      acceptDrops(row, (files) => this.addFiles(GESTURES[i], files)),
    );
  }

  /** Takes the counts as they are now. */
  set(counts) {
    this.counts = counts;
    for (const [gesture, { count }] of this.#rows) {
      count.textContent = counts[gesture];
      count.title = `${counted(counts[gesture], "picture")} of ${gesture}`;
    }
    this.dispatchEvent(new Event("change"));
  }

  /** Shows what it takes a picture for; null for nothing. */
  show(said) {
    this.bars.show(new Map(Object.entries(said?.confidences ?? {})), said?.label ?? null);
  }

  /** Teaches pictures (Blobs) of a gesture, one after the other. */
  async addPictures(gesture, pictures) {
    for (const picture of pictures)
      this.set(await this.learn(gesture, await createImageBitmap(picture)));
  }

  addFiles(gesture, files) {
    const pictures = pictureFiles(files);
    if (!pictures.length) {
      say("No pictures among those. PNG, JPEG, WebP, GIF and BMP files will do.", "bad");
      return;
    }
    readSquares(pictures, {
      take: (jpeg) => this.addPictures(gesture, [jpeg]).catch((error) => say(words(error), "bad")),
      refuse: (error) => say(words(error), "bad"),
    });
  }

  #controls(gesture) {
    const count = h("span", { class: "count", text: "0" });
    const record = h(
      "button",
      { type: "button", class: "record", "aria-label": `Hold to teach ${gesture}` },
      icon("camera"),
      h("span", { text: "Hold to teach" }),
    );
    const files = h("input", {
      type: "file",
      accept: "image/*",
      multiple: true,
      hidden: true,
      tabIndex: -1,
      "aria-label": `Picture files of ${gesture}`,
    });
    files.addEventListener("change", () => {
      this.addFiles(gesture, files.files);
      files.value = "";
    });
    const small = (name, label, click) =>
      h(
        "button",
        { type: "button", class: "quiet", title: label, "aria-label": label, on: { click } },
        icon(name),
      );
    this.#rows.set(gesture, { count, record });
    this.#hold(gesture, record);
    return h(
      "span",
      { class: "controls" },
      count,
      record,
      small("image", `Add picture files to ${gesture}`, () => files.click()),
      small("bin", `Forget ${gesture}`, () =>
        this.forget(gesture).then(
          (counts) => this.set(counts),
          (error) => say(words(error), "bad"),
        ),
      ),
      files,
    );
  }

  /** By pointer and by key; assistive technology only clicks, which is one picture. */
  #hold(gesture, button) {
    let before = 0;
    const start = async () => {
      if (!this.camera.on) {
        await this.camera.start().catch((error) => say(words(error), "bad"));
        if (this.camera.on) say("The camera is on. Now hold the button.");
        return;
      }
      before = this.counts[gesture];
      this.holding = gesture;
      button.classList.add("on");
    };
    const end = () => {
      if (this.holding !== gesture) return;
      this.holding = null;
      button.classList.remove("on");
      aloud(`${counted(this.counts[gesture] - before, "picture")} of ${gesture} learned.`);
    };
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      start();
    });
    ["pointerup", "pointercancel", "lostpointercapture", "blur"].forEach((name) =>
      button.addEventListener(name, end),
    );
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    const isPress = ({ key }) => key === " " || key === "Enter";
    button.addEventListener("keydown", (event) => {
      if (!isPress(event)) return;
      event.preventDefault();
      if (!event.repeat) start();
    });
    button.addEventListener("keyup", (event) => isPress(event) && end());
    button.addEventListener("click", async (event) => {
      if (event.detail !== 0) return;
      await start();
      setTimeout(end, 300);
    });
  }
}
