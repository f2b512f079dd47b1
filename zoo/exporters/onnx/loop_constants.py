"""Makes the weights that a loop's body reads constants of that body.

In TensorFlow every tensor that a body reads is a loop variable, and tf2onnx follows that. A runtime
then does not know that a weight stays the same: ONNX Runtime neither packs it for matrix products
nor folds what depends on weights alone. A constant outside the loop would not help, since it is
passed to every iteration too.
"""

import onnx

from zoo.exporters.onnx.canonical import read, subgraphs


def move_in(graph: onnx.GraphProto) -> None:
    """Changes every Loop of a graph and of its subgraphs, in place.

    A loop variable that never changes is removed, and the body reads its initial value from
    outside. A constant that only the body of one Loop reads becomes a constant of that body.
    """
    for loop, body in _loops(graph):
        before, after = _leave_out(graph, loop, body)
        _rename(body, before)
        _rename(graph, after)
    for loop, body in _loops(graph):
        _move(graph, loop, body)
    for node in graph.node:
        for subgraph in subgraphs(node):
            move_in(subgraph)


def _loops(graph: onnx.GraphProto) -> list[tuple[onnx.NodeProto, onnx.GraphProto]]:
    return [
        (node, body) for node in graph.node if node.op_type == "Loop" for body in subgraphs(node)
    ]


def _leave_out(
    graph: onnx.GraphProto, loop: onnx.NodeProto, body: onnx.GraphProto
) -> tuple[dict[str, str], dict[str, str]]:
    """Removes the variables of a Loop that never change.

    A Loop has the inputs (iterations, condition, variables) and the outputs (variables, scans), its
    body the inputs (iteration, condition, variables) and the outputs (condition, variables, scans).

    Returns:
        Old name → new name, inside the body and after the Loop.
    """
    results = [value.name for value in body.output]
    returned = {value.name for value in graph.output}
    stay = [
        k
        for k, variable in enumerate(body.input[2:])
        # An output of a graph must be computed inside it.
        if variable.name == results[1 + k]
        and results.count(variable.name) == 1
        and loop.output[k] not in returned
    ]
    inside = {body.input[2 + k].name: loop.input[2 + k] for k in stay}
    afterwards = {loop.output[k]: loop.input[2 + k] for k in stay if loop.output[k]}
    # The last first, so that the indices of the others stay valid.
    for k in reversed(stay):
        del loop.input[2 + k], loop.output[k], body.input[2 + k], body.output[1 + k]
    return inside, afterwards


def _move(graph: onnx.GraphProto, loop: onnx.NodeProto, body: onnx.GraphProto) -> None:
    """Moves constants that only a body reads into the body."""
    elsewhere = {value.name for value in graph.output} | set(loop.input)
    for node in graph.node:
        if node is not loop:
            elsewhere.update(node.input, *(read(subgraph) for subgraph in subgraphs(node)))
    own = read(body) - elsewhere
    for k in reversed(range(len(graph.initializer))):
        if graph.initializer[k].name in own:
            body.initializer.append(graph.initializer[k])
            del graph.initializer[k]


def _rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    """Renames what the nodes of a graph and of its subgraphs read."""
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        for subgraph in subgraphs(node):
            _rename(subgraph, names)
