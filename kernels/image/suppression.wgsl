// picked = the boxes with the best scores, where each takes those out that overlap it,
// or lowers their scores.
// needs    nothing
// bind     0 boxes [n, 4]   1 scores [n]   2 left [n]   3 picked [most]
//          4 picked_scores [most]   5 valid [1]   6 Params
// launch   one workgroup; its invocations share the boxes
// limits   most <= 65,535 (lavapipe ends loops after so many rounds)

const GROUP = 256u;
const NONE = 0xffffffffu;

struct Params {
  n: u32,
  most: u32,
  overlap: f32,    // from this share of the union on a box is taken out
  threshold: f32,  // scores up to this do not count
  scale: f32,      // others' scores are multiplied by exp(scale * share * share)
  out: f32,        // -infinity: the score of a box that is out
  unused_0: u32,
  unused_1: u32,
}

@group(0) @binding(0) var<storage, read> boxes: array<f32>;
@group(0) @binding(1) var<storage, read> scores: array<f32>;
@group(0) @binding(2) var<storage, read_write> left: array<f32>;
@group(0) @binding(3) var<storage, read_write> picked: array<i32>;
@group(0) @binding(4) var<storage, read_write> picked_scores: array<f32>;
@group(0) @binding(5) var<storage, read_write> valid: array<i32>;
@group(0) @binding(6) var<uniform> p: Params;

var<workgroup> best: array<f32, 256>;
var<workgroup> number: array<u32, 256>;

// Top, left, bottom, right, however the corners stand.
fn box_of(i: u32) -> vec4f {
  let a = vec2f(boxes[4u * i], boxes[4u * i + 1u]);
  let b = vec2f(boxes[4u * i + 2u], boxes[4u * i + 3u]);
  return vec4f(min(a, b), max(a, b));
}

fn area(box: vec4f) -> f32 {
  return (box.z - box.x) * (box.w - box.y);
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  for (var i = local; i < p.n; i += GROUP) {
    left[i] = select(p.out, scores[i], scores[i] > p.threshold);
  }
  var count = 0u;
  for (; count < p.most; count++) {
    var top = p.out;
    var mine = NONE;
    for (var i = local; i < p.n; i += GROUP) {
      if (left[i] > top) {
        top = left[i];
        mine = i;
      }
    }
    best[local] = top;
    number[local] = mine;
    for (var half = GROUP / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (local < half) {
        let other = best[local + half];
        let earlier = number[local + half] < number[local];
        if (other > best[local] || (other == best[local] && earlier)) {
          best[local] = other;
          number[local] = number[local + half];
        }
      }
    }
    let winner = workgroupUniformLoad(&number[0]);
    if (winner == NONE) {
      break;
    }
    let score = workgroupUniformLoad(&best[0]);
    if (local == 0u) {
      picked[count] = i32(winner);
      picked_scores[count] = score;
    }
    let box = box_of(winner);
    for (var i = local; i < p.n; i += GROUP) {
      if (i == winner) {
        left[i] = p.out;
      }
      if (left[i] == p.out) {
        continue;
      }
      let other = box_of(i);
      let sides = max(min(box.zw, other.zw) - max(box.xy, other.xy), vec2f(0.0));
      let both = sides.x * sides.y;
      let union_area = area(box) + area(other) - both;
      let flat = area(box) <= 0.0 || area(other) <= 0.0;  // which overlaps nothing
      if (select(both >= p.overlap * union_area, p.overlap <= 0.0, flat)) {
        left[i] = p.out;
      } else if (p.scale != 0.0) {
        let share = select(both / union_area, 0.0, flat);
        let lower = left[i] * exp(p.scale * share * share);
        left[i] = select(p.out, lower, lower > p.threshold);
      }
    }
  }
  for (var i = count + local; i < p.most; i += GROUP) {
    picked[i] = 0;
    picked_scores[i] = 0.0;
  }
  if (local == 0u) {
    valid[0] = i32(count);
  }
}
