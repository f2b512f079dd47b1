// Vectors read, and written again.

import * as raw from "../processing/ntm-copy.js";
import { machine } from "./machine.js";

export const start = (model, page) => machine(model, page, raw);
