// y[n, oy, ox, c * m + j] = activation(bias + sum over ky, kx of
//   x[n, iy, ix, c] * w[ky, kx, c, j]), with iy and ix from parts/coordinates;
// or the gradient to the input. It is joined (parts/join) before the activation.
// needs    parts/index, parts/activation, parts/join, parts/coordinates
// bind     0 x [n, in_h, in_w, in_c]   1 w [KH, KW, c, m]
//          2 bias [out_c] (any buffer if has_bias is 0)
//          3 other, as y (any buffer if JOIN is 0)   4 y [n, out_h, out_w, out_c]
//          5 Params
// launch   slide and quad: 4 columns x 4 channels per invocation, pixel: 1 column x 4
//          channels (these three: m = 1, c a multiple of 4); scalar: 1 x 1
// limits   slide: stride and dilation 1 in width

// c input channels have m outputs each. Forward in_c = c and out_c = c * m; for the
// gradient (x is then dy) in_c = c * m and out_c = c. Register tiles only, no workgroup
// memory, no barriers. `slide` keeps the columns that neighbouring windows share in
// registers, so each input is read once per row.

override KH: u32 = 3u;
override KW: u32 = 3u;

struct Params {
  threads: u32,
  out_h: u32, out_w: u32, out_c: u32,
  in_h: u32, in_w: u32, in_c: u32,
  mul_h: i32, mul_w: i32, step_h: i32, step_w: i32, shift_h: i32, shift_w: i32,
  div_h: i32, div_w: i32,
  multiplier: u32,
  activation: u32, // 0 none, 1 relu, 2 relu6, 3 sigmoid, 4 tanh
  has_bias: u32,
}

// How floats lie in memory, read and written: the host may write f16. Sums are in f32.
alias X = f32;
alias Y = f32;

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(0) var<storage, read> x4: array<vec4<X>>;
@group(0) @binding(1) var<storage, read> w: array<X>;
@group(0) @binding(1) var<storage, read> w4: array<vec4<X>>;
@group(0) @binding(2) var<storage, read> bias: array<X>;
@group(0) @binding(2) var<storage, read> bias4: array<vec4<X>>;
@group(0) @binding(3) var<storage, read> other: array<Y>;
@group(0) @binding(3) var<storage, read> other4: array<vec4<Y>>;
@group(0) @binding(4) var<storage, read_write> y: array<Y>;
@group(0) @binding(4) var<storage, read_write> y4: array<vec4<Y>>;
@group(0) @binding(5) var<uniform> p: Params;

// Where an invocation works.
struct Place { c: u32, column: u32, row: u32, picture: u32, row_index: u32 }

fn place(index: u32, c_count: u32, column_count: u32) -> Place {
  let c = index % c_count;
  let a = index / c_count;
  let row_index = a / column_count;
  return Place(c, a % column_count, row_index % p.out_h, row_index / p.out_h, row_index);
}

// Channel vector c of a pixel, zero outside. `line` is the first pixel of the row.
fn load(line: u32, row: i32, column: i32, c: u32) -> vec4f {
  let value = vec4f(x4[(line + u32(clamp(column, 0, i32(p.in_w) - 1))) * (p.in_c / 4u) + c]);
  return select(vec4f(0.0), value, row >= 0 && column >= 0 && column < i32(p.in_w));
}

fn quad_bias(c: u32) -> vec4f {
  if (p.has_bias == 0u) {
    return vec4f(0.0);
  }
  return vec4f(bias4[c]);
}

fn store(at: Place, column: u32, v: vec4f) {
  if (column < p.out_w) {
    let out = (at.row_index * p.out_w + column) * (p.out_c / 4u) + at.c;
    var sum = v + quad_bias(at.c);
    if (JOIN != 0u) { sum = joined(sum, vec4f(other4[out])); }
    y4[out] = vec4<Y>(activated(sum, p.activation));
  }
}

