"""The ops of TensorFlow.js 4.22, each under our name, or with the reason why it is not
here. tests/ops/test_absent.py holds the names against the npm package.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pywebml as pw

_TEXT = """
abs acos acosh add addN all any argMax argMin asin asinh atan atan2 atanh avgPool
avgPool3d basicLSTMCell batchNorm batchNorm2d batchNorm3d batchNorm4d batchToSpaceND
bincount bitwiseAnd booleanMaskAsync broadcastArgs broadcastTo buffer cast ceil
clipByValue clone complex concat concat1d concat2d concat3d concat4d conv1d conv2d
conv2dTranspose conv3d conv3dTranspose cos cosh cosineWindow cumprod cumsum
denseBincount depthToSpace depthwiseConv2d diag dilation2d div divNoNan dot dropout
einsum elu enclosingPowerOfTwo ensureShape equal erf euclideanNorm exp expandDims expm1
eye fft fill floor floorDiv fused.conv2d fused.depthwiseConv2d fused.matMul gather
gatherND greater greaterEqual ifft imag image.cropAndResize image.flipLeftRight
image.grayscaleToRGB image.nonMaxSuppression image.nonMaxSuppressionAsync
image.nonMaxSuppressionPadded image.nonMaxSuppressionPaddedAsync
image.nonMaxSuppressionWithScore image.nonMaxSuppressionWithScoreAsync
image.resizeBilinear image.resizeNearestNeighbor image.rgbToGrayscale
image.rotateWithOffset image.threshold image.transform inTopKAsync irfft isFinite isInf
isNaN leakyRelu less lessEqual linalg.bandPart linalg.gramSchmidt linalg.qr linspace
localResponseNormalization log log1p logSigmoid logSoftmax logSumExp logicalAnd
logicalNot logicalOr logicalXor losses.absoluteDifference losses.computeWeightedLoss
losses.cosineDistance losses.hingeLoss losses.huberLoss losses.logLoss
losses.meanSquaredError losses.sigmoidCrossEntropy losses.softmaxCrossEntropy lowerBound
matMul max maxPool maxPool3d maxPoolWithArgmax maximum mean meshgrid min minimum
mirrorPad mod moments movingAverage mul multiRNNCell multinomial neg norm notEqual
oneHot ones onesLike outerProduct pad pad1d pad2d pad3d pad4d pool pow prelu print prod
raggedGather raggedRange raggedTensorToTensor rand randomGamma randomNormal
randomStandardNormal randomUniform randomUniformInt range real reciprocal relu relu6
reshape reverse reverse1d reverse2d reverse3d reverse4d rfft round rsqrt scalar
scatterND searchSorted selu separableConv2d setdiff1dAsync sigmoid sign signal.frame
signal.hammingWindow signal.hannWindow signal.stft sin sinh slice slice1d slice2d
slice3d slice4d softmax softplus spaceToBatchND sparse.sparseFillEmptyRows
sparse.sparseReshape sparse.sparseSegmentMean sparse.sparseSegmentSum sparseToDense
spectral.fft spectral.ifft spectral.irfft spectral.rfft split sqrt square
squaredDifference squeeze stack step stridedSlice string.staticRegexReplace
string.stringNGrams string.stringSplit string.stringToHashBucketFast sub sum tan tanh
tensor tensor1d tensor2d tensor3d tensor4d tensor5d tensor6d tensorScatterUpdate tile
topk transpose truncatedNormal unique unsortedSegmentSum unstack upperBound variable
where whereAsync zeros zerosLike
"""

NAMES = _TEXT.split()
"""Functions that `tf` exports from its ops, types and helpers of its own left out."""

STRINGS = "tensors of strings are not here: Python's own strings do that before training"
RAGGED = "tensors are not ragged: pad rows, or use `gather` and `unsorted_segment_sum`"
SPARSE = "there are no sparse tensors: `sparse_to_dense` makes dense ones"
ABSENT = {
    "buffer": "a tensor to write to on the host: NumPy's arrays are that; `pw.tensor(array)`",
    "cosineWindow": "what its two windows are made of: `hann_window` and `hamming_window`",
    "enclosingPowerOfTwo": "a whole number, not a tensor: `1 << (n - 1).bit_length()`",
    "print": "Python's `print(x)`",
    "raggedGather": RAGGED,
    "raggedRange": RAGGED,
    "raggedTensorToTensor": RAGGED,
    "sparse.sparseFillEmptyRows": SPARSE,
    "sparse.sparseReshape": SPARSE,
    "string.staticRegexReplace": STRINGS,
    "string.stringNGrams": STRINGS,
    "string.stringSplit": STRINGS,
    "string.stringToHashBucketFast": STRINGS,
}
"""Why an op is not here."""

OTHERWISE = {"clone": "identity", "reverse": "flip", "whereAsync": "argwhere"}
"""Names that NumPy or Keras have, for the same."""


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _within(space: ModuleType, name: str) -> str | None:
    there = {_plain(n): n for n in dir(space) if callable(getattr(space, n)) and n[0].islower()}
    return there.get(_plain(name))


def ours(name: str) -> str | None:
    """Where TensorFlow.js's op is in `pw`: "ops.image.transform"; None if it is absent."""
    prefix, _, short = name.rpartition(".")
    for candidate in (short, short.removesuffix("Async"), OTHERWISE.get(short, short)):
        space: Any = getattr(pw.ops, prefix, None) if prefix else pw.ops
        if isinstance(space, ModuleType) and (own := _within(space, candidate)):
            return ".".join(filter(None, ["ops", prefix, own]))
        if own := _within(pw.ops, candidate):
            return f"ops.{own}"
    return "Variable" if name == "variable" else _within(pw, short)


def absent() -> dict[str, str]:
    """The names that are not here, with the reason."""
    return {name: ABSENT[name] for name in NAMES if not ours(name)}
