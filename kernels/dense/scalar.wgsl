// load(r, c) = four floats of row r from column c on, loaded one by one.
// needs    dense/heads
// bind     0 a   1 b   2 bias   3 other   4 y   5 Params
// launch   a part: the memory of dense/frame, instead of dense/vec4, which defines the
//          same
// limits   none: matrices of any size

// X and Y: how floats lie in memory that is read (a, b) and written (y, and what is
// joined to it); computed is in f32.
alias X = f32;  // the host may write f16
alias Y = f32;

@group(0) @binding(0) var<storage, read> a: array<X>;
@group(0) @binding(1) var<storage, read> b: array<X>;
@group(0) @binding(2) var<storage, read> bias: array<Y>;
@group(0) @binding(3) var<storage, read> other: array<Y>;
@group(0) @binding(4) var<storage, read_write> y: array<Y>;
@group(0) @binding(5) var<uniform> p: Params;

// Four floats of row r from column c on, of the z-th rows x cols matrix; zeros past its
// edge.
fn load_a(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  var v = vec4f();
  if (r < rows) {
    let i = row_at(z, r, rows, HEADS_A) * cols + c;
    if (c < cols) { v.x = f32(a[i]); }
    if (c + 1u < cols) { v.y = f32(a[i + 1u]); }
    if (c + 2u < cols) { v.z = f32(a[i + 2u]); }
    if (c + 3u < cols) { v.w = f32(a[i + 3u]); }
  }
  return v;
}

fn load_b(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  var v = vec4f();
  if (r < rows) {
    let i = row_at(z, r, rows, HEADS_B) * cols + c;
    if (c < cols) { v.x = f32(b[i]); }
    if (c + 1u < cols) { v.y = f32(b[i + 1u]); }
    if (c + 2u < cols) { v.z = f32(b[i + 2u]); }
    if (c + 3u < cols) { v.w = f32(b[i + 3u]); }
  }
  return v;
}

// The same where the matrix ends nowhere: beyond its edge lies the edge.
fn near_a(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  let i = row_at(z, min(r, rows - 1u), rows, HEADS_A) * cols;
  let last = cols - 1u;
  let low = vec2<X>(a[i + min(c, last)], a[i + min(c + 1u, last)]);
  let high = vec2<X>(a[i + min(c + 2u, last)], a[i + min(c + 3u, last)]);
  return vec4f(vec4<X>(low, high));
}

fn near_b(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  let i = row_at(z, min(r, rows - 1u), rows, HEADS_B) * cols;
  let last = cols - 1u;
  let low = vec2<X>(b[i + min(c, last)], b[i + min(c + 1u, last)]);
  let high = vec2<X>(b[i + min(c + 2u, last)], b[i + min(c + 3u, last)]);
  return vec4f(vec4<X>(low, high));
}

fn load_bias(n: u32) -> vec4f {
  var v = vec4f(f32(bias[min(n, p.n - 1u)]), 0.0, 0.0, 0.0);
  if (n + 1u < p.n) { v.y = f32(bias[n + 1u]); }
  if (n + 2u < p.n) { v.z = f32(bias[n + 2u]); }
  if (n + 3u < p.n) { v.w = f32(bias[n + 3u]); }
  return v;
}

fn load_other(z: u32, r: u32, c: u32) -> vec4f {
  var v = vec4f();
  if (r < p.m) {
    let i = row_at(z, r, p.m, HEADS_Y) * p.n + c;
    if (c < p.n) { v.x = f32(other[i]); }
    if (c + 1u < p.n) { v.y = f32(other[i + 1u]); }
    if (c + 2u < p.n) { v.z = f32(other[i + 2u]); }
    if (c + 3u < p.n) { v.w = f32(other[i + 3u]); }
  }
  return v;
}

fn store(z: u32, r: u32, c: u32, v: vec4f) {
  if (r < p.m) {
    let i = row_at(z, r, p.m, HEADS_Y) * p.n + c;
    if (c < p.n) { y[i] = Y(v.x); }
    if (c + 1u < p.n) { y[i + 1u] = Y(v.y); }
    if (c + 2u < p.n) { y[i + 2u] = Y(v.z); }
    if (c + 3u < p.n) { y[i + 3u] = Y(v.w); }
  }
}
