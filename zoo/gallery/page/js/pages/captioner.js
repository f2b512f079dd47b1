// A photograph chosen or dropped, the sentence for it, and where the network looked at each word.

import { canvas, element, labelled, latest, rows } from "../page.js";
import { sentence, spelled, squeezed } from "../processing/photographs.js";
import { floats, integers } from "../runtime.js";
import { samples } from "./digits.js";

const LARGE = 320;
const SMALL = 120;

export async function start(model, page) {
  const { side } = model.about.options;
  const words = JSON.parse(model.about.assets["words.json"]);
  const [shown, pen] = canvas(LARGE, LARGE, "The photograph, as the network sees it");
  const file = element("input", { type: "file", accept: "image/*", id: "file" });
  const width = element("input", { type: "number", min: 1, max: 20, value: 5 });
  const output = element("p", { id: "output", style: "font-size: 1.3rem" });
  const looks = element("div", { id: "looks", className: "side" });
  let chosen;
  const tell = latest(async (beams) => {
    const { data, width: wide, height: high } = pixels(chosen);
    const points = squeezed(data, wide, high, side);
    const { symbols, attention } = await model.run({
      images: floats(points, [1, side, side, 3]),
      width: integers([beams], []),
      length_penalty: floats([1], []),
    });
    const caption = spelled(rows(symbols)[0], words);
    output.textContent = sentence(caption);
    looks.replaceChildren(...(attention ? caption.map((word, i) => looked(chosen, word, rows(attention)[i])) : []));
  });
  const go = () => tell(Math.min(Math.max(Number(width.value) || 1, 1), 20));
  const put = latest(async (source) => {
    try {
      chosen = await createImageBitmap(source);
    } catch {
      throw new Error("this file is no image that the browser reads");
    }
    pen.drawImage(chosen, 0, 0, LARGE, LARGE);
    await go();
  });
  file.onchange = () => file.files[0] && put(file.files[0]);
  width.onchange = go;
  shown.addEventListener("dragover", (event) => event.preventDefault());
  shown.addEventListener("drop", (event) => {
    event.preventDefault();
    put(event.dataTransfer.files[0]);
  });
  page.append(
    labelled("A photograph:", file),
    element("p", { className: "examples" }, "Examples: ", ...samples(model, put)),
    labelled("Beams", width),
    shown,
    output,
    element("h2", { textContent: "Where it looked for each word" }),
    looks,
  );
  await put(await (await fetch(`${model.folder}/${model.about.examples[0]}`)).blob());
}

/** The RGBA bytes of an image. */
function pixels(image) {
  const [surface, pen] = canvas(image.width, image.height, "");
  pen.drawImage(image, 0, 0);
  return pen.getImageData(0, 0, surface.width, surface.height);
}

/** A word below the photograph, bright where the network looked. */
function looked(image, word, weights) {
  const [surface, pen] = canvas(SMALL, SMALL, `Where the network looked for ${word}`);
  const places = Math.sqrt(weights.length);
  const size = SMALL / places;
  const most = Math.max(...weights);
  pen.drawImage(image, 0, 0, SMALL, SMALL);
  weights.forEach((weight, i) => {
    pen.fillStyle = `rgb(0 0 0 / ${(0.8 * (1 - weight / most)).toFixed(3)})`;
    pen.fillRect((i % places) * size, Math.floor(i / places) * size, size, size);
  });
  return element("figure", { style: "margin: 0" }, surface, element("figcaption", { textContent: word }));
}
