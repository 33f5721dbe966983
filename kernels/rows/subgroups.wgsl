// row = workgroup, place = local index: LANES invocations share a row, and join what
// they have by subgroup (warp) reductions: each subgroup its own, then the results of
// all of them.
// needs    parts/index
// bind     none
// launch   @workgroup_size(ROWS * LANES): one row per workgroup
// limits   LANES a multiple of the adapter's largest subgroup; two barriers per join

// See rows/thread, which defines the same names. Subgroups may be of any size up to
// LANES, and hold whichever invocations they like. What is relied on is that a full
// subgroup's invocations are numbered 0 to size - 1, and that LANES is a multiple of
// the size: an adapter's largest subgroup is known.

enable subgroups;

alias T = f32;  // what is joined; the host may write another type here

const ROWS = 1u;             // per workgroup
override LANES: u32 = 256u;  // invocations that share a row: a power of two

var<workgroup> parts: array<T, LANES>;

struct Lane {
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_invocation_id) id: u32,
  @builtin(subgroup_size) size: u32,
}

fn row_of(group: Group, lane: Lane) -> u32 {
  return group_index(group);
}

fn place(lane: Lane) -> u32 {
  return lane.index;
}

fn across_sum(lane: Lane, v: T) -> T {
  let own = subgroupAdd(v);
  workgroupBarrier();  // until all have read what the last join left
  parts[lane.index] = select(T(), own, lane.id == 0u);  // once per subgroup
  workgroupBarrier();
  var sum = T();
  for (var i = lane.id; i < LANES; i += lane.size) { sum += parts[i]; }
  return subgroupAdd(sum);
}

fn across_max(lane: Lane, v: T) -> T {
  let own = subgroupMax(v);
  workgroupBarrier();
  parts[lane.index] = own;
  workgroupBarrier();
  var largest = own;
  for (var i = lane.id; i < LANES; i += lane.size) { largest = max(largest, parts[i]); }
  return subgroupMax(largest);
}
