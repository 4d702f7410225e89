/** Bundle the panel into the package: one module, one style sheet. Run by `npm run build`. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Property names to shorten, which is worth a kilobyte. Only our own: none of these is on the wire (model.ts,
 * wire.ts, requests.ts), nor a name of the DOM, of Preact or of its signals.
 */
const OWN = [
  "traits, standing, refusal, sought, waiting, losses, curve, stepBy, learningRate, describedBy",
  "micro, scene, explanation, hovered, focused, pointed, lit, columns, roving, sides",
  "labelledBy, missing, cleared, factor, terms, parts, predictions, residuals, ticks, rmse, worst, beyond, points, scale",
  "tokens, texts, pads, oldPad, tall, there, propose, release, draft, edited, scaledNow, scaledBest, answered, observed, commit, latest, toggle, seek, refresh, pace, able, low, high, share",
];

/** A message that is said: a test holds that it is named by a string. */
const SAID = /\bsay\(\s*"([\w.]+)"/g;
const sources = (await readdir("src", { recursive: true })).filter((name) => /\.tsx?$/.test(name));
const texts = await Promise.all(sources.map((name) => readFile(join("src", name), "utf8")));
const said = [
  ...new Set(texts.flatMap((text) => [...text.matchAll(SAID)].map(([, name]) => name))),
];

const catalogue = JSON.parse(await readFile("../linreg_widget/messages/en.json", "utf8"));
const templates = said.map((name) => name.split(".").reduce((all, key) => all[key], catalogue));
/** Names of parameters stand in templates too. */
const parameters = templates.flatMap((text) =>
  [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name),
);

/**
 * Of the catalogue, the bundle holds the messages that the page says, and names them by numbers: "status.ready"
 * is ".17", the message 17 of a section without a name. That is worth four kilobytes.
 */
const messages = {
  name: "messages",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.tsx?$/ }, async ({ path }) => {
      const number = (_, name) => `say(".${said.indexOf(name)}"`;
      const contents = (await readFile(path, "utf8")).replace(SAID, number);
      return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
    });
    const contents = JSON.stringify({ "": templates });
    onLoad({ filter: /[\\/]messages[\\/]\w+\.json$/ }, () => ({ contents, loader: "json" }));
  },
};

await build({
  entryPoints: ["src/panel.tsx", "src/panel.css"],
  outdir: "../linreg_widget/static",
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "esm",
  target: ["es2022", "chrome107", "firefox110", "safari16"],
  tsconfig: "tsconfig.bundle.json",
  inject: ["src/jsx.ts"],
  plugins: [messages],
  mangleProps: new RegExp(`^(${OWN.join(", ").replaceAll(", ", "|")})$`),
  reserveProps: new RegExp(`^(${parameters.join("|")})$`),
  banner: { js: "/* With Preact and Preact Signals, MIT licence, the Preact authors. */" },
  logLevel: "info",
});
