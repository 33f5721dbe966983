// Files that are dragged onto an element, or beside all of them.

/**
 * Lets files be dropped on `element`; `take` gets them, and what they came in, for
 * `droppedFiles` of folders.js. The class `dropping` is on it while a drag is over it.
 *
 * @param {HTMLElement} element
 * @param {(files: File[], transfer: DataTransfer) => void} take
 */
export function acceptDrops(element, take) {
  let inside = 0;
  /** @param {DragEvent} event */
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  /**
   * @param {DragEvent} event
   * @param {number} by
   */
  const enter = (event, by) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    inside = Math.max(0, inside + by);
    element.classList.toggle("dropping", inside > 0);
  };
  element.addEventListener("dragenter", (event) => enter(event, 1));
  element.addEventListener("dragleave", (event) => enter(event, -1));
  element.addEventListener("dragover", (event) => enter(event, 0));
  element.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    inside = 0;
    element.classList.remove("dropping");
    if (event.dataTransfer) take([...event.dataTransfer.files], event.dataTransfer);
  });
}

/**
 * Files that are dropped where nothing takes them would make the browser leave the page;
 * `take` gets them instead.
 *
 * @param {(files: File[], transfer: DataTransfer) => void} take
 */
export function acceptDropsElsewhere(take) {
  /** @param {DragEvent} event */
  const stay = (event) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return false;
    event.preventDefault();
    return true;
  };
  addEventListener("dragover", stay);
  addEventListener("drop", (event) => {
    if (stay(event) && event.dataTransfer) take([...event.dataTransfer.files], event.dataTransfer);
  });
}
