// How the invocations of a row work together: here each has a row to itself, so there
// is nothing to join. For short rows, and for software adapters, where barriers are
// slow. rows/tree.wgsl and rows/subgroups.wgsl say the same words for long rows.
//
// One of the three goes before a kernel that works row by row. Its entry point is
// @workgroup_size(ROWS * LANES).
// needs    parts/index

alias T = f32;  // what is joined; the host may write another type here

const ROWS = 64u;  // a workgroup
const LANES = 1u;  // invocations that share a row

struct Lane {
  @builtin(local_invocation_index) index: u32,
}

// The row of an invocation. May be past the last one.
fn row_of(group: Group, lane: Lane) -> u32 {
  return group_index(group) * ROWS + lane.index;
}

// Which of the row's LANES an invocation is.
fn place(lane: Lane) -> u32 {
  return 0u;
}

// The sum, or largest, of what the invocations of a row have; each of them gets it. To
// be called by all or none of a workgroup.
fn across_sum(lane: Lane, v: T) -> T {
  return v;
}

fn across_max(lane: Lane, v: T) -> T {
  return v;
}
