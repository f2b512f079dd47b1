// A video of joints, played, and the phase of the gesture at every frame as the stream is read.

import { canvas, element, likeliest, pause } from "../page.js";
import { gestureFeatures, readTable } from "../processing/joints.js";
import { floats } from "../runtime.js";
import { body, files } from "./clips.js";

const PHASES = ["Rest", "Preparation", "Stroke", "Hold", "Retraction"];
const COLOURS = ["#9aa0a6", "#e0a83a", "#b5521b", "#1d5fa8", "#3a8a4d"];
const BONES = [[2, 3], [3, 4], [3, 5], [4, 0], [5, 1]];
const WIDTH = 640;

export async function start(model, page) {
  const [surface, draw] = body(BONES);
  const [line, pen] = canvas(WIDTH, 40, "The phases over time");
  const output = element("p", { id: "output" });
  let run = 0;
  const put = files(model, page, ".csv", async (text) => {
    const mine = ++run;
    const frames = readTable(text);
    const next = await model.stream();
    const phases = [];
    for (const row of gestureFeatures(frames)) {
      const { phase } = await next({ frames: floats(row, [1, 1, row.length]) });
      phases.push(likeliest(Array.from(phase.data)));
    }
    pen.clearRect(0, 0, WIDTH, 40);
    phases.forEach((phase, t) => {
      pen.fillStyle = COLOURS[phase];
      pen.fillRect((t * WIDTH) / phases.length, 0, WIDTH / phases.length + 1, 40);
    });
    output.textContent = spans(phases).map(([phase, first, last]) => `${PHASES[phase]} ${first}-${last}`).join(", ");
    play(frames, draw, () => mine === run);
  });
  const legend = PHASES.map((name, i) => element("span", { className: "tagged", style: `background: ${COLOURS[i]}; color: #fff` }, name));
  page.append(element("p", {}, ...legend), line, output, surface);
  await put(model.about.examples[0]);
}

/** Runs of one phase: [phase, first frame, last frame], counted from 1. */
function spans(phases) {
  const runs = [];
  phases.forEach((phase, t) => {
    if (runs.at(-1)?.[0] === phase) runs.at(-1)[2] = t + 1;
    else runs.push([phase, t + 1, t + 1]);
  });
  return runs;
}

async function play(frames, draw, isWanted) {
  for (let t = 0; isWanted(); t = (t + 1) % frames.length) {
    draw(frames, t);
    await pause(40);
  }
}
