// y[pixel, f] = activation(bias[f] + sum over ky, kx, c of
//   x[pixel seen at (ky, kx), c] * w[ky, kx, c, f]);
// or the gradient to the input, which is the same sum.
// needs    parts/index, parts/activation, parts/coordinates
// bind     0 x [n, in_h, in_w, in_c]   1 w [kh, kw, in_c, out_c]   2 bias [out_c]
//          3 y [splits, n, out_h, out_w, out_c]   4 Params
// launch   128 invocations per tile of 64 pixels x 64 channels (WIDTH 16) or 128 x 32
//          (WIDTH 8); grid: x over channels, y over phases and their pixels, z over the
//          splits of the sum over in_c (split-k)
// limits   in_c and out_c multiples of 4; 12 KiB of workgroup memory; for real GPUs
//          (barriers)

// Implicit GEMM: the product of the im2col matrix, which is never laid out, and the
// filter. Its rows are output pixels, its columns output channels, its inner dimension
// filter positions x input channels, of which a round takes 16:
//
//                        64 (32) channels
//                      +------------------+
//            16 input  | ws: 16 x 64 (32) |  one filter position's piece of w
//            channels  +------------------+
//          +--------+  +------------------+
//   64     | xs:    |  | y: a thread sums |  pixels r, r + height ... r + 7 height of
//   (128)  | pixels |  | 8 pixels x 4     |  one vector of channels: a register tile,
//   pixels | x 16   |  | channels         |  in named vec4s
//          +--------+  +------------------+
//
// `xs` and `ws` lie in workgroup (shared) memory. `ws` is sorted so that neighbouring
// threads read neighbouring words (no bank conflicts), and the pixels that a thread
// sums are `height` apart for the same reason. The filter's size is a parameter here,
// unlike in conv/direct: unrolling a loop with barriers gains nothing and takes
// compilers seconds.

override WIDTH: u32 = 16u; // output channels of a tile, in vectors: 16 or 8

// The gradient of a convolution with strides. Neighbouring inputs were seen at other
// filter positions, but every STRIDE_H-th row and STRIDE_W-th column at the same ones,
// which are as far apart: these are a phase. A tile has pixels of one phase and goes
// through its positions alone, so nothing is multiplied in vain.
override STRIDE_H: u32 = 1u;
override STRIDE_W: u32 = 1u;

struct Params {
  threads: u32,
  out_h: u32, out_w: u32, out_c: u32,
  in_h: u32, in_w: u32, in_c: u32,
  mul_h: i32, mul_w: i32, step_h: i32, step_w: i32, shift_h: i32, shift_w: i32,
  div_h: i32, div_w: i32,
  rows: u32,       // n * out_h
  chunk: u32,      // input channels per split
  activation: u32, // 0 none, 1 relu, 2 relu6, 3 sigmoid, 4 tanh
  has_bias: u32,
  kh: u32, kw: u32,
}

// How floats lie in memory, read and written, and in what they are multiplied and
// summed: the host may write f16. Where S is f16 it sets HALVES: then a sum goes on for
// one round, and totals are in f32.
alias X = f32;
alias Y = f32;
alias S = f32;
override HALVES: bool = false;

@group(0) @binding(0) var<storage, read> x: array<vec4<X>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<X>>;
@group(0) @binding(2) var<storage, read> bias: array<X>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<Y>>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> xs: array<vec4<S>, 512>; // pixel * 4 + channel vector
// row of a 4 x 4 matrix * WIDTH + output channel vector (see load_filter)
var<workgroup> ws: array<vec4<S>, 256>;

struct Pixel { column: u32, row: u32, picture: u32, exists: bool }

