// A clip of joints, played, and what the person does in it.

import { bars, element, pause } from "../page.js";
import { actionFeatures, readClip } from "../processing/joints.js";
import { floats } from "../runtime.js";
import { body, files } from "./clips.js";

const BONES = [[2, 0], [0, 1], [0, 3], [0, 4], [1, 5], [1, 6], [3, 7], [4, 8], [5, 9], [6, 10], [7, 11], [8, 12], [9, 13], [10, 14]];

export async function start(model, page) {
  const actions = model.about.options.actions.split(" ");
  const [surface, draw] = body(BONES);
  const output = element("div", { id: "output" });
  let run = 0;
  const put = files(model, page, ".json", async (text) => {
    const mine = ++run;
    const frames = readClip(text);
    const read = actionFeatures(frames);
    const { action } = await model.run({ frames: floats(read.flat(), [1, read.length, read[0].length]) });
    const probs = Array.from(action.data, (prob, i) => [actions[i], prob]);
    output.replaceChildren(bars(probs.sort(([, a], [, b]) => b - a)));
    play(frames, draw, () => mine === run);
  });
  page.append(element("div", { className: "side" }, surface, output));
  await put(model.about.examples[0]);
}

async function play(frames, draw, isWanted) {
  for (let t = 0; isWanted(); t = (t + 1) % frames.length) {
    draw(frames, t);
    await pause(60);
  }
}
