// The losses so far, at most so many of them however long it runs: no DOM.

const MOST = 240; // values of a line; even, as every other one goes when there are more

export class History {
  every = 1; // epochs from one value to the next
  train = [];
  test = [];

  /** Epochs that its lines are over. */
  get epochs() {
    return Math.max(0, (this.train.length - 1) * this.every) + 1;
  }

  /** Adds the losses after so many epochs; epochs between that nobody saw get them, too. */
  add(epoch, train, test) {
    if (epoch < 1 || !Number.isFinite(train) || !Number.isFinite(test)) return;
    while ((epoch - 1) / this.every >= MOST) this.#thin();
    while (this.train.length * this.every <= epoch - 1) {
      this.train.push(train);
      this.test.push(test);
    }
    this.train[this.train.length - 1] = train;
    this.test[this.test.length - 1] = test;
  }

  #thin() {
    this.every *= 2;
    for (const name of ["train", "test"]) this[name] = this[name].filter((_, i) => i % 2 === 0);
  }
}
