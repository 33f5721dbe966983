// dx = dh = dhs * slope: the gradient of one step of a simple recurrent layer, from the
// sequence's end to its beginning. dh is overwritten by what goes past the product.
// needs    recurrent/sequence, recurrent/simple_cell
// bind     0 hs [rows, steps, units]   1 dhs (as hs)   2 mask [rows, steps]
//          3 dx (as hs)   4 to_product (gradient to the step's product) [rows, units]
//          5 dh [rows, units]   6 Params
// launch   one invocation per row and unit
// limits   none

@group(0) @binding(0) var<storage, read> hs: array<f32>;
@group(0) @binding(1) var<storage, read> dhs: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read_write> to_product: array<f32>;
@group(0) @binding(5) var<storage, read_write> dh: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.rows * p.units) {
    return;
  }
  let row = i / p.units;
  let here = at_step(row, p.step, i % p.units, p);
  var to_h = dhs[here];
  if ((p.flags & 1u) == 0u) {
    to_h += dh[i];
  }
  var slope = 0.0;
  if (p.masked == 0u || mask[row * p.steps + p.step] != 0u) {
    slope = to_h * slope_at(hs[here], p.activation);
    to_h = 0.0;
  }
  dx[here] = slope;
  to_product[i] = slope;
  dh[i] = to_h;
}
