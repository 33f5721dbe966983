// x with a . x = b, or the determinant of a, by Gauss and Jordan's elimination with
// partial pivoting.
// needs    parts/index
// bind     0 a [batches, n, n]   1 b [batches, n, columns]   2 left [batches, n, n]
//          3 x [batches, n, columns], or the determinant [batches]   4 Params
// launch   one workgroup of 256 per matrix: made for small ones
// limits   n <= 65,535 (lavapipe ends loops after so many rounds)

// SOLVE: x is what is asked for; else the determinant, and b is not read and rows above
// the pivot stay as they are.

override SOLVE: bool = true;

struct Params {
  n: u32,
  columns: u32,
  batches: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> left: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> sizes: array<f32, 256>;
var<workgroup> rows: array<u32, 256>;

// The row from j on with the largest entry in column j.
fn pivot_of(local: u32, at: u32, j: u32) -> u32 {
  var size = -1.0;
  var row = j;
  for (var i = j + local; i < p.n; i += 256u) {
    let v = abs(left[at + i * p.n + j]);
    if (v > size) {
      size = v;
      row = i;
    }
  }
  sizes[local] = size;
  rows[local] = row;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (local < half && sizes[local + half] > sizes[local]) {
      sizes[local] = sizes[local + half];
      rows[local] = rows[local + half];
    }
    workgroupBarrier();
  }
  let best = rows[0];
  workgroupBarrier();
  return best;
}

@compute @workgroup_size(256)
fn eliminate(group: Group, @builtin(local_invocation_index) local: u32) {
  let z = group_index(group);
  if (z >= p.batches) {
    return;
  }
  let n = p.n;
  let at = z * n * n;
  let to = z * n * p.columns;
  for (var i = local; i < n * n; i += 256u) {
    left[at + i] = a[at + i];
  }
  if (SOLVE) {
    for (var i = local; i < n * p.columns; i += 256u) {
      x[to + i] = b[to + i];
    }
  }
  storageBarrier();
  var determinant = 1.0;
  for (var j = 0u; j < n; j++) {
    let pivot = pivot_of(local, at, j);
    let value = left[at + pivot * n + j];
    determinant *= select(value, -value, pivot != j);
    storageBarrier();  // all have read the pivot
    for (var c = j + local; c < n; c += 256u) {
      let v = left[at + pivot * n + c];
      left[at + pivot * n + c] = left[at + j * n + c];
      left[at + j * n + c] = v / value;
    }
    if (SOLVE) {
      for (var c = local; c < p.columns; c += 256u) {
        let v = x[to + pivot * p.columns + c];
        x[to + pivot * p.columns + c] = x[to + j * p.columns + c];
        x[to + j * p.columns + c] = v / value;
      }
    }
    storageBarrier();
    // a row each; its entry in column j is read first and written last
    let first = select(j + 1u, 0u, SOLVE);
    for (var i = first + local; i < n; i += 256u) {
      if (i != j) {
        let factor = left[at + i * n + j];
        for (var c = j + 1u; c < n; c++) {
          left[at + i * n + c] -= factor * left[at + j * n + c];
        }
        if (SOLVE) {
          for (var c = 0u; c < p.columns; c++) {
            x[to + i * p.columns + c] -= factor * x[to + j * p.columns + c];
          }
        }
      }
    }
    storageBarrier();
  }
  if (!SOLVE && local == 0u) {
    x[z] = determinant;
  }
}
