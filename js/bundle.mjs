/** Bundle the panel into the package: one module, one style sheet. Run by `npm run build`. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** A message that is said: a test holds that it is named by a string. */
const SAID = /\bsay\(\s*"([\w.]+)"/g;
const sources = (await readdir("src", { recursive: true })).filter((name) => /\.tsx?$/.test(name));
const texts = await Promise.all(sources.map((name) => readFile(join("src", name), "utf8")));
const said = [
  ...new Set(texts.flatMap((text) => [...text.matchAll(SAID)].map(([, name]) => name))),
];

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
    const contents = `const list = ${list}; export const templateOf = (number) => list[number];`;
    onLoad({ filter: /[\\/]text[\\/]templates\.ts$/ }, () => ({ contents, loader: "js" }));
    onLoad({ filter: /[\\/]src[\\/].*\.tsx?$/ }, async ({ path }) => {
      const number = (_, name) => `say(${said.indexOf(name)}`;
      const contents = (await readFile(path, "utf8")).replace(SAID, number);
      return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
    });
  },
};

await build({
  entryPoints: ["src/panel.tsx", "src/panel.css"],
  outdir: "../linreg_widget/static",
  bundle: true,
  minify: true,
  charset: "utf8",
  // The same numbers, by shorter names: a quarter of a kilobyte.
  define: { "Number.NaN": "NaN", "Number.POSITIVE_INFINITY": "Infinity" },
  format: "esm",
  target: ["es2022", "chrome107", "firefox110", "safari16"],
  tsconfig: "tsconfig.bundle.json",
  inject: ["src/jsx.ts"],
  plugins: [messages],
  banner: { js: "/* With Preact and Preact Signals, MIT licence, the Preact authors. */" },
  logLevel: "info",
});
