// load(r, c) = four floats of row r from column c on, in one vectorised load.
// needs    dense/heads
// bind     0 a   1 b   2 bias   3 other   4 y   5 Params
// launch   a part: the memory of dense/frame, instead of dense/scalar, which defines
//          the same
// limits   stored rows in multiples of four floats

// X and Y: how floats lie in memory that is read (a, b) and written (y, and what is
// joined to it); computed is in f32.
alias X = f32;  // the host may write f16
alias Y = f32;

@group(0) @binding(0) var<storage, read> a: array<vec4<X>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<X>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<Y>>;
@group(0) @binding(3) var<storage, read> other: array<vec4<Y>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<Y>>;
@group(0) @binding(5) var<uniform> p: Params;

// Four floats of row r from column c on, of the z-th rows x cols matrix; zeros past its
// edge.
fn load_a(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  if (r < rows && c < cols) { return vec4f(a[(row_at(z, r, rows, HEADS_A) * cols + c) / 4u]); }
  return vec4f();
}

fn load_b(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  if (r < rows && c < cols) { return vec4f(b[(row_at(z, r, rows, HEADS_B) * cols + c) / 4u]); }
  return vec4f();
}

// The same where the matrix ends nowhere: beyond its edge lies the edge.
fn near_a(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  return vec4f(a[(row_at(z, min(r, rows - 1u), rows, HEADS_A) * cols + min(c, cols - 4u)) / 4u]);
}

fn near_b(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  return vec4f(b[(row_at(z, min(r, rows - 1u), rows, HEADS_B) * cols + min(c, cols - 4u)) / 4u]);
}

fn load_bias(n: u32) -> vec4f {
  return vec4f(bias[n / 4u]);
}

fn load_other(z: u32, r: u32, c: u32) -> vec4f {
  if (r < p.m && c < p.n) { return vec4f(other[(row_at(z, r, p.m, HEADS_Y) * p.n + c) / 4u]); }
  return vec4f();
}

fn store(z: u32, r: u32, c: u32, v: vec4f) {
  if (r < p.m && c < p.n) { y[(row_at(z, r, p.m, HEADS_Y) * p.n + c) / 4u] = vec4<Y>(v); }
}
