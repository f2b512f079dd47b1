"""Jordan's task: plans and the sequences they stand for."""

import numpy as np
import pytest

import zoo
from zoo.recipes import get
from zoo.recipes.jordan_serial import serial


def test_the_same_action_is_followed_by_different_ones():
    plan = serial.CYCLES.index("ABACAD")
    done = serial.actions(12)[plan].argmax(axis=-1)
    after_a = {int(done[t + 1]) for t in range(11) if done[t] == 0}
    assert after_a == {1, 2, 3}


def test_a_plan_is_done_exactly_only_where_every_unit_is_right_at_every_step():
    right = serial.actions(24)
    assert serial.exact(right) == 1.0
    wrong = right.copy()
    wrong[3, 20, 1] = 0.6
    assert serial.exact(wrong) == pytest.approx(1 - 1 / len(serial.CYCLES))


def test_the_elman_network_has_as_many_weights_and_no_unit_to_spare():
    from zoo.recipes.jordan_serial.recipe import elman_units

    recipe = get("jordan-serial")
    model = recipe.model(recipe.parse({}))
    jordan = model.get_layer("jordan").count_params()
    units = elman_units(recipe.parse({}).hidden_units)
    hidden, dense = (model.get_layer(name).count_params() for name in ("hidden", "elman"))
    assert hidden + dense >= jordan
    fewer = units - 1
    assert fewer * (len(serial.CYCLES) + fewer + 1) + 4 * (fewer + 1) < jordan


def test_the_shipped_network_does_every_plan():
    do = zoo.pipeline("jordan-serial", steps=60)
    for number, cycle in enumerate(serial.CYCLES, 1):
        assert do(str(number)) == (cycle * 60)[:60]


@pytest.mark.parametrize("plan", ["0", "10", "A", "", "1.5"])
def test_a_plan_that_does_not_exist_is_refused_with_those_that_do(plan):
    with pytest.raises(zoo.UserError, match=r"is no plan.*8 ABACAD"):
        zoo.pipeline("jordan-serial")(plan)


def test_a_number_of_steps_out_of_range_is_refused():
    with pytest.raises(zoo.UserError, match="steps=0"):
        zoo.pipeline("jordan-serial", steps=0)
    assert len(np.unique(serial.plans(3)[0], axis=0)) == 1
