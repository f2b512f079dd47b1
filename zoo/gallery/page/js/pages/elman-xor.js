// Bits typed, and for each the chance that the next one is 1.

import { bars, element, labelled, latest } from "../page.js";
import { bits } from "../processing/elman-xor.js";
import { floats } from "../runtime.js";

export async function start(model, page) {
  const input = element("input", { type: "text", id: "input", value: model.about.examples[0] });
  const output = element("div", { id: "output" });
  page.append(
    labelled("A stream of bits, each third one the exclusive or of the two before it:", input),
    element("p", { textContent: "The chance of a 1 next, after each bit. It is sure of every third bit alone." }),
    output,
  );
  const show = latest(async (text) => {
    const read = bits(text);
    if (!read.length) return output.replaceChildren();
    const { next_bit } = await model.run({ bits: floats(read, [1, read.length, 1]) });
    output.replaceChildren(bars(read.map((bit, i) => [`${i + 1}: ${bit}`, next_bit.data[i]])));
  });
  input.oninput = () => show(input.value);
  await show(input.value);
}
