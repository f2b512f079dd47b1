// The likeliest labels of a network trained with CTC, by prefix beam search.

const BLANK = 0;
const LEAST = Math.log(1e-4);

/** log(e^a + e^b) */
function sum(a, b) {
  if (a === -Infinity) return b;
  if (b === -Infinity) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/**
 * Labels that maximise log p(l | x) + weight log p(l) + bonus |l|.
 * chances: log p of each symbol at each step, rows; language: as `spelling.language` makes it.
 */
export function search(chances, { width, language, weight, bonus }) {
  let beam = [{ labels: [], blank: 0, label: -Infinity, said: 0 }];
  for (const now of chances) {
    const found = new Map();
    const add = (before, labels, blank, label) => {
      const key = labels.join(" ");
      if (!found.has(key)) {
        const said = labels === before.labels ? before.said : before.said + weight * language(labels) + bonus;
        found.set(key, { labels, blank: -Infinity, label: -Infinity, said });
      }
      const paths = found.get(key);
      paths.blank = sum(paths.blank, blank);
      paths.label = sum(paths.label, label);
    };
    const symbols = [...now.keys()].filter((symbol) => symbol !== BLANK && now[symbol] > LEAST);
    for (const before of beam) {
      const { labels, blank, label } = before;
      const last = labels.at(-1);
      add(before, labels, sum(blank, label) + now[BLANK], -Infinity);
      if (labels.length) add(before, labels, -Infinity, label + now[last]);
      for (const symbol of symbols) {
        // The same label twice needs a blank between; without one it is the same label still.
        add(before, [...labels, symbol], -Infinity, (symbol === last ? blank : sum(blank, label)) + now[symbol]);
      }
    }
    beam = [...found.values()].sort((a, b) => score(b) - score(a)).slice(0, width);
  }
  const whole = (paths) => score(paths) + weight * language([...paths.labels, BLANK]);
  return beam.reduce((best, paths) => (whole(paths) > whole(best) ? paths : best)).labels;
}

const score = ({ blank, label, said }) => sum(blank, label) + said;
