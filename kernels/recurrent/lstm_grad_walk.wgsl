// dz, dh0, dc0 = the gradient of a whole sequence of an LSTM, from its end to its
// beginning.
// needs    recurrent/walk, recurrent/lstm_cell
// bind     0 z [rows, steps, 4 units]   1 matrix (the kernel, transposed)
//          2 before (c before each step) [rows, steps, units]   3 dhs (as before)
//          4 dcs (as before)   5 mask [rows, steps]   6 dh0 [rows, units]
//          7 dc0 [rows, units]   8 Params
// launch   recurrent/walk: a workgroup per ROWS rows
// limits   8 storage buffers, all that WebGPU promises

// z is overwritten by the gradient to it.

@group(0) @binding(0) var<storage, read_write> z: array<f32>;
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(2) var<storage, read> before: array<f32>;
@group(0) @binding(3) var<storage, read> dhs: array<f32>;
@group(0) @binding(4) var<storage, read> dcs: array<f32>;
@group(0) @binding(5) var<storage, read> mask: array<u32>;
@group(0) @binding(6) var<storage, read_write> dh0: array<f32>;
@group(0) @binding(7) var<storage, read_write> dc0: array<f32>;
@group(0) @binding(8) var<uniform> p: Params;

var<workgroup> to_c: array<f32, ROWS * UNITS>;
var<workgroup> past: array<f32, ROWS * UNITS>;  // to h, beside the product

struct Inputs {
  z: vec4f,
  c: f32,
  to_h: f32,
}

// Those of a thread's first element are on their way while it multiplies; there are
// none before the first step.
fn inputs_of(e: Element, step: u32) -> Inputs {
  if (e.row >= p.rows || step >= p.steps) { return Inputs(vec4f(), 0.0, 0.0); }
  let a = gate_at(e.row, step, e.unit, 4u, p);
  let here = at_step(e.row, step, e.unit, p);
  let sums = vec4f(z[a], z[a + UNITS], z[a + 2u * UNITS], z[a + 3u * UNITS]);
  return Inputs(sums, before[here], dhs[here]);
}

@compute @workgroup_size(THREADS)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  begin_with_zeros(local);
  for (var i = local; i < ROWS * UNITS; i += THREADS) {
    past[i] = 0.0;
    to_c[i] = 0.0;
  }
  let held = held_by(local);
  var ahead = inputs_of(element(group, local), p.steps - 1u);
  workgroupBarrier();
  for (var back = 1u; back <= p.steps; back++) {
    let step = p.steps - back;
    for (var i = local; i < ROWS * UNITS; i += THREADS) {
      let e = element(group, i);
      if (e.row >= p.rows) { break; }
      let here = at_step(e.row, step, e.unit, p);
      let a = gate_at(e.row, step, e.unit, 4u, p);
      var inputs = ahead;
      if (i != local) { inputs = inputs_of(e, step); }
      var to_h = inputs.to_h + past[i] + product_at(e.place, e.unit);
      var into = to_c[i];
      if ((p.flags & 2u) == 0u) { into += dcs[here]; }
      var slope = vec4f();
      if (p.masked == 0u || mask[e.row * p.steps + step] != 0u) {
        let slopes = slopes_of(inputs.z, inputs.c, to_h, into);
        slope = slopes.z;
        into = slopes.c;
        to_h = 0.0;
      }
      for (var gate = 0u; gate < 4u; gate++) {
        z[a + gate * UNITS] = slope[gate];
        left[e.place * DEPTH + gate * UNITS + e.unit] = slope[gate];
      }
      past[i] = to_h;
      to_c[i] = into;
    }
    ahead = inputs_of(element(group, local), step - 1u);
    workgroupBarrier();
    multiply(local, held);
    workgroupBarrier();
  }
  for (var i = local; i < ROWS * UNITS; i += THREADS) {
    let e = element(group, i);
    if (e.row < p.rows) {
      dh0[e.row * UNITS + e.unit] = past[i] + product_at(e.place, e.unit);
      dc0[e.row * UNITS + e.unit] = to_c[i];
    }
  }
}
