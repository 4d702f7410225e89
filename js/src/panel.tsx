/**
 * The panel of linreg_widget, as anywidget loads it.
 *
 * `initialize` is called once per model and holds the run (the traits, the requests, the pull loop);
 * `render` is called once per view and only draws it.
 */

import { render as draw } from "preact";
import { addressed } from "./kernel/address";
import { type Model, traitOf } from "./kernel/model";
import { createRun, type Run } from "./kernel/run";
import { layPlots } from "./parts/plots";
import { watchTheme } from "./parts/theme";
import { Root } from "./root";
import { createView } from "./state/view";
import { speak } from "./text/say";

const runs = new Set<Run>();

/**
 * anywidget hands out another wrapper of the same model each time, so a run is known again by a value that
 * no other model has: the very bytes of its losses.
 */
const runOf = (model: Model): Run | undefined => {
  const bytes = model.get("_losses");
  return [...runs].find(
    (run) =>
      run.model === model ||
      run.address?.model === model ||
      (bytes && run.model.get("_losses") === bytes),
  );
};

function initialize({ model }: { model: Model }): () => void {
  speak(traitOf(model, "_messages"));
  const { model: asked, page } = addressed(model);
  const run = createRun(asked, page);
  runs.add(run);
  run.hello();
  return () => {
    runs.delete(run);
    run.dispose();
  };
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  speak(traitOf(model, "_messages"));
  const known = runOf(model);
  const run = known ?? createRun(model);
  const { theme, look, dispose } = watchTheme(el);
  const view = createView(run);
  if (run.address) view.refuse(run.address.wrong.join(" "));
  draw(<Root view={view} theme={theme} />, el);
  // The element joins the page only later; then the colour behind it is known.
  const plots = layPlots(el, view);
  const frame = requestAnimationFrame(() => {
    look();
    plots.look();
  });
  return () => {
    cancelAnimationFrame(frame);
    draw(null, el);
    plots.dispose();
    view.micro.dispose();
    dispose();
    if (!known) run.dispose();
  };
}

export default { initialize, render };
