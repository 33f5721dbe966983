// The camera: one stream, shown on any number of screens. Dispatches "change" when it
// starts, stops or ends, and when mirroring is switched.

import { h } from "./dom.js";
import { middle, squareJpeg } from "./pictures.js";

/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError:
    "The camera is blocked for this page. Allow it beside the address, or drop pictures instead.",
  NotFoundError: "No camera was found. Drop pictures instead, or try the drawn samples.",
  NotReadableError: "The camera is in use by another program. Close that one and try again.",
  OverconstrainedError: "That camera is gone. Choose another one.",
  SecurityError: "The browser keeps the camera from this page.",
};

export class Camera extends EventTarget {
  /** @type {MediaStream | null} */
  #stream = null;
  #mirror = true;
  /** @type {HTMLVideoElement[]} */
  #views = [];

  /** A new <video> that shows the stream, now and whenever it starts. */
  view(label = "What the camera sees") {
    const video = h("video", { muted: true, playsInline: true, "aria-label": label });
    this.#views.push(video);
    this.#connect(video);
    return video;
  }

  get on() {
    return this.#stream !== null;
  }

  /** Whether left and right are swapped, as in a mirror. */
  get mirror() {
    return this.#mirror;
  }

  set mirror(on) {
    if (on === this.#mirror) return;
    this.#mirror = on;
    this.#changed();
  }

  /**
   * Starts the camera with this id, or any. Rejects with an Error whose message is for
   * people.
   */
  async start(id = "") {
    if (!navigator.mediaDevices?.getUserMedia)
      throw new Error("Browsers open the camera only on https pages and on localhost.");
    this.stop();
    const video = {
      width: { ideal: 640 },
      height: { ideal: 480 },
      ...(id ? { deviceId: { exact: id } } : { facingMode: "user" }),
    };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video });
    } catch (error) {
      const { name } = /** @type {Error} */ (error);
      throw new Error(REASONS[name] ?? `The camera did not start (${name}).`);
    }
    this.#track()?.addEventListener("ended", () => this.stop());
    await Promise.all(this.#views.map((view) => this.#connect(view)));
    this.#changed();
  }

  stop() {
    if (!this.#stream) return;
    this.#stream.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#views.forEach((view) => this.#connect(view));
    this.#changed();
  }

  /**
   * The cameras there are: [{id, name}]. Names are known only once one has been
   * allowed.
   */
  async list() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const cameras = devices.filter((device) => device.kind === "videoinput");
    return cameras.map((device, i) => ({
      id: device.deviceId,
      name: device.label || `Camera ${i + 1}`,
    }));
  }

  get id() {
    return this.#track()?.getSettings().deviceId ?? "";
  }

  /** The current frame's middle square as a JPEG Blob, mirrored as shown. */
  jpeg() {
    return squareJpeg(this.#views[0], this.mirror);
  }

  /**
   * The current frame's middle square, not mirrored: a VideoFrame, which goes to the
   * GPU as it is, else an ImageBitmap.
   *
   * @returns {Promise<ImageBitmap | VideoFrame>}
   */
  async picture() {
    const [view] = this.#views;
    const { x, y, side } = middle(view.videoWidth, view.videoHeight);
    if (typeof VideoFrame === "undefined") return createImageBitmap(view, x, y, side, side);
    /** @param {number} value */
    const even = (value) => value - (value % 2); // a camera's colours are those of 2 x 2 pixels
    return new VideoFrame(view, {
      visibleRect: { x: even(x), y: even(y), width: even(side), height: even(side) },
    });
  }

  /** Whether a frame has arrived. */
  get seeing() {
    return this.on && this.#views[0]?.videoWidth > 0;
  }

  #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** @param {HTMLVideoElement} video */
  async #connect(video) {
    video.srcObject = this.#stream;
    // a video that is not shown may refuse; the next start tries again
    if (this.#stream) await video.play().catch(() => {});
  }
}

/** What the camera sees, or a picture; `off` stands there while there is neither. */
export class Screen {
  #picture = h("img", { alt: "The picture it looks at", hidden: true });
  /** @type {string | null} */
  #address = null;
  #live = true;

  /**
   * @param {Camera} camera
   * @param {...Node} off
   */
  constructor(camera, ...off) {
    this.camera = camera;
    this.element = h(
      "div",
      { class: "screen" },
      camera.view(),
      this.#picture,
      h("div", { class: "screen-off" }, ...off),
    );
    camera.addEventListener("change", () => this.#render());
    this.#render();
  }

  /**
   * Whether the camera is shown, where it is on; else only pictures are.
   *
   * @param {boolean} on
   */
  set live(on) {
    this.#live = on;
    this.#render();
  }

  /** Whether a picture is shown. */
  get filled() {
    return this.#address !== null;
  }

  /**
   * Shows a picture in place of the camera, or none.
   *
   * @param {Blob | null} picture
   */
  show(picture) {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = picture ? URL.createObjectURL(picture) : null;
    this.#picture.hidden = !picture;
    if (this.#address) this.#picture.src = this.#address;
    else this.#picture.removeAttribute("src");
    this.#render();
  }

  #render() {
    const on = (this.#live && this.camera.on) || this.filled;
    this.element.classList.toggle("on", on);
    this.element.classList.toggle("mirrored", this.camera.mirror);
  }
}
