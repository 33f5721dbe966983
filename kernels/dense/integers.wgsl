// y = A . B of whole numbers: 32 bits, which wrap alike with and without a sign.
// needs    parts/index
// bind     0 a [batches, m, k]   1 b [batches, k, n]   2 y [batches, m, n]   3 Params
// launch   one workgroup of 256 per 16 x 16 results
// limits   k <= 1,048,560 (lavapipe ends loops after 65,535 rounds)

struct Params {
  m: u32,
  n: u32,
  k: u32,
  batches: u32,
  ta: u32,  // a is stored as [batches, k, m]
  tb: u32,  // b is stored as [batches, n, k]
}

@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> p: Params;

var<workgroup> tile_a: array<array<u32, 16>, 16>;
var<workgroup> tile_b: array<array<u32, 16>, 16>;

@compute @workgroup_size(256)
fn integers(group: Group, @builtin(local_invocation_index) local: u32) {
  let rows = (p.m + 15u) / 16u;
  let columns = (p.n + 15u) / 16u;
  let tile = group_index(group);
  let z = tile / (rows * columns);
  if (z >= p.batches) {
    return;
  }
  let i = local / 16u;
  let j = local % 16u;
  let row = tile / columns % rows * 16u + i;
  let column = tile % columns * 16u + j;
  var sum = 0u;
  for (var first = 0u; first < p.k; first += 16u) {
    var left = 0u;
    if (row < p.m && first + j < p.k) {
      let at = select(row * p.k + first + j, (first + j) * p.m + row, p.ta != 0u);
      left = a[z * p.m * p.k + at];
    }
    var right = 0u;
    if (column < p.n && first + i < p.k) {
      let at = select((first + i) * p.n + column, column * p.k + first + i, p.tb != 0u);
      right = b[z * p.k * p.n + at];
    }
    tile_a[i][j] = left;
    tile_b[i][j] = right;
    workgroupBarrier();
    for (var s = 0u; s < 16u; s++) {
      sum += tile_a[i][s] * tile_b[s][j];
    }
    workgroupBarrier();
  }
  if (row < p.m && column < p.n) {
    y[(z * p.m + row) * p.n + column] = sum;
  }
}
