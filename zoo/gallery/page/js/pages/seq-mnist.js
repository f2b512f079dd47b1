// A digit drawn, and what the network believes after every 28 of the points that it read.

import { bars, canvas, element, pause, rows } from "../page.js";
import { floats } from "../runtime.js";
import { SIDE } from "../processing/images.js";
import { draw, samples, sheet } from "./digits.js";

const SCALE = 8;

export async function start(model, page) {
  const { order } = model.about;
  const [surface, pen] = canvas(SIDE * SCALE, SIDE * SCALE, "The points that it has read");
  const output = element("div", { id: "output" });
  let run = 0;
  const put = sheet(page, async (points) => {
    const mine = ++run;
    const seen = Array.from({ length: SIDE }, (_, part) => read(points, order, SIDE * (part + 1)));
    const images = floats(seen.flatMap((image) => Array.from(image)), [SIDE, SIDE, SIDE]);
    const { digits } = await model.run({ images });
    for (const [part, probs] of rows(digits).entries()) {
      if (mine !== run) return;
      draw(pen, seen[part], SIDE, SCALE);
      output.replaceChildren(
        element("p", { textContent: `After ${SIDE * (part + 1)} of ${order.length} points, the others left blank:` }),
        bars(probs.map((prob, i) => [String(i), prob])),
      );
      await pause(30);
    }
  });
  page.append(
    element("p", { className: "examples" }, "Examples: ", ...samples(model, put)),
    element("div", { className: "side" }, surface, output),
  );
}

/** The first so many points in the order that they are read in, and no ink where the others are. */
function read(points, order, count) {
  const seen = new Float32Array(points.length);
  for (const place of order.slice(0, count)) seen[place] = points[place];
  return seen;
}
