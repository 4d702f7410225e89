"""The panel: the controls of one trainer, as the synced traits of one anywidget.

The page pulls. *Run* only sets ``_pull``; as long as it is set, the page keeps asking for slices
of work (``advance``), and each answer is one slice and the new state. So nothing floods, a pause is
the page not asking again, a reloaded page goes on where the old one stopped, and no thread or task
is needed, which matters in Colab. Everything that the page shows is in a trait: a second view and a
reloaded page show the same.

Each message belongs to a state, and goes with it:

============== ========================================= ======================================
message        says                                      is there as long as
============== ========================================= ======================================
``_alert``     why the last request was refused          nothing else is asked for or set
``_alert``     why the update function failed            the run stands where it failed
``_notice``    why the run stopped by itself             the run stands there, also again
``_explained`` divergence                                the run stands there, also again
``_explained`` a growing loss                            the rate is the one that made it grow
``_question``  what a guess is asked for                 the run stands where it was asked
``_answer``    guess and truth, or why none counts       the run stands there, also again
``status``     what can be done, in the page's words     the run stands there
a refusal      why a typed text is not taken (page only) nothing is set, and the run stands there
============== ========================================= ======================================

Messages arrive on the main thread or on a subshell's, so every entry takes the one lock.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anywidget
import traitlets

from linreg_widget.errors import LinregError, NotCopied
from linreg_widget.lesson import Guesses
from linreg_widget.settings import Stop

from .gate import Lesson
from .pace import Pace, SliceLength, watched
from .readings import Readings
from .taping import LONGEST, Taping, state_of
from .traits import WATCH, Asked, Controls, Setting, Speed, StopRule, Tab
from .verbs import SLICE, acting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from linreg_widget.training import Trainer

__all__ = ["TrainerPanel"]

_STATIC = Path(__file__).parents[1] / "static"
_TAPE_BYTES = 130_000  # with them and the front end, a saved panel has less than 320,000 characters
_SENT = 0.001  # seconds for the kernel's sending thread to come first
_CURVES = ("batch", "epoch", "full", "floor", "branches", "runs")  # what a loss plot may show
_MOST_PIXELS = 10_000  # of a page
_STATUSES = ("ready", "running", "paused", "finished", "diverged", "failed")
_ENTRY = ("tensor", "row", "column", "value")  # of w or b, in a message that sets one
_SETTINGS = ("learning_rate", "epochs", "batch_size", "shuffle")  # those that may change in a run
_BEGINNINGS = ("seed", "standardize")  # those that begin another run


R = TypeVar("R")


class TrainerPanel(NotCopied, Lesson, anywidget.AnyWidget):
    """The controls of a trainer: a view of it, and its verbs for page and Python alike.

    Parameters
    ----------
    trainer : Trainer
    tape_bytes : int
        How many bytes of moments of the run the panel may carry, for pages that have no kernel.
    """

    _esm = (_STATIC / "panel.js").read_text(encoding="utf-8")
    _css = (_STATIC / "panel.css").read_text(encoding="utf-8")

    learning_rate = Setting(1e-5).tag(sync=True)
    epochs = Setting(50).tag(sync=True)
    batch_size = Setting(3).tag(sync=True)
    seed = Setting(0).tag(sync=True)
    shuffle = Setting(default_value=True).tag(sync=True)
    standardize = Setting(default_value=False).tag(sync=True)
    step_by = traitlets.Enum(("phase", "update", "epoch"), "update").tag(sync=True)
    speed = Speed(WATCH, allow_none=True).tag(sync=True)
    status = traitlets.Enum(_STATUSES, "ready", read_only=True).tag(sync=True)
    update = traitlets.Int(0).tag(sync=True)
    _phase = traitlets.Unicode("").tag(sync=True)
    _epoch = traitlets.Int(0).tag(sync=True)
    _batch = traitlets.Int(0).tag(sync=True)
    _batches = traitlets.Int(0).tag(sync=True)
    _total = traitlets.Int(0).tag(sync=True)
    _recorded = traitlets.Int(0).tag(sync=True)
    _losses = traitlets.Bytes(b"").tag(sync=True)
    _curve = traitlets.Bytes(b"").tag(sync=True)
    _table = traitlets.Bytes(b"").tag(sync=True)
    _described = traitlets.Unicode("").tag(sync=True)
    _title = traitlets.Unicode("").tag(sync=True)
    _summary = traitlets.Unicode("").tag(sync=True)
    stop_within = StopRule(None, allow_none=True).tag(sync=True)
    stop_patience = StopRule(None, allow_none=True).tag(sync=True)
    curves = traitlets.List(traitlets.Enum(_CURVES), [*_CURVES]).tag(sync=True)
    tab = Tab("loss").tag(sync=True)
    ask = Asked(None, allow_none=True).tag(sync=True)
    hide = Controls(()).tag(sync=True)
    lock = Controls(()).tag(sync=True)
    _question = traitlets.Dict().tag(sync=True)
    _answer = traitlets.Dict().tag(sync=True)
    _score = traitlets.Unicode("").tag(sync=True)
    _plot = traitlets.Bool(default_value=False).tag(sync=True)
    _axis = traitlets.List(traitlets.Float()).tag(sync=True)
    _limit = traitlets.Float(0.0).tag(sync=True)
    _worst = traitlets.Float(0.0).tag(sync=True)
    _floor = traitlets.Float(-1.0).tag(sync=True)
    _mean = traitlets.Float(0.0).tag(sync=True)
    _findings = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _explained = traitlets.Dict().tag(sync=True)
    _coefficients = traitlets.Bytes(b"").tag(sync=True)
    _runs = traitlets.List(traitlets.Dict()).tag(sync=True)
    _run_columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _notice = traitlets.Unicode("").tag(sync=True)
    _alert = traitlets.Unicode("").tag(sync=True)
    _pull = traitlets.Bool(default_value=False).tag(sync=True)
    _source = traitlets.Dict().tag(sync=True)
    _names = traitlets.Dict().tag(sync=True)
    _frame = traitlets.Dict().tag(sync=True)
    _frame_data = traitlets.Bytes(b"").tag(sync=True)
    _fit = traitlets.Dict().tag(sync=True)
    _fit_data = traitlets.Bytes(b"").tag(sync=True)
    _tape = traitlets.Bytes(b"").tag(sync=True)
    tape_bytes = traitlets.Int(_TAPE_BYTES, min=0)
    room = traitlets.Tuple((0, 0))  # for the loss plot, width and height in pixels; 0: not known

    def __init__(self, trainer: Trainer, tape_bytes: int = _TAPE_BYTES) -> None:
        self.trainer = trainer
        self._lock = trainer.lock
        self._pace = Pace()
        self._slice = SliceLength()
        self._readings = Readings(trainer)
        self.guesses = Guesses(trainer)
        self._listeners: list[Callable[..., None]] = []
        self._blocking = self._stop = False
        self._answering: set[int] = set()  # threads that are answering the page
        self._untold: bool | None = None  # at_rest, for listeners that are still to be told
        self._taping: Taping | None = None
        self._taped: tuple[object, ...] = ()  # what the tape was made of
        self._heard = False  # whether a page has ever asked for anything
        self._wide: set[object] = set()  # windows that show the loss beside the tab that is open
        super().__init__(
            tape_bytes=tape_bytes, **self._readings.words(), **self._readings.now(at_rest=True)
        )
        self.set_trait("status", self._status())
        self.observe(self._on_setting, [*_SETTINGS, *_BEGINNINGS])
        self.observe(self._on_stop, ["stop_within", "stop_patience"])
        self.observe(self._on_update, "update")
        self.observe(self._on_speed, "speed")
        self.observe(self._on_lesson, ["ask", "hide", "lock"])
        self.on_msg(self._on_message)

    def offer_plots(self) -> None:
        """Show what belongs to plots: the switches of the loss plot, and the tab of the valley."""
        self._plot = True

    def show_axis(self, axis: Iterable[float]) -> None:
        """Tell the page the loss plot's width, and where its axis begins and ends, in pixels."""
        self._axis = [*axis]

    @property
    def opened(self) -> frozenset[str]:
        """The tabs that are seen: the open one, and on a wide page the loss beside another."""
        beside = {"loss", "microscope"} if self._wide and self.tab == "loss" else {"loss"}
        return frozenset({self.tab, *(beside if self._wide else ())})

    # ---- from the page ----------------------------------------------------------------------

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        kind = content.get("kind")

        def by() -> Any:
            return self._steps_by(content.get("by", self.step_by))

        verbs: dict[object, Callable[[], object]] = {
            "advance": self._advance,
            "step": lambda: self.press("step", by(), held=content.get("held") is True),
            "back": lambda: self.back(by()),
            "seek": lambda: self.seek(content.get("update", 0)),
            "run": lambda: self.press("run"),
            "guess": lambda: self.guess(content.get("value")),
            "skip": self.skip,
            "pause": self.pause,
            "reset": self.reset,
            "rescue": lambda: self.rescue(content.get("to", "start")),
            "set": lambda: self.set_entry(*(content.get(key) for key in _ENTRY)),
            "keep": self.keep,
            "forget": lambda: self.forget(content.get("index", 0)),
            "look": lambda: self._look(content),
        }
        self._heard = True
        self._answering.add(threading.get_ident())
        reply = {"kind": "done", "client": content.get("client"), "id": content.get("id")}
        try:
            self._check_message(kind, content.get("to"))
            if kind in verbs:
                verbs[kind]()
            elif kind == "tape":
                reply["more"] = not self.make_tape(SLICE)
        except LinregError:
            pass  # it stands in the alert
        finally:
            self._answering.discard(threading.get_ident())
            with self._lock:
                self.send(reply)
                # The page has its answer before the plot is drawn, which takes longer: while that
                # goes on, the thread that sends would have to wait its turn.
                if self._untold:
                    time.sleep(_SENT)
                self._tell()

    @acting(pause=False, clear=False, rest=False)
    def _advance(self) -> None:
        """Do the slice of work that one request asks for."""
        if not self._pull:
            return
        try:
            speed = watched(self.speed, self.trainer.total)
            if speed is None:
                self._slice.begin()
                done = self.trainer.advance(self._slice.seconds)
                self._slice.end()
            else:
                self._slice.restart()
                done = self.trainer.advance(SLICE, self._pace.due(speed))
        except BaseException:
            self._pull = False
            raise
        if (done and self.trainer.notice) or self.trainer.status in ("finished", "diverged"):
            self._pull = False

    def _look(self, content: dict[str, Any]) -> None:
        """Note how much room a window has for the loss plot, and whether it stands beside a tab."""
        room, window = (content.get("width"), content.get("height")), content.get("client")
        if content.get("beside") is True:
            self._wide.add(window)
        else:
            self._wide.discard(window)
        if all(isinstance(one, int) and 0 < one < _MOST_PIXELS for one in room):
            self.room = room

    def make_tape(self, seconds: float = math.inf, work: float = LONGEST) -> bool:
        """Work on the tape of the run, unless it is made, or the trainer is at work.

        Parameters
        ----------
        seconds : float
            For how long now; until it is made, if not given.
        work : float
            Seconds of the processor that it may take all in all, a second if not given.

        Returns
        -------
        bool
            Whether there is nothing left to do.
        """
        with self._lock:
            if self._pull or self._blocking:
                return True
            if self._taping is None or not self._taping.fits:
                self._taping = Taping(self.trainer, self.tape_bytes)
            self._taping.allow(work)
            if not self._taping.is_made and self._taping.work(seconds):
                self._taped = state_of(self.trainer)
                self._tape = self._taping.to_bytes()
            return self._taping.is_made

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002
        """Return the whole state: no static page knows our defaults, and ``_esm`` is one."""
        state: dict[str, Any] = super().get_state(key, drop_defaults=False)
        return state

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take values from the page; what cannot be used is refused in the alert and put back."""
        with self._lock:
            refused = self._refused(sync_data)
            self._alert = self._failed()  # what was refused before is over
            if refused:
                self._alert = next(iter(refused.values()))
                self.send_state([*refused])
            taken = {name: value for name, value in sync_data.items() if name not in refused}
            try:
                super().set_state(taken)
            except (LinregError, traitlets.TraitError) as error:
                self._alert = str(error)
                self.send_state([name for name in taken if name in self.keys])

    # ---- changes of traits ------------------------------------------------------------------

    # The trait's present value is compared with the trainer's, not the change's: an observer of the
    # user's may act on the trainer before this one is told, and then there is nothing left to do.

    def _on_setting(self, change: Any) -> None:
        with self._lock:
            value = getattr(self, change.name)
            if value != getattr(self.trainer.settings, change.name):
                (self.reset if change.name in _BEGINNINGS else self.change)(**{change.name: value})

    def _on_update(self, _change: Any) -> None:
        with self._lock:
            if self.update != self.trainer.position.update:
                self.seek(self.update)

    def _on_stop(self, _change: Any) -> None:
        with self._lock:
            stop = Stop(self.stop_within, self.stop_patience)
            if stop != self.trainer.stop:
                self.trainer.stop = stop
            self._alert = self._failed()

    def _on_lesson(self, _change: Any) -> None:
        with self._lock:
            if self.guesses.kind != self.ask:
                self.guesses.kind = self.ask
            question = self.guesses.question
            if question is not None and question.act in self._barred:
                self.guesses.withdraw("The question was withdrawn.")
            self._show_card()

    def _on_speed(self, _change: Any) -> None:
        with self._lock:
            self._pace.restart()
            self._alert = self._failed()

    # ---- the state that is shown ------------------------------------------------------------

    # No context managers in Python around an act: an interrupt may come as their exit begins, and
    # what they held would be held for as long as IPython keeps the traceback.

    def _act(self, do: Callable[[], R], *, pause: bool, clear: bool, rest: bool) -> R:
        """Do something to the trainer; see ``verbs.acting``."""
        if pause:
            self._stop = True  # a run in another thread hears this without the lock
            self.trainer.pause()
        with self._lock:
            if pause:
                self._pull = False
            alert = "" if clear else self._alert
            try:
                return do()
            except LinregError as error:
                alert = str(error)
                raise
            except Exception as error:
                alert = f"{type(error).__name__}: {error}"
                raise
            finally:
                self._show(alert, at_rest=rest or not (self._pull or self._blocking))

    def _show(self, alert: str, *, at_rest: bool) -> None:
        """Set the traits, for the page and for those who observe them."""
        holds: list[Any] = []
        try:
            holds += [self.hold_sync(), self.hold_trait_notifications()]
            with holds[0], holds[1]:
                self._set_traits(alert, at_rest=at_rest)
            self._untold = at_rest or bool(self._untold)
            if threading.get_ident() not in self._answering:
                self._tell()
        except BaseException:
            # An interrupt, or an observer's error: not all have been told, so all are told anew.
            for hold in reversed(holds):
                hold.gen.close()
            self._tell_anew(alert)
            raise

    def _tell_anew(self, alert: str) -> None:
        with contextlib.suppress(Exception):
            self._set_traits(alert, at_rest=True)
        with self.hold_sync():
            for name in self.keys:
                value = getattr(self, name)
                change = {"name": name, "old": value, "new": value, "owner": self, "type": "change"}
                with contextlib.suppress(Exception):
                    self.notify_change(traitlets.Bunch(change))
        self._untold = True
        with contextlib.suppress(Exception):
            self._tell()

    def _set_traits(self, alert: str, *, at_rest: bool) -> None:
        self._alert = alert or self._failed()
        self.set_trait("status", self._status())
        paced = watched(self.speed, self.trainer.total) is not None
        state = self._readings.now(at_rest=at_rest, paced=paced, opened=self.opened)
        for name, value in state.items():
            setattr(self, name, value)
        self._show_card()
        if self._tape and self._taped != state_of(self.trainer):
            self._tape = b""

    def _show_card(self) -> None:
        self.guesses.look(running=self._pull or self._blocking)
        with self.hold_sync():
            for name, value in self._card().items():
                setattr(self, name, value)

    def _tell(self) -> None:
        """Tell the listeners that the trainer has moved, if they do not know yet."""
        at_rest, self._untold = self._untold, None
        if at_rest is not None:
            for listener in self._listeners:
                listener(at_rest=at_rest)

    def _failed(self) -> str:
        """Return why the last update failed, for as long as the run stands there; else ""."""
        return "" if self.trainer.failure is None else str(self.trainer.failure)

    def _status(self) -> str:
        return "running" if self._pull or self._blocking else self.trainer.status

    def close(self) -> None:
        """Free the panel and its layout."""
        with self._lock:
            self._listeners.clear()
            layout = getattr(self, "layout", None)
            super().close()
            if layout is not None:
                layout.close()
            # A notebook's Out may hold a closed widget for as long as the kernel lives.
            self._taping, self._tape = None, b""
