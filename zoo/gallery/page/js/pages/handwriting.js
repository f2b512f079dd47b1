// A word written with a pen, a mouse or a finger, and what the network reads.

import { Refusal, button, canvas, element, examples, labelled, latest, pen, rows } from "../page.js";
import { decoder } from "../processing/handwriting.js";
import { FEATURES, steps } from "../processing/ink.js";
import { floats } from "../runtime.js";

const [WIDTH, HEIGHT] = [720, 240];

export async function start(model, page) {
  const decode = decoder(JSON.parse(model.about.assets["words.json"]), model.about.options.alphabet);
  const [surface, ink] = canvas(WIDTH, HEIGHT, "A sheet to write a word on");
  const file = element("input", { type: "file", accept: ".json", id: "file" });
  const output = element("p", { id: "output", style: "font-size: 1.6rem" });
  let strokes = [];
  const read = latest(async () => {
    // The canvas has y downwards.
    const points = steps(strokes.map((stroke) => stroke.map(([x, y]) => [x, -y])));
    const { logits } = await model.run({ points: floats(points.flat(), [1, points.length, FEATURES]) });
    output.textContent = decode(rows(logits));
  });
  const clear = () => {
    strokes = [];
    output.textContent = "";
    draw(ink, strokes);
  };
  const put = (text) => {
    strokes = fitted(parsed(text));
    draw(ink, strokes);
    return read();
  };
  pen(surface, {
    begin: (x, y) => strokes.push([[x, y]]),
    move: (x, y) => (strokes.at(-1).push([x, y]), draw(ink, strokes)),
    end: read,
  });
  const take = latest(async (chosen) => put(await chosen.text()));
  file.onchange = () => file.files[0] && take(file.files[0]);
  const names = model.about.examples;
  page.append(
    element("p", { textContent: "Write one word in English." }),
    surface,
    element("p", {}, button("Clear", clear)),
    examples(names, async (name) => put(await model.text(name))),
    labelled("Strokes as JSON:", file),
    output,
  );
  clear();
}

/** Strokes of a JSON file, lists of [x, y] with y downwards. */
function parsed(text) {
  const takes = "The file takes strokes as JSON, each a list of points [x, y] with y downwards";
  let strokes;
  try {
    strokes = JSON.parse(text);
  } catch (error) {
    throw new Refusal(`${takes}; this is no JSON: ${error.message}.`);
  }
  const isPoint = (point) => Array.isArray(point) && point.length >= 2 && point.slice(0, 2).every(Number.isFinite);
  if (!Array.isArray(strokes) || !strokes.flat().length || !strokes.every((stroke) => Array.isArray(stroke) && stroke.every(isPoint))) throw new Refusal(`${takes}.`);
  return strokes;
}

/** Strokes brought to the sheet. */
function fitted(strokes) {
  const [xs, ys] = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
  const [left, top] = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))];
  const [width, height] = [xs.reduce((a, b) => Math.max(a, b)) - left, ys.reduce((a, b) => Math.max(a, b)) - top];
  const scale = 0.9 * Math.min(WIDTH / (width || 1), HEIGHT / (height || 1));
  return strokes.map((stroke) => stroke.map(([x, y]) => [0.05 * WIDTH + (x - left) * scale, 0.05 * HEIGHT + (y - top) * scale]));
}

function draw(ink, strokes) {
  ink.clearRect(0, 0, WIDTH, HEIGHT);
  ink.lineWidth = 3;
  ink.lineCap = ink.lineJoin = "round";
  for (const stroke of strokes) {
    ink.beginPath();
    for (const point of stroke) ink.lineTo(...point);
    ink.stroke();
  }
}
