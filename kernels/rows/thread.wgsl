// row = index, place = 0: each invocation has a row to itself, so there is nothing to
// reduce.
// needs    parts/index
// bind     none
// launch   @workgroup_size(ROWS * LANES): 64 rows per workgroup, 1 invocation per row
// limits   as many columns as the kernel's loop may have rounds: lavapipe ends loops
//          after 65,535

// For short rows, and for software adapters, where barriers are slow. rows/tree and
// rows/subgroups define the same names for long rows; the host chooses one of the three
// to go before a kernel that works row by row.

alias T = f32;  // what is joined; the host may write another type here

const ROWS = 64u;  // per workgroup
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
