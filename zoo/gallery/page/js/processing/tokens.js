// Words and marks of a text: the tokenizer of syntok 1.4 (F. Leitner, MIT licence).

const HYPHENS = "\\u00ad\\u058a\\u05be\\u0f0c\\u1400\\u1806\\u2010\\u2011\\u2012\\u2e17\\u30a0\\-";
const APOSTROPHES = "'\\u00b4\\u02b9\\u02bc\\u2019\\u2032";
const PIECES = /[^\s\u200b]+/gu;
const NOT = new RegExp(`^[${APOSTROPHES}]t$`, "u");
const JOINT = new RegExp(`^[${HYPHENS}_]$`, "u");
const SEPARATION = new RegExp(
  "(?<=\\p{Ll})[.!?]?(?=\\p{Lu})|" + // from a small to a capital letter
    `[${APOSTROPHES}]\\p{L}+|` +
    "[\\p{Ps}\\p{Pe}]|" +
    "\\.\\.\\.|" +
    `(?<=\\p{L})[,;_${HYPHENS}](?=[\\p{L}\\p{Nd}])|` +
    `(?<=[\\p{L}\\p{Nd}])[,;_${HYPHENS}](?=\\p{L})`,
  "gu",
);
const isAlphanumeric = (character) => /^[\p{L}\p{N}]$/u.test(character);

/** Tokens { spacing, value, offset } of a text; "n't" is "not". */
export function* tokens(text) {
  let offset = 0;
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    const characters = Array.from(piece);
    const first = characters.findIndex(isAlphanumeric);
    if (first < 0) {
      yield { spacing: text.slice(offset, index), value: piece, offset: index };
    } else {
      const last = characters.findLastIndex(isAlphanumeric);
      const start = index + characters.slice(0, first).join("").length;
      const end = index + characters.slice(0, last + 1).join("").length;
      let at = index;
      for (const [i, value] of characters.slice(0, first).entries()) {
        yield { spacing: i ? "" : text.slice(offset, index), value, offset: at };
        at += value.length;
      }
      yield* parts(first ? "" : text.slice(offset, start), text.slice(start, end), start);
      let tail = characters.slice(last + 1);
      at = end;
      if (tail.slice(0, 3).join("") === "...") {
        yield { spacing: "", value: "...", offset: at };
        tail = tail.slice(3);
        at += 3;
      }
      for (const value of tail) {
        yield { spacing: "", value, offset: at };
        at += value.length;
      }
    }
    offset = index + piece.length;
  }
  if (offset < text.length) yield { spacing: text.slice(offset), value: "", offset: text.length };
}

/** The tokens of a piece that begins and ends with a letter or a digit. */
function* parts(spacing, word, offset) {
  let done = 0;
  for (const { 0: separator, index } of word.matchAll(SEPARATION)) {
    const negates = index > done && NOT.test(separator) && word[index - 1] === "n";
    if (index > done) {
      const end = negates ? index - 1 : index;
      if (end > done) {
        yield { spacing, value: word.slice(done, end), offset: offset + done };
        spacing = "";
      }
    }
    if (negates) {
      yield { spacing, value: "not", offset: offset + index - 1 };
      spacing = "";
    } else if (separator && !JOINT.test(separator)) {
      yield { spacing, value: separator, offset: offset + index };
      spacing = "";
    } else {
      spacing += separator;
    }
    done = index + separator.length;
  }
  if (done === 0) yield { spacing, value: word, offset };
  else if (done < word.length) yield { spacing, value: word.slice(done), offset: offset + done };
}