// The pixel of that number within its phase (column, row).
fn pixel_at(index: u32, phase: vec2u) -> Pixel {
  if (STRIDE_H * STRIDE_W == 1u) {
    let line = index / p.out_w;
    return Pixel(index % p.out_w, line % p.out_h, line / p.out_h, line < p.rows);
  }
  let width = (p.out_w + STRIDE_W - 1u) / STRIDE_W;
  let height = (p.out_h + STRIDE_H - 1u) / STRIDE_H;
  let line = index / width;
  let column = index % width * STRIDE_W + phase.x;
  let row = line % height * STRIDE_H + phase.y;
  let picture = line / height;
  let exists = column < p.out_w && row < p.out_h && picture * p.out_h < p.rows;
  return Pixel(column, row, picture, exists);
}

// Four input channels (vector c) that `at` sees at a filter position; zero outside.
fn load_input(at: Pixel, ky: u32, kx: u32, c: u32, last: u32) -> vec4<S> {
  let row = input_row(at.row, ky);
  let column = input_column(at.column, kx);
  if (!at.exists || c >= last || !inside(row, column)) {
    return vec4<S>();
  }
  return vec4<S>(x[((at.picture * p.in_h + u32(row)) * p.in_w + u32(column)) * (p.in_c / 4u) + c]);
}

// One vector of a round's piece of the filter. Forward a vector runs over output
// channels: `slot` is input channel * WIDTH + output vector. For the gradient it runs
// over input channels: output channel * 4 + input vector.
fn load_filter(tap: u32, slot: u32, c: u32, last: u32, o: u32) {
  let oq = p.out_c / 4u;
  let iq = p.in_c / 4u;
  var value = vec4<S>();
  var to = slot;
  if (GRADIENT) {
    let channel = slot / 4u;
    let vector = slot % 4u;
    to = (channel % 4u * 4u + vector) * WIDTH + channel / 4u;
    if (4u * o + channel < p.out_c && c + vector < last) {
      value = vec4<S>(w[(tap * p.out_c + 4u * o + channel) * iq + c + vector]);
    }
  } else if (o + slot % WIDTH < oq && c + slot / WIDTH / 4u < last) {
    value = vec4<S>(w[(tap * p.in_c + 4u * c + slot / WIDTH) * oq + o + slot % WIDTH]);
  }
  ws[to] = value;
}

// The 4 x 4 matrix between input vector c and the output vector of this invocation.
fn matrix(c: u32, o: u32) -> mat4x4<S> {
  let first = select(4u * c, c, GRADIENT) * WIDTH + o;
  let stride = select(WIDTH, 4u * WIDTH, GRADIENT);
  return mat4x4<S>(ws[first], ws[first + stride], ws[first + 2u * stride], ws[first + 3u * stride]);
}

fn matmul4(m: mat4x4<S>, v: vec4<S>) -> vec4<S> {
  if (GRADIENT) {
    return v * m;
  }
  return m * v;
}

fn store(index: u32, phase: vec2u, o: u32, split: u32, v: vec4f) {
  let at = pixel_at(index, phase);
  if (at.exists && 4u * o < p.out_c) {
    let pixels = p.rows * p.out_w;
    let pixel = (at.picture * p.out_h + at.row) * p.out_w + at.column;
    var b = vec4f(0.0);
    if (p.has_bias != 0u) {
      b = vec4f(vec4<X>(bias[4u * o], bias[4u * o + 1u], bias[4u * o + 2u], bias[4u * o + 3u]));
    }
    y[(split * pixels + pixel) * (p.out_c / 4u) + o] = vec4<Y>(activated(v + b, p.activation));
  }
}

