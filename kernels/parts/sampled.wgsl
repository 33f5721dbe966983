// color = the picture at a place between its pixels, bilinear with half-pixel centres:
// RGBA bytes, one u32 per pixel, of which a box is read.
// needs    nothing
// bind     none; reads the kernel's `pixels`, array<u32>
// launch   a part: of kernels that make a network's input of RGBA bytes
// limits   none

// A part of a picture: where it begins, pixels per row of the picture, its size.
struct Box {
  first: u32,
  stride: u32,
  rows: u32,
  columns: u32,
}

fn pixel_color(box: Box, row: u32, column: u32) -> vec3f {
  let v = pixels[box.first + row * box.stride + column];
  return vec3f(vec3u(v, v >> 8u, v >> 16u) & vec3u(255u));
}

// Where along an axis of `size` pixels one of `out_size` lies.
fn pixel_place(i: u32, size: u32, out_size: u32) -> f32 {
  return clamp((f32(i) + 0.5) * f32(size) / f32(out_size) - 0.5, 0.0, f32(size - 1u));
}

// What a box resized to out_rows x out_columns has at a place.
fn sampled(box: Box, row: u32, column: u32, out_rows: u32, out_columns: u32) -> vec3f {
  let y = pixel_place(row, box.rows, out_rows);
  let x = pixel_place(column, box.columns, out_columns);
  let top = u32(y);
  let left = u32(x);
  let bottom = min(top + 1u, box.rows - 1u);
  let right = min(left + 1u, box.columns - 1u);
  let u = vec3f(x - f32(left));
  let above = mix(pixel_color(box, top, left), pixel_color(box, top, right), u);
  let below = mix(pixel_color(box, bottom, left), pixel_color(box, bottom, right), u);
  return mix(above, below, vec3f(y - f32(top)));
}
