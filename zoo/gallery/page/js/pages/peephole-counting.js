// Letters typed, what may come next after each, and the cells that count.

import { canvas, element, examples, labelled, latest, rows } from "../page.js";
import { SYMBOLS, indices } from "../processing/peephole-counting.js";
import { integers } from "../runtime.js";

const NETWORKS = ["PeepholeLSTM", "LSTM", "Elman"];
const COLOURS = ["#1d5fa8", "#b5521b", "#3a8a4d"];
const HEIGHT = 180;

export async function start(model, page) {
  const input = element("input", { type: "text", id: "input", value: "aaaaaabbbbbb" });
  const language = select("Language", ["anbn", "anbncn"]);
  const network = select("Network", NETWORKS);
  const [chart, pen] = canvas(720, HEIGHT, "The cells of the network over the string");
  const output = element("p", { id: "output", className: "scroll" });
  const put = (text) => ((input.value = text), update());
  page.append(
    labelled("A string:", input),
    examples(["aaaabbbb", "aaaaaaaaaabbbbbbbbbb", "aabbccaa"], put),
    labelled("Language", language),
    labelled("Network", network),
    output,
    element("p", { textContent: "Its cells, a line each: one counts up for every a and down for every b." }),
    chart,
  );

  const show = latest(async (text, whose, which) => {
    const read = indices(text);
    const next = await model.stream();
    const [may, cells] = [[], []];
    const state = `${whose}_${which}_states_${whose === "Elman" ? "h" : "c"}_next`;
    for (const symbol of read) {
      const outputs = await next({ symbols: integers([symbol], [1, 1]) });
      may.push(rows(outputs[`${whose}_${which}`])[0].map((prob) => prob > 0.5));
      cells.push(Array.from(outputs[state].data));
    }
    output.replaceChildren(
      ...read.map((symbol, i) => {
        const following = Array.from(SYMBOLS).filter((_, j) => may[i][j]).join("");
        return element("span", { className: "tagged", style: "color: inherit" }, SYMBOLS[symbol], element("small", { textContent: following || "nothing" }));
      }),
    );
    draw(pen, chart.width, cells);
  });
  const update = () => show(input.value.trim(), network.value, language.value);
  for (const control of [input, language, network]) control.oninput = update;
  await update();
}

const select = (label, names) =>
  element("select", { "aria-label": label }, ...names.map((name) => element("option", { value: name, textContent: name })));

function draw(pen, width, cells) {
  const all = cells.flat();
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const x = (t) => 10 + (t * (width - 20)) / Math.max(cells.length - 1, 1);
  const y = (value) => HEIGHT - 10 - ((value - low) * (HEIGHT - 20)) / (high - low || 1);
  pen.clearRect(0, 0, width, HEIGHT);
  pen.lineWidth = 2;
  COLOURS.forEach((colour, cell) => {
    pen.strokeStyle = colour;
    pen.beginPath();
    cells.forEach((row, t) => pen.lineTo(x(t), y(row[cell])));
    pen.stroke();
  });
}
