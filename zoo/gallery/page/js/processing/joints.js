// Joints of a body over time → what the networks of clips read; a clip is frames of joints of axes.

import { Refusal } from "../page.js";

const MOST = 20000;
const distance = (a, b) => Math.hypot(...a.map((each, axis) => each - b[axis]));
const less = (a, b, factor = 1) => a.map((each, axis) => factor * (each - b[axis]));

/** Frames with the coordinates that were not seen, NaN, put on the line between their neighbours in time. */
export function filled(frames) {
  if (!frames.length || frames.length > MOST) throw new Refusal(`It takes 1 to ${MOST} frames; got ${frames.length}.`);
  const copy = frames.map((frame) => frame.map((joint) => [...joint]));
  frames[0].forEach((first, joint) =>
    first.forEach((_, axis) => {
      const track = frames.map((frame) => frame[joint][axis]);
      const seen = [...track.keys()].filter((t) => !Number.isNaN(track[t]));
      if (!seen.length) throw new Refusal(`Joint ${joint + 1} is seen in no frame; each must be seen once.`);
      let next = 0;
      track.forEach((value, t) => {
        if (t > seen[next] && next < seen.length - 1) next++;
        if (!Number.isNaN(value)) return;
        const after = seen[next];
        const before = t > after ? after : (seen[next - 1] ?? after);
        const share = after > before ? (t - before) / (after - before) : 0;
        copy[t][joint][axis] = track[before] + share * (track[after] - track[before]);
      });
    }),
  );
  return copy;
}

/** How far each joint went since the frame before, ten times as large; zero at the first. */
const moves = (frames, t) => frames[t].map((joint, j) => less(joint, frames[Math.max(t - 1, 0)][j], 10));

/** Rows of 165 features for frames of 15 joints [x, y]: places, moves, and distances between any two. */
export function actionFeatures(frames) {
  const [neck, belly] = [0, 1];
  const trunks = frames.map((frame) => distance(frame[neck], frame[belly]));
  const trunk = Math.max(trunks.reduce((a, b) => a + b, 0) / frames.length, 1e-3);
  const clip = frames.map((frame) => frame.map((joint) => joint.map((each) => each / trunk)));
  return clip.map((frame, t) => [
    ...frame.flatMap((joint) => less(joint, frame[belly])),
    ...moves(clip, t).flat(),
    ...frame.flatMap((joint, j) => frame.slice(j + 1).map((other) => distance(joint, other))),
  ]);
}

/** Rows of 30 features for frames of 6 joints [x, y, z]: places and moves of all but the spine. */
export function gestureFeatures(frames) {
  const [head, spine] = [2, 3];
  const body = frames.map((frame) => {
    const size = Math.max(distance(frame[head], frame[spine]), 1e-3);
    return frame.filter((_, j) => j !== spine).map((joint) => less(joint, frame[spine], 1 / size));
  });
  return body.map((frame, t) => [...frame.flat(), ...moves(body, t).flat()]);
}

/** Frames of a clip as JSON: a list of frames, each 15 joints [x, y] or null. */
export function readClip(text) {
  const takes = "It takes a list of frames, each a list of 15 joints [x, y] or null";
  let frames;
  try {
    frames = JSON.parse(text);
  } catch (error) {
    throw new Refusal(`${takes}; this is no JSON: ${error.message}.`);
  }
  const isJoint = (joint) => joint === null || (Array.isArray(joint) && joint.length === 2 && joint.every(Number.isFinite));
  if (!Array.isArray(frames) || !frames.every((frame) => Array.isArray(frame) && frame.length === 15 && frame.every(isJoint))) throw new Refusal(`${takes}.`);
  return filled(frames.map((frame) => frame.map((joint) => joint ?? [NaN, NaN])));
}

const KINECT = ["lh", "rh", "h", "s", "lw", "rw"];

/** Frames of a table as the Kinect's: a row a frame, a column a coordinate, an empty cell not seen. */
export function readTable(text) {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/).filter((line) => line.trim());
  const names = (lines[0] ?? "").split(",").map((name) => name.trim());
  const columns = KINECT.map((joint) => [..."xyz"].map((axis) => names.indexOf(joint + axis)));
  if (columns.flat().includes(-1)) throw new Refusal(`The table lacks columns; it takes ${KINECT.map((joint) => `${joint}x, ${joint}y, ${joint}z`).join(", ")}.`);
  const frames = lines.slice(1).map((line, row) => {
    const cells = line.split(",");
    return columns.map((three) => {
      const values = three.map((column) => (cells[column] ?? "").trim());
      if (values.some((value) => value && !Number.isFinite(Number(value)))) throw new Refusal(`Line ${row + 2} has a cell that is no number.`);
      return values.map((value) => (value ? Number(value) : NaN));
    });
  });
  return filled(frames);
}
