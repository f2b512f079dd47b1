// Calls a function of a page's module for many arguments: { module, name, each, rest } as JSON on
// standard input to the list of results on standard output, a refusal as { refused }.

import { stdin, stdout } from "node:process";

let request = "";
for await (const chunk of stdin) request += chunk;
const { module, name, each, rest } = JSON.parse(request);

const load = (file) => import(new URL(`js/processing/${file}.js`, `file://${process.argv[2]}/`));
const cached = (make) => {
  const values = new Map();
  return (key, ...others) => values.get(key) ?? values.set(key, make(key, ...others)).get(key);
};
const [{ SentencePiece }, images, handwriting, joints, translator] = await Promise.all(
  ["sentencepiece", "images", "handwriting", "joints", "translator"].map(load),
);
const subwords = cached((asset) => SentencePiece.read(asset));
const decoder = cached((words, alphabet) => handwriting.decoder(words, alphabet));

// Calls that take several functions of a module, as the pages make them.
const combined = {
  parts: async (text, ...assets) => {
    const [languages, [source, target]] = [assets.pop(), await Promise.all(assets.map((asset) => subwords(asset)))];
    return translator.parts(text, source, target, languages).map((part) => translator.encode(part, source));
  },
  spell: async (ids, target) => (await subwords(target)).decode(ids),
  word: (logits, words, alphabet) => decoder(words, alphabet)(logits),
  points: (bytes, width, height) => images.digit(images.grey(Uint8Array.from(bytes), width, height), width, height),
  clip: (text) => joints.actionFeatures(joints.readClip(text)),
  video: (text) => joints.gestureFeatures(joints.readTable(text)),
};
const call = combined[name] ?? (await load(module))[name];

stdout.write(
  JSON.stringify(
    await Promise.all(
      each.map(async (values) => {
        try {
          const output = await call(...values, ...rest);
          return ArrayBuffer.isView(output) ? Array.from(output) : output;
        } catch (error) {
          if (error.constructor.name !== "Refusal") throw error;
          return { refused: error.message };
        }
      }),
    ),
  ),
);
