// index = group * FLAT + local: the number of an invocation within the whole launch.
// needs    nothing
// bind     none
// launch   a part: of kernels whose grid of workgroups is one long row, folded by the
//          host
// limits   65,535 workgroups per dimension of the grid, hence the fold

// How many invocations a workgroup has where each does something of its own. The host
// takes 256 where there are many, as devices start only so many workgroups a second.
override FLAT: u32 = 64u;

// Which workgroup of the grid. All invocations of one have the same numbers here, so
// barriers may stand behind a branch on them; a struct with the local index in it would
// not allow that.
struct Group {
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) grid: vec3u,
}

// The number of a workgroup. The host folds long grids into rows, as one dimension
// holds no more than 65,535 workgroups; so the last ones may have nothing to do.
fn group_index(group: Group) -> u32 {
  return group.id.y * group.grid.x + group.id.x;
}

// The number of an invocation, in workgroups of FLAT.
fn flat_index(group: Group, local: u32) -> u32 {
  return group_index(group) * FLAT + local;
}
