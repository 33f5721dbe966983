// y[n, oy, ox, f] = activation(bias[f] + sum over ky, kx, c of
//   x[n, iy, ix, c] * w[ky, kx, c, f]), with iy and ix from parts/coordinates;
// or the gradient to the input, which is the same sum.
// needs    parts/index, parts/activation, parts/coordinates
// bind     0 x [n, in_h, in_w, in_c]   1 w [KH, KW, in_c, out_c] (for the gradient the
//          forward filter [KH, KW, out_c, in_c])
//          2 bias [out_c] (any buffer if has_bias is 0)
//          3 y [splits, n, out_h, out_w, out_c]   4 Params
// launch   quad: 4 columns x 4 channels per invocation, pixel: 1 column x 4 channels
//          (both want in_c and out_c in multiples of 4); general: 4 columns x 4
//          channels, scalar: 1 x 1
// limits   KH * KW * in_c <= 32,768 per split (lavapipe ends loops after 65,535 rounds)

// Direct convolution: a register tile per invocation, no workgroup memory, no barriers.
// The size of the filter is fixed when compiled, so that compilers unroll its loops.
// Invocations run over output channels first (coalesced stores, vectorised where they
// come in fours), then columns, rows, pictures and last the splits of the sum over in_c
// (split-k).

override KH: u32 = 3u;
override KW: u32 = 3u;
// Input channels where there are so few that the driver should unroll their loop, else
// 0.
override FEW: u32 = 0u;

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
}

// How floats lie in memory, read and written: the host may write f16. Sums are in f32.
alias X = f32;
alias Y = f32;

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(0) var<storage, read> x4: array<vec4<X>>;
@group(0) @binding(1) var<storage, read> w: array<X>;
@group(0) @binding(1) var<storage, read> w4: array<vec4<X>>;
@group(0) @binding(2) var<storage, read> bias: array<X>;
@group(0) @binding(3) var<storage, read_write> y: array<Y>;
@group(0) @binding(3) var<storage, read_write> y4: array<vec4<Y>>;
@group(0) @binding(4) var<uniform> p: Params;

// Where an invocation works.
struct Place { o: u32, column: u32, row: u32, picture: u32, split: u32, row_index: u32 }

fn place(index: u32, o_count: u32, column_count: u32) -> Place {
  let o = index % o_count;
  let a = index / o_count;
  let column = a % column_count;
  let b = a / column_count;
  let row_index = b % p.rows;
  return Place(o, column, row_index % p.out_h, row_index / p.out_h, b / p.rows, row_index);
}

// The number of an output pixel, splits and pictures counted.
fn output_pixel(at: Place, column: u32) -> u32 {
  return (at.split * p.rows + at.row_index) * p.out_w + column;
}

// Where in w a filter position's values for output channel o begin. The input channels
// behind it are `advance` apart.
fn filter_start(tap: u32, o: u32) -> u32 {
  return select(tap * p.in_c * p.out_c + o, (tap * p.out_c + o) * p.in_c, GRADIENT);
}

// Four vectors of the filter from f on, `stride` apart.
fn filter_at(f: u32, stride: u32) -> mat4x4f {
  return mat4x4f(vec4f(w4[f]), vec4f(w4[f + stride]), vec4f(w4[f + 2u * stride]),
                 vec4f(w4[f + 3u * stride]));
}

// Four input channels into four output channels.
fn matmul4(m: mat4x4f, v: vec4f) -> vec4f {
  if (GRADIENT) {
    return v * m;
  }
  return m * v;
}

fn quad_bias(o: u32) -> vec4f {
  if (p.has_bias == 0u) {
    return vec4f(0.0);
  }
  return vec4f(vec4<X>(bias[4u * o], bias[4u * o + 1u], bias[4u * o + 2u], bias[4u * o + 3u]));
}

