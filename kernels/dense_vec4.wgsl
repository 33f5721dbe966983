// Memory of the dense kernels, in words of four floats: for matrices whose stored rows are multiples of four long.
// dense.py puts this text, or dense_scalar.wgsl, in front of a kernel's: the two define the same names.

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> other: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> p: Params;

// Four floats of row r from column c on, of the z-th rows x cols matrix; zeros past its edge.
fn load_a(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  if (r < rows && c < cols) { return a[((z * rows + r) * cols + c) / 4u]; }
  return vec4f();
}

fn load_b(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  if (r < rows && c < cols) { return b[((z * rows + r) * cols + c) / 4u]; }
  return vec4f();
}

fn load_bias(n: u32) -> vec4f {
  return bias[n / 4u];
}

fn load_other(z: u32, r: u32, c: u32) -> vec4f {
  if (r < p.m && c < p.n) { return other[((z * p.m + r) * p.n + c) / 4u]; }
  return vec4f();
}

fn store(z: u32, r: u32, c: u32, v: vec4f) {
  if (r < p.m && c < p.n) { y[((z * p.m + r) * p.n + c) / 4u] = v; }
}
