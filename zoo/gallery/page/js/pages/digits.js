// What the pages of digits share: a sheet to draw on, or an image of the user's.

import { button, canvas, element, labelled, latest, pen } from "../page.js";
import { digit, grey } from "../processing/images.js";

const SIZE = 280;

/** Puts a sheet on the page; `use` gets each digit drawn or chosen, as 784 points. */
export function sheet(page, use) {
  const [surface, ink] = canvas(SIZE, SIZE, "A sheet to draw a digit on");
  const file = element("input", { type: "file", accept: "image/*", id: "file" });
  const clear = () => blank(ink);
  const read = latest(() => use(digitOn(ink)));
  const put = latest(async (source) => {
    await lay(source, ink);
    await read();
  });
  let last;
  pen(surface, {
    begin: (x, y) => (last = [x, y]),
    move: (x, y) => {
      ink.lineWidth = 22;
      ink.lineCap = "round";
      ink.beginPath();
      ink.moveTo(...last);
      ink.lineTo(x, y);
      ink.stroke();
      last = [x, y];
    },
    end: read,
  });
  file.onchange = () => file.files[0] && put(file.files[0]);
  surface.addEventListener("dragover", (event) => event.preventDefault());
  surface.addEventListener("drop", (event) => {
    event.preventDefault();
    put(event.dataTransfer.files[0]);
  });
  clear();
  page.append(
    element("p", { textContent: "Draw a digit with the mouse or a finger, or take an image." }),
    surface,
    element("p", {}, button("Clear", clear), button("Read", read)),
    labelled("An image:", file),
  );
  return put;
}

/** The digits of the images that lie beside the model, each 784 points. */
export function digitsBeside(model) {
  return Promise.all(
    model.about.examples.map(async (file) => {
      const [, ink] = canvas(SIZE, SIZE, "");
      await lay(await beside(model, file), ink);
      return digitOn(ink);
    }),
  );
}

const beside = async (model, file) => (await fetch(`${model.folder}/${file}`)).blob();

function blank(ink) {
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, SIZE, SIZE);
}

/** Draws an image in the middle of a sheet, as large as there is room. */
async function lay(source, ink) {
  let image;
  try {
    image = await createImageBitmap(source);
  } catch {
    throw new Error("this file is no image that the browser reads");
  }
  blank(ink);
  const scale = Math.min(SIZE / image.width, SIZE / image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  ink.drawImage(image, (SIZE - width) / 2, (SIZE - height) / 2, width, height);
}

function digitOn(ink) {
  const { data } = ink.getImageData(0, 0, SIZE, SIZE);
  return digit(grey(data, SIZE, SIZE), SIZE, SIZE);
}

/** Buttons of images that lie beside the model. */
export const samples = (model, put) =>
  model.about.examples.map((file) => button(file.split("/").at(-1), async () => put(await beside(model, file))));

/** Draws so many rows of points, 0 paper to 1 ink, each so large. */
export function draw(pen, points, side, scale) {
  points.forEach((point, i) => {
    const shade = Math.round(255 * (1 - point));
    pen.fillStyle = `rgb(${shade} ${shade} ${shade})`;
    pen.fillRect((i % side) * scale, Math.floor(i / side) * scale, scale, scale);
  });
}
