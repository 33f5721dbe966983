// How the invocations of a row work together (see rows/thread.wgsl): a workgroup has a
// row, and joins by a tree in its memory, 2 + log2(LANES) barriers a join.
// needs    parts/index

alias T = f32;  // what is joined; the host may write another type here

const ROWS = 1u;             // a workgroup
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
  let found = parts[0];
  workgroupBarrier();
  return found;
}

fn across_max(lane: Lane, v: T) -> T {
  parts[lane.index] = v;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane.index < half) { parts[lane.index] = max(parts[lane.index], parts[lane.index + half]); }
    workgroupBarrier();
  }
  let found = parts[0];
  workgroupBarrier();
  return found;
}
