// Step 3: what the head sees, live, and which way each class steers.

import { find, h, percent, say, words } from "./dom.js";
import { hueOf } from "./collect.js";
import { DIRECTIONS, nameOf } from "./lesson.js";
import { acceptDrops, drawnSamples, fetchPicture, pictureFiles, squareFile } from "./pictures.js";

const ARROWS = { up: "↑", left: "←", down: "↓", right: "→" };
export const TAUGHT_WITH = 16; // of each class of the drawn set; the others are the cards

export class Use {
  #on = false; // watching the camera
  #bars = new Map(); // by class key
  #address = null; // of the picture that is shown
  #looks = 0; // pictures shown so far: an answer about an earlier one comes too late
  #busy = false;

  /** `steer(direction)` is called for every prediction that is sure enough. */
  constructor(classroom, camera, steer) {
    Object.assign(this, { classroom, camera, steer });
    camera.show(find("watch-view"));
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
    acceptDrops(find("watch-screen"), (files) => this.#lookAtFiles(files));
    camera.addEventListener("change", () => this.#cameraChanged());
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
    this.#showPicture(null);
    this.render();
  }

  render() {
    const { lesson } = this.classroom;
    const { source } = this;
    const taught = Boolean(lesson.head) && Boolean(this.classroom.info);
    find("watch-toggle").hidden = source !== "camera";
    find("watch-toggle").disabled = !taught;
    find("watch-toggle").textContent = this.#on ? "Stop" : "Start";
    find("watch-choose").hidden = source !== "picture";
    find("watch-choose").disabled = !taught;
    find("cards").hidden = source !== "cards";
    find("watch-screen").classList.toggle("mirrored", this.camera.mirror);
    find("watch-screen").classList.toggle(
      "on",
      (source === "camera" && this.camera.on) || this.#address !== null,
    );
    find("watch-hint").textContent = hint(source, lesson.head, taught, this.#on);
    find("threshold").value = lesson.settings.threshold;
    find("threshold-value").textContent = percent(lesson.settings.threshold);
    this.#renderBars();
  }

  // ---------------------------------------------------------------------------------------------------------
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
      if (!said) continue;
      this.#show(said);
      const now = performance.now();
      each = each ? each + 0.15 * (now - last - each) : now - last;
      last = now;
      find("rate").textContent = `${(1000 / each).toFixed(each > 100 ? 1 : 0)} frames a second`;
    }
  }

  #cameraChanged() {
    if (!this.camera.on) this.stop();
    this.render();
  }

  // ------------------------------------------------------------------------------------------------
  // pictures and cards

