"""The weights of a loop's body are made constants of that body.

TensorFlow hands all that a body reads from one round of a loop to the next, and tf2onnx follows it.
A runtime then does not know that a weight stays the same: ONNX Runtime neither packs it for its
products nor computes beforehand what follows from weights alone. A constant around the loop is no
help: that is handed to every round as well.
"""

import onnx

from zoo.exporters.onnx.canonical import subgraphs


def move_in(graph: onnx.GraphProto) -> None:
    """Changes every Loop of a graph and of its subgraphs, in place.

    What a Loop hands on as it is, its body reads from around the Loop instead; a constant that
    nothing but the body of one Loop reads becomes a constant of that body.
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
    """Takes the variables that stay as they are out of a Loop.

    A Loop has the inputs (rounds, condition, variables) and the outputs (variables, scans), its
    body the inputs (round, condition, variables) and the outputs (condition, variables, scans).

    Returns:
        What the body, and what comes after the Loop, is to read in their place, by their names
        there.
    """
    said = [value.name for value in body.output]
    returned = {value.name for value in graph.output}
    stay = [
        k
        for k, variable in enumerate(body.input[2:])
        # No graph may give back what is from around it.
        if variable.name == said[1 + k]
        and said.count(variable.name) == 1
        and loop.output[k] not in returned
    ]
    inside = {body.input[2 + k].name: loop.input[2 + k] for k in stay}
    afterwards = {loop.output[k]: loop.input[2 + k] for k in stay if loop.output[k]}
    # From the last on, so that the others keep their places.
    for k in reversed(stay):
        del loop.input[2 + k], loop.output[k], body.input[2 + k], body.output[1 + k]
    return inside, afterwards


def _move(graph: onnx.GraphProto, loop: onnx.NodeProto, body: onnx.GraphProto) -> None:
    """Moves the constants that only a body reads into it."""
    elsewhere = {value.name for value in graph.output} | set(loop.input)
    for node in graph.node:
        if node is not loop:
            elsewhere.update(node.input, *(_read(subgraph) for subgraph in subgraphs(node)))
    own = _read(body) - elsewhere
    for k in reversed(range(len(graph.initializer))):
        if graph.initializer[k].name in own:
            body.initializer.append(graph.initializer[k])
            del graph.initializer[k]


def _read(graph: onnx.GraphProto) -> set[str]:
    """All names that a graph and its subgraphs read."""
    names = {value.name for value in graph.output}
    for node in graph.node:
        names.update(node.input, *(_read(subgraph) for subgraph in subgraphs(node)))
    return names


def _rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    """Has the nodes of a graph and of its subgraphs read something else."""
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        for subgraph in subgraphs(node):
            _rename(subgraph, names)
