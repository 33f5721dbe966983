// dx, dh = the gradient of one step of a GRU, from the sequence's end to its beginning.
// needs    recurrent/sequence, recurrent/gru_cell
// bind     0 x [rows, steps, 3 units]   1 products (of all steps, as x)   2 dx (as x)
//          3 to_product (gradient to the step's product) [rows, 3 units]
//          4 before (h before each step) [rows, steps, units]   5 dhs (as before)
//          6 mask [rows, steps]   7 dh [rows, units]   8 Params
// launch   one invocation per row and unit
// limits   8 storage buffers, all that WebGPU promises

// `products` is overwritten by the gradient to them, dh by what goes past the product.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> products: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<storage, read_write> to_product: array<f32>;
@group(0) @binding(4) var<storage, read> before: array<f32>;
@group(0) @binding(5) var<storage, read> dhs: array<f32>;
@group(0) @binding(6) var<storage, read> mask: array<u32>;
@group(0) @binding(7) var<storage, read_write> dh: array<f32>;
@group(0) @binding(8) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.rows * p.units) {
    return;
  }
  let row = i / p.units;
  let unit = i % p.units;
  let here = at_step(row, p.step, unit, p);
  var to_h = dhs[here];
  if ((p.flags & 1u) == 0u) {
    to_h += dh[i];
  }
  let a = gate_at(row, p.step, unit, 3u, p);
  let b = row * 3u * p.units + unit;
  let u = p.units;
  var slopes = Slopes(vec3f(), vec3f(), to_h);
  if (p.masked == 0u || mask[row * p.steps + p.step] != 0u) {
    let sum = vec3f(x[a], x[a + u], x[a + 2u * u]);
    let product = vec3f(products[a], products[a + u], products[a + 2u * u]);
    slopes = slopes_of(sum, product, before[here], to_h);
  }
  for (var gate = 0u; gate < 3u; gate++) {
    dx[a + gate * u] = slopes.x[gate];
    products[a + gate * u] = slopes.product[gate];
    to_product[b + gate * u] = slopes.product[gate];
  }
  dh[i] = slopes.h;
}
