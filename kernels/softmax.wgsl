// Softmax or log-softmax of rows: y = exp(x - max) / sum exp(x - max), or its logarithm (x - max) - log(sum exp(x - max)).
//
// `thread` gives a row to each invocation: for short rows, and for software adapters, where barriers are slow.
// `group` gives a row to each workgroup.
// Bindings: 0 x [rows, classes], 1 y [rows, classes], 2 Params.

struct Params {
    rows: u32,
    classes: u32,
    logarithm: u32,
}

// How floats lie in memory, read and written: the host may write f16. Computed is in f32.
alias X = f32;
alias Y = f32;

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read_write> y: array<Y>;
@group(0) @binding(2) var<uniform> p: Params;

var<workgroup> shared_values: array<f32, 256>;

fn result(i: u32, largest: f32, sum: f32) -> f32 {
    let d = f32(x[i]) - largest;
    if (p.logarithm != 0u) { return d - log(sum); }
    return exp(d) / sum;
}

@compute @workgroup_size(64)
fn thread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let row = (group.y * groups.x + group.x) * 64u + local;
    if (row >= p.rows) { return; }
    let first = row * p.classes;
    let end = first + p.classes;
    var largest = f32(x[first]);
    for (var i = first + 1u; i < end; i++) { largest = max(largest, f32(x[i])); }
    var sum = 0.0;
    for (var i = first; i < end; i++) { sum += exp(f32(x[i]) - largest); }
    for (var i = first; i < end; i++) { y[i] = Y(result(i, largest, sum)); }
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
    var largest = f32(x[first]);
    for (var i = first + local; i < end; i += 256u) { largest = max(largest, f32(x[i])); }
    largest = group_max(local, largest);
    var sum = 0.0;
    for (var i = first + local; i < end; i += 256u) { sum += exp(f32(x[i]) - largest); }
    sum = group_sum(local, sum);
    for (var i = first + local; i < end; i += 256u) { y[i] = Y(result(i, largest, sum)); }
}
