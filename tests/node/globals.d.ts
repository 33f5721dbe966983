// What the pages put where a browser's console, and tests, find it.

declare var pywebml: {
  call: (
    method: string,
    args?: Record<string, any>,
    transfer?: Transferable[],
    onProgress?: ((progress: any) => void) | null,
  ) => Promise<any>;
  run: (source: string) => Promise<any>;
  outcome?: any;
};

// Numbers of WebGPU that lib.dom leaves out.

declare const GPUBufferUsage: Record<
  "MAP_READ" | "COPY_SRC" | "COPY_DST" | "UNIFORM" | "STORAGE",
  number
>;
declare const GPUMapMode: Record<"READ", number>;
declare const GPUShaderStage: Record<"COMPUTE", number>;
declare const GPUTextureUsage: Record<"COPY_DST" | "RENDER_ATTACHMENT" | "TEXTURE_BINDING", number>;
