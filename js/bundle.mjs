/** Bundle the panel into the package: one module, one style sheet. Run by `npm run build`. */

import { build } from "esbuild";

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
  banner: { js: "/* With Preact and Preact Signals, MIT licence, the Preact authors. */" },
  logLevel: "info",
});
