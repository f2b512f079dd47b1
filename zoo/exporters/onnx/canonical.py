"""One graph, one file: nodes in an order and under names that the graph alone decides.

tf2onnx numbers nodes by counters and walks through sets, so that the same model would give other
bytes in another process. The order of a Loop's variables is part of its graph and stays as it came.
"""

from collections.abc import Iterator
from itertools import count

import onnx


def canonical(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    """Orders and renames all of a graph, in place.

    Args:
        names: what inputs and outputs are to be called, by what they are called now.
    """
    namer = _Namer(set(names.values()))
    namer.rename(graph, names)
    namer.rename_values(graph.input, names)


class _Namer:
    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._numbers = count()

    def _new(self, kind: str) -> str:
        """A name that is not taken."""
        name = f"{kind}_{next(self._numbers)}"
        return self._new(kind) if name in self._taken else name

    def rename(self, graph: onnx.GraphProto, names: dict[str, str]) -> None:
        """Names what `names` does not name yet, in the order in which the outputs need it."""
        order = _in_order(graph)
        weights = {weight.name: weight for weight in graph.initializer}
        kept: list[onnx.TensorProto] = []
        wanted = [name for node in order for name in _needed(node)]
        for name in [*wanted, *(value.name for value in graph.output)]:
            if name in weights and name not in names:
                names[name] = self._new("weight")
                kept.append(weights[name])
        for node in order:
            for output in node.output:
                if output and output not in names:
                    names[output] = self._new(node.op_type)
        for number, node in enumerate(order):
            node.name = f"{node.op_type}_node_{number}"
            for field in ("doc_string", *([] if node.domain else ["domain"])):
                node.ClearField(field)
            for subgraph in subgraphs(node):
                inner = {v.name: self._new("input") for v in subgraph.input}
                self.rename_values(subgraph.input, inner)
                self.rename(subgraph, names | inner)
            node.input[:] = [names.get(name, name) for name in node.input]
            node.output[:] = [names.get(name, name) for name in node.output]
            attributes = sorted(node.attribute, key=lambda attribute: attribute.name)
            del node.attribute[:]
            node.attribute.extend(attributes)
        for weight in kept:
            weight.name = names[weight.name]
        self.rename_values(graph.output, names)
        # Clearing the lists empties their members, which is why copies are put back.
        copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in order]
        arrays = [onnx.TensorProto.FromString(tensor.SerializeToString()) for tensor in kept]
        del graph.node[:], graph.initializer[:], graph.value_info[:]
        graph.node.extend(copies)
        graph.initializer.extend(arrays)
        graph.name = "model"
        graph.ClearField("doc_string")

    def rename_values(self, values: list[onnx.ValueInfoProto], names: dict[str, str]) -> None:
        for value in values:
            value.name = names.get(value.name, value.name)


def _in_order(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The nodes that the outputs need, each after those whose outputs it reads."""
    makers = {output: node for node in graph.node for output in node.output if output}
    order: list[onnx.NodeProto] = []
    seen: set[int] = set()
    # A stack of its own, since a deep model would exhaust Python's.
    open_nodes: list[tuple[onnx.NodeProto | None, Iterator[str]]]
    open_nodes = [(None, iter([value.name for value in graph.output]))]
    while open_nodes:
        node, names = open_nodes[-1]
        name = next(names, None)
        maker = None if name is None else makers.get(name)
        if name is None:
            open_nodes.pop()
            order += [] if node is None else [node]
        elif maker is not None and id(maker) not in seen:
            seen.add(id(maker))
            open_nodes.append((maker, _needed(maker)))
    return order


def _needed(node: onnx.NodeProto) -> Iterator[str]:
    """Names that a node reads, those that its subgraphs take from around them included."""
    yield from node.input
    for subgraph in subgraphs(node):
        own = {value.name for value in subgraph.input}
        own |= {weight.name for weight in subgraph.initializer}
        own |= {output for inner in subgraph.node for output in inner.output}
        used = [name for inner in _in_order(subgraph) for name in _needed(inner)]
        used += [value.name for value in subgraph.output]
        yield from (name for name in used if name not in own)


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The bodies and branches of a node."""
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            yield attribute.g
        yield from attribute.graphs


def read(graph: onnx.GraphProto) -> set[str]:
    """All names that a graph and its subgraphs read."""
    names = {value.name for value in graph.output}
    for node in graph.node:
        names.update(node.input, *(read(subgraph) for subgraph in subgraphs(node)))
    return names
