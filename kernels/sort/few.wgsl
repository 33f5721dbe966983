// keys, order = the first `most` of each chunk of a row in order, and their places;
// equal values in the order of these. One after the other is looked for.
// needs    sort/keys, parts/index
// bind     0 x [rows, n]   1 places [rows, n], where x came from   2 keys [rows, out]
//          3 order [rows, out]   4 Params
// launch   one workgroup of LANES invocations per chunk of SIZE values
// limits   LANES a power of two, SIZE a multiple of it; fast for few

alias X = f32;  // of x in memory; u32 where x are keys already

override SIZE: u32 = 16384u;
override LANES: u32 = 256u;
override PLACED: u32 = 0u;  // 1: `places` says where x came from; else their numbers

struct Params {
  rows: u32,
  n: u32,
  chunks: u32,  // per row
  most: u32,    // values of each chunk that are written
  out: u32,     // values per row that are written
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read_write> keys: array<u32>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;
@group(0) @binding(4) var<uniform> p: Params;

// A tournament: node i is the lesser of 2 i and 2 i + 1, and the leaf LANES + lane the
// first that an invocation has left: key, and number in the chunk.
var<workgroup> nodes: array<vec2u, 2u * LANES>;

fn less(a: vec2u, b: vec2u) -> bool {
  return a.x < b.x || (a.x == b.x && a.y < b.y);
}

fn lesser(i: u32) -> vec2u {
  let a = nodes[2u * i];
  let b = nodes[2u * i + 1u];
  return select(a, b, less(b, a));
}

// The first of an invocation's values behind `last`; every LANES-th is its own.
fn first_behind(last: vec2u, lane: u32, begin: u32, count: u32, all: bool) -> vec2u {
  var first = vec2u(0xffffffffu);
  for (var i = lane; i < count; i += LANES) {
    let own = vec2u(key(x[begin + i]), i);
    if (less(own, first) && (all || less(last, own))) {
      first = own;
    }
  }
  return first;
}

@compute @workgroup_size(LANES)
fn main(group: Group, @builtin(local_invocation_index) lane: u32) {
  let line = group_index(group);
  if (line >= p.rows * p.chunks) {
    return;
  }
  let row = line / p.chunks;
  let chunk = line % p.chunks;
  let begin = row * p.n + chunk * SIZE;
  let count = min(SIZE, p.n - chunk * SIZE);
  nodes[LANES + lane] = first_behind(vec2u(), lane, begin, count, true);
  workgroupBarrier();
  for (var level = LANES / 2u; level > 0u; level /= 2u) {
    if (lane < level) {
      nodes[level + lane] = lesser(level + lane);
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < min(p.most, count); i++) {
    let first = nodes[1];
    workgroupBarrier();  // until all have read it
    if (first.y % LANES == lane) {
      let at = row * p.out + chunk * p.most + i;
      keys[at] = first.x;
      if (PLACED == 1u) {
        order[at] = places[begin + first.y];
      } else {
        order[at] = chunk * SIZE + first.y;
      }
      nodes[LANES + lane] = first_behind(first, lane, begin, count, false);
      for (var node = (LANES + lane) / 2u; node > 0u; node /= 2u) {
        nodes[node] = lesser(node);
      }
    }
    workgroupBarrier();
  }
}
