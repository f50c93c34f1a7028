"""Products of matrices of small whole numbers, by ONNX Runtime: processors multiply bytes many at a time, numpy one."""

from functools import cache

import numpy as np
import onnxruntime
from numpy.typing import NDArray


def integer_products(left: NDArray[np.uint8], right: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return the dot products of rows of shape (n, width) with rows of shape (k, width): shape (n, k).

    Exact as long as two neighbouring ones add up to 2**15 at most: some processors add them in 16 bits.
    """
    given = {"left": left, "right": np.ascontiguousarray(right.T)}
    products: NDArray[np.int32] = _session().run(["products"], given)[0]
    return products


@cache
def _session() -> onnxruntime.InferenceSession:
    from onnx import TensorProto, helper  # a tenth of a second, and no need of it before the first question

    sizes = {"left": (TensorProto.UINT8, ["n", "width"]), "right": (TensorProto.INT8, ["width", "k"])}
    inputs = [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in sizes.items()]
    products = helper.make_tensor_value_info("products", TensorProto.INT32, ["n", "k"])
    node = helper.make_node("MatMulInteger", ["left", "right"], ["products"])
    graph = helper.make_graph([node], "products", inputs, [products])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a tenth of a millisecond's work
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
