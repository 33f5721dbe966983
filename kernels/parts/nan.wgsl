// is_nan(v) = v != v, but told by v's bits: compilers may take the former for false.
// needs    nothing
// bind     none; the alias T is the kernel's: f32, i32 or u32
// launch   a part: of reductions, where a NaN wins
// limits   none

override FLOAT: u32 = 1u;  // T is f32

fn is_nan(v: T) -> bool {
  return FLOAT == 1u && (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}
