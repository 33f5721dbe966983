// largest = max(x), sum = sum(exp(x - largest)), x = scale * logits: the statistics of
// one row.
// needs    rows/thread | rows/tree | rows/subgroups
// bind     none; reads the kernel's `logits`
// launch   a part: of softmax and the cross-entropies
// limits   none beyond the rows'

struct Statistics {
  largest: f32,
  sum: f32,  // of exp(x - largest)
}

fn statistics(lane: Lane, first: u32, end: u32, scale: f32) -> Statistics {
  var largest = f32(logits[first]) * scale;
  for (var i = first + place(lane); i < end; i += LANES) {
    largest = max(largest, f32(logits[i]) * scale);
  }
  largest = across_max(lane, largest);
  var sum = 0.0;
  for (var i = first + place(lane); i < end; i += LANES) {
    sum += exp(f32(logits[i]) * scale - largest);
  }
  return Statistics(largest, across_sum(lane, sum));
}