  async #lookAtFiles(files) {
    const [file] = pictureFiles(files);
    find("watch-file").value = "";
    if (!file)
      return say("That was no picture. PNG, JPEG, WebP, GIF and BMP files will do.", "bad");
    if (this.source !== "picture") this.setSource("picture");
    return squareFile(file).then(
      (jpeg) => this.lookAt(jpeg),
      (error) => say(words(error), "bad"),
    );
  }

  /** Shows a picture (Blob) and what the head says of it. */
  async lookAt(picture) {
    this.#showPicture(picture);
    if (!this.classroom.lesson.head) return say("Train first; then it can tell you what it sees.");
    this.#looks += 1;
    const mine = this.#looks;
    this.#busy = true;
    find("seen").textContent = "…";
    try {
      const said = await this.classroom.predict(await createImageBitmap(picture));
      if (mine === this.#looks) this.#show(said);
    } catch (error) {
      say(words(error), "bad");
    } finally {
      if (mine === this.#looks) this.#busy = false;
    }
    return undefined;
  }

  #paste(event) {
    const files = pictureFiles(event.clipboardData?.files);
    if (files.length && event.target.closest("#use")) this.#lookAtFiles(files);
  }

  #showPicture(picture) {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = picture ? URL.createObjectURL(picture) : null;
    const image = find("watch-picture");
    image.hidden = !picture;
    if (picture) image.src = this.#address;
    else image.removeAttribute("src");
    this.render();
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
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          "aria-label": `Show a drawn hand that points ${name}`,
          on: { click: show },
        },
        image,
      ),
    );
  }

  // -----------------------------------------------------------------------------------------------------------
  // bars

  #show({ shares }) {
    const { lesson } = this.classroom;
    const [best] = shares;
    for (const { key, share } of shares) this.#bars.get(key)?.set(share);
    const sure = best.share >= lesson.settings.threshold;
    find("seen").textContent = nameOf(lesson, best.key);
    find("seen").parentElement.classList.toggle("unsure", !sure);
    find("seen").parentElement.style.setProperty("--hue", hueOf(lesson, best.key));
    for (const [key, bar] of this.#bars)
      bar.element.classList.toggle("best", sure && key === best.key);
    const direction = lesson.directions[best.key];
    if (sure && direction) this.steer(direction);
  }

  #renderBars() {
    const { lesson } = this.classroom;
    for (const [key, bar] of this.#bars) {
      if (lesson.classes.some((c) => c.key === key)) continue;
      bar.element.remove();
      this.#bars.delete(key);
    }
    for (const { key, name } of lesson.classes) {
      if (!this.#bars.has(key)) this.#bars.set(key, new Bar(this.classroom, key));
      const bar = this.#bars.get(key);
      if (!bar.element.isConnected) find("bars").append(bar.element);
      bar.render(name, lesson);
    }
  }

  #setThreshold(value) {
    this.classroom.set("threshold", value);
    find("threshold-value").textContent = percent(value);
  }
}

class Bar {
  constructor(classroom, key) {
    this.name = h("span", { class: "bar-name" });
    this.fill = h("span", { class: "fill" });
    this.meter = h(
      "span",
      {
        class: "track",
        role: "meter",
        "aria-valuemin": "0",
        "aria-valuemax": "100",
        "aria-valuenow": "0",
      },
      this.fill,
    );
    this.value = h("span", { class: "bar-value", text: "" });
    const options = [["", "nothing"], ...DIRECTIONS.map((d) => [d, `${ARROWS[d]} ${d}`])].map(
      ([value, text]) => h("option", { value, text }),
    );
    this.select = h(
      "select",
      { class: "steers", on: { change: () => classroom.setDirection(key, this.select.value) } },
      ...options,
    );
    this.element = h(
      "li",
      { class: "bar", data: { key } },
      this.name,
      this.meter,
      this.value,
      this.select,
    );
  }

  render(name, lesson) {
    this.element.style.setProperty("--hue", hueOf(lesson, this.element.dataset.key));
    this.name.textContent = name;
    this.name.title = name;
    this.meter.setAttribute("aria-label", name);
    this.select.setAttribute("aria-label", `${name} steers`);
    this.select.title = "Which way this class steers";
    if (this.select !== document.activeElement)
      this.select.value = lesson.directions[this.element.dataset.key] ?? "";
  }

  set(share) {
    this.fill.style.transform = `scaleX(${share})`;
    this.value.textContent = percent(share);
    this.meter.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  }
}

function hint(source, head, taught, on) {
  if (!head) return "Train it first.";
  if (!taught) return "Python is still loading…";
  if (source === "picture") return "Choose, drop or paste a picture.";
  if (source === "cards") return "Drawn pictures it has not seen. Show it one: it steers.";
  return on ? "" : "Start, and show it something.";
}

/**
 * While a lost device is reopened the camera goes on; any other error ends the watch.
 */
async function waitForDevice(error) {
  if (error.name !== "DeviceLost") throw error;
  await new Promise((resolve) => setTimeout(resolve, 500));
  return null;
}

/**
 * The next time the page is drawn; while the tab is hidden that may be much later, and
 * so nothing is predicted then.
 */
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
