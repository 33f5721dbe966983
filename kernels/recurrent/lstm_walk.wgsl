// A whole sequence of an LSTM: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c'), with
// i, f, g, o = x + h . kernel and s the sigmoid.
// needs    recurrent/walk, recurrent/lstm_cell
// bind     0 x [rows, steps, 4 units]   1 matrix (the kernel)   2 h0 [rows, units]
//          3 c0 (as h0)   4 mask [rows, steps]   5 hs [rows, steps, units]
//          6 cs (as hs)   7 Params
// launch   recurrent/walk: a workgroup per ROWS rows
// limits   recurrent/walk's

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(2) var<storage, read> h0: array<f32>;
@group(0) @binding(3) var<storage, read> c0: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;
@group(0) @binding(5) var<storage, read_write> hs: array<f32>;
@group(0) @binding(6) var<storage, read_write> cs: array<f32>;
@group(0) @binding(7) var<uniform> p: Params;

var<workgroup> cell: array<f32, ROWS * UNITS>;

// Those of a thread's first element are on their way while it multiplies.
fn inputs_of(e: Element, step: u32) -> vec4f {
  if (e.row >= p.rows) { return vec4f(); }
  let a = gate_at(e.row, step, e.unit, 4u, p);
  return vec4f(x[a], x[a + UNITS], x[a + 2u * UNITS], x[a + 3u * UNITS]);
}

@compute @workgroup_size(THREADS)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  begin_with_zeros(local);
  workgroupBarrier();
  for (var i = local; i < ROWS * UNITS; i += THREADS) {
    let e = element(group, i);
    if (e.row < p.rows) {
      left[e.place * DEPTH + e.unit] = h0[e.row * UNITS + e.unit];
      cell[i] = c0[e.row * UNITS + e.unit];
    }
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
        let z = inputs + vec4f(
          product_at(e.place, e.unit), product_at(e.place, UNITS + e.unit),
          product_at(e.place, 2u * UNITS + e.unit), product_at(e.place, 3u * UNITS + e.unit));
        let after = stepped(z, cell[i]);
        left[state] = after.x;
        cell[i] = after.y;
      }
      let here = at_step(e.row, step, e.unit, p);
      hs[here] = left[state];
      cs[here] = cell[i];
    }
  }
}
