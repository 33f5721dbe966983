// key(v) = the number of v's segment; where there is no such segment the last one's,
// with the top bit set (that row is dropped), or with CLIP the nearest that there is.
// needs    nothing
// bind     none; the alias X, i32 here, and p.last, the last segment, are the kernel's
// launch   a part: of sorting rows by their segments
// limits   2^31 segments

override CLIP: u32 = 0u;

fn key(v: X) -> u32 {
  let last = i32(p.last);
  let id = select(i32(v), clamp(i32(v), 0, last), CLIP == 1u);
  return select(p.last | 0x80000000u, u32(id), id >= 0 && id <= last);
}
