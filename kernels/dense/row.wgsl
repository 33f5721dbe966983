// y = A . B for few results with a long k each: one row, or a handful of columns.
// needs    dense/frame, rows/tree | rows/subgroups
// bind     those of dense/frame
// launch   LANES invocations per four neighbouring results; they take four k each in
//          turn (sliced k), and join their sums by a tree or subgroup reduction
// limits   those of rows/*

// T is vec4f: what is joined are the sums of four columns.

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
