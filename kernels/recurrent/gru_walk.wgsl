// hs = a whole sequence of a GRU (reset after the product): h' = z h + (1 - z)
// tanh(x + r product), with z, r = sigmoid(x + product) and the product h . kernel +
// bias.
// needs    recurrent/walk, recurrent/gru_cell
// bind     0 x [rows, steps, 3 units]   1 matrix (the kernel)   2 bias [3 units]
//          3 h0 [rows, units]   4 mask [rows, steps]   5 hs [rows, steps, units]
//          6 Params
// launch   recurrent/walk: a workgroup per ROWS rows
// limits   recurrent/walk's

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> h0: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;
@group(0) @binding(5) var<storage, read_write> hs: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

// Those of a thread's first element are on their way while it multiplies.
fn inputs_of(e: Element, step: u32) -> vec3f {
  if (e.row >= p.rows) { return vec3f(); }
  let a = gate_at(e.row, step, e.unit, 3u, p);
  return vec3f(x[a], x[a + UNITS], x[a + 2u * UNITS]);
}

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
    let ahead = inputs_of(element(group, local), step);
    workgroupBarrier();
    multiply(local, held);
    workgroupBarrier();
    for (var i = local; i < ROWS * UNITS; i += THREADS) {
      let e = element(group, i);
      if (e.row >= p.rows) { break; }
      let state = e.place * DEPTH + e.unit;
      if (p.masked == 0u || mask[e.row * p.steps + step] != 0u) {
        var inputs = ahead;
        if (i != local) { inputs = inputs_of(e, step); }
        let product = vec3f(
          product_at(e.place, e.unit), product_at(e.place, UNITS + e.unit),
          product_at(e.place, 2u * UNITS + e.unit));
        let shift = vec3f(bias[e.unit], bias[UNITS + e.unit], bias[2u * UNITS + e.unit]);
        left[state] = stepped(inputs, product + shift, left[state]);
      }
      hs[at_step(e.row, step, e.unit, p)] = left[state];
    }
  }
}
