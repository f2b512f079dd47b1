// A beginning typed, and how the model goes on.

import { button, element, labelled, latest, rows } from "../page.js";
import { draw, encode } from "../processing/char-lm.js";
import { integers } from "../runtime.js";

const LENGTH = 300;

export async function start(model, page) {
  const vocabulary = JSON.parse(model.about.assets["vocabulary.json"]);
  const input = element("textarea", { id: "input", rows: 3, value: model.about.examples[0] });
  const temperature = element("input", { type: "range", min: 0, max: 1.5, step: 0.1, value: 0.8 });
  const shownTemperature = element("output", { textContent: temperature.value });
  const output = element("pre", { id: "output" });
  let run = 0;

  const write = latest(async (text, heat) => {
    const [mine, next] = [++run, await model.stream()];
    let block = encode(text, vocabulary);
    output.textContent = text;
    for (let count = 0; count < LENGTH && mine === run; count++) {
      const { logits } = await next({ characters: integers(block, [1, block.length]) });
      block = [draw(rows(logits).at(-1), heat)];
      output.textContent += vocabulary[block[0]];
    }
  });
  const go = () => {
    // What is being written stops where it is.
    run++;
    return write(input.value, Number(temperature.value));
  };
  temperature.oninput = () => (shownTemperature.textContent = temperature.value);
  page.append(
    labelled("A beginning:", input),
    labelled("Temperature, 0 the likeliest character always:", temperature),
    shownTemperature,
    element("p", {}, button("Go on", go), button("Stop", () => run++)),
    output,
  );
}
