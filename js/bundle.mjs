/** Bundle the panel into the package: one module, one style sheet. Run by `npm run build`. */

import { build } from "esbuild";

/**
 * Property names to shorten, which is worth a kilobyte. Only our own: none of these is on the wire (model.ts,
 * wire.ts, requests.ts), nor a name of the DOM, of Preact or of its signals.
 */
const OWN = [
  "traits, standing, refusal, sought, waiting, losses, curve, stepBy, learningRate, describedBy",
  "micro, scene, explanation, hovered, focused, pointed, lit, columns, roving, sides",
  "labelledBy, missing, cleared, factor, terms, parts, residuals, ticks, rmse, worst, beyond, points, scale",
  "tokens, texts, pads, oldPad, tall, there, propose, release, draft, edited, scaledNow, scaledBest, answered, observed, commit, latest, toggle, seek, refresh, pace, able, low, high, share",
];

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
  mangleProps: new RegExp(`^(${OWN.join(", ").replaceAll(", ", "|")})$`),
  banner: { js: "/* With Preact and Preact Signals, MIT licence, the Preact authors. */" },
  logLevel: "info",
});
