// nans(v) = v != v, but told by v's bits: compilers may take the former for false.
// needs    nothing
// bind     none
// launch   a part: of whatever must keep NaN
// limits   none

fn nans(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}
