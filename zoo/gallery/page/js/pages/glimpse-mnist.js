// A digit drawn, and the glimpses that the network takes of it, one after the other.

import { bars, canvas, element, likeliest, pause, rows } from "../page.js";
import { SIDE } from "../raw/images.js";
import { floats } from "../runtime.js";
import { samples, sheet } from "./digits.js";

const SCALE = 8;

export async function start(model, page) {
  const [made, pen] = canvas(SIDE * SCALE, SIDE * SCALE, "The glimpses on the digit");
  const output = element("div", { id: "output" });
  const { size, scales } = model.about.options;
  let run = 0;
  const put = sheet(page, async (points) => {
    const mine = ++run;
    const { digits, locations } = await model.run({ images: floats(points, [1, SIDE, SIDE]) });
    const chances = rows(digits)[0];
    output.replaceChildren(
      element("p", { textContent: `It is a ${likeliest(chances)}.` }),
      bars(chances.map((chance, i) => [String(i), chance])),
    );
    for (const [number, place] of rows(locations).entries()) {
      if (mine !== run) return;
      draw(pen, points);
      frame(pen, place, size, scales, `${number + 1}`);
      await pause(350);
    }
  });
  page.append(element("p", { className: "examples" }, "Examples: ", ...samples(model, put)), element("div", { className: "side" }, made, output));
}

function draw(pen, points) {
  points.forEach((point, i) => {
    const shade = Math.round(255 * (1 - point));
    pen.fillStyle = `rgb(${shade} ${shade} ${shade})`;
    pen.fillRect((i % SIDE) * SCALE, Math.floor(i / SIDE) * SCALE, SCALE, SCALE);
  });
}

/** The crops around a place, whose coordinates go from -1 to 1. */
function frame(pen, [first, second], size, scales, name) {
  const [x, y] = [first, second].map((each) => ((each + 1) / 2) * SIDE * SCALE);
  pen.strokeStyle = pen.fillStyle = "#b5521b";
  pen.lineWidth = 2;
  for (let scale = 0; scale < scales; scale++) {
    const side = size * 2 ** scale * SCALE;
    pen.strokeRect(x - side / 2, y - side / 2, side, side);
  }
  pen.font = "16px sans-serif";
  pen.fillText(name, x + 4, y - 4);
}
