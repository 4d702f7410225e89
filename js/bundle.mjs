/** Bundle the panel into the package: one module, one style sheet. Run by `npm run build`. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { zlibAsync } from "@gfx/zopfli";
import { build } from "esbuild";
import { minify } from "rolldown/utils";

const options = {
  entryPoints: ["src/panel.tsx", "src/panel.css"],
  outdir: "../linreg_widget/static",
  bundle: true,
  tsconfig: "tsconfig.bundle.json",
  inject: ["src/jsx.ts"],
};

/** A message that is said: a test holds that it is named by a string. */
const SAID = /\bsay\(\s*"([\w.]+)"/g;
const { metafile } = await build({ ...options, write: false, metafile: true });
const sources = Object.keys(metafile.inputs).filter((name) => /^src\/.*\.tsx?$/.test(name));
const texts = await Promise.all(sources.map((name) => readFile(name, "utf8")));
const all = texts.flatMap((text) => [...text.matchAll(SAID)].map(([, name]) => name));
const times = (name) => all.filter((other) => other === name).length;
/** Those of the modules that are bundled; what is said most often has the shortest numbers. */
const said = [...new Set(all)].sort((one, other) => times(other) - times(one));

const catalogue = JSON.parse(await readFile("../linreg_widget/messages/en.json", "utf8"));
const templates = said.map((name) => name.split(".").reduce((all, key) => all[key], catalogue));
/**
 * Of the catalogue, the bundle holds the messages that the page says, in a list, and each `say` has a number
 * in place of a name: `say(17)` for `say("status.ready")`. That is worth five kilobytes.
 */
const messages = {
  name: "messages",
  setup({ onLoad }) {
    const list = JSON.stringify(templates);
    const contents = `const list = ${list}; let own = [];
export const speak = (other) => { own = other; };
export const templateOf = (number) => own[number] || list[number];`;
    onLoad({ filter: /[\\/]text[\\/]templates\.ts$/ }, () => ({ contents, loader: "js" }));
    onLoad({ filter: /[\\/]src[\\/].*\.tsx?$/ }, async ({ path }) => {
      const number = (_, name) => `say(${said.indexOf(name)}`;
      const contents = (await readFile(path, "utf8")).replace(SAID, number);
      return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
    });
  },
};

const TARGET = ["es2022", "chrome107", "firefox110", "safari16"];
const { outputFiles } = await build({
  ...options,
  write: false,
  minify: true,
  charset: "utf8",
  // The same numbers, by shorter names: a quarter of a kilobyte.
  define: { "Number.NaN": "NaN", "Number.POSITIVE_INFINITY": "Infinity" },
  format: "esm",
  target: TARGET,
  plugins: [messages],
  logLevel: "warning",
});

/**
 * Rolldown chooses names so that the same code has the same ones: packed, that is 4% shorter than what esbuild
 * itself makes of it.
 */
async function shortened(name, text) {
  const { code, errors } = await minify(name, text, { module: true, compress: { target: TARGET } });
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  return `/* With Preact and Preact Signals, MIT licence, the Preact authors. */\n${code}`;
}

/** The 85 signs of Python's base64.b85encode, with others for those that mean something in HTML or a template. */
const SIGNS =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#/%.()*+-;,=>?@^_:{|}~";

/** Bytes as text, four as five signs: 7% shorter than base64. */
function written(bytes) {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  let text = "";
  for (let at = 0; at < padded.length; at += 4) {
    let number = view.getUint32(at);
    let signs = "";
    for (let k = 0; k < 5; k += 1) {
      signs = SIGNS[number % 85] + signs;
      number = Math.floor(number / 85);
    }
    text += signs;
  }
  return text;
}

/**
 * The module travels packed, to half of its size: each widget's state and each saved notebook has it in it.
 * It unpacks itself as the notebook loads it, the way anywidget has loaded it: as a module of its own.
 * panel/front.py takes it apart again.
 *
 * Anywidget is not kept waiting: where that takes more than two seconds, as with many widgets on a busy machine,
 * it hands a widget nothing that its kernel says, ever (anywidget 0.11, \`_handle_comm_msg\`).
 */
async function packed(text) {
  // Zopfli looks longer for the same format: 4% shorter than zlib at its best.
  const bytes = await zlibAsync(new TextEncoder().encode(text), { numiterations: 15 });
  return `/* linreg_widget, https://github.com/linreg-widget/linreg-widget: packed. */
const packed = "${written(bytes)}";
const signs = "${SIGNS}";
async function unpack() {
  if (!("DecompressionStream" in globalThis)) throw "This widget needs a browser of 2023 or newer.";
  const view = new DataView(new ArrayBuffer((packed.length / 5) * 4));
  for (let at = 0; at < packed.length; at += 5) {
    let number = 0;
    for (let k = 0; k < 5; k++) number = number * 85 + signs.indexOf(packed[at + k]);
    view.setUint32((at / 5) * 4, number);
  }
  const bytes = new Blob([new Uint8Array(view.buffer, 0, ${bytes.length})]);
  const stream = bytes.stream().pipeThrough(new DecompressionStream("deflate"));
  const text = await new Response(stream).text();
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return (await import(/* webpackIgnore: true */ url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
const panel = unpack();
const later = (name) => (given) => {
  const end = panel.then((it) => it[name](given));
  end.catch((why) => given.el?.append(why));
  return () => end.then((stop) => stop());
};
export default { initialize: later("initialize"), render: later("render") };
`.replace(/\n +/g, "\n"); // nobody reads it indented
}

await mkdir(options.outdir, { recursive: true });
/** The names of the messages in the order of the list: so the kernel can send them in another language. */
await writeFile("../linreg_widget/static/said.json", JSON.stringify(said));

for (const { path, text } of outputFiles)
  await writeFile(path, path.endsWith(".js") ? await packed(await shortened(path, text)) : text);
