/** "Your data": a table is pasted, looked at with its notices, and trained on. The kernel reads it. */

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import {
  type DraftColumn,
  MOST_LETTERS,
  ROLES,
  type Role,
  type WireDraft,
} from "../../kernel/contract";
import { Action } from "../../parts/action";
import { flip, into, SCROLLS } from "../../parts/attributes";
import { Heads } from "../../parts/heading";
import { Lock } from "../../parts/lock";
import { Menu } from "../../parts/menu";
import { Segments } from "../../parts/segments";
import { Switch } from "../../parts/switch";
import { Unbroken } from "../../parts/unbroken";
import { withRole } from "../../state/paste";
import type { View } from "../../state/view";
import { isolated } from "../../text/format";
import { say } from "../../text/say";

/** A browser takes minutes to paste thousands of lines by itself, since it inserts them one by one. */
const LARGE = 10_000;

/** Milliseconds without typing after which the text is read. */
const PAUSE = 300;

export function YourData({ view }: { view: View }) {
  const { open } = view.kept.paste;
  const { traits, ask } = view.run;
  const bar = view.bar("paste");
  const reader = useReader(view);
  if (view.hidden("paste")) return null;
  const came = traits._undoes.value === "paste";
  return (
    <section class="lr-paste" aria-label={say("paste.title")}>
      <div class="lr-pastehead">
        <h4>{say("paste.title")}</h4>
        <Action able={bar === undefined} act={flip(open)} title={bar ?? say("paste.open_title")}>
          {say("paste.open", { open: open.value && bar === undefined })}
          <Lock view={view} control="paste" />
        </Action>
        {open.value && bar === undefined && (
          <Action
            able={Boolean(reader.draft.summary)}
            act={() => reader.send(true)}
            title={say("paste.train_title")}
          >
            {say("paste.train")}
          </Action>
        )}
        {came && (
          <Action
            able={!view.undoBar.value}
            act={() => ask({ kind: "undo" })}
            title={view.undoBar.value ?? say("paste.undo_title")}
          >
            {say("line.undo")}
          </Action>
        )}
        <p>{bar ?? say("paste.how")}</p>
      </div>
      {open.value && bar === undefined && <Box view={view} reader={reader} />}
    </section>
  );
}

interface Reader {
  /** What the kernel makes of the text as it is; empty until it has answered. */
  readonly draft: Partial<WireDraft>;
  /** Let the kernel read the text, and train on it. */
  send(train: boolean): void;
  /** The text is another one: read it once the hand rests. */
  typed(text: string): void;
}

function useReader(view: View): Reader {
  const { text, roles, dropGaps, decimal, thousands, heldOut, token, open } = view.kept.paste;
  const { ask, traits } = view.run;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const draft = useComputed<Partial<WireDraft>>(() => {
    const last = traits._draft.value;
    return last.token === token.value ? last : {};
  }).value;
  const send = (train: boolean) => {
    clearTimeout(timer.current);
    timer.current = undefined;
    token.value = `${view.id}-${Math.random().toString(36).slice(2)}`;
    if (!text.value.trim() || text.value.length > MOST_LETTERS) return;
    ask({
      ...{ kind: "paste", token: token.value, text: text.value, roles: roles.value },
      ...{ drop_gaps: dropGaps.value, decimal: decimal.value, thousands: thousands.value },
      ...{ held_out: heldOut.value, train },
    });
  };
  // Whoever leaves the tab at once shall find the text read on coming back.
  useEffect(() => () => (timer.current === undefined ? undefined : send(false)), []);
  useEffect(() => {
    if (draft.trained) open.value = false;
  }, [draft.trained]);
  return {
    draft,
    send,
    typed(words) {
      text.value = words;
      roles.value = [];
      token.value = "";
      clearTimeout(timer.current);
      timer.current = setTimeout(send, PAUSE, false);
    },
  };
}

