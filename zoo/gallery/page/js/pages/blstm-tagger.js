// A text typed, and its words with their parts of speech in colour.

import { element, examples, labelled, latest, likeliest, rows } from "../page.js";
import { encode, sentences } from "../processing/blstm-tagger.js";
import { integers } from "../runtime.js";

export async function start(model, page) {
  const { words, characters } = JSON.parse(model.about.assets["vocabulary.json"]);
  const { tags, longest_word } = model.about.options;
  const names = tags.split(" ");
  const input = element("textarea", { id: "input", rows: 3, value: model.about.examples[1] });
  const output = element("div", { id: "output" });
  const put = (text) => ((input.value = text), show(text));
  page.append(labelled("A text in English:", input), examples(model.about.examples, put), output);

  const show = latest(async (text) => {
    const lines = [];
    for (const sentence of sentences(text)) {
      const read = encode(sentence, words, characters, longest_word);
      const outputs = await model.run({
        words: integers(read.words, [1, sentence.length]),
        characters: integers(read.characters.flat(), [1, sentence.length, read.characters[0].length]),
      });
      const line = rows(outputs.tags).map((scores, i) => tagged(sentence[i], likeliest(scores), names));
      lines.push(element("p", {}, ...line));
    }
    output.replaceChildren(...lines);
  });
  input.oninput = () => show(input.value);
  await show(input.value);
}

function tagged(word, tag, names) {
  const hue = Math.round((360 * tag) / names.length);
  return element("span", { className: "tagged", style: `background: hsl(${hue} 70% 82%)` }, word, element("small", { textContent: names[tag] }));
}
