import { afterEach, describe, expect, it } from "vitest";
import GERMAN from "../../linreg_widget/messages/de.json";
import ENGLISH from "../../linreg_widget/messages/en.json";
import { luminance, type ThemeFacts, themeOf } from "../src/parts/theme";
import { actionFor, help } from "../src/state/keys";
import { speak } from "../src/text/say";

const PLAIN: ThemeFacts = {
  jupyter: null,
  vscode: null,
  page: null,
  background: "",
  prefersDark: false,
};

describe("the theme", () => {
  it.each([
    ["JupyterLab dark", { jupyter: "false" }, "dark"],
    ["JupyterLab light in a dark system", { jupyter: "true", prefersDark: true }, "light"],
    ["VS Code dark", { vscode: "vscode-dark" }, "dark"],
    ["VS Code in high contrast", { vscode: "vscode-high-contrast" }, "dark"],
    ["VS Code light", { vscode: "vscode-high-contrast-light", prefersDark: true }, "light"],
    ["Colab dark", { page: "dark" }, "dark"],
    [
      "a white page in a dark system",
      { background: "rgb(255, 255, 255)", prefersDark: true },
      "light",
    ],
    ["a black page", { background: "rgb(17, 17, 17)" }, "dark"],
    ["a page that says nothing, in a dark system", { prefersDark: true }, "dark"],
    ["a page that says nothing", {}, "light"],
  ] as const)("of %s", (_, facts, theme) => {
    expect(themeOf({ ...PLAIN, ...facts })).toBe(theme);
  });

  it("does not look at colours one can see through", () => {
    expect(luminance("rgba(0, 0, 0, 0)")).toBeNull();
    expect(luminance("oklch(0.5 0.1 20)")).toBeNull();
    expect(luminance("rgb(255, 255, 255)")).toBeCloseTo(1);
  });
});

describe("keys", () => {
  const panel = { tagName: "DIV" };
  afterEach(() => speak([]));

  it("are told in the language of the panel, which it learns as it opens", () => {
    const named = Object.entries(ENGLISH).flatMap(([section, messages]) =>
      Object.keys(messages).flatMap((key) => (key.startsWith("@") ? [] : [[section, key]])),
    ) as ["keys", "step"][];
    speak(named.map(([section, key]) => GERMAN[section]?.[key] ?? ""));
    expect(help()[0]).toEqual(["→", GERMAN.keys.step]);
    speak([]);
    expect(help()[0]).toEqual(["→", ENGLISH.keys.step]);
  });

  it("step, go back, run and reset while the panel has the focus", () => {
    expect(
      ["ArrowRight", "ArrowLeft", " ", "Home", "d"].map((key) => actionFor(key, panel)),
    ).toEqual(["step", "back", "toggle", "reset", null]);
  });

  it("belong to a slider, a radio or a field that has the focus", () => {
    for (const key of ["ArrowRight", "ArrowLeft", " ", "Home"]) {
      expect(actionFor(key, { tagName: "INPUT" })).toBeNull();
    }
  });

  it("leave a button its space, and take the arrows", () => {
    expect(actionFor(" ", { tagName: "BUTTON" })).toBeNull();
    expect(actionFor("ArrowRight", { tagName: "BUTTON" })).toBe("step");
  });

  it("leave a tensor's cell and a box that scrolls the keys that move in it, and take the space", () => {
    for (const target of [{ tagName: "TD" }, { tagName: "PRE", dataset: { keys: "own" } }]) {
      expect(["ArrowRight", "ArrowLeft", "Home"].map((key) => actionFor(key, target))).toEqual([
        null,
        null,
        null,
      ]);
      expect(actionFor(" ", target)).toBe("toggle");
    }
  });
});
