// What softmax and the cross-entropies need to know of a row of `logits`. Goes between
// a rows/*.wgsl and the kernel.
// needs    rows/thread | rows/tree | rows/subgroups

struct Statistics {
  largest: f32,
  sum: f32,  // of exp(logit - largest)
}

fn statistics(lane: Lane, first: u32, end: u32) -> Statistics {
  var largest = f32(logits[first]);
  for (var i = first + place(lane); i < end; i += LANES) { largest = max(largest, f32(logits[i])); }
  largest = across_max(lane, largest);
  var sum = 0.0;
  for (var i = first + place(lane); i < end; i += LANES) { sum += exp(f32(logits[i]) - largest); }
  return Statistics(largest, across_sum(lane, sum));
}
