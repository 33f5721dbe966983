// Step 3: what the head sees, live, and which way each class steers.

import { Bars } from "../../shared/bars.js";
import { Screen } from "../../shared/camera.js";
import { say } from "../../shared/dialogs.js";
import { h, icon, keepFocus, nextFrame, percent, words } from "../../shared/dom.js";
import { acceptDrops } from "../../shared/dropzone.js";
import { drawnSamples, fetchPicture, pictureFiles, wholeFile } from "../../shared/pictures.js";
import { t } from "../../shared/language.js";
import { find } from "../find.js";
import { DIRECTIONS, hueOf, isOn, nameOf } from "./lesson.js";

const WAYS = { up: t`up`, left: t`left`, down: t`down`, right: t`right` };
const ARROWS = { up: "↑", left: "←", down: "↓", right: "→" };
export const TAUGHT_WITH = 16; // of each class of the drawn set; the others are the cards

export class Use {
  #on = false; // watching the camera
  #steers = new Map(); // by class key: the choice of which way it steers
  #looks = 0; // pictures shown so far: an answer about an earlier one comes too late
  #busy = false;

  /** `steer(direction)` is called for every prediction that is sure enough. */
  constructor(classroom, camera, steer) {
    Object.assign(this, { classroom, camera, steer });
    this.screen = new Screen(camera, icon("eye", "big"));
    find("watch-screen").replaceWith(this.screen.element);
    this.bars = new Bars(t`What it sees`, (key) => this.#steer(key));
    find("bars").replaceWith(this.bars.element);
    document
      .querySelectorAll("input[name=source]")
      .forEach((radio) => radio.addEventListener("change", () => this.setSource(radio.value)));
    find("watch-toggle").addEventListener("click", () => (this.#on ? this.stop() : this.start()));
    find("watch-choose").addEventListener("click", () => find("watch-file").click());
    find("watch-file").addEventListener("change", (event) =>
      this.#lookAtFiles([...event.target.files]),
    );
    find("threshold").addEventListener("input", (event) =>
      this.#setThreshold(Number(event.target.value)),
    );
    document.addEventListener("paste", (event) => this.#paste(event));
    acceptDrops(this.screen.element, (files) => this.#lookAtFiles(files));
    camera.addEventListener("change", () => this.#cameraChanged());
    document.addEventListener("visibilitychange", () => {
      if (this.#on) find("rate").textContent = document.hidden ? t`Paused: the tab is hidden.` : "";
    });
    classroom.addEventListener("change", () => this.render());
    this.render();
  }

  get source() {
    return document.querySelector("input[name=source]:checked").value;
  }

  setSource(source) {
    document.querySelector(`input[name=source][value=${source}]`).checked = true;
    if (source !== "camera") this.stop();
    if (source === "cards") this.#dealCards();
    this.screen.show(null);
    this.render();
  }

  render() {
    keepFocus(() => this.#render());
  }

  #render() {
    const { lesson } = this.classroom;
    const { source } = this;
    if (this.#on && !lesson.head) this.stop();
    if (!lesson.head) find("seen").textContent = "–";
    const taught = Boolean(lesson.head) && Boolean(this.classroom.info);
    find("watch-toggle").hidden = source !== "camera";
    find("watch-toggle").disabled = !taught;
    find("watch-toggle").textContent = this.#on ? t`Stop` : t`Start`;
    find("watch-choose").hidden = source !== "picture";
    find("watch-choose").disabled = !taught;
    find("cards").hidden = source !== "cards";
    this.screen.live = source === "camera";
    find("watch-hint").textContent = hint(source, lesson.head, taught, this.#on);
    find("threshold").value = lesson.settings.threshold;
    find("threshold-value").textContent = percent(lesson.settings.threshold);
    this.#renderBars();
  }

  // camera

  async start() {
    if (this.#on || !this.classroom.lesson.head) return;
    try {
      if (!this.camera.on) await this.camera.start();
      this.#on = true;
      this.render();
      await this.#watch();
    } catch (error) {
      say(words(error), "bad");
    } finally {
      this.stop();
    }
  }

  stop() {
    if (!this.#on) return;
    this.#on = false;
    find("rate").textContent = "";
    this.render();
  }

  async #watch() {
    let last = performance.now();
    let each = 0; // milliseconds from frame to frame, smoothed
    while (this.#on && this.camera.on) {
      await nextFrame();
      if (!this.camera.seeing || this.#busy) continue;
      const said = await this.classroom
        .predict(await this.camera.picture(), this.camera.mirror)
        .catch(waitForDevice);
      if (!this.#on) return; // stopped meanwhile: what it says is of the past
      if (!said || document.hidden) continue;
      this.#show(said);
      const now = performance.now();
      each = each ? each + 0.15 * (now - last - each) : now - last;
      last = now;
      find("rate").textContent = t`${(1000 / each).toFixed(each > 100 ? 1 : 0)} frames per second`;
    }
  }

  #cameraChanged() {
    if (!this.camera.on) this.stop();
    this.render();
  }

  // pictures and cards

  async #lookAtFiles(files) {
    const [file] = pictureFiles(files);
    find("watch-file").value = "";
    if (!file)
      return say(t`That was no picture. PNG, JPEG, WebP, GIF and BMP files will do.`, "bad");
    if (this.source !== "picture") this.setSource("picture");
    return wholeFile(file).then(
      (jpeg) => this.lookAt(jpeg),
      (error) => say(words(error), "bad"),
    );
  }

  /** Shows a picture (Blob) and what the head says of it. */
  async lookAt(picture) {
    this.screen.show(picture);
    if (!this.classroom.lesson.head) return say(t`Train first; then it can tell you what it sees.`);
    this.#looks += 1;
    const mine = this.#looks;
    this.#busy = true;
    find("seen").textContent = "…";
    try {
      const said = await this.#seen(picture, () => mine === this.#looks);
      if (mine !== this.#looks) return undefined;
      if (said) this.#show(said);
      else find("seen").textContent = "–";
    } catch (error) {
      if (mine === this.#looks) find("seen").textContent = "–";
      say(words(error), "bad");
    } finally {
      if (mine === this.#looks) this.#busy = false;
    }
    return undefined;
  }

  /** What the head says of a picture; once more where a device is lost meanwhile. */
  async #seen(picture, wanted) {
    for (;;) {
      const said = await this.classroom
        .predict(await createImageBitmap(picture))
        .catch(waitForDevice);
      if (said !== undefined || !wanted()) return said;
    }
  }

  #paste(event) {
    const files = pictureFiles(event.clipboardData?.files);
    if (files.length && event.target.closest("#use")) this.#lookAtFiles(files);
  }

  /** Puts out drawn pictures of each class that it was not taught with. */
  async #dealCards() {
    const list = find("cards");
    if (list.children.length) return;
    try {
      const drawn = Object.entries(await drawnSamples());
      for (let n = 0; n < 4; n += 1) {
        for (const [name, addresses] of drawn) {
          const left = addresses.slice(TAUGHT_WITH);
          const address = left[Math.floor((n * left.length) / 4)];
          if (address) list.append(this.#card(name, address));
        }
      }
    } catch (error) {
      say(words(error), "bad");
    }
  }

  #card(name, address) {
    const image = h("img", { src: address, alt: "", width: 56, height: 56, loading: "lazy" });
    const show = () =>
      fetchPicture(address).then(
        (picture) => this.lookAt(picture),
        (error) => say(words(error), "bad"),
      );
    const label = t`Show a drawn hand that points ${WAYS[name] ?? name}`;
    const button = { type: "button", "aria-label": label, on: { click: show } };
    return h("li", {}, h("button", button, image));
  }

  // bars

  #show({ shares }) {
    const { lesson } = this.classroom;
    const [best] = shares;
    const sure = best.share >= lesson.settings.threshold;
    const seen = find("seen");
    seen.textContent = nameOf(lesson, best.key);
    seen.parentElement.classList.toggle("unsure", !sure);
    seen.parentElement.style.setProperty("--hue", hueOf(lesson, best.key));
    this.bars.show(new Map(shares.map(({ key, share }) => [key, share])), sure ? best.key : null);
    const direction = lesson.directions[best.key];
    if (sure && direction) this.steer(direction);
  }

  #renderBars() {
    const { lesson } = this.classroom;
    const { directions, head } = lesson;
    const classes = lesson.classes.filter(
      ({ key }) => isOn(lesson, key) || head?.keys.includes(key),
    );
    this.bars.list(classes.map(({ key, name }) => ({ key, name, hue: hueOf(lesson, key) })));
    for (const { key, name } of classes) {
      const select = this.#steers.get(key);
      select.setAttribute("aria-label", t`${name} steers`);
      if (select !== document.activeElement) select.value = directions[key] ?? "";
    }
  }

  /** The choice at the end of a class's bar. */
  #steer(key) {
    const choices = [["", t`nothing`], ...DIRECTIONS.map((d) => [d, `${ARROWS[d]} ${WAYS[d]}`])];
    const change = () => this.classroom.setDirection(key, select.value);
    const select = h(
      "select",
      { class: "steers", title: t`Which way this class steers`, on: { change } },
      ...choices.map(([value, text]) => h("option", { value, text })),
    );
    this.#steers.set(key, select);
    return select;
  }

  #setThreshold(value) {
    this.classroom.set("threshold", value);
    find("threshold-value").textContent = percent(value);
  }
}

function hint(source, head, taught, on) {
  if (!head) return t`Train it first.`;
  if (!taught) return t`Python is still loading…`;
  if (source === "picture") return t`Choose, drop or paste a picture.`;
  if (source === "cards") return t`Drawn pictures it has not seen. Show it one: it steers.`;
  return on ? "" : t`Start, and show it something.`;
}

/**
 * While a lost device is reopened the camera goes on; any other error ends the watch.
 */
async function waitForDevice(error) {
  if (error.name !== "DeviceLost") throw error;
  await new Promise((resolve) => setTimeout(resolve, 500));
  return undefined;
}

/**
 * The next time the page is drawn; while the tab is hidden that may be much later, and
 * so nothing is predicted then.
 */
