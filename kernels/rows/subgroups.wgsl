// How the invocations of a row work together (see rows/thread.wgsl): a workgroup has a
// row, and joins by subgroup operations, two barriers a join. Each subgroup joins its
// own, and then again what all of them found.
//
// Subgroups may be of any size up to LANES, and hold whichever invocations they like.
// What is relied on is that a full subgroup's invocations are numbered 0 to size - 1,
// and that LANES is a multiple of the size: an adapter's largest subgroup is known.
// needs    parts/index

enable subgroups;

alias T = f32;  // what is joined; the host may write another type here

const ROWS = 1u;             // a workgroup
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
  parts[lane.index] = select(T(), own, lane.id == 0u);  // once a subgroup
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
