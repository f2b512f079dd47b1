// A drawing, corrupted, and how the memory restores it unit by unit.

import { button, canvas, element, examples, labelled, latest, pause, pen as follow } from "../page.js";
import { HEIGHT, WIDTH, pattern } from "../processing/hopfield-recall.js";
import { floats } from "../runtime.js";

const SCALE = 22;
const [SIZE_X, SIZE_Y] = [WIDTH * SCALE, HEIGHT * SCALE];

export async function start(model, page) {
  const stored = Object.values(model.about.drawings).map(pattern);
  const [left, leftPen] = canvas(SIZE_X, SIZE_Y, "The corrupted drawing");
  const [right, rightPen] = canvas(SIZE_X, SIZE_Y, "The restored drawing");
  const share = element("input", { type: "range", min: 0, max: 0.5, step: 0.05, value: 0.2, "aria-label": "Share of points turned over" });
  const output = element("p", { id: "output" });
  let points = stored[0];
  let run = 0;
  const put = (next) => draw(leftPen, (points = next));

  const restore = latest(async () => {
    const mine = ++run;
    const initial = points;
    const { asynchronous } = await model.run({ patterns: floats(initial, [1, initial.length]) });
    for (const state of walk(stored, initial)) {
      if (mine !== run) return;
      draw(rightPen, state);
      await pause(15);
    }
    const end = Array.from(asynchronous.data);
    draw(rightPen, end);
    const place = stored.findIndex((each) => each.every((point, i) => point === end[i]));
    output.textContent = place < 0 ? "It ends in a state that is none of the stored drawings." : `It is the stored ${Object.keys(model.about.drawings)[place]}.`;
  });
  const corrupt = () => {
    put(points.map((point) => (Math.random() < Number(share.value) ? -point : point)));
    return restore();
  };
  const choose = (name) => (put(stored[Object.keys(model.about.drawings).indexOf(name)]), corrupt());

  follow(left, {
    begin: (x, y) => turn(x, y, true),
    move: (x, y) => turn(x, y, false),
    end: () => restore(),
  });
  let latestUnit = -1;
  function turn(x, y, isNew) {
    const unit = Math.floor(y / SCALE) * WIDTH + Math.floor(x / SCALE);
    if (isNew) latestUnit = -1;
    if (unit === latestUnit || !(unit in points)) return;
    latestUnit = unit;
    put(points.map((point, i) => (i === unit ? -point : point)));
  }
  page.append(
    element("p", { textContent: "Six drawn digits are stored. Choose one, or turn points over yourself." }),
    examples(Object.keys(model.about.drawings), choose),
    labelled("Share of points turned over:", share),
    element("p", {}, button("Corrupt", corrupt), button("Restore", restore)),
    element("div", { className: "side" }, left, right),
    output,
  );
  put(points);
  await corrupt();
}

/** The states on the way: x_i ← 1 where Σ_j W_ij x_j ≥ 0, else -1, with W = 1/N Σ_p p pᵀ, zero on the diagonal. */
function* walk(stored, initial) {
  const state = [...initial];
  for (let changed = true; changed; ) {
    changed = false;
    const order = state.map((_, unit) => [Math.random(), unit]).sort(([a], [b]) => a - b);
    for (const [, unit] of order) {
      const field = stored.reduce((sum, p) => sum + p[unit] * p.reduce((dot, each, j) => dot + (j === unit ? 0 : each * state[j]), 0), 0);
      const next = field >= 0 ? 1 : -1;
      if (next === state[unit]) continue;
      state[unit] = next;
      changed = true;
      yield state;
    }
  }
}

function draw(pen, points) {
  points.forEach((point, i) => {
    pen.fillStyle = point > 0 ? "#1b1b1f" : "#fff";
    pen.fillRect((i % WIDTH) * SCALE, Math.floor(i / WIDTH) * SCALE, SCALE - 1, SCALE - 1);
  });
}
