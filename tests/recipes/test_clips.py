"""Videos of people: gestures frame by frame and actions clip by clip, as joints and as images."""

import csv
import json
import os

import numpy as np
import pytest
from PIL import Image, ImageDraw

import zoo
from zoo.recipes import get
from zoo.recipes.action_clips import processing as actions
from zoo.recipes.action_clips import recipe as action_recipe
from zoo.recipes.clips import images, joints, kinect
from zoo.recipes.gesture_phase import processing as gestures
from zoo.recipes.gesture_phase import recipe as gesture_recipe

HAS_GESTURES = pytest.mark.skipif("GESTURE_PHASE_DIR" not in os.environ, reason="no data")
HAS_JHMDB = pytest.mark.skipif("JHMDB_DIR" not in os.environ, reason="JHMDB_DIR names no folder")


def video(frames=30, seed=0):
    """Joints as a Kinect's: a head over a spine, and hands that move."""
    rng = np.random.default_rng(seed)
    body = rng.normal(size=(1, 6, 3)) + 0.1 * rng.normal(size=(frames, 6, 3)).cumsum(axis=0)
    body[:, gestures.HEAD] = body[:, gestures.SPINE] + (0, 2, 0)
    return body


def body_clip(frames=20, seed=0):
    return np.random.default_rng(seed).normal(size=(frames, 15, 2)).cumsum(axis=0)


def test_joints_that_were_not_seen_lie_between_their_neighbours():
    seen = np.arange(10, dtype="float64").reshape(5, 1, 2)
    gap = seen.copy()
    gap[2] = np.nan
    np.testing.assert_allclose(joints.interpolated(gap, "x"), seen)
    gap[:, 0, 1] = np.nan
    with pytest.raises(zoo.UserError, match="joint 1 in no frame"):
        joints.interpolated(gap, "x")
    with pytest.raises(zoo.UserError, match="0 frames"):
        joints.interpolated(np.empty((0, 6, 3)), "x")


def test_what_is_read_of_a_gesture_is_the_same_wherever_and_however_large_the_person():
    body = video()
    expected = gestures.features(body)
    assert expected.shape == (30, gestures.FEATURES)
    np.testing.assert_allclose(gestures.features(3 * body + (1, -2, 5)), expected, atol=1e-4)


def test_no_later_frame_enters_what_is_read_of_an_earlier_one():
    body = video()
    np.testing.assert_array_equal(gestures.features(body)[:12], gestures.features(body[:12]))


def test_a_mirror_swaps_hands_and_turns_x_and_twice_is_nothing():
    read = gestures.features(video())
    mirrored = gesture_recipe._mirrored(read)
    np.testing.assert_array_equal(gesture_recipe._mirrored(mirrored), read)
    body = video() * (-1, 1, 1)
    np.testing.assert_allclose(gestures.features(body[:, [1, 0, 2, 3, 5, 4]]), mirrored, atol=1e-5)


def test_what_is_read_of_a_clip_does_not_depend_on_its_size_and_swapping_is_an_involution():
    clip = body_clip()
    read = actions.features(clip)
    assert read.shape == (20, actions.FEATURES)
    np.testing.assert_allclose(actions.features(5 * clip), read, rtol=1e-3, atol=1e-3)
    swapped = [actions.JOINTS[i] for i in action_recipe.SWAPPED]
    for ours, theirs in zip(actions.JOINTS, swapped, strict=True):
        assert theirs == (
            ours.replace("right", "left") if "right" in ours else ours.replace("left", "right")
        )


def test_a_distorted_clip_is_a_part_of_it_and_a_clip_of_one_frame_stays_one():
    for frames in (1, 2, 40):
        distorted = action_recipe._distorted(body_clip(frames), np.random.default_rng(3))
        assert distorted.shape[1:] == (15, 2)
        assert np.isfinite(distorted).all()
        assert 2 <= len(distorted) <= 1 + 1.25 * frames + 1


