// c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c'), with i, f, g, o = x + product and s
// the sigmoid: one step of an LSTM.
// needs    recurrent/sequence, recurrent/lstm_cell
// bind     0 x [rows, steps, 4 units]   1 product (h . kernel) [rows, 4 units]
//          2 h0 [rows, units]   3 c0 [rows, units]   4 mask [rows, steps]
//          5 hs [rows, steps, units]   6 cs (as hs)   7 state (h') [rows, units]
//          8 Params
// launch   one invocation per row and unit
// limits   8 storage buffers, all that WebGPU promises

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> product: array<f32>;
@group(0) @binding(2) var<storage, read> h0: array<f32>;
@group(0) @binding(3) var<storage, read> c0: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;
@group(0) @binding(5) var<storage, read_write> hs: array<f32>;
@group(0) @binding(6) var<storage, read_write> cs: array<f32>;
@group(0) @binding(7) var<storage, read_write> state: array<f32>;
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
  var h = h0[i];
  var c = c0[i];
  if (p.step > 0u) {
    h = hs[here - p.units];
    c = cs[here - p.units];
  }
  if (p.masked == 0u || mask[row * p.steps + p.step] != 0u) {
    let a = gate_at(row, p.step, unit, 4u, p);
    let b = row * 4u * p.units + unit;
    let u = p.units;
    let z = vec4f(x[a], x[a + u], x[a + 2u * u], x[a + 3u * u])
      + vec4f(product[b], product[b + u], product[b + 2u * u], product[b + 3u * u]);
    let after = stepped(z, c);
    h = after.x;
    c = after.y;
  }
  hs[here] = h;
  cs[here] = c;
  state[i] = h;
}
