// The parts that the pages of models share.

/** An input that a model does not take; its message is shown to the user. */
export class Refusal extends Error {}

/** An element with properties and children. */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** A control with a label before it. */
export const labelled = (label, control) => element("label", {}, `${label} `, control);

/** Buttons that each put an example in, in the order of their names. */
export const examples = (names, choose) =>
  element("p", { className: "examples" }, "Examples: ", ...names.map((name) => button(name, () => choose(name))));

export const button = (name, press) => element("button", { type: "button", textContent: name, onclick: press });

/** Shows an error message, or none for "". */
export function showMessage(message) {
  document.querySelector("#trouble").textContent = message;
}

/**
 * A function that only ever works on the latest input: while it runs, later inputs wait, and of those
 * only the last is used. A refusal or an error is shown on the page.
 */
export function latest(work) {
  let waiting = null;
  let isBusy = false;
  return async function next(...input) {
    waiting = input;
    if (isBusy) return;
    isBusy = true;
    document.body.dataset.state = "busy";
    while (waiting) {
      const now = waiting;
      waiting = null;
      try {
        await work(...now);
        showMessage("");
      } catch (error) {
        showMessage(error instanceof Refusal ? error.message : `This did not work: ${error.message}`);
      }
    }
    isBusy = false;
    document.body.dataset.state = "ready";
  };
}

/** A canvas of so many points, with what draws on it. */
export function canvas(width, height, label) {
  const surface = element("canvas", { width, height, role: "img", "aria-label": label });
  return [surface, surface.getContext("2d")];
}

/** Points on a canvas where a pen or a finger moves, in the canvas's units. */
export function pen(surface, { begin, move, end }) {
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return [((event.clientX - box.left) * surface.width) / box.width, ((event.clientY - box.top) * surface.height) / box.height];
  };
  let isDown = false;
  surface.style.touchAction = "none";
  surface.addEventListener("pointerdown", (event) => {
    isDown = true;
    surface.setPointerCapture(event.pointerId);
    begin(...place(event));
  });
  surface.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) move(...place(each));
  });
  for (const name of ["pointerup", "pointercancel"])
    surface.addEventListener(name, () => {
      if (isDown) end();
      isDown = false;
    });
}

/** Rows of a name, a bar from 0 to 1 and its figure. */
export function bars(rows) {
  return element(
    "table",
    { className: "bars" },
    ...rows.map(([name, share]) =>
      element(
        "tr",
        {},
        element("th", { scope: "row", textContent: name }),
        element("td", {}, element("span", { className: "bar", style: `width: ${Math.round(100 * share)}%` })),
        element("td", { textContent: share.toFixed(2) }),
      ),
    ),
  );
}

/** The place of the largest number. */
export const likeliest = (numbers) => numbers.reduce((best, value, i) => (value > numbers[best] ? i : best), 0);

/** Probabilities of the logits. */
export function softmax(logits, temperature = 1) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (each) => Math.exp((each - most) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((each) => each / sum);
}

/** Rows of a tensor's last axis. */
export function rows(tensor) {
  const size = tensor.dims.at(-1);
  return Array.from({ length: tensor.data.length / size }, (_, i) => Array.from(tensor.data.slice(i * size, (i + 1) * size)));
}

/** A wait of so many milliseconds. */
export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
