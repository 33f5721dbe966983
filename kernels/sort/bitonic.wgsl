// keys, order = the first `most` of each chunk of a row in order, and their places;
// equal values in the order of these (bitonic sort in workgroup memory, Batcher 1968).
// needs    sort/keys | sort/ids, parts/index
// bind     0 x [rows, n]   1 places [rows, n], where x came from   2 keys [rows, out]
//          3 order [rows, out]   4 Params
// launch   one workgroup of LANES invocations per chunk of SIZE values
// limits   SIZE a power of two, at most 1,024 (8 KiB of workgroup memory)

alias X = f32;  // of x in memory; u32 where x are keys already

override SIZE: u32 = 1024u;
override LANES: u32 = 256u;
override PLACED: u32 = 0u;  // 1: `places` says where x came from; else their numbers

struct Params {
  rows: u32,
  n: u32,
  chunks: u32,  // per row
  most: u32,    // values of each chunk that are written
  out: u32,     // values per row that are written
  last: u32,    // segment, where x are ids
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read_write> keys: array<u32>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> at: array<vec2u, SIZE>;  // key, place

// a and b, the lesser first, or with `down` last.
fn in_order(a: vec2u, b: vec2u, down: bool) -> vec4u {
  let less = b.x < a.x || (b.x == a.x && b.y < a.y);
  return select(vec4u(a, b), vec4u(b, a), less != down);
}

@compute @workgroup_size(LANES)
fn main(group: Group, @builtin(local_invocation_index) lane: u32) {
  let line = group_index(group);
  if (line >= p.rows * p.chunks) {
    return;
  }
  let row = line / p.chunks;
  let chunk = line % p.chunks;
  let begin = chunk * SIZE;
  let count = min(SIZE, p.n - begin);
  for (var i = lane; i < SIZE; i += LANES) {
    at[i] = vec2u(0xffffffffu);  // behind the last value
    if (i < count) {
      let source = row * p.n + begin + i;
      at[i] = vec2u(key(x[source]), begin + i);
      if (PLACED == 1u) {
        at[i].y = places[source];
      }
    }
  }
  workgroupBarrier();
  // Two steps of comparing at once, of four values each, while there are two.
  for (var size = 2u; size <= SIZE; size *= 2u) {
    var apart = size / 2u;
    for (; apart > 1u; apart /= 4u) {
      let near = apart / 2u;
      for (var i = lane; i < SIZE / 4u; i += LANES) {
        let a = i / near * near * 4u + i % near;
        let down = (a & size) != 0u;
        let even = in_order(at[a], at[a + apart], down);
        let odd = in_order(at[a + near], at[a + apart + near], down);
        let low = in_order(even.xy, odd.xy, down);
        let high = in_order(even.zw, odd.zw, down);
        at[a] = low.xy;
        at[a + near] = low.zw;
        at[a + apart] = high.xy;
        at[a + apart + near] = high.zw;
      }
      workgroupBarrier();
    }
    if (apart == 1u) {
      for (var i = lane; i < SIZE / 2u; i += LANES) {
        let pair = in_order(at[2u * i], at[2u * i + 1u], ((2u * i) & size) != 0u);
        at[2u * i] = pair.xy;
        at[2u * i + 1u] = pair.zw;
      }
      workgroupBarrier();
    }
  }
  for (var i = lane; i < min(p.most, count); i += LANES) {
    let to = row * p.out + chunk * p.most + i;
    keys[to] = at[i].x;
    order[to] = at[i].y;
  }
}