@compute @workgroup_size(FLAT)
fn slide(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let cq = p.out_c / 4u;
  let at = place(index, cq, (p.out_w + 3u) / 4u);
  let column = at.column * 4u;
  // The gradient's window is mirrored: walk it from its end, so that the input always
  // goes to the right.
  let left = i32(column) + p.shift_w - select(0, i32(KW) - 1, GRADIENT);
  var y0 = vec4f(0.0); var y1 = vec4f(0.0); var y2 = vec4f(0.0); var y3 = vec4f(0.0);
  for (var ky = 0u; ky < KH; ky++) {
    let row = source_row(at.row, ky);
    let line = (at.picture * p.in_h + u32(max(row, 0))) * p.in_w;
    var x0 = load(line, row, left, at.c);
    var x1 = load(line, row, left + 1, at.c);
    var x2 = load(line, row, left + 2, at.c);
    for (var kx = 0u; kx < KW; kx++) {
      let x3 = load(line, row, left + 3 + i32(kx), at.c);
      let f = vec4f(w4[(ky * KW + select(kx, KW - 1u - kx, GRADIENT)) * cq + at.c]);
      y0 += f * x0;
      y1 += f * x1;
      y2 += f * x2;
      y3 += f * x3;
      x0 = x1;
      x1 = x2;
      x2 = x3;
    }
  }
  store(at, column, y0);
  store(at, column + 1u, y1);
  store(at, column + 2u, y2);
  store(at, column + 3u, y3);
}

@compute @workgroup_size(FLAT)
fn quad(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let cq = p.out_c / 4u;
  let at = place(index, cq, (p.out_w + 3u) / 4u);
  let column = at.column * 4u;
  var y0 = vec4f(0.0); var y1 = vec4f(0.0); var y2 = vec4f(0.0); var y3 = vec4f(0.0);
  for (var ky = 0u; ky < KH; ky++) {
    let row = source_row(at.row, ky);
    let line = (at.picture * p.in_h + u32(max(row, 0))) * p.in_w;
    for (var kx = 0u; kx < KW; kx++) {
      let f = vec4f(w4[(ky * KW + kx) * cq + at.c]);
      y0 += f * load(line, row, source_column(column, kx), at.c);
      y1 += f * load(line, row, source_column(column + 1u, kx), at.c);
      y2 += f * load(line, row, source_column(column + 2u, kx), at.c);
      y3 += f * load(line, row, source_column(column + 3u, kx), at.c);
    }
  }
  store(at, column, y0);
  store(at, column + 1u, y1);
  store(at, column + 2u, y2);
  store(at, column + 3u, y3);
}

@compute @workgroup_size(FLAT)
fn pixel(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let cq = p.out_c / 4u;
  let at = place(index, cq, p.out_w);
  var sum = vec4f(0.0);
  for (var ky = 0u; ky < KH; ky++) {
    let row = source_row(at.row, ky);
    let line = (at.picture * p.in_h + u32(max(row, 0))) * p.in_w;
    for (var kx = 0u; kx < KW; kx++) {
      let f = vec4f(w4[(ky * KW + kx) * cq + at.c]);
      sum += f * load(line, row, source_column(at.column, kx), at.c);
    }
  }
  store(at, at.column, sum);
}

@compute @workgroup_size(FLAT)
fn scalar(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let at = place(index, p.out_c, p.out_w);
  // Forward channel c * m + j reads channel c and filter (c, j); the gradient of
  // channel c adds up its m channels.
  let from_c = select(at.c / p.multiplier, at.c * p.multiplier, GRADIENT);
  let from_w = select(at.c, at.c * p.multiplier, GRADIENT);
  let terms = select(1u, p.multiplier, GRADIENT);
  let taps = select(p.out_c, p.in_c, GRADIENT); // filter values per position
  var sum = 0.0;
  for (var ky = 0u; ky < KH; ky++) {
    let row = source_row(at.row, ky);
    for (var kx = 0u; kx < KW; kx++) {
      let column = source_column(at.column, kx);
      if (row < 0 || column < 0) { continue; }
      let source = ((at.picture * p.in_h + u32(row)) * p.in_w + u32(column)) * p.in_c + from_c;
      for (var j = 0u; j < terms; j++) {
        sum += f32(w[(ky * KW + kx) * taps + from_w + j]) * f32(x[source + j]);
      }
    }
  }
  if (p.has_bias != 0u) {
    sum += f32(bias[at.c]);
  }
  let out = (at.row_index * p.out_w + at.column) * p.out_c + at.c;
  if (JOIN != 0u) { sum = joined(vec4f(sum), vec4f(f32(other[out]))).x; }
  y[out] = Y(activated(vec4f(sum), p.activation).x);
}
