// A text typed, and its translation.

import { button, element, examples, labelled, latest } from "../page.js";
import { SentencePiece } from "../raw/sentencepiece.js";
import { END, encode, parts } from "../raw/translator.js";
import { floats, integers } from "../runtime.js";

export async function start(model, page) {
  const { assets, options } = model.about;
  const [source, target] = ["source", "target"].map((side) => new SentencePiece(assets[`${side}.subwords.base64`]));
  const languages = { from: options.source, to: options.target };
  const input = element("textarea", { id: "input", rows: 3, value: model.about.examples[0] });
  const width = element("input", { type: "number", min: 1, max: 20, value: 5 });
  const output = element("p", { id: "output" });
  const show = latest(async (text, beams) => {
    const translated = [];
    for (const part of parts(text, source, target, languages)) {
      const read = encode(part, source);
      const { symbols } = await model.run({
        source: integers(read, [1, read.length]),
        width: integers([beams], []),
        length_penalty: floats([1], []),
      });
      const [, , steps] = symbols.dims;
      translated.push(target.decode(Array.from(symbols.data.slice(0, steps)).filter((symbol) => symbol > END)));
    }
    output.textContent = translated.join(" ");
  });
  const go = () => show(input.value, Math.min(Math.max(Number(width.value) || 1, 1), 20));
  page.append(
    labelled(`A text about something that one can photograph, in '${languages.from}':`, input),
    examples(model.about.examples, (text) => ((input.value = text), go())),
    labelled("Beams", width),
    element("p", {}, button("Translate", go)),
    output,
  );
  await go();
}
