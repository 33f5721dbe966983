// activated(v) = v, max(v, 0), min(max(v, 0), 6), 1 / (1 + exp(-v)) or tanh(v).
// needs    parts/nan
// bind     none
// launch   a part: of epilogues, which treat a result in registers before it is stored
// limits   tanh's argument is cut to -15 ... 15, beyond which some drivers overflow

// NaN in, NaN out: max drops it, and some compilers make that of select(v, 0, v < 0).
// kind: 0 none, 1 relu, 2 relu6, 3 sigmoid, 4 tanh
fn activated(v: vec4f, kind: u32) -> vec4f {
  return select(bent(v, kind), v, nans(v));
}

fn bent(v: vec4f, kind: u32) -> vec4f {
  switch (kind) {
    case 1u: { return max(v, vec4f()); }
    case 2u: { return clamp(v, vec4f(), vec4f(6.0)); }
    case 3u: {
      let e = exp(-abs(v));  // at most 1: no overflow on either side
      return select(e, vec4f(1.0), v >= vec4f()) / (1.0 + e);
    }
    case 4u: { return tanh(clamp(v, vec4f(-15.0), vec4f(15.0))); }
    default: { return v; }
  }
}
