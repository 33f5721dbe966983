// at_step = (row * steps + step) * units + unit: where the element of a step lies.
// needs    parts/index
// bind     none; the kernel binds `p`, of the type Params that stands here
// launch   a part: of the kernels of one step and of whole sequences
// limits   none

struct Params {
  rows: u32,
  steps: u32,
  units: u32,
  step: u32,        // of the kernels of one step
  masked: u32,      // 1: mask [rows, steps] is 0 where a step leaves the state as it is
  activation: u32,  // of recurrent/simple: see parts/activation
  flags: u32,       // of the gradients: 1 first launch, nothing came back yet; 2 no gradient to c
  unused: u32,
}

// Where [rows, steps, units] has the element of a step.
fn at_step(row: u32, step: u32, unit: u32, p: Params) -> u32 {
  return (row * p.steps + step) * p.units + unit;
}

// Where [rows, steps, gates, units] has the first gate of a step; the next is p.units
// further.
fn gate_at(row: u32, step: u32, unit: u32, gates: u32, p: Params) -> u32 {
  return (row * p.steps + step) * gates * p.units + unit;
}