@pytest.mark.parametrize("network", ["causal", "bidirectional", "frame"])
def test_a_causal_network_reads_no_later_frame_and_a_bidirectional_one_does(network):
    recipe = get("gesture-phase")
    model = recipe.model(recipe.parse({"network": network, "units": 8}))
    frames = np.random.default_rng(0).normal(size=(1, 9, gestures.FEATURES)).astype("float32")
    changed = frames.copy()
    changed[:, 6:] += 1
    one, other = (model(each)["phase"].numpy()[:, :6] for each in (frames, changed))
    assert np.allclose(one, other, atol=1e-6) == (network != "bidirectional")


@pytest.mark.parametrize("network", ["causal", "bidirectional", "mean"])
def test_padding_does_not_change_the_action(network):
    recipe = get("action-clips")
    model = recipe.model(recipe.resolve(recipe.parse({"network": network, "units": 8})))
    frames = np.random.default_rng(0).normal(size=(1, 9, actions.FEATURES)).astype("float32")
    padded = np.concatenate([frames, np.zeros_like(frames)], axis=1)
    one, other = (model(each)["action"].numpy() for each in (frames, padded))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_f1_over_frames_is_the_mean_over_phases_of_f1():
    rng = np.random.default_rng(0)
    gold, probabilities = rng.integers(0, 5, 200), rng.random((200, 5))
    guess = probabilities.argmax(axis=-1)
    scores = []
    for phase in range(5):
        hits = ((guess == phase) & (gold == phase)).sum()
        scores.append(2 * hits / ((guess == phase).sum() + (gold == phase).sum()))
    metric = gesture_recipe.StepF1()
    metric.update_state(gold[None, :90], probabilities[None, :90])
    metric.update_state(gold[None, 90:], probabilities[None, 90:])
    assert float(metric.result()) == pytest.approx(np.mean(scores), rel=1e-5)


def table(path, rows, columns=kinect.COLUMNS):
    with path.open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(columns)
        written.writerows(rows)
    return path


def test_a_table_of_joints_is_read_and_what_does_not_fit_is_named(tmp_path):
    rows = video(4).reshape(4, -1).tolist()
    positions, phases = kinect.read(table(tmp_path / "a.csv", rows))
    np.testing.assert_allclose(positions.reshape(4, -1), rows)
    assert phases == []
    rows[1][3] = ""
    assert np.isfinite(kinect.read(table(tmp_path / "b.csv", rows))[0]).all()
    rows[1][3] = "far"
    with pytest.raises(zoo.UserError, match=r"line 3: rhx is 'far'"):
        kinect.read(table(tmp_path / "c.csv", rows))
    with pytest.raises(zoo.UserError, match="lacks the columns lhx"):
        kinect.read(table(tmp_path / "d.csv", rows, ["x"] * 18))
    with pytest.raises(zoo.UserError, match="0 frames"):
        kinect.read(table(tmp_path / "e.csv", []))
    with pytest.raises(zoo.UserError, match=r"f.csv cannot be read"):
        kinect.read(tmp_path / "f.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "0 frames"),
        ([[[0, 0]] * 14], "14 joints in frame 1"),
        ([[[0, 0, 0]] * 15], "is no clip"),
        ("walk", "is no clip"),
        ([[None] + [[0, 1]] * 14], "joint 1 in no frame"),
    ],
)
def test_a_clip_that_does_not_fit_is_refused_with_a_sentence(content, message, tmp_path):
    (tmp_path / "clip.json").write_text(json.dumps(content))
    with pytest.raises(zoo.UserError, match=message):
        actions._read(tmp_path / "clip.json")


def test_shipped_models_read_a_video_of_one_frame(tmp_path):
    phases = zoo.runtime.pipeline("gesture-phase")
    [(phase, first, last)] = phases(
        str(table(tmp_path / "a.csv", video(1).reshape(1, -1).tolist()))
    )
    assert phase in gestures.PHASES
    assert (first, last) == (1, 1)
    (tmp_path / "clip.json").write_text(json.dumps(body_clip(1).tolist()))
    assert zoo.runtime.pipeline("action-clips")(str(tmp_path / "clip.json")) in actions.ACTIONS


