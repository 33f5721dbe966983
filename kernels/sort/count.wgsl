// counts[row, d, b] = how many keys in block b of the row have the digit d.
// needs    sort/keys | sort/ids, parts/index
// bind     0 x [rows, n]   1 counts [rows, 256, blocks + 1], the last of each is 0
//          2 Params
// launch   one workgroup of 128 invocations per block of 128 ITEMS values
// limits   none

alias X = f32;  // of x in memory; u32 where x are keys already

struct Params {
  rows: u32,
  n: u32,
  blocks: u32,  // per row
  shift: u32,   // of the digit's lowest bit
  last: u32,    // segment, where x are ids
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read_write> counts: array<u32>;
@group(0) @binding(2) var<uniform> p: Params;

const ITEMS: u32 = 16u;
const BLOCK = 128u * ITEMS;
var<workgroup> digits: array<atomic<u32>, 256>;

@compute @workgroup_size(128)
fn main(group: Group, @builtin(local_invocation_index) lane: u32) {
  let line = group_index(group);
  if (line >= p.rows * p.blocks) {
    return;
  }
  let row = line / p.blocks;
  let block = line % p.blocks;
  atomicStore(&digits[lane], 0u);
  atomicStore(&digits[lane + 128u], 0u);
  workgroupBarrier();
  let end = min((block + 1u) * BLOCK, p.n);
  for (var j = block * BLOCK + lane; j < end; j += 128u) {
    atomicAdd(&digits[(key(x[row * p.n + j]) >> p.shift) & 255u], 1u);
  }
  workgroupBarrier();
  for (var d = lane; d < 256u; d += 128u) {
    let at = (row * 256u + d) * (p.blocks + 1u);
    counts[at + block] = atomicLoad(&digits[d]);
    if (block == 0u) {
      counts[at + p.blocks] = 0u;
    }
  }
}
