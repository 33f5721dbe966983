// loss = sum(labels * (log(sum(exp(x - max))) - (x - max))), probabilities =
// softmax(x), and gradient = (sum(labels) * probabilities - labels) * scale, per row of
// logits x.
// needs    rows/thread | rows/tree | rows/subgroups, rows/softmax
// bind     0 labels (bits of f32 [rows, classes], or of i32 [rows] if sparse)
//          1 logits [rows, classes]   2 loss [rows]   3 probabilities [rows, classes]
//          4 gradient [rows, classes]   5 Params
// launch   one row per LANES invocations
// limits   classes <= 16,000 in the form 'thread' (lavapipe ends loops after 65,535
//          rounds)

// Sparse labels are class numbers, which count as labels that sum to 1; a number that
// is no class gives a loss of nan.

struct Params {
  rows: u32,
  classes: u32,
  is_sparse: u32,
  nan: f32,  // WGSL has no literal for it
  scale: f32,
}

@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> probabilities: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

// The label of class i - row * classes; negative numbers are large as unsigned ones, so
// they are no class either.
fn label(row: u32, i: u32) -> f32 {
  if (p.is_sparse == 0u) { return bitcast<f32>(labels[i]); }
  return select(0.0, 1.0, labels[row] == i - row * p.classes);
}

// What the labels of a row sum to.
fn weight_of(lane: Lane, first: u32, end: u32) -> f32 {
  if (p.is_sparse != 0u) { return 1.0; }
  var weight = 0.0;
  for (var i = first + place(lane); i < end; i += LANES) { weight += bitcast<f32>(labels[i]); }
  return across_sum(lane, weight);
}

// Writes a probability and its logit's gradient, and returns its class's part of the
// loss. A label of 0 counts for nothing, even where the logit is -inf.
fn part(row: u32, i: u32, s: Statistics, weight: f32) -> f32 {
  let d = logits[i] - s.largest;
  let probability = exp(d) / s.sum;
  let l = label(row, i);
  probabilities[i] = probability;
  gradient[i] = (weight * probability - l) * p.scale;
  if (l == 0.0) { return 0.0; }
  return l * (log(s.sum) - d);
}

@compute @workgroup_size(ROWS * LANES)
fn main(group: Group, lane: Lane) {
  let row = row_of(group, lane);
  if (row >= p.rows) { return; }
  let first = row * p.classes;
  let end = first + p.classes;
  let s = statistics(lane, first, end, 1.0);
  let weight = weight_of(lane, first, end);
  var total = 0.0;
  for (var i = first + place(lane); i < end; i += LANES) { total += part(row, i, s, weight); }
  total = across_sum(lane, total);
  if (place(lane) == 0u) {
    let no_class = p.is_sparse != 0u && labels[row] >= p.classes;
    loss[row] = select(total, p.nan, no_class);
  }
}
