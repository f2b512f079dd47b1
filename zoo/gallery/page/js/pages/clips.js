// What the pages of clips share: a file of joints, the figure of a body that moves.

import { canvas, element, examples, labelled, latest } from "../page.js";

const [WIDTH, HEIGHT] = [320, 320];

/** Puts a field for a file on the page; `use` gets the text of each that is chosen, or of an example. */
export function files(model, page, kind, use) {
  const file = element("input", { type: "file", accept: kind, id: "file" });
  const put = latest(use);
  file.onchange = async () => file.files[0] && put(await file.files[0].text());
  page.append(
    examples(model.about.examples, async (name) => put(await model.text(name))),
    labelled(`A file of joints (${kind}):`, file),
  );
  return async (name) => put(await model.text(name));
}

/** A canvas, and a function that draws a frame of joints [x, y, ...] with lines between some. */
export function body(bones) {
  const [surface, pen] = canvas(WIDTH, HEIGHT, "The joints of the body");
  const draw = (frames, t) => {
    const [xs, ys] = [0, 1].map((axis) => frames.flat().map((joint) => joint[axis]));
    const least = (values) => values.reduce((a, b) => Math.min(a, b));
    const range = (values) => values.reduce((a, b) => Math.max(a, b)) - least(values) || 1;
    const scale = 0.9 * Math.min(WIDTH / range(xs), HEIGHT / range(ys));
    const place = ([x, y]) => [(x - least(xs)) * scale + 0.05 * WIDTH, (y - least(ys)) * scale + 0.05 * HEIGHT];
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    pen.lineWidth = 4;
    pen.strokeStyle = "#1d5fa8";
    for (const [from, to] of bones) {
      pen.beginPath();
      pen.moveTo(...place(frames[t][from]));
      pen.lineTo(...place(frames[t][to]));
      pen.stroke();
    }
  };
  return [surface, draw];
}
