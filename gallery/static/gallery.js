/* Makes the page's widgets alive: a model for each panel, which knows its traits and has no kernel. */
(() => {
  const bytesOf = (text) =>
    new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const modelOf = ({ bytes, traits }) => {
    for (const name of bytes) traits[name] = bytesOf(traits[name]);
    return {
      get: (name) => traits[name],
      set() {},
      save_changes() {},
      send() {
        throw new Error("This page has no kernel.");
      },
      on() {},
      off() {},
    };
  };
  const panels = document.querySelectorAll("[data-panel]");
  const open = ({ initialize, render }) => {
    const saved = JSON.parse(document.getElementById("models").textContent);
    const models = new Map();
    for (const [id, state] of Object.entries(saved)) {
      const model = modelOf(state);
      models.set(id, model);
      initialize({ model });
    }
    for (const el of panels) {
      el.textContent = "";
      render({ model: models.get(el.dataset.panel), el });
    }
  };
  const say = (words) => {
    for (const el of panels) el.firstElementChild.textContent = words;
  };
  linreg.then(open, (why) =>
    say(
      // An old browser is told so.
      typeof why === "string"
        ? why
        : "Here is a widget, which cannot run: whoever serves this page does not let it unpack its script (“blob:” in the " +
            "Content-Security-Policy). Save the page with its folder and open it from there.",
    ),
  );

  // On paper nothing can be unfolded: the answers are there, or they are not.
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const folded = button.dataset.print
        ? document.querySelectorAll("main > .text details:not([open]), main > .folded:not([open])")
        : [];
      for (const details of folded) details.open = true;
      const fold = () => {
        for (const details of folded) details.open = false;
      };
      addEventListener("afterprint", fold, { once: true });
      print();
    });
  }

  // What is wider than its box is scrolled by keys too, also where the browser does not see to it.
  const scrolling = () => {
    for (const box of document.querySelectorAll(".highlight, .scrolls")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  scrolling();
  addEventListener("resize", scrolling);
})();
