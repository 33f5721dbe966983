// out[r, s] = the last column c with a weight whose predecessors weigh no more than
// u[r, s] of the row.
// needs    parts/index
// bind     0 weights [rows, n]   1 u [rows, samples]   2 out [rows, samples]   3 Params
// launch   one invocation per sample
// limits   none

struct Params {
  n: u32,
  samples: u32,
  count: u32,  // of samples, in all rows
}

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;

// Blocks, as lavapipe ends loops after 65,535 rounds.
const BLOCK = 1024u;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let row = i / p.samples * p.n;
  var total = 0.0;
  for (var first = 0u; first < p.n; first += BLOCK) {
    for (var c = first; c < min(first + BLOCK, p.n); c++) {
      total += max(weights[row + c], 0.0);
    }
  }
  let aim = u[i] * total;
  var before = 0.0;
  var pick = 0u;
  for (var first = 0u; first < p.n; first += BLOCK) {
    for (var c = first; c < min(first + BLOCK, p.n); c++) {
      let weight = weights[row + c];
      if (weight > 0.0) {
        pick = select(pick, c, before <= aim);
        before += weight;
      }
    }
  }
  out[i] = i32(pick);
}
