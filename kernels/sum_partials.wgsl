// y = activation(sum over splits of partial + bias): the second launch of a split
// reduction.
// needs    parts/index, parts/activation
// bind     0 partial [splits, size]   1 bias [channels] (any buffer if has_bias is 0)
//          2 y [size]   3 Params
// launch   main: one invocation per result; lanes: sixteen, for many splits on real
//          GPUs
// limits   splits <= 65,535 (lavapipe ends loops after so many rounds)

struct Params {
  size: u32,
  splits: u32,
  channels: u32,
  activation: u32, // 0 none, 1 relu, 2 relu6, 3 sigmoid, 4 tanh
  has_bias: u32,
}

alias Y = f32;  // how bias and y lie in memory: the host may write f16

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<Y>;
@group(0) @binding(2) var<storage, read_write> y: array<Y>;
@group(0) @binding(3) var<uniform> p: Params;

fn finish(index: u32, total: f32) {
  var sum = total;
  if (p.has_bias != 0u) {
    sum += f32(bias[index % p.channels]);
  }
  y[index] = Y(activated(vec4f(sum), p.activation).x);
}

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.size) { return; }
  var sum = 0.0;
  for (var s = 0u; s < p.splits; s++) {
    sum += partial[s * p.size + index];
  }
  finish(index, sum);
}

var<workgroup> sums: array<f32, 256>; // lane * 16 + result

@compute @workgroup_size(256)
fn lanes(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = group_index(group) * 16u + local % 16u;
  var sum = 0.0;
  if (index < p.size) {
    for (var s = local / 16u; s < p.splits; s += 16u) {
      sum += partial[s * p.size + index];
    }
  }
  sums[local] = sum;
  workgroupBarrier();
  if (local < 16u && index < p.size) {
    var total = 0.0;
    for (var lane = local; lane < 256u; lane += 16u) {
      total += sums[lane];
    }
    finish(index, total);
  }
}
