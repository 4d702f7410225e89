/** "Compare": those that were kept, and the present one. */

import { Action } from "../parts/action";
import { barredBy, SCROLLS } from "../parts/attributes";
import { Heads } from "../parts/heading";
import type { View } from "../state/view";
import { isolated } from "../text/format";
import { say } from "../text/say";
import { LossPlot } from "./loss/plot";
import { LearningRate } from "./loss/sliders";

/**
 * Every plot can write Latin, Greek and Cyrillic. A name in other letters may be "run 2" there, if the
 * kernel's machine has no font for it (fonts.py); so here it bears that name as well.
 */
const isWritten = (name: string) =>
  /^[ -~\u00a0-\u017f\u0391-\u03a1\u03a3-\u03c9\u0400-\u045f–—…]*$/.test(name);

export const Compare = ({ view }: { view: View }) => (
  <div class="lr-comparing">
    <Keep view={view} />
    {!view.wide.value && <LossPlot view={view} />}
    {!view.wide.value && <LearningRate view={view} />}
    <Runs view={view} />
  </div>
);

function Keep({ view }: { view: View }) {
  const { traits, ask } = view.run;
  const able = traits._recorded.value > 0;
  return (
    <div class="lr-keep">
      <Action
        able={able && !view.needs.value}
        act={() => ask({ kind: "keep" })}
        title={view.needs.value ?? say("compare.keep_title")}
      >
        {say("compare.keep")}
      </Action>
      <p>
        {traits._runs.value.some(({ kept }) => kept) ? say("compare.next") : say("compare.how")}
      </p>
    </div>
  );
}

function Runs({ view }: { view: View }) {
  const { traits, ask } = view.run;
  // A run that is played has no row of its own: the one that was saved is of another moment.
  const plays = view.run.mode.value === "plays";
  const rows = traits._runs.value.filter(({ kept }) => kept || !plays);
  return (
    <div class="lr-compare">
      <div class="lr-rows" {...SCROLLS}>
        <table aria-label={say("compare.runs")}>
          <Heads corner of={[say("compare.run"), ...traits._run_columns.value]} />
          <tbody>
            {rows.map(({ name, cells, colour, kept }, index) => (
              <tr key={index}>
                <td>
                  {kept && (
                    <button
                      type="button"
                      class="lr-forget"
                      aria-label={say("compare.forget", { name: isolated(name) })}
                      {...barredBy(
                        view.needs.value,
                        say("compare.forget", { name: isolated(name) }),
                      )}
                      onClick={(event) => {
                        // The rows that stay are numbered anew: the next waits for the answer.
                        if (view.needs.value || view.isPending("forget")) return;
                        // This button goes with its row.
                        event.currentTarget
                          .closest(".lr-comparing")
                          ?.querySelector("button")
                          ?.focus({ preventScroll: true });
                        ask({ kind: "forget", index });
                      }}
                    >
                      ×
                    </button>
                  )}
                </td>
                <th scope="row" title={name}>
                  <i class="lr-swatch" style={{ backgroundColor: colour }} /> <bdi>{name}</bdi>
                  {kept && !isWritten(name) && (
                    <small> {say("compare.numbered", { number: index + 1 })}</small>
                  )}
                </th>
                {cells.map((cell, column) => (
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p>{say("compare.empty")}</p>}
      </div>
    </div>
  );
}