@compute @workgroup_size(FLAT)
fn quad(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let oq = p.out_c / 4u;
  let iq = p.in_c / 4u;
  let at = place(index, oq, (p.out_w + 3u) / 4u);
  let column = at.column * 4u;
  let first = at.split * p.chunk / 4u;
  let last = min(first + p.chunk / 4u, iq);
  // Filter rows of one matrix are `stride` vectors apart, matrices `advance`.
  let stride = select(oq, iq, GRADIENT);
  let advance = select(4u * oq, 1u, GRADIENT);
  let zero = vec4f(0.0);
  var y0 = zero; var y1 = zero; var y2 = zero; var y3 = zero;
  for (var ky = 0u; ky < KH; ky++) {
    let row = source_row(at.row, ky);
    if (row < 0) { continue; }
    let line = (at.picture * p.in_h + u32(row)) * p.in_w;
    for (var kx = 0u; kx < KW; kx++) {
      let c0 = source_column(column, kx);
      let c1 = source_column(column + 1u, kx);
      let c2 = source_column(column + 2u, kx);
      let c3 = source_column(column + 3u, kx);
      let x0 = (line + u32(max(c0, 0))) * iq;
      let x1 = (line + u32(max(c1, 0))) * iq;
      let x2 = (line + u32(max(c2, 0))) * iq;
      let x3 = (line + u32(max(c3, 0))) * iq;
      var f = filter_start(ky * KW + kx, 4u * at.o) / 4u + first * advance;
      for (var i = first; i < last; i++) {
        let m = filter_at(f, stride);
        y0 += matmul4(m, select(zero, vec4f(x4[x0 + i]), c0 >= 0));
        y1 += matmul4(m, select(zero, vec4f(x4[x1 + i]), c1 >= 0));
        y2 += matmul4(m, select(zero, vec4f(x4[x2 + i]), c2 >= 0));
        y3 += matmul4(m, select(zero, vec4f(x4[x3 + i]), c3 >= 0));
        f += advance;
      }
    }
  }
  let b = quad_bias(at.o);
  let out = output_pixel(at, column) * oq + at.o;
  y4[out] = vec4<Y>(activated(y0 + b, p.activation));
  if (column + 1u < p.out_w) { y4[out + oq] = vec4<Y>(activated(y1 + b, p.activation)); }
  if (column + 2u < p.out_w) { y4[out + 2u * oq] = vec4<Y>(activated(y2 + b, p.activation)); }
  if (column + 3u < p.out_w) { y4[out + 3u * oq] = vec4<Y>(activated(y3 + b, p.activation)); }
}

@compute @workgroup_size(FLAT)
fn pixel(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let oq = p.out_c / 4u;
  let iq = p.in_c / 4u;
  let at = place(index, oq, p.out_w);
  let first = at.split * p.chunk / 4u;
  let last = min(first + p.chunk / 4u, iq);
  let stride = select(oq, iq, GRADIENT);
  let advance = select(4u * oq, 1u, GRADIENT);
  var sum = vec4f(0.0);
  for (var ky = 0u; ky < KH; ky++) {
    let row = source_row(at.row, ky);
    for (var kx = 0u; kx < KW; kx++) {
      let column = source_column(at.column, kx);
      if (row < 0 || column < 0) { continue; }
      let source = ((at.picture * p.in_h + u32(row)) * p.in_w + u32(column)) * iq;
      var f = filter_start(ky * KW + kx, 4u * at.o) / 4u + first * advance;
      for (var i = first; i < last; i++) {
        sum += matmul4(filter_at(f, stride), vec4f(x4[source + i]));
        f += advance;
      }
    }
  }
  let out = output_pixel(at, at.column) * oq + at.o;
  y4[out] = vec4<Y>(activated(sum + quad_bias(at.o), p.activation));
}

