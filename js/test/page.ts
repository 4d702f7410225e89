/** The panel on a page of its own, with a kernel in the page: `npm run page`, then open the address. */

import { options } from "preact";
import panel from "../src/panel";
import { Kernel } from "./kernel";

const query = new URLSearchParams(location.search);
const theme = query.get("theme");
if (theme) document.documentElement.dataset.theme = theme;

/** anywidget wraps the model anew for each call. */
const wrapped = (kernel: Kernel) => ({
  get: kernel.get.bind(kernel),
  set: kernel.set.bind(kernel),
  save_changes: kernel.save_changes.bind(kernel),
  send: kernel.send.bind(kernel),
  on: kernel.on.bind(kernel),
  off: kernel.off.bind(kernel),
});

const kernel = new Kernel();
const stop = panel.initialize({ model: wrapped(kernel) });
const views = [...document.querySelectorAll<HTMLElement>(".view")].map((el) =>
  panel.render({ model: wrapped(kernel), el }),
);

/** The components that were rendered, in order, by Preact's own hook for tools. */
const renders: string[] = [];
const tools = options as { __r?: (node: { type: { name: string } }) => void };
const before = tools.__r;
tools.__r = (node) => {
  renders.push(node.type.name);
  before?.(node);
};

/** For tests and for the curious. */
Object.assign(window, { kernel, renders, stop, views });
