// activated(v) = v, max(v, 0), min(max(v, 0), 6), 1 / (1 + exp(-v)) or tanh(v).
// needs    parts/nan
// bind     none
// launch   a part: of epilogues, which treat a result in registers before it is stored
// limits   tanh's argument is cut to -15 ... 15, beyond which some drivers overflow

// kind: 0 none, 1 relu, 2 relu6, 3 sigmoid, 4 tanh
fn activated(v: vec4f, kind: u32) -> vec4f {
  switch (kind) {
    case 1u: { return with_nan_of(v, max(v, vec4f())); }
    case 2u: { return with_nan_of(v, clamp(v, vec4f(), vec4f(6.0))); }
    case 3u: {
      let e = exp(-abs(v));  // at most 1: no overflow on either side
      return with_nan_of(v, select(e, vec4f(1.0), v >= vec4f()) / (1.0 + e));
    }
    case 4u: { return with_nan_of(v, tanh(clamp(v, vec4f(-15.0), vec4f(15.0)))); }
    default: { return v; }
  }
}
