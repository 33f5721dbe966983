// y = A . B for few results: one row, few columns, or a k of a few steps.
// needs    parts/index, dense/scalar, dense/frame
// bind     those of dense/scalar
// launch   256 invocations per 16 results: 16 share the k of a result (sliced k)
// limits   1 KiB of workgroup memory; one barrier

// Neighbours run along k, or along n where ACROSS is set: whichever way the larger
// matrix is stored, so that loads are coalesced.

override ACROSS: bool = false;

var<workgroup> sums: array<f32, 256>;  // [lane along k, result]

fn product(t: Tile, k: u32) -> f32 {
  if (k >= t.end) { return 0.0; }
  let i = select(row_at(t.z, t.m, p.m, HEADS_A) * p.k + k,
                 row_at(t.z, k, p.k, HEADS_A) * p.m + t.m, TA);
  let j = select(row_at(t.z, k, p.k, HEADS_B) * p.n + t.n,
                 row_at(t.z, t.n, p.n, HEADS_B) * p.k + k, TB);
  return f32(a[i]) * f32(b[j]);
}

@compute @workgroup_size(256)
fn narrow(group: Group, @builtin(local_invocation_index) local: u32) {
  let result = select(local / 16u, local % 16u, ACROSS);
  let lane = select(local % 16u, local / 16u, ACROSS);
  let first = group_index(group) * 16u;
  let t = tile_at(first + result, 1u, 1u);
  var s0 = 0.0;
  var s1 = 0.0;
  var s2 = 0.0;
  var s3 = 0.0;
  if (t.part < p.batches * p.splits) {
    for (var k = t.k + lane; k < t.end; k += 64u) {  // unrolled: four loads in flight
      s0 += product(t, k);
      s1 += product(t, k + 16u);
      s2 += product(t, k + 32u);
      s3 += product(t, k + 48u);
    }
  }
  sums[lane * 16u + result] = (s0 + s1) + (s2 + s3);
  workgroupBarrier();
  if (local < 16u) {
    var sum = 0.0;
    for (var l = 0u; l < 256u; l += 16u) { sum += sums[l + local]; }
    let out = tile_at(first + local, 1u, 1u);
    if (out.part < p.batches * p.splits) {
      let at = row_at(out.part, out.m, p.m, HEADS_Y) * p.n + out.n;
      if (p.splits == 1u) {
        if (p.has_bias != 0u) { sum += f32(bias[out.n]); }
        if (JOIN != 0u) { sum = joined(vec4f(sum), vec4f(f32(other[at]))).x; }
        sum = activated(vec4f(sum), ACTIVATION).x;
      }
      y[at] = Y(sum);
    }
  }
}
