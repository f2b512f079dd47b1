// A digit drawn, and the glimpses that the network takes of it, one after the other.

import { bars, button, canvas, element, latest, likeliest, pause, rows } from "../page.js";
import { SIDE } from "../processing/images.js";
import { floats } from "../runtime.js";
import { digitsBeside, draw, samples, sheet } from "./digits.js";
import { WIDE, scattered } from "./scenes.js";

const SIZE = 240;

export async function start(model, page) {
  const { size, scales, scene } = model.about.options;
  const side = scene === "plain" ? SIDE : WIDE;
  const scale = Math.floor(SIZE / side);
  const [surface, pen] = canvas(side * scale, side * scale, "The glimpses on the digit");
  const output = element("div", { id: "output" });
  const others = scene === "cluttered" ? await digitsBeside(model) : [];
  let drawn = null;
  let run = 0;
  const look = async () => {
    const mine = ++run;
    const image = side === SIDE ? drawn : scattered(drawn, others);
    const { digits, locations } = await model.run({ images: floats(image, [1, side, side]) });
    const probs = rows(digits)[0];
    output.replaceChildren(
      element("p", { textContent: `It is a ${likeliest(probs)}.` }),
      bars(probs.map((prob, i) => [String(i), prob])),
    );
    for (const [number, place] of rows(locations).entries()) {
      if (mine !== run) return;
      draw(pen, image, side, scale);
      frame(pen, place, size, scales, side * scale, scale, `${number + 1}`);
      await pause(350);
    }
  };
  const put = sheet(page, (digit) => {
    drawn = digit;
    return look();
  });
  page.append(element("p", { className: "examples" }, "Examples: ", ...samples(model, put)));
  if (side === WIDE) {
    const among = others.length ? ", among pieces of the examples" : "";
    const again = button("Elsewhere", latest(async () => drawn && (await look())));
    page.append(element("p", {}, `It is laid somewhere into ${WIDE} by ${WIDE} points${among}. `, again));
  }
  page.append(element("div", { className: "side" }, surface, output));
}

/** The crops around a place, whose coordinates go from -1 to 1. */
function frame(pen, [first, second], size, scales, width, scale, name) {
  const [x, y] = [first, second].map((each) => ((each + 1) / 2) * width);
  pen.strokeStyle = pen.fillStyle = "#b5521b";
  pen.lineWidth = 2;
  for (let k = 0; k < scales; k++) {
    const side = size * 2 ** k * scale;
    pen.strokeRect(x - side / 2, y - side / 2, side, side);
  }
  pen.font = "16px sans-serif";
  pen.fillText(name, x + 4, y - 4);
}
