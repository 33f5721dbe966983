// nans(v) = v != v, but told by v's bits: compilers may take the former for false.
// needs    nothing
// bind     none
// launch   a part: of whatever must keep NaN
// limits   none

fn nans(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

// NaN where v is NaN, else y: max, min and clamp drop it, and some compilers make those
// of select(v, 0, v < 0), too. One sum finds that none is there, as nearly always.
fn with_nan_of(v: vec4f, y: vec4f) -> vec4f {
  if (!nans(vec4f(v.x + v.y + v.z + v.w)).x) {
    return y;
  }
  return select(y, v, nans(v));
}
