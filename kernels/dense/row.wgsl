// For few results with a long k each: one row, or a handful of columns. A workgroup
// sums four neighbouring results, its invocations take four k each in turn. Goes after
// dense/vec4.wgsl or dense/scalar.wgsl, dense/frame.wgsl, and rows/tree.wgsl or
// rows/subgroups.wgsl with T = vec4f.
// needs    dense/frame, rows/tree | rows/subgroups

// Four k of a row of A.
fn a_row(z: u32, m: u32, k: u32) -> vec4f {
  if (TA) {
    return vec4f(load_a(z, k, m, p.k, p.m).x, load_a(z, k + 1u, m, p.k, p.m).x,
                 load_a(z, k + 2u, m, p.k, p.m).x, load_a(z, k + 3u, m, p.k, p.m).x);
  }
  return load_a(z, m, k, p.m, p.k);
}

@compute @workgroup_size(ROWS * LANES)
fn row(group: Group, lane: Lane) {
  let t = tile_at(row_of(group, lane), 1u, 4u);
  if (t.part >= p.batches * p.splits) { return; }
  var sum = vec4f();
  for (var k = t.k + 4u * place(lane); k < t.end; k += 4u * LANES) {
    sum += b_block(t.z, k, t.n) * a_row(t.z, t.m, k);
  }
  sum = across_sum(lane, sum);
  if (place(lane) == 0u) { finish(t.part, t.m, t.n, sum); }
}