@compute @workgroup_size(FLAT)
fn general(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let at = place(index, (p.out_c + 3u) / 4u, (p.out_w + 3u) / 4u);
  let column = at.column * 4u;
  let o = at.o * 4u;
  let first = at.split * p.chunk;
  let count = select(min(p.chunk, p.in_c - first), FEW, FEW > 0u);
  // The four channels; beyond the last one the last is computed again and not stored.
  let o1 = min(o + 1u, p.out_c - 1u) - o;
  let o2 = min(o + 2u, p.out_c - 1u) - o;
  let o3 = min(o + 3u, p.out_c - 1u) - o;
  let stride = select(1u, p.in_c, GRADIENT);
  let advance = select(p.out_c, 1u, GRADIENT);
  var y0 = vec4f(0.0); var y1 = vec4f(0.0); var y2 = vec4f(0.0); var y3 = vec4f(0.0);
  for (var ky = 0u; ky < KH; ky++) {
    let row = source_row(at.row, ky);
    if (row < 0) { continue; }
    let line = (at.picture * p.in_h + u32(row)) * p.in_w;
    for (var kx = 0u; kx < KW; kx++) {
      let c0 = source_column(column, kx);
      let c1 = source_column(column + 1u, kx);
      let c2 = source_column(column + 2u, kx);
      let c3 = source_column(column + 3u, kx);
      let x0 = (line + u32(max(c0, 0))) * p.in_c + first;
      let x1 = (line + u32(max(c1, 0))) * p.in_c + first;
      let x2 = (line + u32(max(c2, 0))) * p.in_c + first;
      let x3 = (line + u32(max(c3, 0))) * p.in_c + first;
      var f = filter_start(ky * KW + kx, o) + first * advance;
      for (var i = 0u; i < count; i++) {
        let k = vec4f(vec4<X>(w[f], w[f + o1 * stride], w[f + o2 * stride], w[f + o3 * stride]));
        y0 += k * select(0.0, f32(x[x0 + i]), c0 >= 0);
        y1 += k * select(0.0, f32(x[x1 + i]), c1 >= 0);
        y2 += k * select(0.0, f32(x[x2 + i]), c2 >= 0);
        y3 += k * select(0.0, f32(x[x3 + i]), c3 >= 0);
        f += advance;
      }
    }
  }
  var b = vec4f(0.0);
  if (p.has_bias != 0u) {
    b = vec4f(vec4<X>(bias[o], bias[o + o1], bias[o + o2], bias[o + o3]));
  }
  let out = output_pixel(at, column) * p.out_c + o;
  store(out, o, activated(y0 + b, p.activation));
  if (column + 1u < p.out_w) { store(out + p.out_c, o, activated(y1 + b, p.activation)); }
  if (column + 2u < p.out_w) { store(out + 2u * p.out_c, o, activated(y2 + b, p.activation)); }
  if (column + 3u < p.out_w) { store(out + 3u * p.out_c, o, activated(y3 + b, p.activation)); }
}

fn store(out: u32, o: u32, v: vec4f) {
  y[out] = Y(v.x);
  if (o + 1u < p.out_c) { y[out + 1u] = Y(v.y); }
  if (o + 2u < p.out_c) { y[out + 2u] = Y(v.z); }
  if (o + 3u < p.out_c) { y[out + 3u] = Y(v.w); }
}

@compute @workgroup_size(FLAT)
fn scalar(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let at = place(index, p.out_c, p.out_w);
  let first = at.split * p.chunk;
  let count = select(min(p.chunk, p.in_c - first), FEW, FEW > 0u);
  let advance = select(p.out_c, 1u, GRADIENT);
  var sum = 0.0;
  for (var ky = 0u; ky < KH; ky++) {
    let row = source_row(at.row, ky);
    let line = (at.picture * p.in_h + u32(max(row, 0))) * p.in_w;
    for (var kx = 0u; kx < KW; kx++) {
      let column = source_column(at.column, kx);
      let exists = row >= 0 && column >= 0;
      let source = (line + u32(max(column, 0))) * p.in_c + first;
      let f = filter_start(ky * KW + kx, at.o) + first * advance;
      for (var i = 0u; i < count; i++) {
        sum += f32(w[f + i * advance]) * select(0.0, f32(x[source + i]), exists);
      }
    }
  }
  if (p.has_bias != 0u) {
    sum += f32(bias[at.o]);
  }
  y[output_pixel(at, at.column) * p.out_c + at.o] = Y(activated(vec4f(sum), p.activation).x);
}