def stick(path, angle):
    """A frame: a line that leans."""
    picture = Image.new("L", (64, 64), 255)
    end = (32 + 28 * np.sin(angle), 60 - 56 * np.cos(angle))
    ImageDraw.Draw(picture).line([(32, 60), end], fill=0, width=4)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def test_actions_are_learned_from_folders_of_images(tmp_path):
    rng = np.random.default_rng(0)
    for clip in range(10):
        for label, end in (("falls", 1.3), ("stands", 0.0)):
            for frame in range(6):
                angle = end * frame / 5 * (1 + 0.1 * rng.normal()) + 0.05 * rng.normal()
                stick(tmp_path / "clips" / label / f"{clip}" / f"{frame:03d}.png", angle)
    card = zoo.train(
        "action-clips",
        tmp_path / "out",
        frames=str(tmp_path / "clips"),
        network="causal",
        units=16,
        layers=1,
        dropout=0.0,
        epochs=12,
        clips_per_batch=4,
    )
    assert card.options["actions"] == "falls stands"
    assert card.metrics["test"]["accuracy"] == 1.0
    predict = zoo.pipeline(tmp_path / "out")
    assert predict(str(tmp_path / "clips" / "falls" / "3")) == "falls"
    with pytest.raises(zoo.UserError, match="is no folder"):
        predict(str(tmp_path / "clips" / "walks"))


def test_phases_are_learned_from_folders_of_images(tmp_path):
    for number in range(10):
        phases = ["Rest"] * (3 + number % 3) + ["Stroke"] * 5
        for frame, phase in enumerate(phases):
            stick(tmp_path / "videos" / f"{number}" / f"{frame:03d}.png", phase == "Stroke")
        (tmp_path / "videos" / f"{number}" / gesture_recipe.LABELS).write_text("\n".join(phases))
    small = {"units": 16, "layers": 1, "dropout": 0.0, "epochs": 12, "batches": 8, "window": 8}
    card = zoo.train(
        "gesture-phase", tmp_path / "out", options=small, frames=str(tmp_path / "videos")
    )
    assert card.metrics["test"]["accuracy"] == 1.0
    runs = zoo.pipeline(tmp_path / "out")(str(tmp_path / "videos" / "0"))
    assert runs == [("Rest", 1, 3), ("Stroke", 4, 8)]
    (tmp_path / "videos" / "3" / gesture_recipe.LABELS).write_text("Rest\nSleep\n")
    with pytest.raises(zoo.UserError, match="has the phase 'Sleep'"):
        zoo.train(
            "gesture-phase", tmp_path / "other", options=small, frames=str(tmp_path / "videos")
        )


def test_an_empty_folder_of_videos_is_refused(tmp_path):
    with pytest.raises(zoo.UserError, match="holds no folders"):
        images.videos(str(tmp_path))


@HAS_GESTURES
@pytest.mark.data
def test_the_videos_of_gestures_are_those_described():
    from zoo.recipes.data import gesture_phase

    videos = {split: gesture_phase.videos(split) for split in gesture_phase.SPLITS}
    assert sum(len(video.phases) for each in videos.values() for video in each) == 9_901
    assert {p for each in videos.values() for video in each for p in video.phases} == set(
        gestures.PHASES
    )


@HAS_JHMDB
@pytest.mark.data
def test_the_clips_of_actions_are_those_of_split_1():
    from zoo.recipes.data import jhmdb

    assert len(jhmdb.clips("train")) + len(jhmdb.clips("dev")) == 433
    assert len(jhmdb.clips("test")) == 176
    for split in jhmdb.SPLITS:
        assert {clip.action for clip in jhmdb.clips(split)} == set(actions.ACTIONS.split())
