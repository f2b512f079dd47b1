"""Pipelines are pickled, and used from other processes and from threads."""

import multiprocessing
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import zoo
from zoo.hub.registry import MODELS

BITS = ["101000011", "000101", "11"] * 20


@pytest.mark.parametrize("make", [zoo.pipeline, zoo.runtime.pipeline])
def test_a_pickled_pipeline_says_the_same_and_is_loaded_once(make):
    tell = make("elman-xor")
    sent = pickle.dumps(tell)
    assert len(sent) < 400, "what it was made from, not the model"
    arrived = pickle.loads(sent)
    assert arrived(BITS) == tell(BITS)
    assert pickle.loads(sent) is arrived


def test_settings_and_paths_arrive(tmp_path):
    shutil.copytree(MODELS / "peephole-counting", tmp_path / "mine")
    tell = zoo.runtime.pipeline(tmp_path / "mine", network="LSTM")
    assert pickle.loads(pickle.dumps(tell))("aabb") == tell("aabb")


def test_another_model_at_the_place_is_refused(tmp_path):
    shutil.copytree(MODELS / "peephole-counting", tmp_path / "mine")
    sent = pickle.dumps(zoo.runtime.pipeline(tmp_path / "mine"))
    shutil.rmtree(tmp_path / "mine")
    with pytest.raises(zoo.UserError, match="is not the model that the pipeline was made from"):
        pickle.loads(sent)
    shutil.copytree(MODELS / "elman-xor", tmp_path / "mine")
    with pytest.raises(zoo.UserError, match="expected SHA-256"):
        pickle.loads(sent)


def test_threads_share_a_pipeline():
    tell = zoo.runtime.pipeline("elman-xor")
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(tell, BITS)) == [tell(each) for each in BITS]


@pytest.mark.slow
def test_other_processes_take_a_pipeline():
    tell = zoo.runtime.pipeline("elman-xor")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as processes:
        assert list(processes.map(tell, BITS, chunksize=20)) == [tell(each) for each in BITS]
