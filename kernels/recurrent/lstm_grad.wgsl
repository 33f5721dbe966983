// dz, dh, dc = the gradient of one step of an LSTM, from the sequence's end to its
// beginning.
// needs    recurrent/sequence, parts/activation
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

@compute @workgroup_size(64)
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
  let a = gate_at(row, unit, 4u, p);
  let b = row * 4u * p.units + unit;
  let u = p.units;
  var slope = vec4f();
  if (p.masked == 0u || mask[row * p.steps + p.step] != 0u) {
    let open = activated(vec4f(z[a], z[a + u], z[a + 3u * u], 0.0), 3u);
    let g = activated(vec4f(z[a + 2u * u]), 4u).x;
    let c = before[here];
    let bent = activated(vec4f(open.y * c + open.x * g), 4u).x;
    to_c += to_h * open.z * (1.0 - bent * bent);
    let into = vec4f(to_c * g, to_c * c, to_h * bent, 0.0) * open * (1.0 - open);
    slope = vec4f(into.x, into.y, to_c * open.x * (1.0 - g * g), into.z);
    to_c *= open.y;
    to_h = 0.0;
  }
  for (var gate = 0u; gate < 4u; gate++) {
    z[a + gate * u] = slope[gate];
    dz[b + gate * u] = slope[gate];
  }
  dh[i] = to_h;
  dc[i] = to_c;
}
