// A neural Turing machine at work: what it reads and writes, and the rows of memory its heads look at.

import { canvas, element, examples, labelled, latest, rows } from "../page.js";
import { spelled as likelier } from "../processing/vectors.js";
import { floats } from "../runtime.js";

const NETWORKS = { ntm_lstm: "machine with an LSTM controller", ntm_feedforward: "machine with a feedforward controller", lstm: "LSTM without a memory" };
const WIDTH = 720;
const USED = 0.1;

/** The page of a task, by the module that reads its texts and spells what is written, and the network first shown. */
export async function machine(model, page, { hint, inputs, spelled = likelier }, first = "ntm_lstm") {
  const input = element("textarea", { id: "input", rows: 3, value: model.about.examples[0] });
  const network = element("select", {}, ...Object.entries(NETWORKS).map(([value, textContent]) => element("option", { value, textContent, selected: value === first })));
  const output = element("p", { id: "output", style: "overflow-wrap: anywhere" });
  const pictures = element("div", { id: "pictures" });
  const show = latest(async (text, who) => {
    const { rows: steps, read } = inputs(text);
    const next = await model.stream();
    const probs = [];
    const weights = { write: [], read: [] };
    for (const row of steps) {
      const outputs = await next({ vectors: floats(row, [1, 1, row.length]) });
      probs.push(rows(outputs[who])[0]);
      for (const [head, seen] of Object.entries(weights)) {
        const step = outputs[`${who}_machine_state_${head}_weightings_next`];
        if (step) seen.push(sum(rows(step)));
      }
    }
    output.textContent = spelled(probs.slice(read));
    const written = probs.map((row, t) => (t < read ? row.map(() => 0) : row));
    pictures.replaceChildren(
      ...picture("Read, time from left to right", steps),
      ...picture("Written", written),
      ...Object.entries(weights).flatMap(([head, seen]) => (seen.length ? picture(`Rows of the memory where it ${head}s`, used(seen)) : [])),
    );
  });
  const go = () => show(input.value, network.value);
  input.oninput = network.onchange = go;
  page.append(
    labelled(`${hint}:`, input),
    examples(model.about.examples, (text) => ((input.value = text), go())),
    labelled("By the", network),
    element("p", { textContent: "It writes:" }),
    output,
    pictures,
  );
  await go();
}

/** Of each row of the memory what all heads give it. */
const sum = (heads) => heads[0].map((_, row) => heads.reduce((total, weights) => total + weights[row], 0));

/** The rows of memory that are looked at, and two on either side. */
function used(weights) {
  const looked = weights[0].map((_, row) => weights.some((step) => step[row] > USED));
  const [first, last] = [looked.indexOf(true), looked.lastIndexOf(true)];
  return weights.map((step) => step.slice(Math.max(0, first - 2), last + 3));
}

/** A title, and columns of values from 0 to 1, drawn dark where they are large. */
function picture(title, columns) {
  const size = Math.max(1, Math.min(14, Math.floor(WIDTH / columns.length)));
  const [drawn, pen] = canvas(size * columns.length, size * columns[0].length, title);
  columns.forEach((column, x) =>
    column.forEach((value, y) => {
      pen.fillStyle = `rgb(29 95 168 / ${Math.min(1, Math.max(0, value)).toFixed(3)})`;
      pen.fillRect(x * size, y * size, size, size);
    }),
  );
  return [element("h2", { textContent: title }), drawn];
}
