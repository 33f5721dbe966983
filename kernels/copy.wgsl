// copied[i] = source[i], as 32-bit words, so that one text serves every type.
// needs    parts/index
// bind     0 source   1 copied   2 Params
// launch   one invocation per word
// limits   none

struct Params { n: u32 }

@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(1) var<storage, read_write> copied: array<u32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i < p.n) { copied[i] = source[i]; }
}
