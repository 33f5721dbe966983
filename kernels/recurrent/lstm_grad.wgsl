// dz, dh, dc = the gradient of one step of an LSTM, from the sequence's end to its
// beginning.
// needs    recurrent/sequence, recurrent/lstm_cell
// bind     0 z [rows, steps, 4 units]   1 dz (of the step) [rows, 4 units]
//          2 before (c before each step) [rows, steps, units]   3 dhs (as before)
//          4 dcs (as before)   5 mask [rows, steps]   6 dh [rows, units]
//          7 dc [rows, units]   8 Params
// launch   one invocation per row and unit
// limits   8 storage buffers, all that WebGPU promises

// z [.., 4 units] is overwritten by the gradient to it, dh by what goes past the step,
// dc by the gradient to the step before.

@group(0) @binding(0) var<storage, read_write> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> dz: array<f32>;
@group(0) @binding(2) var<storage, read> before: array<f32>;
@group(0) @binding(3) var<storage, read> dhs: array<f32>;
@group(0) @binding(4) var<storage, read> dcs: array<f32>;
@group(0) @binding(5) var<storage, read> mask: array<u32>;
@group(0) @binding(6) var<storage, read_write> dh: array<f32>;
@group(0) @binding(7) var<storage, read_write> dc: array<f32>;
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
  var to_c = 0.0;
  if ((p.flags & 2u) == 0u) {
    to_c = dcs[here];
  }
  if ((p.flags & 1u) == 0u) {
    to_h += dh[i];
    to_c += dc[i];
  }
  let a = gate_at(row, p.step, unit, 4u, p);
  let b = row * 4u * p.units + unit;
  let u = p.units;
  var slope = vec4f();
  if (p.masked == 0u || mask[row * p.steps + p.step] != 0u) {
    let sum = vec4f(z[a], z[a + u], z[a + 2u * u], z[a + 3u * u]);
    let slopes = slopes_of(sum, before[here], to_h, to_c);
    slope = slopes.z;
    to_c = slopes.c;
    to_h = 0.0;
  }
  for (var gate = 0u; gate < 4u; gate++) {
    z[a + gate * u] = slope[gate];
    dz[b + gate * u] = slope[gate];
  }
  dh[i] = to_h;
  dc[i] = to_c;
}
