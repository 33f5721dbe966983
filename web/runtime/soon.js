// Browsers' stores may never answer (a broken profile does that): nobody waits for them
// when there is another way.

/**
 * What a promise comes to, or an error where it takes longer than so many milliseconds.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} milliseconds
 * @returns {Promise<T>}
 */
export function soon(promise, milliseconds = 3000) {
  return new Promise((resolve, reject) => {
    const late = new Error(`no answer in ${milliseconds} milliseconds`);
    const timer = setTimeout(reject, milliseconds, late);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
