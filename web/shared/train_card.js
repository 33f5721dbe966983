// The card that trains a network: its button with Stop, bar and hint; and the network,
// which is begun anew, saved, loaded from a file or a drop, and never forgotten unasked.

import { ask, say } from "./dialogs.js";
import { download, keepFocus, words } from "./dom.js";
import { acceptDropsElsewhere } from "./dropzone.js";
import { whileBusy, working } from "./opening.js";

const KEPT_EVERY = 10_000; // milliseconds of a training

/**
 * The card's elements, which stand in page.html.
 *
 * @typedef {{
 *   train: HTMLButtonElement, stop: HTMLButtonElement, anew: HTMLButtonElement,
 *   save: HTMLButtonElement, load: HTMLButtonElement, file: HTMLInputElement,
 *   bar: HTMLProgressElement, hint: HTMLElement,
 * }} Parts
 */

/**
 * What the page knows and does.
 *
 * @typedef {{
 *   steps: () => number | null | undefined, label: () => string, first: string,
 *   train: (anew: boolean) => Promise<{ stopped: boolean, steps: number, seconds: number, adapter: string }>,
 *   mayTrain?: () => Promise<boolean>, stop: () => Promise<unknown>, failed: () => Promise<unknown>,
 *   keep: () => Promise<unknown>, save: () => Promise<[string, BlobPart]>,
 *   load: (bytes: Uint8Array, name: string) => Promise<string>, shown: () => Promise<unknown>,
 *   changed: () => void,
 * }} Job
 *
 * `steps`: how many the network has taken, none without one. `label`: what the button
 * does next; `first`: the hint when it begins. `failed`: after a training that broke off.
 * `load` says in a sentence what came; `shown` has the network show what it can, and
 * `changed` draws what else the page says of it.
 */

export class TrainCard {
  training = false;
  #kept = 0; // when the network was kept last

  /**
   * @param {Parts} parts
   * @param {Job} job
   */
  constructor(parts, job) {
    this.parts = parts;
    this.job = job;
    const { train, stop, anew, save, load, file } = parts;
    train.addEventListener("click", async () => {
      if (!this.training && (await (job.mayTrain?.() ?? true))) this.#train(false);
    });
    stop.addEventListener("click", () => {
      this.tell("Stopping after this step…");
      job.stop().catch(failed);
    });
    this.onClick(anew, async () => {
      if (!this.training && (await this.mayForget("Begin anew?"))) this.#train(true);
    });
    this.onClick(save, async () => download(...(await job.save()), "application/zip"));
    this.onClick(load, async () => file.click());
    file.addEventListener("change", () => {
      if (file.files?.[0]) this.#load(file.files[0]);
      file.value = "";
    });
    acceptDropsElsewhere(([dropped]) => {
      if (dropped?.name.endsWith(".zip")) this.#load(dropped);
      else say("Only a network that was saved here, a .zip, can be dropped.", "bad");
    });
  }

  /**
   * A button that waits while its job runs, or where it has none.
   *
   * @param {HTMLButtonElement} button
   * @param {() => Promise<unknown>} job
   */
  onClick(button, job) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") whileBusy(button, job, failed);
    });
  }

  /** @param {string} text */
  tell(text) {
    this.parts.hint.textContent = text;
  }

  /** After whatever changes the network. */
  render() {
    const { train, stop, anew, save, load } = this.parts;
    const steps = this.job.steps();
    train.textContent = this.training ? "Training…" : this.job.label();
    setWaiting(train, this.training);
    setWaiting(anew, this.training || !steps);
    setWaiting(save, !steps);
    setWaiting(load, this.training);
    keepFocus(
      () => (stop.hidden = !this.training),
      () => train,
    );
    this.job.changed();
  }

  /**
   * A step of a training: how far it is, and a sentence. Keeps the network now and then.
   *
   * @param {number} share
   * @param {string} text
   */
  step(share, text) {
    this.parts.bar.value = share;
    this.tell(text);
    if (performance.now() - this.#kept > KEPT_EVERY) this.keep().catch(failed);
  }

  /** For the next visit. */
  keep() {
    this.#kept = performance.now();
    return this.job.keep();
  }

  /**
   * Asks before it forgets what it has learned, where that is anything.
   *
   * @param {string} title
   */
  async mayForget(title) {
    const steps = this.job.steps();
    const text = `What it has learned in ${steps} steps is forgotten, unless you save it first.`;
    return !steps || ask(title, text, "Forget it");
  }

  /** @param {boolean} anew */
  async #train(anew) {
    const { job } = this;
    this.training = true;
    this.#kept = performance.now();
    this.parts.bar.value = 0;
    this.tell(job.first);
    const coming = working(async () => {
      const outcome = await job.train(anew);
      await this.keep();
      return outcome;
    });
    this.render();
    try {
      const { stopped, steps, seconds, adapter } = await coming;
      const end = stopped ? "Stopped" : "Done";
      this.tell(`${end} after ${steps} steps, ${seconds.toFixed(0)} s on ${adapter}.`);
    } catch (error) {
      this.tell("That did not work.");
      failed(error);
      await job.failed();
    } finally {
      this.training = false;
      this.render();
    }
    await job.shown();
  }

  /** @param {File} file */
  async #load(file) {
    try {
      if (this.training) throw new Error("It is learning. Stop it first.");
      if (!(await this.mayForget(`Take the network in ${file.name}?`))) return;
      const said = await this.job.load(new Uint8Array(await file.arrayBuffer()), file.name);
      this.tell(`${file.name}: ${said}`);
      this.render();
      await this.job.shown();
      await this.keep();
    } catch (error) {
      failed(error);
    }
  }
}

/** @param {unknown} error an Error, or a sentence */
export function failed(error) {
  say(typeof error === "string" ? error : words(error), "bad");
}

/**
 * @param {HTMLElement} button
 * @param {boolean} waits
 */
function setWaiting(button, waits) {
  if (waits) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}
