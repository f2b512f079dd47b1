"""`ops.where` as the operator `Where`.

tf2onnx writes a sum of products with 0 and 1, which keeps infinity and NaN where they were not
selected: `ops.where(x > 0, 1 / x, 0)` would be NaN at 0.
"""

from typing import Any

from onnx import TensorProto


def _put_where(ctx: Any, node: Any, name: str, _args: Any) -> None:
    """Replaces TensorFlow's `SelectV2`, in tf2onnx's graph."""
    choice, *parts = node.input
    [output] = node.output
    dtype, shape = ctx.get_dtype(output), ctx.get_shape(output)
    ctx.remove_node(node.name)
    made = {"name": name, "outputs": [output], "shapes": [shape], "dtypes": [dtype]}
    if dtype != TensorProto.BOOL:
        ctx.make_node("Where", [choice, *parts], **made)
        return
    # ONNX Runtime has no `Where` of booleans.
    integer = TensorProto.INT32
    cast = [ctx.make_node("Cast", [part], attr={"to": integer}).output[0] for part in parts]
    where = ctx.make_node("Where", [choice, *cast], shapes=[shape], dtypes=[integer])
    ctx.make_node("Cast", where.output, attr={"to": dtype}, **made)


CHOICES: dict[str, Any] = {"SelectV2": (_put_where, [])}
"""tf2onnx's `custom_op_handlers`."""
