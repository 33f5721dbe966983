// y[row, step] = x[row, step - 1], and first[row] at step 0: the states that steps
// began with.
// needs    recurrent/sequence
// bind     0 first [rows, units]   1 x [rows, steps, units]   2 y (as x)   3 Params
// launch   one invocation per element of y
// limits   none

@group(0) @binding(0) var<storage, read> first: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.rows * p.steps * p.units) {
    return;
  }
  if (i / p.units % p.steps > 0u) {
    y[i] = x[i - p.units];
  } else {
    y[i] = first[i / p.units / p.steps * p.units + i % p.units];
  }
}
