// draw += 1 (generator), or beta1^t *= beta1 and beta2^t *= beta2 (adam): small state
// that a step moves on by itself, so that a replayed plan never repeats itself.
// needs    nothing
// bind     0 state   1 Params
// launch   one invocation
// limits   none

struct Params {
  a: f32,
  b: f32,
}

@group(0) @binding(0) var<storage, read_write> state: array<u32>;
@group(0) @binding(1) var<uniform> p: Params;

// A random generator's state: key, key, number of the draw, 0.
@compute @workgroup_size(1)
fn generator() {
  state[2] += 1u;
}

// Adam's hyper parameters: learning rate, beta1^t, beta2^t, 0. p.a and p.b are the
// betas.
@compute @workgroup_size(1)
fn adam() {
  state[1] = bitcast<u32>(bitcast<f32>(state[1]) * p.a);
  state[2] = bitcast<u32>(bitcast<f32>(state[2]) * p.b);
}
