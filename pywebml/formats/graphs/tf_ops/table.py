"""The table of TensorFlow's op types, and what of them is refused for a reason."""

from __future__ import annotations

from ..table import OpTable

_LOOPS = (
    "If", "StatelessIf", "While", "StatelessWhile", "Switch", "Merge", "Enter", "Exit",
    "NextIteration", "LoopCond", "Case", "StatelessCase", "PartitionedCall",
    "StatefulPartitionedCall",
)  # fmt: skip
_LISTS = (
    "TensorArrayV3", "TensorArrayWriteV3", "TensorArrayReadV3", "TensorArrayGatherV3",
    "TensorArrayScatterV3", "TensorArrayConcatV3", "TensorArraySplitV3", "TensorArraySizeV3",
    "TensorArrayCloseV3", "EmptyTensorList", "TensorListReserve", "TensorListFromTensor",
    "TensorListStack", "TensorListSetItem", "TensorListGetItem", "TensorListGather",
    "TensorListScatter", "TensorListScatterV2", "TensorListSplit", "TensorListConcat",
    "TensorListConcatV2", "TensorListPopBack", "TensorListPushBack", "TensorListLength",
    "TensorListResize",
)  # fmt: skip
_TABLES = (
    "HashTable", "HashTableV2", "LookupTableFind", "LookupTableFindV2", "LookupTableImport",
    "LookupTableImportV2", "LookupTableSize", "LookupTableSizeV2", "InitializeTable",
    "InitializeTableV2",
)  # fmt: skip
_TEXTS = ("StaticRegexReplace", "StringNGrams", "StringSplit", "StringToHashBucketFast")
_RAGGED = ("RaggedGather", "RaggedRange", "RaggedTensorToTensor")
_SPARSE = ("SparseFillEmptyRows", "SparseReshape")
_FORESTS = (
    "SimpleMLCreateModelResource", "SimpleMLLoadModelFromPathWithHandle",
    "SimpleMLInferenceOpWithHandle",
)  # fmt: skip
_RANDOM = (
    "RandomStandardNormal", "RandomUniform", "RandomUniformInt", "TruncatedNormal", "Multinomial",
)  # fmt: skip

TF_OPS = OpTable(
    "TensorFlow",
    {
        **dict.fromkeys(_LOOPS, "control flow is not run"),
        **dict.fromkeys(_LISTS, "lists of tensors, which belong to control flow, are not run"),
        **dict.fromkeys(_TABLES, "tables of texts are not run"),
        **dict.fromkeys(_RANDOM, "graphs that draw are not run"),
        **dict.fromkeys(_TEXTS, "tensors of texts are not run"),
        **dict.fromkeys(_RAGGED, "tensors of rows of several lengths are not run"),
        **dict.fromkeys(_SPARSE, "sparse tensors are not run"),
        **dict.fromkeys(_FORESTS, "decision forests are not run"),
    },
)

_DTYPES = {
    "DT_FLOAT": "float32", "DT_DOUBLE": "float32", "DT_HALF": "float32", "DT_BFLOAT16": "float32",
    "DT_INT32": "int32", "DT_INT64": "int32", "DT_INT16": "int32", "DT_INT8": "int32",
    "DT_UINT8": "int32", "DT_UINT16": "int32", "DT_UINT32": "int32", "DT_UINT64": "int32",
    "DT_BOOL": "bool", "DT_COMPLEX64": "complex64",
}  # fmt: skip
_NUMBERED = {
    1: "DT_FLOAT", 2: "DT_DOUBLE", 3: "DT_INT32", 4: "DT_UINT8", 5: "DT_INT16", 6: "DT_INT8",
    8: "DT_COMPLEX64", 9: "DT_INT64", 10: "DT_BOOL", 14: "DT_BFLOAT16", 17: "DT_UINT16",
    19: "DT_HALF", 22: "DT_UINT32", 23: "DT_UINT64",
}  # fmt: skip


def dtype_of(said: object) -> str:
    """The dtype that one of TensorFlow's has here: float32 for all floats, int32 for
    all integers, as in TensorFlow.js. ValueError for others, texts among them.

    Example:
        >>> from pywebml.formats.graphs.tf_ops.table import dtype_of
        >>> dtype_of("DT_INT64"), dtype_of(1)
        ('int32', 'float32')
    """
    name = _NUMBERED.get(said) if isinstance(said, int) else said
    if not isinstance(name, str) or name not in _DTYPES:
        raise ValueError(f"tensors of {said} are not known; known are {', '.join(_DTYPES)}")
    return _DTYPES[name]
