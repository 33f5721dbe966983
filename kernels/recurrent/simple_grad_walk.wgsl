// dx = dh * slope, and dh0: the gradient of a whole sequence of a simple recurrent
// layer, from its end to its beginning.
// needs    recurrent/walk, recurrent/simple_cell
// bind     0 hs [rows, steps, units]   1 matrix (the kernel, transposed)
//          2 dhs (as hs)   3 mask [rows, steps]   4 dx (as hs)
//          5 dh0 [rows, units]   6 Params
// launch   recurrent/walk: a workgroup per ROWS rows
// limits   recurrent/walk's

@group(0) @binding(0) var<storage, read> hs: array<f32>;
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(2) var<storage, read> dhs: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<u32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> dh0: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

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
      var to_h = dhs[here] + past[i] + product_at(e.place, e.unit);
      var slope = 0.0;
      if (p.masked == 0u || mask[e.row * p.steps + step] != 0u) {
        slope = to_h * slope_at(hs[here], p.activation);
        to_h = 0.0;
      }
      dx[here] = slope;
      left[e.place * DEPTH + e.unit] = slope;
      past[i] = to_h;
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
