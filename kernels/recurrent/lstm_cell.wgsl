// c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c'), of z = (i, f, g, o), and the slopes.
// needs    parts/activation
// bind     none
// launch   a part: of the kernels of an LSTM's steps and sequences
// limits   none

// The gates i, f, g, o of their sums.
fn opened(z: vec4f) -> vec4f {
  let open = activated(vec4f(z.xyw, 0.0), 3u);
  return vec4f(open.xy, activated(vec4f(z.z), 4u).x, open.z);
}

// (h, c) after a step that c was before.
fn stepped(z: vec4f, c: f32) -> vec2f {
  let gates = opened(z);
  let after = gates.y * c + gates.x * gates.z;
  return vec2f(gates.w * activated(vec4f(after), 4u).x, after);
}

struct Slopes {
  z: vec4f,
  c: f32,
}

// The gradients to z and to c before a step, of those to h and c after it.
fn slopes_of(z: vec4f, c: f32, to_h: f32, to_c: f32) -> Slopes {
  let gates = opened(z);
  let bent = activated(vec4f(gates.y * c + gates.x * gates.z), 4u).x;
  let into = to_c + to_h * gates.w * (1.0 - bent * bent);
  let past = vec4f(into * gates.z, into * c, into * gates.x, to_h * bent);
  let steep = gates * (1.0 - gates);
  let curved = 1.0 - gates.z * gates.z;
  return Slopes(past * vec4f(steep.xy, curved, steep.w), into * gates.y);
}
