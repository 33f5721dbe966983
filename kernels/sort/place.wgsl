// keys, order = x's keys and their places in the order of one digit of 8 bits, where
// equal ones keep their order: a pass of a radix sort.
// needs    sort/keys | sort/ids, parts/index
// bind     0 x [rows, n]   1 places [rows, n], where x came from
//          2 before [rows, 256, blocks + 1]: how many keys with this digit stand in
//          earlier blocks, and last how many there are   3 keys   4 order   5 Params
// launch   one workgroup of 128 invocations per block of 128 ITEMS values
// limits   none

alias X = f32;  // of x in memory; u32 where x are keys already

override PLACED: u32 = 0u;  // 1: `places` says where x came from; else their numbers

struct Params {
  rows: u32,
  n: u32,
  blocks: u32,  // per row
  shift: u32,   // of the digit's lowest bit
  last: u32,    // segment, where x are ids
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read> before: array<u32>;
@group(0) @binding(3) var<storage, read_write> keys: array<u32>;
@group(0) @binding(4) var<storage, read_write> order: array<u32>;
@group(0) @binding(5) var<uniform> p: Params;

const ITEMS: u32 = 16u;  // rounds; in each, 32 neighbours are a team, one of four
const BLOCK = 128u * ITEMS;
const WORDS: u32 = 2048u;  // the larger of 1024 and BLOCK

// Which of a team have a digit, as bits; at last the block's values in order, so that
// neighbours write to neighbouring places.
var<workgroup> who: array<atomic<u32>, WORDS>;
// How many of a team had a digit in earlier rounds, and in the end where in the block
// the team's first goes; what to add to that for its place in the row.
var<workgroup> earlier: array<u32, 1024>;
var<workgroup> beyond: array<u32, 256>;
var<workgroup> sums: array<vec2u, 128>;

@compute @workgroup_size(128)
fn main(group: Group, @builtin(local_invocation_index) lane: u32) {
  let line = group_index(group);
  if (line >= p.rows * p.blocks) {
    return;
  }
  let row = line / p.blocks;
  let block = line % p.blocks;
  for (var i = lane; i < 1024u; i += 128u) {
    atomicStore(&who[i], 0u);
    earlier[i] = 0u;
  }
  workgroupBarrier();

  let bit = 1u << (lane % 32u);
  let team = lane / 32u * 256u;
  let first = block * BLOCK + lane / 32u * (32u * ITEMS) + lane % 32u;
  var own: array<u32, ITEMS>;    // keys
  var ranks: array<u32, ITEMS>;  // among those of the team with the same digit
  for (var i = 0u; i < ITEMS; i++) {
    let j = first + i * 32u;
    let live = j < p.n;
    if (live) {
      own[i] = key(x[row * p.n + j]);
    }
    let slot = team + ((own[i] >> p.shift) & 255u);
    if (live) {
      atomicOr(&who[slot], bit);
    }
    workgroupBarrier();
    let same = atomicLoad(&who[slot]);
    let lower = same & (bit - 1u);
    ranks[i] = earlier[slot] + countOneBits(lower);
    workgroupBarrier();
    if (live && lower == 0u) {  // the first of them counts for all
      earlier[slot] += countOneBits(same);
      atomicStore(&who[slot], 0u);
    }
    workgroupBarrier();
  }

  // where each digit begins, in the row and in the block: two neighbouring digits per
  // invocation
  let at = (row * 256u + lane * 2u) * (p.blocks + 1u);
  var low = vec2u(before[at + p.blocks], 0u);
  var pair = low + vec2u(before[at + 2u * p.blocks + 1u], 0u);
  for (var t = 0u; t < 4u; t++) {
    let count = earlier[t * 256u + lane * 2u];
    low.y += count;
    pair.y += count + earlier[t * 256u + lane * 2u + 1u];
  }
  var sum = pair;
  sums[lane] = sum;
  workgroupBarrier();
  for (var apart = 1u; apart < 128u; apart *= 2u) {
    var left = vec2u();
    if (lane >= apart) {
      left = sums[lane - apart];
    }
    workgroupBarrier();
    sum += left;
    sums[lane] = sum;
    workgroupBarrier();
  }
  for (var k = 0u; k < 2u; k++) {
    let d = lane * 2u + k;
    let begins = sum - pair + k * low;
    beyond[d] = begins.x + before[at + k * (p.blocks + 1u) + block] - begins.y;
    var start = begins.y;
    for (var t = 0u; t < 4u; t++) {
      let count = earlier[t * 256u + d];
      earlier[t * 256u + d] = start;
      start += count;
    }
  }
  workgroupBarrier();

  let count = min(BLOCK, p.n - block * BLOCK);
  for (var i = 0u; i < ITEMS; i++) {
    if (first + i * 32u < p.n) {
      ranks[i] += earlier[team + ((own[i] >> p.shift) & 255u)];
      atomicStore(&who[ranks[i]], own[i]);
    }
  }
  workgroupBarrier();
  var to: array<u32, ITEMS>;
  for (var i = 0u; i < ITEMS; i++) {
    let q = i * 128u + lane;
    if (q < count) {
      let k = atomicLoad(&who[q]);
      to[i] = row * p.n + beyond[(k >> p.shift) & 255u] + q;
      keys[to[i]] = k;
    }
  }
  workgroupBarrier();
  for (var i = 0u; i < ITEMS; i++) {
    let j = first + i * 32u;
    if (j < p.n) {
      var place = j;
      if (PLACED == 1u) {
        place = places[row * p.n + j];
      }
      atomicStore(&who[ranks[i]], place);
    }
  }
  workgroupBarrier();
  for (var i = 0u; i < ITEMS; i++) {
    let q = i * 128u + lane;
    if (q < count) {
      order[to[i]] = atomicLoad(&who[q]);
    }
  }
}
