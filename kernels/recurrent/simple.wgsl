// h' = activation(x + product): one step of a simple recurrent layer.
// needs    recurrent/sequence, parts/activation
// bind     0 x [rows, steps, units]   1 product (h . kernel) [rows, units]
//          2 h0 [rows, units]   3 mask [rows, steps]   4 hs [rows, steps, units]
//          5 state (h') [rows, units]   6 Params
// launch   one invocation per row and unit
// limits   none

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> product: array<f32>;
@group(0) @binding(2) var<storage, read> h0: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<u32>;
@group(0) @binding(4) var<storage, read_write> hs: array<f32>;
@group(0) @binding(5) var<storage, read_write> state: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.rows * p.units) {
    return;
  }
  let row = i / p.units;
  let here = at_step(row, p.step, i % p.units, p);
  var h = h0[i];
  if (p.step > 0u) {
    h = hs[here - p.units];
  }
  if (p.masked == 0u || mask[row * p.steps + p.step] != 0u) {
    h = activated(vec4f(x[here] + product[i]), p.activation).x;
  }
  hs[here] = h;
  state[i] = h;
}
