// a = l . l^T, l lower triangular, column by column.
// needs    parts/index
// bind     0 a [batches, n, n] (its lower half is read)   1 l   2 Params
// launch   one workgroup of 256 per matrix: made for small ones
// limits   n <= 65,535 (lavapipe ends loops after so many rounds)

struct Params {
  n: u32,
  batches: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> l: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(256)
fn cholesky(group: Group, @builtin(local_invocation_index) local: u32) {
  let z = group_index(group);
  if (z >= p.batches) {
    return;
  }
  let n = p.n;
  let at = z * n * n;
  for (var i = local; i < n * n; i += 256u) {
    l[at + i] = select(0.0, a[at + i], i / n >= i % n);
  }
  storageBarrier();
  for (var j = 0u; j < n; j++) {
    let root = sqrt(l[at + j * n + j]);  // nan, below 0
    storageBarrier();  // all have read the diagonal
    for (var i = j + local; i < n; i += 256u) {
      var sum = l[at + i * n + j];
      if (i == j) {
        sum = root;
      } else {
        sum /= root;
      }
      l[at + i * n + j] = sum;
    }
    storageBarrier();
    // what is left of the matrix: rows apart, so that nobody writes what another reads
    for (var i = j + 1u + local; i < n; i += 256u) {
      let factor = l[at + i * n + j];
      for (var c = j + 1u; c <= i; c++) {
        l[at + i * n + c] -= factor * l[at + c * n + j];
      }
    }
    storageBarrier();
  }
}
