// Short names that can still be told apart: no DOM.

/**
 * The names, those that are longer than `most` characters with their middle left out.
 * Where that makes two of them equal they are numbered.
 *
 * @param {string[]} names
 */
export function shortened(names, most = 12) {
  const short = names.map((name) => {
    const characters = Array.from(name);
    if (characters.length <= most) return name;
    const tail = Math.floor((most - 1) / 2);
    return `${characters.slice(0, most - 1 - tail).join("")}…${characters.slice(-tail).join("")}`;
  });
  return short.map((name, i) =>
    short.indexOf(name) === short.lastIndexOf(name) ? name : `${i + 1}: ${name}`,
  );
}
