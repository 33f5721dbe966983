// Tiled kernels for real GPUs; goes after dense.wgsl.
//
// All keep 16 KiB of A and B in workgroup memory, `depth` values of k at a time, and every one of the 256 threads brings one
// 4 x 4 block of A or B per step: tile128 is 128 x 128 with depth 16, tile64 64 x 64 with 32, tile32 32 x 32 with 64, tile16
// 16 x 16 with 128.
// Both are laid out k first: tile[k * size/4 + m/4] for A, tile[512 + k * size/4 + n/4] for B.

var<workgroup> tile: array<vec4f, 1024>;

// Which block (along m or n, along k) thread t of 128 brings. Along stored rows neighbours read neighbours; where those run
// along k, in pairs only (a whole 32-byte sector), as more would store to the same memory banks.
fn block_of(t: u32, blocks: u32, along_k: bool) -> vec2u {
  if (along_k) { return vec2u(t / 2u % blocks, t / 2u / blocks * 2u + t % 2u); }
  return vec2u(t % blocks, t / blocks);
}

fn place_of(lid: u32, blocks: u32) -> vec2u {
  if (lid < 128u) { return block_of(lid, blocks, !TA); }
  return block_of(lid - 128u, blocks, TB);
}

fn fetch(lid: u32, t: Tile, k: u32, place: vec2u) -> mat4x4f {
  if (lid < 128u) { return a_block(t.z, t.m + place.x * 4u, k + place.y * 4u); }
  return b_block(t.z, k + place.y * 4u, t.n + place.x * 4u);
}

fn put(lid: u32, blocks: u32, place: vec2u, block: mat4x4f) {
  let i = lid / 128u * 512u + place.y * 4u * blocks + place.x;
  tile[i] = block[0];
  tile[i + blocks] = block[1];
  tile[i + 2u * blocks] = block[2];
  tile[i + 3u * blocks] = block[3];
}

// 128 x 128, 8 rows x 2 words a thread: for large products.
@compute @workgroup_size(256)
fn tile128(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32) {
  let t = tile_at(wid.y * groups.x + wid.x, 128u, 128u);
  if (t.part >= p.batches * p.splits) { return; }
  let place = place_of(lid, 32u);
  let across = lid % 16u;
  let down = lid / 16u;
  var c00 = vec4f(); var c01 = vec4f();
  var c10 = vec4f(); var c11 = vec4f();
  var c20 = vec4f(); var c21 = vec4f();
  var c30 = vec4f(); var c31 = vec4f();
  var c40 = vec4f(); var c41 = vec4f();
  var c50 = vec4f(); var c51 = vec4f();
  var c60 = vec4f(); var c61 = vec4f();
  var c70 = vec4f(); var c71 = vec4f();
  var block = fetch(lid, t, t.k, place);
  for (var k = t.k; k < t.end; k += 16u) {
    put(lid, 32u, place, block);
    workgroupBarrier();
    if (k + 16u < t.end) { block = fetch(lid, t, k + 16u, place); }  // on its way while the tile is multiplied
    for (var j = 0u; j < 512u; j += 32u) {
      let u = tile[j + down * 2u];
      let v = tile[j + down * 2u + 1u];
      let q = tile[512u + j + across];
      let r = tile[528u + j + across];
      c00 += u.x * q; c01 += u.x * r;
      c10 += u.y * q; c11 += u.y * r;
      c20 += u.z * q; c21 += u.z * r;
      c30 += u.w * q; c31 += u.w * r;
      c40 += v.x * q; c41 += v.x * r;
      c50 += v.y * q; c51 += v.y * r;
      c60 += v.z * q; c61 += v.z * r;
      c70 += v.w * q; c71 += v.w * r;
    }
    workgroupBarrier();
  }
  let m = t.m + down * 8u;
  let n = t.n + across * 4u;
  finish(t.part, m, n, c00); finish(t.part, m, n + 64u, c01);
  finish(t.part, m + 1u, n, c10); finish(t.part, m + 1u, n + 64u, c11);
  finish(t.part, m + 2u, n, c20); finish(t.part, m + 2u, n + 64u, c21);
  finish(t.part, m + 3u, n, c30); finish(t.part, m + 3u, n + 64u, c31);
  finish(t.part, m + 4u, n, c40); finish(t.part, m + 4u, n + 64u, c41);
  finish(t.part, m + 5u, n, c50); finish(t.part, m + 5u, n + 64u, c51);
  finish(t.part, m + 6u, n, c60); finish(t.part, m + 6u, n + 64u, c61);
  finish(t.part, m + 7u, n, c70); finish(t.part, m + 7u, n + 64u, c71);
}

