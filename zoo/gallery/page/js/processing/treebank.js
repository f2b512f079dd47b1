// Words of a sentence as English treebanks have them: NLTK's tokenizer (Apache-2.0).

import { words } from "./text.js";

// A letter of a word, as the regex module has it and, for contractions, as Python's own re.
const W = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]";
const OWN = "[\\p{L}\\p{N}_]";
const edge = (letter) => `(?:(?<=${letter})(?!${letter})|(?<!${letter})(?=${letter}))`;
const EDGE = edge(OWN);
const rule = (pattern, instead, flags = "gu") => [new RegExp(pattern, flags), instead];

const RULES = [
  rule("([«“‘„]|[`]+)", " $1 "),
  rule('^"', "``"),
  rule("(``)", " $1 "),
  rule("([ \\(\\[\\{<])(\"|'{2})", "$1 `` "),
  rule(`(?<!${W})(')(?!(?:re|ve|ll|m|t|s|d|n)${edge(W)})(?=${W})`, "$1 ", "giu"),
  rule("([^\\.])(\\.)([\\]\\)\\}>\"'»”’ ]*)\\s*$", "$1 $2 $3 "),
  rule("([:,])([^\\p{Nd}])", " $1 $2"),
  rule("([:,])$", " $1 "),
  rule("\\.{2,}", " $& "),
  rule("[;@#$%&]", " $& "),
  rule("[\\u2012-\\u2015]", " $& "),
  rule("([^\\.])(\\.)([\\]\\)\\}>\"']*)\\s*$", "$1 $2$3 "),
  rule("[?!]", " $& "),
  rule("([^'])' ", "$1 ' "),
  rule("[*]", " $& "),
  rule("[\\]\\[\\(\\)\\{\\}<>]", " $& "),
  rule("--", " -- "),
  // A space before and behind makes what follows easier.
  rule("^[^]*$", " $& "),
  rule("([»”’])", " $1 "),
  rule("''", " '' "),
  rule('"', " '' "),
  rule("\\s+", " "),
  rule("([^' ])('[sS]|'[mM]|'[dD]|') ", "$1 $2 "),
  rule("([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", "$1 $2 "),
  ...["(can)(not)", "(d)('ye)", "(gim)(me)", "(gon)(na)", "(got)(ta)", "(lem)(me)", "(more)('n)"].map((pair) =>
    rule(`${EDGE}${pair}${EDGE}`, " $1 $2 ", "giu"),
  ),
  rule(`${EDGE}(wan)(na)(?=\\s)`, " $1 $2 ", "giu"),
  rule(` ('t)(is)${EDGE}`, " $1 $2 ", "giu"),
  rule(` ('t)(was)${EDGE}`, " $1 $2 ", "giu"),
];

/** The words of a sentence as places [start, end) in it. */
export function spans(sentence) {
  const changed = RULES.reduce((text, [pattern, instead]) => text.replace(pattern, instead), sentence);
  const quotes = sentence.match(/``|'{2}|"/g) ?? [];
  const isQuoted = sentence.includes('"') || sentence.includes("''");
  let place = 0;
  return words(changed).map((word) => {
    const spelled = isQuoted && ['"', "``", "''"].includes(word) ? quotes.shift() : word;
    const start = sentence.indexOf(spelled, place);
    if (start < 0) throw new Error(`${spelled} is not in the sentence`);
    place = start + spelled.length;
    return [start, place];
  });
}
