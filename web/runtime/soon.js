// Browsers' stores and graphics adapters may never answer (a broken profile does that, and
// the first page of a fresh one): nobody waits for them when there is another way.

/**
 * What a promise comes to, or an error where it takes longer than so many milliseconds.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} milliseconds
 * @param {string} late what the error says
 * @returns {Promise<T>}
 */
export function soon(
  promise,
  milliseconds = 3000,
  late = `no answer in ${milliseconds} milliseconds`,
) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(late)), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
