// Digits that the network makes up, stroke by stroke, and the window that it writes through.

import { button, canvas, element, labelled, pause } from "../page.js";
import { floats } from "../runtime.js";

const SIDE = 28;
const SCALE = 4;
const ACROSS = 3;
const COUNT = ACROSS * ACROSS;

export async function start(model, page) {
  const { glimpses, latents, write } = model.about.options;
  const [surface, pen] = canvas(ACROSS * SIDE * SCALE, ACROSS * SIDE * SCALE, "Digits that the network makes up");
  const window = element("input", { type: "checkbox", checked: true });
  const output = element("p", { id: "output" });
  let run = 0;
  const go = async () => {
    const mine = ++run;
    document.body.dataset.state = "busy";
    const { canvases, windows } = await model.run({
      images: floats(new Float32Array(COUNT * SIDE * SIDE), [COUNT, SIDE, SIDE]),
      noise: floats(normal(COUNT * glimpses * latents), [COUNT, glimpses, latents]),
      posterior: floats(new Float32Array(COUNT), [COUNT, 1]),
    });
    document.body.dataset.state = "ready";
    for (let stroke = 0; stroke < glimpses && mine === run; stroke++) {
      for (let digit = 0; digit < COUNT; digit++) draw(pen, canvases.data, digit, digit * glimpses + stroke);
      if (window.checked && write && stroke < glimpses - 1)
        for (let digit = 0; digit < COUNT; digit++) frame(pen, windows.data, digit, digit * glimpses + stroke, write);
      output.textContent = `Stroke ${stroke + 1} of ${glimpses}`;
      await pause(80);
    }
  };
  page.append(element("p", {}, button("Draw others", go)), labelled("The window it writes through", window), surface, output);
  await go();
}

/** Numbers drawn from a normal distribution (Box and Muller 1958). */
export function normal(count) {
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()));
}

const corner = (digit) => [(digit % ACROSS) * SIDE * SCALE, Math.floor(digit / ACROSS) * SIDE * SCALE];

function draw(pen, points, digit, place) {
  const [left, top] = corner(digit);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const shade = Math.round(255 * (1 - points[place * SIDE * SIDE + i]));
    pen.fillStyle = `rgb(${shade} ${shade} ${shade})`;
    pen.fillRect(left + (i % SIDE) * SCALE, top + Math.floor(i / SIDE) * SCALE, SCALE, SCALE);
  }
}

/** The square that the filters of a window span; its first point is 1. */
function frame(pen, windows, digit, place, size) {
  const [x, y, stride] = windows.slice(5 * place, 5 * place + 3);
  const [left, top] = corner(digit);
  const span = stride * size;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, SIDE * SCALE, SIDE * SCALE);
  pen.clip();
  pen.strokeStyle = "#b5521b";
  pen.lineWidth = 2;
  pen.strokeRect(left + (x - 0.5 - span / 2) * SCALE, top + (y - 0.5 - span / 2) * SCALE, span * SCALE, span * SCALE);
  pen.restore();
}
