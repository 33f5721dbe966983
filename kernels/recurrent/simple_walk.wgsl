// A whole sequence of a simple recurrent layer: h' = activation(x + h . kernel).
// needs    recurrent/walk, parts/activation
// bind     0 x [rows, steps, units]   1 matrix (the kernel)   2 h0 [rows, units]
//          3 mask [rows, steps]   4 hs (as x)   5 Params
// launch   recurrent/walk: a workgroup per ROWS rows
// limits   recurrent/walk's

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(2) var<storage, read> h0: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<u32>;
@group(0) @binding(4) var<storage, read_write> hs: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(THREADS)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  begin_with_zeros(local);
  workgroupBarrier();
  for (var i = local; i < ROWS * UNITS; i += THREADS) {
    let e = element(group, i);
    if (e.row < p.rows) { left[e.place * DEPTH + e.unit] = h0[e.row * UNITS + e.unit]; }
  }
  let held = held_by(local);
  for (var step = 0u; step < p.steps; step++) {
    workgroupBarrier();
    multiply(local, held);
    workgroupBarrier();
    for (var i = local; i < ROWS * UNITS; i += THREADS) {
      let e = element(group, i);
      if (e.row >= p.rows) { break; }
      let here = at_step(e.row, step, e.unit, p);
      let state = e.place * DEPTH + e.unit;
      if (p.masked == 0u || mask[e.row * p.steps + step] != 0u) {
        left[state] = activated(vec4f(x[here] + product_at(e.place, e.unit)), p.activation).x;
      }
      hs[here] = left[state];
    }
  }
}
