// A digit drawn, and what the network believes after every row of points that it read.

import { bars, element, pause } from "../page.js";
import { floats } from "../runtime.js";
import { SIDE } from "../raw/images.js";
import { rows } from "../page.js";
import { samples, sheet } from "./digits.js";

export async function start(model, page) {
  const output = element("div", { id: "output" });
  let run = 0;
  const put = sheet(page, async (points) => {
    const mine = ++run;
    // Down to each row, and no ink below it.
    const seen = Array.from({ length: SIDE }, (_, row) => points.map((point, i) => (i < (row + 1) * SIDE ? point : 0)));
    const { digits } = await model.run({ images: floats(seen.flatMap((image) => Array.from(image)), [SIDE, SIDE, SIDE]) });
    for (const [row, chances] of rows(digits).entries()) {
      if (mine !== run) return;
      output.replaceChildren(
        element("p", { textContent: `After row ${row + 1} of ${SIDE}, what is below it left blank:` }),
        bars(chances.map((chance, i) => [String(i), chance])),
      );
      await pause(30);
    }
  });
  page.append(element("p", { className: "examples" }, "Examples: ", ...samples(model, put)), output);
}