@compute @workgroup_size(128)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let height = 128u / WIDTH;
  let tiles = group.grid.y / (STRIDE_H * STRIDE_W);
  let phase = vec2u(group.id.y / tiles % STRIDE_W, group.id.y / tiles / STRIDE_W);
  let first_pixel = group.id.y % tiles * height * 8u;
  let first_tap = (phase + vec2u(vec2i(p.shift_w, p.shift_h))) % vec2u(STRIDE_W, STRIDE_H);
  let first_o = group.id.x * WIDTH;
  let first = group.id.z * p.chunk / 4u;
  let last = min(first + p.chunk / 4u, p.in_c / 4u);
  // This invocation loads one vector per round for each of these pixels (the last two
  // only in a high tile).
  let pixel_a = pixel_at(first_pixel + local / 4u, phase);
  let pixel_b = pixel_at(first_pixel + local / 4u + 32u, phase);
  let pixel_c = pixel_at(first_pixel + local / 4u + 64u, phase);
  let pixel_d = pixel_at(first_pixel + local / 4u + 96u, phase);
  // Its register tile: pixels r, r + height ... r + 7 height of the tile.
  let o = local % WIDTH;
  let r = local / WIDTH;
  let next = 4u * height;
  var y0 = vec4<S>(); var y1 = vec4<S>(); var y2 = vec4<S>(); var y3 = vec4<S>();
  var y4 = vec4<S>(); var y5 = vec4<S>(); var y6 = vec4<S>(); var y7 = vec4<S>();
  var total0 = mat4x4f(); // one pixel per column
  var total4 = mat4x4f();
  for (var ky = first_tap.y; ky < p.kh; ky += STRIDE_H) {
    for (var kx = first_tap.x; kx < p.kw; kx += STRIDE_W) {
      let tap = ky * p.kw + kx;
      for (var c = first; c < last; c += 4u) {
        let vector = c + local % 4u;
        let xa = load_input(pixel_a, ky, kx, vector, last);
        let xb = load_input(pixel_b, ky, kx, vector, last);
        workgroupBarrier();
        xs[local] = xa;
        xs[local + 128u] = xb;
        load_filter(tap, local, c, last, first_o);
        if (WIDTH == 16u) {
          load_filter(tap, local + 128u, c, last, first_o);
        } else {
          xs[local + 256u] = load_input(pixel_c, ky, kx, vector, last);
          xs[local + 384u] = load_input(pixel_d, ky, kx, vector, last);
        }
        workgroupBarrier();
        for (var i = 0u; i < 4u; i++) {
          let m = matrix(i, o);
          let at = r * 4u + i;
          y0 += matmul4(m, xs[at]);
          y1 += matmul4(m, xs[at + next]);
          y2 += matmul4(m, xs[at + 2u * next]);
          y3 += matmul4(m, xs[at + 3u * next]);
          y4 += matmul4(m, xs[at + 4u * next]);
          y5 += matmul4(m, xs[at + 5u * next]);
          y6 += matmul4(m, xs[at + 6u * next]);
          y7 += matmul4(m, xs[at + 7u * next]);
        }
        if (HALVES) {
          total0 += mat4x4f(vec4f(y0), vec4f(y1), vec4f(y2), vec4f(y3));
          total4 += mat4x4f(vec4f(y4), vec4f(y5), vec4f(y6), vec4f(y7));
          y0 = vec4<S>(); y1 = vec4<S>(); y2 = vec4<S>(); y3 = vec4<S>();
          y4 = vec4<S>(); y5 = vec4<S>(); y6 = vec4<S>(); y7 = vec4<S>();
        }
      }
    }
  }
  if (!HALVES) {
    total0 = mat4x4f(vec4f(y0), vec4f(y1), vec4f(y2), vec4f(y3));
    total4 = mat4x4f(vec4f(y4), vec4f(y5), vec4f(y6), vec4f(y7));
  }
  let pixel = first_pixel + r;
  store(pixel, phase, first_o + o, group.id.z, total0[0]);
  store(pixel + height, phase, first_o + o, group.id.z, total0[1]);
  store(pixel + 2u * height, phase, first_o + o, group.id.z, total0[2]);
  store(pixel + 3u * height, phase, first_o + o, group.id.z, total0[3]);
  store(pixel + 4u * height, phase, first_o + o, group.id.z, total4[0]);
  store(pixel + 5u * height, phase, first_o + o, group.id.z, total4[1]);
  store(pixel + 6u * height, phase, first_o + o, group.id.z, total4[2]);
  store(pixel + 7u * height, phase, first_o + o, group.id.z, total4[3]);
}
