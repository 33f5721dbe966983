// What a page's address says after its # and its ?. Anybody may have written it, so
// nothing in it is an error: what cannot be read is not there.

/**
 * The part after the #, decoded; "" where there is none, or it is no text.
 *
 * @param {string} address
 */
export function fragment(address = location.href) {
  try {
    return decodeURIComponent(new URL(address).hash.slice(1));
  } catch {
    return "";
  }
}

/** Takes the part after the # away, so that it is not obeyed once more after a reload. */
export const forgetFragment = () =>
  history.replaceState(history.state, "", location.pathname + location.search);

/**
 * What the part after the ? says under a name, or null.
 *
 * @param {string} name
 * @param {string} address
 */
export const query = (name, address = location.href) => new URL(address).searchParams.get(name);
