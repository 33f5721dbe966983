// slope = activation'(v) where y = activation(v).
// needs    parts/activation
// bind     none
// launch   a part: of the gradients of the simple recurrent layer
// limits   none

// The slope where the activation gave y; kind as in parts/activation.
fn slope_at(y: f32, kind: u32) -> f32 {
  switch (kind) {
    case 1u: { return select(0.0, 1.0, y > 0.0); }
    case 2u: { return select(0.0, 1.0, y > 0.0 && y < 6.0); }
    case 3u: { return y * (1.0 - y); }
    case 4u: { return 1.0 - y * y; }
    default: { return 1.0; }
  }
}
