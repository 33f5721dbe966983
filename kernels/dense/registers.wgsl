// y = A . B, with a register tile of 4 rows x 8 columns per invocation.
// needs    parts/index, dense/frame
// bind     those of dense/frame
// launch   one invocation per tile of 4 x 8 and split
// limits   k <= 49,152 per split (lavapipe ends loops after 65,535 rounds)

// No workgroup memory, no barriers: for software adapters, and for narrow products with
// a short k. It reads without asking whether a place exists (NEAR): beyond an edge it
// finds the edge's values, whose sums nobody stores. Branches around loads are what
// software adapters are slow at: a product of 196 x 128 x 128 took SwiftShader 3.2 ms
// with them, 2.1 without.

@compute @workgroup_size(FLAT)
fn registers(group: Group, @builtin(local_invocation_index) local: u32) {
  let t = tile_at(flat_index(group, local), 4u, 8u);
  if (t.part >= p.batches * p.splits) { return; }
  var c00 = vec4f(); var c01 = vec4f();
  var c10 = vec4f(); var c11 = vec4f();
  var c20 = vec4f(); var c21 = vec4f();
  var c30 = vec4f(); var c31 = vec4f();
  let whole = t.end - (t.end - t.k) % 4u;
  for (var k = t.k; k < whole; k += 4u) {
    let x = a_block(t.z, t.m, k);
    let u = b_block(t.z, k, t.n);
    let v = b_block(t.z, k, t.n + 4u);
    c00 += u * vec4f(x[0].x, x[1].x, x[2].x, x[3].x);
    c01 += v * vec4f(x[0].x, x[1].x, x[2].x, x[3].x);
    c10 += u * vec4f(x[0].y, x[1].y, x[2].y, x[3].y);
    c11 += v * vec4f(x[0].y, x[1].y, x[2].y, x[3].y);
    c20 += u * vec4f(x[0].z, x[1].z, x[2].z, x[3].z);
    c21 += v * vec4f(x[0].z, x[1].z, x[2].z, x[3].z);
    c30 += u * vec4f(x[0].w, x[1].w, x[2].w, x[3].w);
    c31 += v * vec4f(x[0].w, x[1].w, x[2].w, x[3].w);
  }
  for (var k = whole; k < t.end; k++) {
    let x = a_block(t.z, t.m, k)[0];
    let u = b_block(t.z, k, t.n)[0];
    let v = b_block(t.z, k, t.n + 4u)[0];
    c00 += u * x.x; c10 += u * x.y; c20 += u * x.z; c30 += u * x.w;
    c01 += v * x.x; c11 += v * x.y; c21 += v * x.z; c31 += v * x.w;
  }
  finish(t.part, t.m, t.n, c00);
  finish(t.part, t.m, t.n + 4u, c01);
  finish(t.part, t.m + 1u, t.n, c10);
  finish(t.part, t.m + 1u, t.n + 4u, c11);
  finish(t.part, t.m + 2u, t.n, c20);
  finish(t.part, t.m + 2u, t.n + 4u, c21);
  finish(t.part, t.m + 3u, t.n, c30);
  finish(t.part, t.m + 3u, t.n + 4u, c31);
}
