// take: out[r, i] = x[r, places[r, i]].  put, its adjoint where no place comes twice:
// out[r, places[r, i]] = x[r, i].
// needs    parts/index
// bind     0 x [rows, n]   1 places [rows, m]   2 out   3 Params
// launch   one invocation per place; elements move as bits
// limits   take: places are clamped to the row; put: those outside are left out

alias T = u32;  // the host may write f16 here

struct Params { rows: u32, n: u32, m: u32 }

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> places: array<i32>;
@group(0) @binding(2) var<storage, read_write> out: array<T>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn take(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i < p.rows * p.m) {
    out[i] = x[i / p.m * p.n + u32(clamp(places[i], 0, i32(p.n) - 1))];
  }
}

@compute @workgroup_size(FLAT)
fn put(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i < p.rows * p.m && places[i] >= 0 && places[i] < i32(p.n)) {
    out[i / p.m * p.n + u32(places[i])] = x[i];
  }
}
