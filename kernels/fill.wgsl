// y[i] = start + step * i: a constant where step is 0, else a range.
// needs    parts/index
// bind     0 y   1 Params
// launch   one invocation per element
// limits   floats count exactly up to 2^24 only; the host computes integers in u32 (N)

alias T = f32;  // of y; the host may write f16, i32 or u32 here
alias N = f32;  // in what it is computed; u32 where integers must be exact, and wrap around

struct Params { n: u32, start: N, step: N }

@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i < p.n) {
    y[i] = T(select(p.start + p.step * N(i), p.start, p.step == N(0)));  // -0 + 0 is 0
  }
}
