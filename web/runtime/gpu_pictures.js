// Pictures of every kind as rows of RGBA bytes in a buffer of the GPU.

/** @typedef {ImageData | ImageBitmap | VideoFrame | HTMLCanvasElement | OffscreenCanvas} Picture */
/** @typedef {[width: number, height: number]} Size */

/**
 * @typedef {object} Queue how commands and bytes come in turn with those of gpu.js
 * @property {() => GPUCommandEncoder} encode
 * @property {() => void} submit
 * @property {(buffer: GPUBuffer, bytes: Uint8ClampedArray<ArrayBuffer>) => void} write
 */

const SMALL = 512 * 512; // pixels up to which a picture goes through the CPU

/**
 * @param {string} type
 * @param {string} load
 */
const pixels = (type, load) => `
@group(0) @binding(0) var picture: ${type};
@group(0) @binding(1) var<storage, read_write> bytes: array<u32>;
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) at: vec3u) {
  let size = textureDimensions(picture);
  if (at.x < size.x && at.y < size.y) { bytes[at.y * size.x + at.x] = pack4x8unorm(${load}); }
}`;
const PIXELS = pixels("texture_2d<f32>", "textureLoad(picture, at.xy, 0)");
const VIDEO = pixels("texture_external", "textureLoad(picture, at.xy)");

export class Pictures {
  /** @type {GPUComputePipeline | null} that reads a VideoFrame */
  #video = null;
  /** @type {GPUComputePipeline | null} that reads a texture */
  #pixels = null;
  /** @type {GPUTexture | null} */
  #texture = null;
  /** @type {OffscreenCanvasRenderingContext2D | null} */
  #painter = null;

  /**
   * @param {GPUDevice} device
   * @param {boolean} software
   * @param {Queue} queue
   */
  constructor(device, software, queue) {
    this.device = device;
    this.software = software;
    this.queue = queue;
  }

  /**
   * An ImageData is bytes already. For others three ways, measured in Chromium for 224
   * x 224, in milliseconds with a readback of 16 bytes, on an H100 and on SwiftShader:
   * a VideoFrame as an external texture 0.5 and 9, through a canvas in CPU memory 0.8
   * and 0.4, through copyExternalImageToTexture 2.4 to 3.6 and 9. That last one wins
   * for large pictures, which a canvas would have to copy twice.
   *
   * @param {GPUBuffer} buffer
   * @param {Picture} picture
   */
  copy(buffer, picture) {
    if ("data" in picture) {
      this.queue.write(buffer, /** @type {Uint8ClampedArray<ArrayBuffer>} */ (picture.data));
      return;
    }
    const video = "displayWidth" in picture;
    /** @type {Size} */
    const size = video
      ? [picture.displayWidth, picture.displayHeight]
      : [picture.width, picture.height];
    if (video && !this.software && "importExternalTexture" in this.device) {
      this.#video ??= this.#pipeline(VIDEO);
      const frame = this.device.importExternalTexture({ source: picture });
      this.#store(this.#video, frame, buffer, size);
    } else if (this.software || size[0] * size[1] <= SMALL) {
      this.queue.write(buffer, this.#painted(picture, size));
    } else {
      this.#pixels ??= this.#pipeline(PIXELS);
      this.#store(this.#pixels, this.#textured(picture, size), buffer, size);
    }
  }

  /**
   * @param {CanvasImageSource} picture
   * @param {Size} size
   */
  #painted(picture, [width, height]) {
    let painter = this.#painter;
    if (painter?.canvas.width !== width || painter.canvas.height !== height) {
      const context = new OffscreenCanvas(width, height).getContext("2d", {
        willReadFrequently: true,
      });
      painter = /** @type {OffscreenCanvasRenderingContext2D} */ (context);
      this.#painter = painter;
    }
    painter.clearRect(0, 0, width, height);
    painter.drawImage(picture, 0, 0, width, height);
    return painter.getImageData(0, 0, width, height).data;
  }

  /**
   * @param {ImageBitmap | VideoFrame | HTMLCanvasElement | OffscreenCanvas} picture
   * @param {Size} size
   */
  #textured(picture, size) {
    if (this.#texture?.width !== size[0] || this.#texture.height !== size[1]) {
      this.#texture?.destroy();
      const usage =
        GPUTextureUsage.COPY_DST |
        GPUTextureUsage.RENDER_ATTACHMENT |
        GPUTextureUsage.TEXTURE_BINDING;
      this.#texture = this.device.createTexture({ size, format: "rgba8unorm", usage });
    }
    this.queue.submit(); // what still reads the picture before
    const target = { texture: this.#texture };
    this.device.queue.copyExternalImageToTexture({ source: picture }, target, size);
    return this.#texture.createView();
  }

  /** @param {string} code */
  #pipeline(code) {
    return this.device.createComputePipeline({
      layout: "auto",
      compute: { module: this.device.createShaderModule({ code }), entryPoint: "main" },
    });
  }

  /**
   * @param {GPUComputePipeline} pipeline
   * @param {GPUBindingResource} picture
   * @param {GPUBuffer} buffer
   * @param {Size} size
   */
  #store(pipeline, picture, buffer, [width, height]) {
    const group = this.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: picture },
        { binding: 1, resource: { buffer } },
      ],
    });
    const pass = this.queue.encode().beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(Math.ceil(width / 8), Math.ceil(height / 8));
    pass.end();
  }
}
