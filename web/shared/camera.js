// The camera: one stream, shown on any number of screens; one request for it at a time.
// Dispatches "change" when it starts, stops or ends and when mirroring is switched, and
// "trouble" (detail: a sentence) when it ends or stands still without being told to.

import { h } from "./dom.js";
import { t } from "./language.js";
import { squareJpeg } from "./pictures.js";

/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: t`The camera is blocked for this page. Allow it beside the address, or drop pictures instead.`,
  NotFoundError: t`No camera was found. Drop pictures instead, or try the drawn samples.`,
  NotReadableError: t`The camera is in use by another program. Close that one and try again.`,
  SecurityError: t`The browser keeps the camera from this page.`,
};
const INSECURE = t`Browsers open the camera only on https pages and on localhost. Drop or choose pictures instead.`;
const GONE = t`The camera is gone: it was unplugged, or the page may no longer use it. Turn it on again.`;
const STILL = t`The camera sends no pictures any more. Start it again, or choose another one.`;
const LOOK_EVERY = 400; // milliseconds
const STILL_AFTER = 5; // looks without a new frame
const SLOW_AFTER = 25; // looks without the first one: cameras warm up

export class Camera extends EventTarget {
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {{ id: string, done: Promise<void> } | null} the request that is open */
  #asking = null;
  #mirror = true;
  /** @type {HTMLVideoElement[]} */
  #views = [];
  #taken = -1; // the time in the video of the frame that was taken last
  #watchdog = 0; // the timer that sees whether frames come
  /** @type {{ id: string } | null} the camera that a hidden page has given back */
  #resting = null;

  constructor() {
    super();
    document.addEventListener("visibilitychange", () =>
      document.hidden ? this.#rest() : this.#resume(),
    );
    this.#heedPermission();
  }

  /** A new <video> that shows the stream, now and whenever it starts. */
  view(label = t`What the camera sees`) {
    const video = h("video", { muted: true, playsInline: true, "aria-label": label });
    this.#views.push(video);
    this.#connect(video);
    return video;
  }

  /** Whether it is on; also while the page is hidden, and the camera rests. */
  get on() {
    return this.#stream !== null || this.#resting !== null;
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
   * Starts the camera with this id, or any where that is gone. Who asks while the same is being asked
   * already gets that answer; a stop, or a request for another camera, comes before it.
   * Rejects with an Error whose message is for people.
   */
  start(id = "") {
    if (this.#asking?.id === id) return this.#asking.done;
    this.stop();
    const request = { id, done: Promise.resolve() };
    this.#asking = request;
    request.done = this.#open(id, () => this.#asking === request).finally(() => {
      if (this.#asking === request) this.#asking = null;
    });
    return request.done;
  }

  /**
   * @param {string} id
   * @param {() => boolean} stands whether the request still does
   */
  async #open(id, stands) {
    if (await this.#connectTo(id, stands)) this.#changed();
  }

  /**
   * Opens the camera, without a word; whether it stands.
   *
   * @param {string} id
   * @param {() => boolean} stands
   */
  async #connectTo(id, stands) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(INSECURE);
    const video = {
      width: { ideal: 640 },
      height: { ideal: 480 },
      ...(id ? { deviceId: { ideal: id } } : { facingMode: "user" }),
    };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video });
    } catch (error) {
      if (!stands()) return false;
      const { name } = /** @type {Error} */ (error);
      throw new Error(REASONS[name] ?? t`The camera did not start (${name}).`);
    }
    if (!stands()) {
      end(stream);
      return false;
    }
    this.#stream = stream;
    this.#resting = null;
    for (const track of stream.getVideoTracks())
      track.addEventListener("ended", () => this.#stream === stream && this.#lose(GONE));
    this.#taken = -1;
    this.#watch();
    await Promise.all(this.#views.map((view) => this.#connect(view)));
    if (document.hidden) this.#rest(); // it was hidden while somebody was asked
    return true;
  }

  stop() {
    this.#asking = null;
    if (!this.on) return;
    this.#resting = null;
    this.#giveBack();
    this.#changed();
  }

  #giveBack() {
    if (this.#stream) end(this.#stream);
    this.#stream = null;
    clearInterval(this.#watchdog);
    this.#views.forEach((view) => this.#connect(view));
  }

  /**
   * It ended by itself.
   *
   * @param {string} why
   */
  #lose(why) {
    this.stop();
    this.dispatchEvent(new CustomEvent("trouble", { detail: why }));
  }

  /** Whether there is a frame that has not been taken yet. */
  get seeing() {
    const [view] = this.#views;
    const sent = this.#track()?.muted === false && !document.hidden;
    // its size is known before its first picture is
    const shows = view?.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !view.paused;
    return sent && shows && view.currentTime !== this.#taken;
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
      name: device.label || t`Camera ${i + 1}`,
    }));
  }

  get id() {
    return this.#resting?.id ?? this.#track()?.getSettings().deviceId ?? "";
  }

  /** The current frame's middle square as a JPEG Blob, mirrored as shown. */
  jpeg() {
    this.#taken = this.#views[0].currentTime;
    return squareJpeg(this.#views[0], this.mirror);
  }

  /**
   * The current frame, whole and not mirrored: a VideoFrame, which goes to the GPU as it
   * is, else an ImageBitmap.
   *
   * @returns {Promise<ImageBitmap | VideoFrame>}
   */
  async picture() {
    const [view] = this.#views;
    this.#taken = view.currentTime;
    return typeof VideoFrame === "undefined" ? createImageBitmap(view) : new VideoFrame(view);
  }

  #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  /** Turns the camera off when its picture stands still, whatever the reason. */
  #watch() {
    const [view] = this.#views;
    let last = -1;
    let still = 0;
    clearInterval(this.#watchdog);
    this.#watchdog = setInterval(() => {
      // a muted track sends none, or black ones
      const comes = view.currentTime !== last && !this.#track()?.muted;
      still = comes ? 0 : still + 1;
      last = view.currentTime;
      if (still >= (view.currentTime > 0 ? STILL_AFTER : SLOW_AFTER)) this.#lose(STILL);
    }, LOOK_EVERY);
  }

  /** Who does not see the page is not filmed: its light goes out, and its memory is free. */
  #rest() {
    if (!this.#stream) return;
    this.#resting = { id: this.id };
    this.#giveBack();
  }

  /** The page is seen again: so is what it had on. */
  async #resume() {
    const resting = this.#resting;
    if (!resting) return;
    try {
      await this.#connectTo(resting.id, () => this.#resting === resting && !document.hidden);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      if (this.#resting === resting) this.#lose(message);
    }
  }

  /** A permission that is withdrawn ends the stream, but not in every browser. */
  async #heedPermission() {
    const name = /** @type {PermissionName} */ ("camera");
    const permission = await navigator.permissions?.query({ name }).catch(() => null);
    permission?.addEventListener("change", () => {
      if (this.on && permission.state !== "granted") this.#lose(GONE);
    });
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

/** @param {MediaStream} stream */
const end = (stream) => stream.getTracks().forEach((track) => track.stop());

/** What the camera sees, or a picture; `off` stands there while there is neither. */
export class Screen {
  #picture = h("img", { alt: t`The picture it looks at`, hidden: true });
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