// 64 x 64, 4 rows x 1 word a thread.
@compute @workgroup_size(256)
fn tile64(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32) {
  let t = tile_at(wid.y * groups.x + wid.x, 64u, 64u);
  if (t.part >= p.batches * p.splits) { return; }
  let place = place_of(lid, 16u);
  let across = lid % 16u;
  let down = lid / 16u;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var block = fetch(lid, t, t.k, place);
  for (var k = t.k; k < t.end; k += 32u) {
    put(lid, 16u, place, block);
    workgroupBarrier();
    if (k + 32u < t.end) { block = fetch(lid, t, k + 32u, place); }
    for (var j = 0u; j < 512u; j += 32u) {
      let u = tile[j + down];
      let q = tile[512u + j + across];
      let v = tile[j + 16u + down];
      let r = tile[528u + j + across];
      c0 += u.x * q; c1 += u.y * q; c2 += u.z * q; c3 += u.w * q;
      c0 += v.x * r; c1 += v.y * r; c2 += v.z * r; c3 += v.w * r;
    }
    workgroupBarrier();
  }
  let m = t.m + down * 4u;
  let n = t.n + across * 4u;
  finish(t.part, m, n, c0);
  finish(t.part, m + 1u, n, c1);
  finish(t.part, m + 2u, n, c2);
  finish(t.part, m + 3u, n, c3);
}

// 32 x 32 for small products, where waiting costs more than arithmetic: four groups of 64 threads share the tile's k among them
// (every fourth each, 4 rows x 1 word a thread) and add up at the end.
@compute @workgroup_size(256)
fn tile32(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32) {
  let t = tile_at(wid.y * groups.x + wid.x, 32u, 32u);
  if (t.part >= p.batches * p.splits) { return; }
  let place = place_of(lid, 8u);
  let across = lid % 8u;
  let down = lid / 8u % 8u;
  let share = lid / 64u;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var block = fetch(lid, t, t.k, place);
  for (var k = t.k; k < t.end; k += 64u) {
    put(lid, 8u, place, block);
    workgroupBarrier();
    if (k + 64u < t.end) { block = fetch(lid, t, k + 64u, place); }
    for (var j = share * 8u; j < 512u; j += 64u) {
      let u = tile[j + down];
      let q = tile[512u + j + across];
      let v = tile[j + 32u + down];
      let r = tile[544u + j + across];
      c0 += u.x * q; c1 += u.y * q; c2 += u.z * q; c3 += u.w * q;
      c0 += v.x * r; c1 += v.y * r; c2 += v.z * r; c3 += v.w * r;
    }
    workgroupBarrier();
  }
  let i = share * 256u + down * 32u + across;
  tile[i] = c0;
  tile[i + 8u] = c1;
  tile[i + 16u] = c2;
  tile[i + 24u] = c3;
  workgroupBarrier();
  finish(t.part, t.m + lid / 8u, t.n + across * 4u, (tile[lid] + tile[lid + 256u]) + (tile[lid + 512u] + tile[lid + 768u]));
}

// 16 x 16 for the smallest: sixteen groups of 16 threads share the tile's k, so that a long k takes few rounds.
@compute @workgroup_size(256)
fn tile16(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32) {
  let t = tile_at(wid.y * groups.x + wid.x, 16u, 16u);
  if (t.part >= p.batches * p.splits) { return; }
  let place = place_of(lid, 4u);
  let across = lid % 4u;
  let down = lid / 4u % 4u;
  let share = lid / 16u;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var block = fetch(lid, t, t.k, place);
  for (var k = t.k; k < t.end; k += 128u) {
    put(lid, 4u, place, block);
    workgroupBarrier();
    if (k + 128u < t.end) { block = fetch(lid, t, k + 128u, place); }
    for (var j = share * 4u; j < 512u; j += 128u) {
      let u = tile[j + down];
      let q = tile[512u + j + across];
      let v = tile[j + 64u + down];
      let r = tile[576u + j + across];
      c0 += u.x * q; c1 += u.y * q; c2 += u.z * q; c3 += u.w * q;
      c0 += v.x * r; c1 += v.y * r; c2 += v.z * r; c3 += v.w * r;
    }
    workgroupBarrier();
  }
  let i = share * 64u + down * 16u + across;
  tile[i] = c0;
  tile[i + 4u] = c1;
  tile[i + 8u] = c2;
  tile[i + 12u] = c3;
  workgroupBarrier();
  if (lid < 64u) {
    var sum = vec4f();
    for (var s = lid; s < 1024u; s += 64u) { sum += tile[s]; }
    finish(t.part, t.m + lid / 4u, t.n + across * 4u, sum);
  }
}
