// Per row of logits: probabilities = softmax(logits) and loss = sum labels * (log(sum exp(x - max)) - (x - max)), or, where labels
// are class numbers, that of the one class; a number that is no class gives nan. gradient = d loss / d logits * scale, which is
// (sum labels * probabilities - labels) * scale, where a class number counts as labels that sum to 1.
//
// `thread` gives a row to each invocation: for short rows, and for software adapters, where barriers are slow.
// `group` gives a row to each workgroup.
// Bindings: 0 labels (bits of f32 [rows, classes], or of i32 [rows] if sparse), 1 logits [rows, classes],
// 2 loss [rows], 3 probabilities [rows, classes], 4 gradient [rows, classes], 5 Params.

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

var<workgroup> shared_values: array<f32, 256>;

// The label of class i - row * classes; negative numbers are large as unsigned ones, so they are no class either.
fn label(row: u32, i: u32) -> f32 {
    if (p.is_sparse == 0u) { return bitcast<f32>(labels[i]); }
    return select(0.0, 1.0, labels[row] == i - row * p.classes);
}

// What the labels of a row sum to.
fn weight_of(sum: f32) -> f32 {
    return select(sum, 1.0, p.is_sparse != 0u);
}

// Writes a probability and its logit's gradient, and returns its class's part of the loss. A label of 0 counts for nothing,
// even where the logit is -inf.
fn part(row: u32, i: u32, largest: f32, sum: f32, weight: f32) -> f32 {
    let d = logits[i] - largest;
    let probability = exp(d) / sum;
    let l = label(row, i);
    probabilities[i] = probability;
    gradient[i] = (weight * probability - l) * p.scale;
    if (l == 0.0) { return 0.0; }
    return l * (log(sum) - d);
}

fn write_loss(row: u32, value: f32) {
    let no_class = p.is_sparse != 0u && labels[row] >= p.classes;
    loss[row] = select(value, p.nan, no_class);
}

@compute @workgroup_size(64)
fn thread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let row = (group.y * groups.x + group.x) * 64u + local;
    if (row >= p.rows) { return; }
    let first = row * p.classes;
    let end = first + p.classes;
    var largest = logits[first];
    for (var i = first + 1u; i < end; i++) { largest = max(largest, logits[i]); }
    var sum = 0.0;
    var weight = 0.0;
    for (var i = first; i < end; i++) {
        sum += exp(logits[i] - largest);
        weight += label(row, i);
    }
    weight = weight_of(weight);
    var total = 0.0;
    for (var i = first; i < end; i++) { total += part(row, i, largest, sum, weight); }
    write_loss(row, total);
}

// Every invocation gets the largest (the sum) of all 256 values.
fn group_max(local: u32, value: f32) -> f32 {
    shared_values[local] = value;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if (local < half) { shared_values[local] = max(shared_values[local], shared_values[local + half]); }
        workgroupBarrier();
    }
    let found = shared_values[0];
    workgroupBarrier();
    return found;
}

fn group_sum(local: u32, value: f32) -> f32 {
    shared_values[local] = value;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if (local < half) { shared_values[local] += shared_values[local + half]; }
        workgroupBarrier();
    }
    let found = shared_values[0];
    workgroupBarrier();
    return found;
}

@compute @workgroup_size(256)
fn group(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let row = group.y * groups.x + group.x;
    if (row >= p.rows) { return; }
    let first = row * p.classes;
    let end = first + p.classes;
    var largest = logits[first];
    for (var i = first + local; i < end; i += 256u) { largest = max(largest, logits[i]); }
    largest = group_max(local, largest);
    var sum = 0.0;
    var weight = 0.0;
    for (var i = first + local; i < end; i += 256u) {
        sum += exp(logits[i] - largest);
        weight += label(row, i);
    }
    sum = group_sum(local, sum);
    weight = weight_of(group_sum(local, weight));
    var total = 0.0;
    for (var i = first + local; i < end; i += 256u) { total += part(row, i, largest, sum, weight); }
    total = group_sum(local, total);
    if (local == 0u) { write_loss(row, total); }
}
