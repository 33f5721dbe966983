// Which of the tabs that are open at one page has the turn: one at a time, such as to
// write what the page keeps. The first has it; when it is closed, the next one gets it,
// and any may take it.

/**
 * Dispatches "change" when this tab gets the turn or loses it. Tabs agree by the Web
 * Locks API; where that is missing (it needs https or localhost), by messages.
 */
export class Turn extends EventTarget {
  /** Whether this tab has it. */
  mine = false;
  #agreed;

  /** @param {string} name what the turn is for */
  constructor(name) {
    super();
    /** @param {boolean} mine */
    const become = (mine) => {
      if (mine === this.mine) return;
      this.mine = mine;
      this.dispatchEvent(new Event("change"));
    };
    this.#agreed = navigator.locks ? new ByLock(name, become) : new ByMessage(name, become);
  }

  /** Asks for the turn, and waits in line from then on; whether this tab has it at once. */
  ask() {
    return this.#agreed.ask();
  }

  /** Takes it from the tab that has it. */
  take() {
    return this.#agreed.take();
  }
}

/** @typedef {(mine: boolean) => void} Become */

class ByLock {
  /** @type {AbortController | null} of the request that waits in line */
  #waiting = null;

  /**
   * @param {string} name
   * @param {Become} become
   */
  constructor(name, become) {
    this.name = name;
    this.become = become;
  }

  /** @returns {Promise<boolean>} */
  ask() {
    return new Promise((resolve) => this.#request({ ifAvailable: true }, resolve));
  }

  /** @returns {Promise<boolean>} */
  take() {
    this.#waiting?.abort();
    return new Promise((resolve) => this.#request({ steal: true }, resolve));
  }

  /**
   * @param {LockOptions} options
   * @param {(mine: boolean) => void} answer
   * @returns {Promise<void>}
   */
  async #request(options, answer = () => {}) {
    /** @param {Lock | null} lock */
    const hold = (lock) => {
      answer(lock !== null);
      if (!lock) return undefined;
      this.become(true);
      return new Promise(() => {}); // for as long as the tab is open
    };
    try {
      await navigator.locks.request(this.name, options, hold);
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") {
        this.become(true); // locks are forbidden here: nobody can be asked
        return answer(true);
      }
      if (options.signal?.aborted) return undefined; // another request of this tab is there instead
      this.become(false); // another tab took it
    }
    this.#waiting = new AbortController();
    return this.#request({ signal: this.#waiting.signal });
  }
}

const PATIENCE = 250; // milliseconds for other tabs to answer

class ByMessage {
  #mine = false;
  #answered = () => {};

  /**
   * @param {string} name
   * @param {Become} become
   */
  constructor(name, become) {
    this.become = become;
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = ({ data }) => this.#hear(data);
    addEventListener("pagehide", () => {
      if (!this.#mine) return;
      this.#be(false);
      this.#say("free");
    });
    addEventListener("pageshow", ({ persisted }) => persisted && this.ask());
  }

  /** @returns {Promise<boolean>} */
  ask() {
    return new Promise((resolve) => {
      const nobody = setTimeout(
        () => {
          this.#be(true);
          resolve(true);
        },
        PATIENCE * (1 + Math.random()),
      );
      this.#answered = () => {
        clearTimeout(nobody);
        resolve(false);
      };
      this.#say("whose?");
    });
  }

  async take() {
    this.#be(true);
    return true;
  }

  /** @param {"whose?" | "mine" | "free"} said */
  #hear(said) {
    if (said === "whose?" && this.#mine) this.#say("mine");
    if (said === "free") setTimeout(() => this.ask(), 500 * Math.random());
    if (said !== "mine") return;
    this.#answered();
    if (this.#mine) this.#be(false);
  }

  /** @param {boolean} mine */
  #be(mine) {
    this.#mine = mine;
    if (mine) this.#say("mine");
    this.become(mine);
  }

  /** @param {"whose?" | "mine" | "free"} said */
  #say(said) {
    this.channel.postMessage(said);
  }
}
