// is_nan(v) = nans(v), of one element whose type may have no NaN.
// needs    parts/nan
// bind     none; the alias T is the kernel's: f32, i32 or u32
// launch   a part: of reductions, where a NaN wins
// limits   none

override FLOAT: u32 = 1u;  // T is f32

fn is_nan(v: T) -> bool {
  return FLOAT == 1u && nans(vec4f(bitcast<f32>(v))).x;
}
