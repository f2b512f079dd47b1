// The most probable labels of a network trained with CTC, by prefix beam search.

const BLANK = 0;
const MIN_LOG_PROB = Math.log(1e-4);

/** log(e^a + e^b) */
function sum(a, b) {
  if (a === -Infinity) return b;
  if (b === -Infinity) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/**
 * Labels that maximise log p(l | x) + weight log p(l) + bonus |l|.
 * logProbs: log p of each symbol at each step, rows; language: log p of labels, as of `spelling.language`.
 */
export function search(logProbs, { width, language, weight, bonus }) {
  let beam = [{ labels: [], blank: 0, label: -Infinity, languageScore: 0 }];
  for (const frame of logProbs) {
    const prefixes = new Map();
    const add = (before, labels, blank, label) => {
      const key = labels.join(" ");
      if (!prefixes.has(key)) {
        const isSame = labels === before.labels;
        const languageScore = isSame ? before.languageScore : before.languageScore + weight * language(labels) + bonus;
        prefixes.set(key, { labels, blank: -Infinity, label: -Infinity, languageScore });
      }
      const paths = prefixes.get(key);
      paths.blank = sum(paths.blank, blank);
      paths.label = sum(paths.label, label);
    };
    const symbols = [...frame.keys()].filter((symbol) => symbol !== BLANK && frame[symbol] > MIN_LOG_PROB);
    for (const before of beam) {
      const { labels, blank, label } = before;
      const last = labels.at(-1);
      add(before, labels, sum(blank, label) + frame[BLANK], -Infinity);
      if (labels.length) add(before, labels, -Infinity, label + frame[last]);
      for (const symbol of symbols) {
        // The same label twice needs a blank in between, or the two are merged.
        add(before, [...labels, symbol], -Infinity, (symbol === last ? blank : sum(blank, label)) + frame[symbol]);
      }
    }
    beam = [...prefixes.values()].sort((a, b) => score(b) - score(a)).slice(0, width);
  }
  const finalScore = (paths) => score(paths) + weight * language([...paths.labels, BLANK]);
  return beam.reduce((best, paths) => (finalScore(paths) > finalScore(best) ? paths : best)).labels;
}

const score = ({ blank, label, languageScore }) => sum(blank, label) + languageScore;
