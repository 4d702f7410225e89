"""The valley in a notebook: two menus, the figure, and a sentence that describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from linreg_widget.errors import LinregError, NotCopied
from linreg_widget.messages import language, say, spoken
from linreg_widget.plots.screens import PlainImage, Throttle, resolved
from linreg_widget.quiet import quiet
from linreg_widget.wording import isolated

from .figure import ValleyFigure
from .scene import Valley

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from linreg_widget.training import Trainer

_NO_MATHS = ("mathjax_ignore", "tex2jax_ignore")  # or a name's dollars make it a formula


@quiet
@spoken("refresh", "turn_to", "_choose", "_on_press", "__repr__")
class ValleyPlot(NotCopied, ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets publishes no types
    """The valley of a trainer's loss, drawn when `refresh` is called.

    Parameters
    ----------
    trainer : Trainer
        The run to show; it is read under the lock and never changed, unless by ``place``.
    lock : context manager
        The widget's lock, re-entrant.
    backend : {"auto", "ipympl", "image"}
        How it is shown: on a live ipympl canvas or as a plain image. "auto" is ipympl, but an image
        in Google Colab and if ipympl cannot be imported.
    place : callable, optional
        ``place(w, b)`` is called under the lock when a reader clicks, with the weights (t, d) and
        biases (t,) of that point, as ``Trainer.set`` takes them. If it raises a ``LinregError``,
        the words below the figure say why.

    Attributes
    ----------
    across, up : Dropdown
        The menus.
    screen : DOMWidget
        The canvas or image.
    words : Label
        A description of the picture.
    """

    def __init__(
        self,
        trainer: Trainer,
        lock: AbstractContextManager[object],
        backend: str = "auto",
        *,
        place: Callable[[NDArray[Any], NDArray[Any]], object] | None = None,
    ) -> None:
        wanted = resolved(backend, "image")
        self._lock = lock
        self._place = place
        self._throttle = Throttle()
        self._frames = 0
        self._filling = False
        self.lang = language()
        """The language of its words."""
        self.backend = wanted
        """How the valley is shown: "ipympl" or "image"."""
        with lock:
            self._valley: Valley | None = Valley(trainer)
            figure = ValleyFigure()
            self._figure: ValleyFigure | None = figure
            pressed = self._on_press if place is not None else None
            self.screen = self._screen_of(figure, pressed)
            self.screen.add_class("linreg-valley")
            if pressed is not None and wanted == "ipympl":
                self.screen.add_class("linreg-clickable")
            self.across, self.up = self._menu(say("valley.across")), self._menu(say("valley.up"))
            self.words = ipywidgets.Label(layout={"width": "auto"})
            for name in ("linreg-valley-words", *_NO_MATHS):
                self.words.add_class(name)
            super().__init__([self.across, self.up, self.screen, self.words])
            self.add_class("linreg-valley-box")
            self._fill_menus()
            self.across.observe(self._on_across, "value")
            self.up.observe(self._on_up, "value")
            self.refresh(force=True)

    def refresh(self, *, force: bool = False) -> bool:
        """Show the trainer's present state, unless it is too early for another frame.

        Parameters
        ----------
        force : bool
            Draw in any case, in full colour: for a run at rest.

        Returns
        -------
        bool
            Whether a frame was drawn.
        """
        with self._lock:
            if self._figure is None or self._valley is None:
                return False
            if not (force or self._throttle.is_due()):
                return False
            with self._throttle.measured(free=force):
                try:
                    scene = self._valley.look()
                except LinregError as error:
                    self.words.value = str(error)
                    return False
                self._figure.follow(scene)
                self.screen.show_frame(fine=force)
            self._frames += 1
            self._fill_menus()
            self.words.value = self._said(scene.words)
            return True

    def turn_to(self, trainer: Trainer) -> None:
        """Show the valley of another trainer from here on."""
        with self._lock:
            if self._valley is not None:
                self._valley = Valley(trainer)
                self.refresh(force=True)

    @property
    def description(self) -> str:
        """What the valley shows, in sentences, for readers who cannot see it."""
        with self._lock:
            return "" if self._valley is None else self._valley.look().words

    def close(self) -> None:
        """Close all widgets and release the figure. Later calls do nothing."""
        if "words" not in vars(self):
            return  # __init__ raised, and ipywidgets' __del__ calls close
        with self._lock:
            if self._figure is None:
                return
            self._figure = self._valley = self._place = None
            self.across.unobserve(self._on_across, "value")
            self.up.unobserve(self._on_up, "value")
            for widget in (self.across, self.up, self.words):
                for part in (widget.layout, widget.style, widget):
                    part.close()
            self.screen.close()
            layout = self.layout
            super().close()
            layout.close()

    def __repr__(self) -> str:
        return say(
            "reprs.plot", name=type(self).__name__, screen=self.backend, words=self.description
        )

    # ---- inside ----------------------------------------------------------------------------------

    def _screen_of(
        self, figure: ValleyFigure, pressed: Callable[[float, float], None] | None
    ) -> Any:
        if self.backend == "image":
            return PlainImage(figure)
        from linreg_widget.plots.canvas import PlotCanvas  # only where ipympl is used

        label = say("valley.name")
        return PlotCanvas(figure.figure, self._lock, label, lambda: figure, pressed)

    def _menu(self, label: str) -> Any:
        width = {"width": "100%", "max_width": "640px"}
        return ipywidgets.Dropdown(description=label, layout=width)

    def _fill_menus(self) -> None:
        """Fill the menus with the axes, and select the chosen ones."""
        if self._valley is None:
            return
        names = tuple((axis.name, index) for index, axis in enumerate(self._valley.axes))
        chosen = self._valley.across, self._valley.up
        self._filling = True  # with new options, a menu selects one by itself
        try:
            for menu, index in zip((self.across, self.up), chosen, strict=True):
                if menu.options != names:
                    menu.options = names
                menu.value = index
        finally:
            self._filling = False

    def _said(self, words: str) -> str:
        how = (
            ()
            if self._place is None
            else (say("valley.clicks") if self.backend == "ipympl" else say("valley.no_clicks"),)
        )
        note = self._valley.note if self._valley is not None else ""
        return " ".join(filter(None, (words, *self._stand_ins(), *how, note)))

    def _stand_ins(self) -> Iterator[str]:
        """Yield a sentence for each name that the picture could not write."""
        for stand_in, name in (self._figure.stand_ins if self._figure else {}).items():
            yield say("valley.stand_in", short=stand_in, name=isolated(name))

    def _on_across(self, change: Any) -> None:
        self._choose(across=change.new)

    def _on_up(self, change: Any) -> None:
        self._choose(up=change.new)

    def _choose(self, **axes: int) -> None:
        with self._lock:
            if self._valley is not None and not self._filling:
                before = self._valley.across, self._valley.up
                self._valley.choose(**axes)
                if (self._valley.across, self._valley.up) != before:
                    self.refresh(force=True)

    def _on_press(self, x: float, y: float) -> None:
        """Put weights and biases at a place in the figure's pixels; called under the lock."""
        if self._figure is None or self._valley is None or self._place is None:
            return
        point = self._figure.point_at(x, y)
        if point is None:
            return
        frames = self._frames
        try:
            self._place(*self._valley.place(*point))
        except LinregError as error:
            self.words.value = self._said(str(error))
            return
        if self._frames == frames:  # else `place` has called `refresh`
            self.refresh(force=True)
