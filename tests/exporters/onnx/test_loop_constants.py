"""What a Loop hands on as it is becomes a constant of its body, and the results stay the same."""

import keras
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import zoo
from zoo.exporters.onnx.loop_constants import move_in
from zoo.layers import LEM

RNG = np.random.default_rng(0)
W, U = RNG.normal(size=(2, 3, 3)).astype("float32")
X = RNG.normal(size=(2, 3)).astype("float32")


def value(name, shape=(None, 3), kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def body(nodes, variables, outputs, name="body"):
    """A body of a Loop whose condition stays true."""
    inputs = [
        value(f"{name}_round", (), TensorProto.INT64),
        value(f"{name}_go", (), TensorProto.BOOL),
    ]
    said = [value(f"{name}_on", (), TensorProto.BOOL), *map(value, outputs)]
    on = helper.make_node("Identity", [f"{name}_go"], [f"{name}_on"])
    return helper.make_graph([on, *nodes], name, [*inputs, *map(value, variables)], said)


def model(nodes, outputs):
    constants = {"w": W, "u": U, "rounds": np.array(4), "true": np.array(True)}
    weights = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "g", [value("x")], list(map(value, outputs)), weights)
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    onnx.checker.check_model(proto, full_check=True)
    return proto


def step(weight, before, after):
    return [
        helper.make_node("MatMul", [before, weight], [f"{after}_sum"]),
        helper.make_node("Tanh", [f"{after}_sum"], [after]),
    ]


def loop(graph, variables, outputs):
    return helper.make_node("Loop", ["rounds", "true", *variables], outputs, body=graph)


def moved(proto):
    """The graph after `move_in`, of which the results are those of before."""
    expected = ReferenceEvaluator(proto).run(None, {"x": X})
    move_in(proto.graph)
    onnx.checker.check_model(proto, full_check=True)
    for one, other in zip(ReferenceEvaluator(proto).run(None, {"x": X}), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    return proto.graph


def loops(graph):
    return [node for node in graph.node if node.op_type == "Loop"]


def constants(graph):
    return {constant.name for constant in graph.initializer}


def test_a_weight_handed_on_is_a_constant_of_the_body_and_can_be_read_after_the_loop():
    inner = body(step("weight", "h", "after"), ["h", "weight"], ["after", "weight"])
    after = helper.make_node("MatMul", ["last", "handed_on"], ["y"])
    graph = moved(model([loop(inner, ["x", "w"], ["last", "handed_on"]), after], ["y"]))
    [found] = loops(graph)
    assert list(found.input) == ["rounds", "true", "x"]
    assert list(found.output) == ["last"]
    # Read after the loop as well, so it cannot leave the graph.
    assert "w" in constants(graph)


def test_a_weight_that_the_body_alone_reads_is_in_the_body_alone():
    inner = body(step("weight", "h", "after"), ["h", "weight"], ["after", "weight"])
    graph = moved(model([loop(inner, ["x", "w"], ["y", "handed_on"])], ["y"]))
    [found] = loops(graph)
    assert constants(found.attribute[0].g) == {"w"}
    assert "w" not in constants(graph)


def test_a_weight_of_two_loops_stays_around_them():
    first = body(step("weight", "h", "after"), ["h", "weight"], ["after", "weight"])
    second = body(step("w", "k", "then"), ["k"], ["then"], "other")
    nodes = [loop(first, ["x", "w"], ["h_n", "handed_on"]), loop(second, ["h_n"], ["y"])]
    graph = moved(model(nodes, ["y"]))
    assert "w" in constants(graph)
    assert all(len(found.input) == 3 for found in loops(graph))


def test_a_weight_goes_to_the_innermost_loop_that_alone_reads_it():
    inner = body(step("weight", "h", "after"), ["h", "weight"], ["after", "weight"], "inner")
    inside = loop(inner, ["k", "given"], ["then", "handed_on"])
    outer = body([inside], ["k", "given"], ["then", "given"], "outer")
    graph = moved(model([loop(outer, ["x", "w"], ["y", "unread"])], ["y"]))
    [around] = loops(graph)
    [within] = loops(around.attribute[0].g)
    assert constants(within.attribute[0].g) == {"w"}
    assert not constants(around.attribute[0].g)


def test_a_value_that_is_computed_is_read_from_around_the_loop():
    made = helper.make_node("MatMul", ["w", "u"], ["product"])
    inner = body(step("weight", "h", "after"), ["h", "weight"], ["after", "weight"])
    graph = moved(model([made, loop(inner, ["x", "product"], ["y", "handed_on"])], ["y"]))
    [found] = loops(graph)
    assert len(found.input) == 3
    assert {"w", "u"} <= constants(graph)


@pytest.mark.parametrize("outputs", [["y", "returned"], ["returned", "y"]])
def test_what_a_graph_gives_back_stays_a_variable(outputs):
    inner = body(step("weight", "h", "after"), ["h", "weight"], ["after", "weight"])
    graph = moved(model([loop(inner, ["x", "w"], ["y", "returned"])], outputs))
    assert len(loops(graph)[0].input) == 4


def test_what_becomes_another_variable_stays_one():
    inner = body(
        step("weight", "h", "after"), ["h", "weight", "was"], ["after", "weight", "weight"]
    )
    after = helper.make_node("MatMul", ["last", "swapped"], ["y"])
    graph = moved(
        model([loop(inner, ["x", "w", "u"], ["last", "handed_on", "swapped"]), after], ["y"])
    )
    assert len(loops(graph)[0].input) == 5


@pytest.mark.parametrize(
    ("dtype", "stored"), [("float32", TensorProto.FLOAT), ("float16", TensorProto.FLOAT16)]
)
def test_the_weights_of_an_exported_loop_are_in_its_body(tmp_path, dtype, stored):
    x = keras.Input((7, 3), name="x")
    network = keras.Model(x, LEM(4, return_sequences=True)(x))
    zoo.export(network, tmp_path / "m.onnx", loops=True, dtype=dtype)
    [found] = loops(onnx.load(tmp_path / "m.onnx").graph)
    inside = next(a.g for a in found.attribute if a.name == "body")
    handed_on = {value.name for value in inside.input} & {value.name for value in inside.output}
    assert not handed_on
    [recurrent] = [tensor for tensor in inside.initializer if list(tensor.dims) == [4, 16]]
    assert recurrent.data_type == stored
