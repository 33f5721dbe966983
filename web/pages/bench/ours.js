// Our side: asks the worker, where Python does the work (pywebml/apps/bench/tab.py) and
// takes the time.

export class Ours {
  // `call`: of boot.js
  constructor(call) {
    this.call = call;
  }

  // Makes a work ready; resolves to what Python tells of it.
  make(work, given) {
    return this.call("bench", { work, given });
  }

  // A contender for `medians`: milliseconds of one time, taken in the worker.
  contender(work) {
    return {
      name: "pywebml",
      run: async (n) => (await this.call("bench", { work, times: n })).ms / n,
    };
  }

  // One picture, an ImageData, from the page to the worker and the probabilities back
  // to the page.
  fromPage(work, image) {
    const run = async (n) => {
      const start = performance.now();
      for (let i = 0; i < n; i++) await this.call("bench", { work, times: 1, given: { image } });
      return (performance.now() - start) / n;
    };
    return { name: "pywebml", run };
  }
}
