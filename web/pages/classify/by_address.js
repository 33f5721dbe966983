// A picture by its address: from the field, or out of a drag or paste that brings no file.

import { inertDocument } from "../../runtime/trusted.js";
import { fetchPicture } from "../../shared/pictures.js";
import { addressIn, judged } from "./addresses.js";

/**
 * `take` gets the picture as a Blob, `refuse` a sentence.
 *
 * @param {{ form: HTMLFormElement, take: (picture: Blob) => void, refuse: (why: string) => void }} parts
 */
export function wireAddresses({ form, take, refuse }) {
  const field = form.querySelector("input");

  async function look(address) {
    const answer = judged(address, document.baseURI);
    if (answer.why) return refuse(answer.why);
    try {
      take(await fetchPicture(answer.url));
    } catch {
      refuse("There is no picture at that address.");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look(field.value);
  });
  // what has a file goes to shared/dropzone.js
  const bringsAddress = ({ dataTransfer, target }) =>
    target !== field &&
    !dataTransfer?.types.includes("Files") &&
    dataTransfer?.types.some((type) => /^text\/(uri-list|html)$/.test(type));
  addEventListener("dragover", (event) => {
    if (bringsAddress(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!bringsAddress(event)) return;
    event.preventDefault();
    const address = addressIn(carried(event.dataTransfer));
    if (address) look(address);
  });
  document.addEventListener("paste", ({ clipboardData, target }) => {
    if (target === field || clipboardData?.files.length) return;
    const address = addressIn(carried(clipboardData));
    if (address) look(address);
  });
}

function carried(transfer) {
  const page = inertDocument(transfer.getData("text/html"));
  return {
    picture: page.querySelector("img")?.getAttribute("src"),
    list: transfer.getData("text/uri-list"),
    text: transfer.getData("text/plain"),
  };
}
