// places[r, i] = how many of a sorted row come before v[r, i]: those that are less, or
// with RIGHT those that are not greater.
// needs    sort/keys, parts/index
// bind     0 sorted [rows, n]   1 v [rows, m]   2 places [rows, m]   3 Params
// launch   one invocation per value
// limits   none

alias X = f32;  // of both in memory

override RIGHT: u32 = 0u;

struct Params { rows: u32, n: u32, m: u32 }

@group(0) @binding(0) var<storage, read> sorted: array<X>;
@group(0) @binding(1) var<storage, read> v: array<X>;
@group(0) @binding(2) var<storage, read_write> places: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.rows * p.m) {
    return;
  }
  let row = i / p.m * p.n;
  let own = key(v[i]);
  var low = 0u;
  var high = p.n;
  while (low < high) {
    let middle = (low + high) / 2u;
    let other = key(sorted[row + middle]);
    if (other < own || (RIGHT == 1u && other == own)) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  places[i] = i32(low);
}
