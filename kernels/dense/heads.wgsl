// row = z * rows + r, or with heads (z / heads * rows + r) * heads + z % heads: where
// row r of the z-th matrix lies.
// needs    nothing
// bind     none
// launch   a part: of dense/vec4 and dense/scalar
// limits   none

// Heads (of attention) are matrices whose rows lie side by side: [batch, rows, heads,
// columns] instead of [batch, heads, rows, columns]. 1 where there are none.
override HEADS_A: u32 = 1u;
override HEADS_B: u32 = 1u;
override HEADS_Y: u32 = 1u;

fn row_at(z: u32, r: u32, rows: u32, heads: u32) -> u32 {
  if (heads == 1u) { return z * rows + r; }
  return (z / heads * rows + r) * heads + z % heads;
}