function Box({ view, reader }: { readonly view: View; readonly reader: Reader }) {
  const { paste } = view.kept;
  const { draft, send } = reader;
  const { text, roles, dropGaps, heldOut } = paste;
  const field = useRef<HTMLTextAreaElement>(null);
  /** How long the text would be by a paste that was not taken; 0: all was. */
  const kept = useSignal(0);
  const letters = Math.max(kept.value, text.value.length);
  const long = letters > MOST_LETTERS;
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), []);
  const { columns = [], notes = [], more = 0, error = "", summary = "" } = draft;
  const waits = text.value.trim() !== "" && !long && draft.token === undefined;
  const refused = long ? say("paste.too_long", { letters, most: MOST_LETTERS }) : error;
  const id = `${view.id}-paste`;
  return (
    <div class="lr-pastebox">
      <textarea
        ref={field}
        class="lr-field"
        rows={5}
        wrap="off"
        spellcheck={false}
        autocomplete="off"
        dir="auto"
        data-keys="own"
        aria-label={say("paste.field")}
        aria-describedby={`${id}-said`}
        aria-invalid={refused ? "true" : undefined}
        placeholder={say("paste.example")}
        value={text.value}
        onInput={(event) => {
          kept.value = 0;
          reader.typed(event.currentTarget.value);
        }}
        onPaste={(event) => {
          const words = event.clipboardData?.getData("text/plain") ?? "";
          const { currentTarget } = event;
          const { selectionStart, selectionEnd, value } = currentTarget;
          const length = value.length - (selectionEnd - selectionStart) + words.length;
          if (words.length < LARGE) return;
          event.preventDefault();
          kept.value = length > MOST_LETTERS ? length : 0;
          if (kept.value) return;
          currentTarget.setRangeText(words, selectionStart, selectionEnd, "end");
          reader.typed(currentTarget.value);
        }}
      />
      <div class="lr-pastesaid" id={`${id}-said`}>
        <div role="alert">{refused && <p class="lr-pasteerror">{refused}</p>}</div>
        {refused && columns.length > 0 && <p class="lr-sample">{say("paste.choose")}</p>}
        <p role="status">{waits ? say("paste.waits") : summary}</p>
        {notes.length > 0 && (
          <ul class="lr-findings">
            {notes.map((note, index) => (
              <li key={index}>
                <Unbroken>{note}</Unbroken>
              </li>
            ))}
          </ul>
        )}
      </div>
      {columns.length > 0 && (
        <Columns
          {...{ columns, more, id }}
          several={paste.several.value}
          choose={(at, role) => {
            roles.value = withRole(columns, at, role, paste.several.value);
            send(false);
          }}
        />
      )}
      {columns.length > 0 && (
        <div class="lr-pasteways">
          {columns.length > 2 && (
            <Switch on={paste.several.value} set={into(paste.several)}>
              {say("paste.several")}
            </Switch>
          )}
          <Switch
            on={dropGaps.value}
            set={(value) => {
              dropGaps.value = value;
              send(false);
            }}
          >
            {say("paste.gaps")}
          </Switch>
          {(["decimal", "thousands"] as const).map((of) => (
            <Menu
              key={of}
              look="lr-start"
              label={of === "decimal" ? say("paste.decimal") : say("paste.thousands")}
              names={MARKS[of].map((mark) => say("paste.mark", { mark: NAMES[mark] ?? mark }))}
              value={MARKS[of].indexOf(paste[of].value)}
              set={(at) => {
                paste[of].value = MARKS[of][at] ?? "";
                send(false);
              }}
            />
          ))}
          <Menu
            look="lr-start"
            label={say("losses.name", { loss: "held_out" })}
            names={SHARES.map((share) =>
              say("paste.share", { share: share ? `${100 * share}%` : "none" }),
            )}
            value={SHARES.indexOf(heldOut.value)}
            set={(at) => {
              heldOut.value = SHARES[at] ?? 0;
            }}
          />
        </div>
      )}
    </div>
  );
}

/** What a mark is called in the catalogue. */
const NAMES: Readonly<Record<string, string>> = {
  "": "none",
  ".": "point",
  ",": "comma",
  " ": "blank",
  "'": "apostrophe",
};
const MARKS: Readonly<Record<"decimal" | "thousands", readonly string[]>> = {
  decimal: ["", ".", ","],
  thousands: ["", ",", ".", " ", "'"],
};
/** Of the rows, that can be held out. */
const SHARES: readonly number[] = [0, 0.1, 0.2, 0.3];

interface ColumnsProps {
  readonly columns: readonly DraftColumn[];
  readonly more: number;
  readonly id: string;
  readonly several: boolean;
  readonly choose: (at: number, role: Role) => void;
}

/** The columns as they stand in the text; a click says what each is. */
const Columns = ({ columns, more, id, choose }: ColumnsProps) => (
  <div class="lr-rows lr-pastecolumns" {...SCROLLS}>
    <table aria-label={say("paste.columns")}>
      <Heads of={["column", "role", "cells"].map((head) => say("paste.head", { head }))} />
      <tbody>
        {columns.map(({ name, unit, cells, role, words }, at) => {
          const shown = name || say("paste.unnamed", { number: at + 1 });
          return (
            <tr key={at}>
              <th scope="row" title={shown}>
                <bdi>{shown}</bdi> {unit && <bdi class="lr-unit">({unit})</bdi>}
              </th>
              <td>
                <Segments
                  name={`${id}-${at}`}
                  label={say("paste.role_of", { name: isolated(shown) })}
                  choices={ROLES.filter((each) => each !== "encode" || words)}
                  chosen={role}
                  show={(each) => say("paste.role", { role: each })}
                  set={(each) => choose(at, each)}
                />
              </td>
              <td title={cells.join(", ")}>
                {cells.map((cell, row) => (
                  <bdi key={row}>{cell}</bdi>
                ))}
                …
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
    {more > 0 && <p class="lr-sample">{say("tables.columns", { count: more })}</p>}
  </div>
);
