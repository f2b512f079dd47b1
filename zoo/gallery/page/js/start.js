// Opens the model of a page and hands it to the page's own module.

import { showMessage } from "./page.js";

const { folder, recipe } = document.body.dataset;

async function start() {
  const { Model, isSupported } = await import("./runtime.js");
  if (!isSupported()) {
    showMessage("This browser runs no WebAssembly with SIMD, which the models need; take a newer one.");
    return;
  }
  const [page, model] = await Promise.all([import(`./pages/${recipe}.js`), Model.open(folder)]);
  await page.start(model, document.querySelector("#try"));
  document.body.dataset.state ??= "ready";
}

start().catch((error) => showMessage(`The page could not be opened: ${error.message}`));
