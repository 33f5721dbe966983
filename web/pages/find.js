// For the pages' own scripts only: a component makes its elements and looks for none.

/** The element of page.html with this id; an error where the page has none. */
export function find(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

/** {id: element} of several. */
export const findAll = (...ids) => Object.fromEntries(ids.map((id) => [id, find(id)]));
