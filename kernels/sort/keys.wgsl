// key(v) = an integer per value, in the order of the values; NaN comes last, -0 with 0.
// needs    parts/nan
// bind     none; the alias X, of values in memory, is the kernel's
// launch   a part: of sorting and searching
// limits   none

override KIND: u32 = 0u;        // of X: 0 floats, 1 i32, 2 u32, which are their own keys
override DESCENDING: u32 = 0u;  // 1: the order turned round, NaN comes first

fn key(v: X) -> u32 {
  var bits = u32(v);
  if (KIND == 0u) {
    bits = bitcast<u32>(f32(v));
    if (nans(vec4f(f32(v))).x) {
      bits = 0xffffffffu;
    } else if ((bits & 0x7fffffffu) == 0u) {
      bits = 0x80000000u;
    } else {
      bits = select(bits | 0x80000000u, ~bits, bits > 0x80000000u);
    }
  } else if (KIND == 1u) {
    bits ^= 0x80000000u;
  }
  return select(bits, ~bits, DESCENDING == 1u);
}
