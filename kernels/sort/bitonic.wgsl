// keys, order = the first `most` of each chunk of a row in order, and their places;
// equal values in the order of these (bitonic sort in workgroup memory, Batcher 1968).
// needs    sort/keys, parts/index
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
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read_write> keys: array<u32>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> key_at: array<u32, SIZE>;
var<workgroup> place_at: array<u32, SIZE>;

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
    key_at[i] = 0xffffffffu;  // behind the last value
    place_at[i] = 0xffffffffu;
    if (i < count) {
      let at = row * p.n + begin + i;
      key_at[i] = key(x[at]);
      place_at[i] = begin + i;
      if (PLACED == 1u) {
        place_at[i] = places[at];
      }
    }
  }
  workgroupBarrier();
  for (var size = 2u; size <= SIZE; size *= 2u) {
    for (var apart = size / 2u; apart > 0u; apart /= 2u) {
      for (var i = lane; i < SIZE / 2u; i += LANES) {
        let a = i / apart * apart * 2u + i % apart;
        let b = a + apart;
        let ka = key_at[a];
        let kb = key_at[b];
        let pa = place_at[a];
        let pb = place_at[b];
        let turned = kb < ka || (kb == ka && pb < pa);
        if (turned == ((a & size) == 0u)) {
          key_at[a] = kb;
          key_at[b] = ka;
          place_at[a] = pb;
          place_at[b] = pa;
        }
      }
      workgroupBarrier();
    }
  }
  for (var i = lane; i < min(p.most, count); i += LANES) {
    let at = row * p.out + chunk * p.most + i;
    keys[at] = key_at[i];
    order[at] = place_at[i];
  }
}
