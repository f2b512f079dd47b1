// A text typed, its translation, and where the decoder looked for each subword of it.

import { button, element, examples, labelled, latest, rows } from "../page.js";
import { SentencePiece } from "../processing/sentencepiece.js";
import { END, encode, parts } from "../processing/translator.js";
import { floats, integers } from "../runtime.js";

export async function start(model, page) {
  const { assets, options } = model.about;
  const [source, target] = await Promise.all(["source", "target"].map((side) => SentencePiece.read(assets[`${side}.subwords.zlib.base64`])));
  const languages = { from: options.source, to: options.target };
  const input = element("textarea", { id: "input", rows: 3, value: model.about.examples[0] });
  const width = element("input", { type: "number", min: 1, max: 20, value: 5 });
  const output = element("p", { id: "output" });
  const looks = element("div", { id: "looks" });
  const show = latest(async (text, beams) => {
    const translated = [];
    const tables = [];
    for (const part of parts(text, source, target, languages)) {
      const read = encode(part, source);
      const { symbols, attention } = await model.run({
        source: integers(read, [1, read.length]),
        width: integers([beams], []),
        length_penalty: floats([1], []),
      });
      const written = rows(symbols)[0].filter((symbol) => symbol > 0);
      translated.push(target.decode(written.filter((symbol) => symbol > END)));
      if (attention) tables.push(matrix(source.names(read), target.names(written), rows(attention)));
    }
    output.textContent = translated.join(" ");
    looks.replaceChildren(...tables);
  });
  const go = () => show(input.value, Math.min(Math.max(Number(width.value) || 1, 1), 20));
  page.append(
    labelled(`A text about something that one can photograph, in '${languages.from}':`, input),
    examples(model.about.examples, (text) => ((input.value = text), go())),
    labelled("Beams", width),
    element("p", {}, button("Translate", go)),
    output,
    element("h2", { textContent: "Where the decoder looked" }),
    element("p", { textContent: "A row for each subword written, a column for each subword read; the darker, the more weight." }),
    looks,
  );
  await go();
}

/** A table of weights from 0 to 1, shaded by them. */
function matrix(columns, lines, weights) {
  const header = (textContent, scope) => element("th", { textContent, scope });
  const cell = (weight) =>
    element("td", { title: weight.toFixed(2), style: `background: rgb(from var(--accent) r g b / ${weight.toFixed(3)})` });
  return element(
    "div",
    { className: "scroll" },
    element(
      "table",
      { className: "matrix" },
      element("tr", {}, element("td"), ...columns.map((name) => header(name, "col"))),
      ...lines.map((name, i) => element("tr", {}, header(name, "row"), ...weights[i].map(cell))),
    ),
  );
}
