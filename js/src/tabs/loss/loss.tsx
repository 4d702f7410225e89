/** "Loss": the plot with its switches, the Timeline in line with its axis, and the settings. */

import type { View } from "../../state/view";
import { LossTable } from "./losstable";
import { LossPlot } from "./plot";
import { Settings } from "./settings";
import { LearningRate } from "./sliders";
import { Switches } from "./switches";
import { Timeline } from "./timeline";

export function Loss({ view }: { view: View }) {
  const listed = view.kept.table.value && !view.bar("table", true);
  return (
    <div class="lr-loss">
      <Switches view={view} />
      <Plot view={view} listed={listed} />
      <LearningRate view={view} />
      <Settings view={view} />
    </div>
  );
}

/** The plot, or the table in its place. */
function Plot({ view, listed }: { view: View; listed: boolean }) {
  const { loss } = view.plots.value;
  const [width] = view.run.traits._axis.value;
  return (
    <div
      class={listed ? "lr-plot lr-plot-listed" : "lr-plot"}
      style={loss && width ? { maxWidth: `${width}px` } : {}}
    >
      {listed ? <LossTable view={view} /> : <LossPlot view={view} />}
      {!view.hidden("timeline") && <Timeline view={view} />}
    </div>
  );
}
