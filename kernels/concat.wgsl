// out[r] = one[r], two[r] side by side: rows of `first` and of `second` elements,
// written from `at` on into rows of `row`.
// needs    parts/index
// bind     0 one   1 two   2 out   3 Params
// launch   one invocation per element of both; elements move as bits
// limits   none

// The host writes vec4u here where all lengths divide by four words (vectorised loads
// and stores), f16 where they don't fill any.
alias T = u32;

struct Params {
  count: u32,  // elements (of T) to write
  first: u32,
  second: u32,
  row: u32,
  at: u32,
}

@group(0) @binding(0) var<storage, read> one: array<T>;
@group(0) @binding(1) var<storage, read> two: array<T>;
@group(0) @binding(2) var<storage, read_write> out: array<T>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) { return; }
  let r = i / (p.first + p.second);
  let c = i % (p.first + p.second);
  var value: T;
  if (c < p.first) {
    value = one[r * p.first + c];
  } else {
    value = two[r * p.second + c - p.first];
  }
  out[r * p.row + p.at + c] = value;
}
