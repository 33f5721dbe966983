// y[k, n] = w[k, n], or w[n, k] where transposed; zeros beyond the edges of w: the
// matrix of recurrent/walk.
// needs    parts/index
// bind     0 w [height, width]   1 y [depth, columns]   2 Params
// launch   one invocation per element of y
// limits   none

struct Params {
  height: u32,
  width: u32,
  depth: u32,
  columns: u32,
  transposed: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.depth * p.columns) {
    return;
  }
  var at = vec2u(i / p.columns, i % p.columns);
  if (p.transposed != 0u) { at = at.yx; }
  var value = 0.0;
  if (at.x < p.height && at.y < p.width) { value = w[at.x * p.width + at.y]; }
  y[i] = value;
}
