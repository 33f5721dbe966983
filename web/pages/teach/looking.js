// Has the network look at the lesson's pictures, one at a time: those without features,
// whichever they are by then. Features come to the lesson only if the picture is still
// in it.
//
// Events: "looking" (how far it is has changed), "trouble" (detail: an Error).

export class Looking extends EventTarget {
  paused = false; // while somebody records: the camera has the graphics card to itself
  #running = null;
  #looked = 0; // of this round
  #unreadable = new Set(); // samples
  #told = ""; // what went wrong last

  /** `lesson()` is the current one; `took()` is called when it has changed. */
  constructor(session, lesson, took) {
    super();
    Object.assign(this, { session, lesson, took });
  }

  /** How many pictures of this round have been looked at: {done, of}. */
  get progress() {
    return { done: this.#looked, of: this.#looked + this.#waiting().length };
  }

  /** There may be pictures to look at. */
  start() {
    if (this.#running || !this.session.info || !this.#waiting().length) return;
    this.#looked = 0;
    this.#told = "";
    this.#running = this.#all().finally(() => {
      this.#running = null;
      this.#looked = 0;
      this.dispatchEvent(new Event("looking"));
      this.start(); // some may have come at the end
    });
  }

  /** Resolves when every picture has been looked at, or `until()` turns true. */
  async done(until = () => false) {
    while (this.#running && !until()) await Promise.race([this.#running, wait(50)]);
  }

  #waiting() {
    return [...this.lesson().samples.values()].filter(
      (s) => !s.features && s.picture && !this.#unreadable.has(s),
    );
  }

  async #all() {
    for (;;) {
      const [sample] = this.#waiting();
      if (!sample) return;
      if (this.paused) {
        await wait(60);
        continue;
      }
      try {
        this.#take(sample, await this.session.look(sample.picture));
      } catch (error) {
        if (error.name === "DeviceLost") {
          await wait(500); // it is being reopened
          continue;
        }
        this.#unreadable.add(sample);
        if (this.#isThere(sample)) this.#tell(error);
      }
      this.#looked += 1;
      this.dispatchEvent(new Event("looking"));
    }
  }

  #isThere(sample) {
    return this.lesson().samples.get(sample.id) === sample;
  }

  #take(sample, seen) {
    if (!this.#isThere(sample)) return; // removed meanwhile, or another lesson is here
    this.lesson().samples.set(sample.id, { ...sample, ...seen });
    this.took();
  }

  #tell(error) {
    if (error.message === this.#told) return;
    this.#told = error.message;
    this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
  }
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
