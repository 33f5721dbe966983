// Calls of TensorFlow.js's functions, as data.

// tf.NAME(...) of [NAME, ...arguments], where a name may have dots and "$0" stands for
// the first tensor, in lists, too.
export function called(tf, [name, ...rest], tensors) {
  const path = name.split("."),
    last = path.pop();
  const owner = path.reduce((object, key) => object[key], tf);
  const value = (argument) => {
    if (Array.isArray(argument)) return argument.map(value);
    return /^\$\d+$/.test(argument) ? tensors[Number(argument.slice(1))] : argument;
  };
  return owner[last](...rest.map(value));
}

// The tensor that a call gave, or the first of several, in a list or by name.
export function firstOf(result) {
  if (Array.isArray(result)) return result[0];
  return result.shape ? result : Object.values(result)[0];
}
