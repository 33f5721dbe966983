// a = q . r by Householder reflections (Golub and Van Loan, Matrix Computations, 5.2).
// needs    parts/index, rows/tree
// bind     0 a [batches, m, n]   1 q [batches, m, k]   2 r [batches, k, n]
//          3 work [batches, m, n]   4 scales [batches, min(m, n)]   5 Params
// launch   one workgroup of 256 per matrix: made for small ones
// limits   m and n <= 65,535 (lavapipe ends loops after so many rounds)

// Column j of the work keeps the reflection's vector v below the diagonal (v[j] = 1)
// and what comes out above; I - scale v v^T then makes that column zero below.

struct Params {
  m: u32,
  n: u32,
  k: u32,  // columns of q: min(m, n), or m
  batches: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<storage, read_write> r: array<f32>;
@group(0) @binding(3) var<storage, read_write> work: array<f32>;
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(256)
fn qr(group: Group, lane: Lane) {
  let local = lane.index;
  let z = group_index(group);
  if (z >= p.batches) {
    return;
  }
  let reflections = min(p.m, p.n);
  let w = z * p.m * p.n;
  for (var i = local; i < p.m * p.n; i += 256u) {
    work[w + i] = a[w + i];
  }
  storageBarrier();
  for (var j = 0u; j < reflections; j++) {
    var squares = 0.0;
    for (var i = j + 1u + local; i < p.m; i += 256u) {
      let v = work[w + i * p.n + j];
      squares += v * v;
    }
    let below = across_sum(lane, squares);
    let head = work[w + j * p.n + j];
    let norm = sqrt(head * head + below);
    let diagonal = select(norm, -norm, head > 0.0);
    let first = head - diagonal;
    let nothing = norm == 0.0;  // asked so that a NaN is not lost: != may be false for it
    var scale = 0.0;
    if (!nothing) {
      scale = 2.0 * first * first / (first * first + below);
    }
    storageBarrier();  // all have read the head
    for (var i = j + 1u + local; i < p.m; i += 256u) {
      work[w + i * p.n + j] /= select(first, 1.0, nothing);
    }
    if (local == 0u) {
      work[w + j * p.n + j] = diagonal;
      scales[z * reflections + j] = scale;
    }
    storageBarrier();
    for (var c = j + 1u + local; c < p.n; c += 256u) {
      var dot = work[w + j * p.n + c];
      for (var i = j + 1u; i < p.m; i++) {
        dot += work[w + i * p.n + j] * work[w + i * p.n + c];
      }
      dot *= scale;
      work[w + j * p.n + c] -= dot;
      for (var i = j + 1u; i < p.m; i++) {
        work[w + i * p.n + c] -= dot * work[w + i * p.n + j];
      }
    }
    storageBarrier();
  }
  for (var i = local; i < p.k * p.n; i += 256u) {
    let above = i / p.n <= i % p.n;
    r[z * p.k * p.n + i] = select(0.0, work[w + i], above);
  }
  // q = H0 H1 ... I, the last reflection first; a column each, which nobody else needs
  for (var c = local; c < p.k; c += 256u) {
    let at = z * p.m * p.k + c;
    for (var i = 0u; i < p.m; i++) {
      q[at + i * p.k] = select(0.0, 1.0, i == c);
    }
    for (var left = reflections; left > 0u; left--) {
      let j = left - 1u;
      var dot = q[at + j * p.k];
      for (var i = j + 1u; i < p.m; i++) {
        dot += work[w + i * p.n + j] * q[at + i * p.k];
      }
      dot *= scales[z * reflections + j];
      q[at + j * p.k] -= dot;
      for (var i = j + 1u; i < p.m; i++) {
        q[at + i * p.k] -= dot * work[w + i * p.n + j];
      }
    }
  }
}
