// dx, dh0 = the gradient of a whole sequence of a GRU, from its end to its beginning.
// needs    recurrent/walk, recurrent/gru_cell
// bind     0 x [rows, steps, 3 units]   1 matrix (the kernel, transposed)
//          2 products (of all steps, as x)   3 dx (as x)
//          4 before (h before each step) [rows, steps, units]   5 dhs (as before)
//          6 mask [rows, steps]   7 dh0 [rows, units]   8 Params
// launch   recurrent/walk: a workgroup per ROWS rows
// limits   8 storage buffers, all that WebGPU promises

// `products` is overwritten by the gradient to them.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> products: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read> before: array<f32>;
@group(0) @binding(5) var<storage, read> dhs: array<f32>;
@group(0) @binding(6) var<storage, read> mask: array<u32>;
@group(0) @binding(7) var<storage, read_write> dh0: array<f32>;
@group(0) @binding(8) var<uniform> p: Params;

var<workgroup> past: array<f32, ROWS * UNITS>;  // to h, beside the product

@compute @workgroup_size(THREADS)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  begin_with_zeros(local);
  for (var i = local; i < ROWS * UNITS; i += THREADS) { past[i] = 0.0; }
  let held = held_by(local);
  workgroupBarrier();
  for (var back = 1u; back <= p.steps; back++) {
    let step = p.steps - back;
    for (var i = local; i < ROWS * UNITS; i += THREADS) {
      let e = element(group, i);
      if (e.row >= p.rows) { break; }
      let here = at_step(e.row, step, e.unit, p);
      let a = gate_at(e.row, step, e.unit, 3u, p);
      let to_h = dhs[here] + past[i] + product_at(e.place, e.unit);
      var slopes = Slopes(vec3f(), vec3f(), to_h);
      if (p.masked == 0u || mask[e.row * p.steps + step] != 0u) {
        let sum = vec3f(x[a], x[a + UNITS], x[a + 2u * UNITS]);
        let product = vec3f(products[a], products[a + UNITS], products[a + 2u * UNITS]);
        slopes = slopes_of(sum, product, before[here], to_h);
      }
      for (var gate = 0u; gate < 3u; gate++) {
        dx[a + gate * UNITS] = slopes.x[gate];
        products[a + gate * UNITS] = slopes.product[gate];
        left[e.place * DEPTH + gate * UNITS + e.unit] = slopes.product[gate];
      }
      past[i] = slopes.h;
    }
    workgroupBarrier();
    multiply(local, held);
    workgroupBarrier();
  }
  for (var i = local; i < ROWS * UNITS; i += THREADS) {
    let e = element(group, i);
    if (e.row < p.rows) {
      dh0[e.row * UNITS + e.unit] = past[i] + product_at(e.place, e.unit);
    }
  }
}
