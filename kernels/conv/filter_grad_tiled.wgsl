// dw[tap x c, f] = sum over pixels of x[pixel seen under the tap, c] * dy[pixel, f].
// needs    conv/filter_grad
// bind     those of conv/filter_grad
// launch   128 invocations per tile of 64 rows x 64 columns (WIDTH 16) or 128 x 32
//          (WIDTH 8); grid: x over columns, y over rows, z over the splits of the
//          pixels (split-k)
// limits   in_c and out_c multiples of 4; 12 KiB of workgroup memory; for real GPUs
//          (barriers)

// Implicit GEMM, as conv/tiled: rows are filter positions x input channels, columns
// output channels, the inner dimension output pixels, 16 a round through workgroup
// (shared) memory.

override WIDTH: u32 = 16u; // columns of a tile, in vectors: 16 or 8

var<workgroup> xs: array<vec4f, 512>; // pixel * row vectors (16 or 32) + row vector
var<workgroup> ds: array<vec4f, 256>; // pixel * WIDTH + column vector

// Four channels (vector c) of the input pixel under an output pixel; zero outside.
fn load_input(pixel: u32, last: u32, position: vec2u, c: u32, exists: bool) -> vec4f {
  let from_pixel = source(walk_from(pixel), position);
  if (!exists || pixel >= last || from_pixel < 0) {
    return vec4f(0.0);
  }
  return x4[u32(from_pixel) * (p.in_c / 4u) + c];
}

fn load_gradient(pixel: u32, last: u32, o: u32) -> vec4f {
  if (pixel >= last || 4u * o >= p.out_c) {
    return vec4f(0.0);
  }
  return dy4[pixel * (p.out_c / 4u) + o];
}

fn store(row: u32, o: u32, split: u32, v: vec4f) {
  let rows = p.kh * p.kw * p.in_c;
  if (row < rows && 4u * o < p.out_c) {
    dw4[(split * rows + row) * (p.out_c / 4u) + o] = v;
  }
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let iq = p.in_c / 4u;
  let first_o = group.x * WIDTH;
  let first = group.z * p.chunk;
  let last = min(first + p.chunk, p.pixels);
  // This invocation loads one row vector and one column vector per round, for every
  // fourth or eighth pixel.
  let height = 256u / WIDTH;
  let vector = group.y * height + local % height;
  let tap = vector / iq;
  let c = vector % iq;
  let exists = tap < p.kh * p.kw;
  let position = tap_at(tap);
  let k = local / height;
  let dk = local / WIDTH;
  // Its register tile: rows 8 r ... 8 r + 7 of the tile.
  let o = local % WIDTH;
  let r = local / WIDTH;
  var y0 = vec4f(0.0); var y1 = vec4f(0.0); var y2 = vec4f(0.0); var y3 = vec4f(0.0);
  var y4 = vec4f(0.0); var y5 = vec4f(0.0); var y6 = vec4f(0.0); var y7 = vec4f(0.0);
  for (var pixel = first; pixel < last; pixel += 16u) {
    let xa = load_input(pixel + k, last, position, c, exists);
    let xb = load_input(pixel + k + 128u / height, last, position, c, exists);
    let da = load_gradient(pixel + dk, last, first_o + o);
    workgroupBarrier();
    xs[local] = xa;
    xs[local + 128u] = xb;
    ds[local] = da;
    if (WIDTH == 16u) {
      ds[local + 128u] = load_gradient(pixel + dk + 8u, last, first_o + o);
    } else {
      xs[local + 256u] = load_input(pixel + k + 8u, last, position, c, exists);
      xs[local + 384u] = load_input(pixel + k + 12u, last, position, c, exists);
    }
    workgroupBarrier();
    for (var i = 0u; i < 16u; i++) {
      let a = xs[i * height + 2u * r];
      let b = xs[i * height + 2u * r + 1u];
      let d = ds[i * WIDTH + o];
      y0 += a.x * d;
      y1 += a.y * d;
      y2 += a.z * d;
      y3 += a.w * d;
      y4 += b.x * d;
      y5 += b.y * d;
      y6 += b.z * d;
      y7 += b.w * d;
    }
  }
  let row = group.y * height * 4u + 8u * r;
  store(row, first_o + o, group.z, y0);
  store(row + 1u, first_o + o, group.z, y1);
  store(row + 2u, first_o + o, group.z, y2);
  store(row + 3u, first_o + o, group.z, y3);
  store(row + 4u, first_o + o, group.z, y4);
  store(row + 5u, first_o + o, group.z, y5);
  store(row + 6u, first_o + o, group.z, y6);
  store(row + 7u, first_o + o, group.z, y7);
}
