// row = workgroup, place = local index: LANES invocations share a row, and join what
// they have by a tree reduction in workgroup (shared) memory.
// needs    parts/index
// bind     none
// launch   @workgroup_size(ROWS * LANES): one row per workgroup
// limits   LANES a power of two; 2 + log2(LANES) barriers per join

// See rows/thread, which defines the same names.
//
//   parts: 0 1 2 3 4 5 6 7      LANES = 8
//          |-------/ / / /      parts[i] += parts[i + 4] where i < 4, then a barrier
//          |---/ /              parts[i] += parts[i + 2] where i < 2
//          |-/                  parts[0] is the sum

alias T = f32;  // what is joined; the host may write another type here

const ROWS = 1u;             // per workgroup
override LANES: u32 = 256u;  // invocations that share a row: a power of two

var<workgroup> parts: array<T, LANES>;

struct Lane {
  @builtin(local_invocation_index) index: u32,
}

fn row_of(group: Group, lane: Lane) -> u32 {
  return group_index(group);
}

fn place(lane: Lane) -> u32 {
  return lane.index;
}

fn across_sum(lane: Lane, v: T) -> T {
  parts[lane.index] = v;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane.index < half) { parts[lane.index] += parts[lane.index + half]; }
    workgroupBarrier();
  }
  let total = parts[0];
  workgroupBarrier();
  return total;
}

fn across_max(lane: Lane, v: T) -> T {
  parts[lane.index] = v;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane.index < half) { parts[lane.index] = max(parts[lane.index], parts[lane.index + half]); }
    workgroupBarrier();
  }
  let largest = parts[0];
  workgroupBarrier();
  return largest;
}
