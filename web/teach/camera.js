// The camera: one stream, shown by any number of <video> elements. Dispatches "change"
// when it starts, stops or ends.

import { middle, squareJpeg } from "./pictures.js";

const REASONS = {
  NotAllowedError:
    "The camera is blocked for this page. Allow it beside the address, or drop pictures instead.",
  NotFoundError: "No camera was found. Drop pictures instead, or try the drawn samples.",
  NotReadableError: "The camera is in use by another program. Close that one and try again.",
  OverconstrainedError: "That camera is gone. Choose another one.",
  SecurityError: "The browser keeps the camera from this page.",
};

export class Camera extends EventTarget {
  stream = null;
  mirror = true;
  #views = [];

  /** Shows the stream in a <video>, now and whenever it starts. */
  show(video) {
    this.#views.push(video);
    video.muted = true;
    video.playsInline = true;
    this.#connect(video);
  }

  get on() {
    return this.stream !== null;
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
      this.stream = await navigator.mediaDevices.getUserMedia({ video });
    } catch (error) {
      throw new Error(REASONS[error.name] ?? `The camera did not start (${error.name}).`);
    }
    this.stream.getVideoTracks()[0].addEventListener("ended", () => this.stop());
    await Promise.all(this.#views.map((view) => this.#connect(view)));
    this.dispatchEvent(new Event("change"));
  }

  stop() {
    if (!this.stream) return;
    this.stream.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.#views.forEach((view) => this.#connect(view));
    this.dispatchEvent(new Event("change"));
  }

  /**
   * The cameras there are: [{id, name}]. Names are known only once one has been
   * allowed.
   */
  async list() {
    const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const cameras = all.filter((device) => device.kind === "videoinput");
    return cameras.map((device, i) => ({
      id: device.deviceId,
      name: device.label || `Camera ${i + 1}`,
    }));
  }

  get id() {
    return this.stream?.getVideoTracks()[0].getSettings().deviceId ?? "";
  }

  /** The current frame's middle square as a JPEG Blob, mirrored as shown. */
  jpeg() {
    return squareJpeg(this.#view(), this.mirror);
  }

  /**
   * The current frame's middle square, not mirrored: a VideoFrame, which goes to the
   * GPU as it is, else an ImageBitmap.
   */
  picture() {
    const view = this.#view();
    const { x, y, side } = middle(view.videoWidth, view.videoHeight);
    if (typeof VideoFrame === "undefined") return createImageBitmap(view, x, y, side, side);
    const even = (value) => value - (value % 2); // a camera's colours are those of 2 x 2 pixels
    return new VideoFrame(view, {
      visibleRect: { x: even(x), y: even(y), width: even(side), height: even(side) },
    });
  }

  /** Whether a frame has arrived. */
  get seeing() {
    return this.on && this.#view().videoWidth > 0;
  }

  #view() {
    return this.#views[0];
  }

  async #connect(video) {
    video.srcObject = this.stream;
    // a video that is not shown may refuse; the next start tries again
    if (this.stream) await video.play().catch(() => {});
  }
}
