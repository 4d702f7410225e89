"""The panel: the controls of one trainer, as the synced traits of one anywidget.

The page pulls. *Run* only sets ``_pull``; while it is set, the page keeps asking for slices of work
(``advance``), and each answer is one slice and the new state. So messages never pile up, to pause
is to stop asking, a reloaded page goes on where the old one stopped, and no thread or task is
needed, which matters in Colab. All that the page shows is in traits, so a second view shows it too.

Messages arrive on the main thread or a subshell's, so every entry takes the one lock.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import anywidget
import traitlets

from linreg_widget.errors import LinregError, NotCopied
from linreg_widget.lesson import TABS, check_ask, check_controls, check_tab
from linreg_widget.messages import check_language, spoken
from linreg_widget.microscope import (
    FitArrays,
    FitInputs,
    FitNames,
    Names,
    Source,
    WireFrame,
)
from linreg_widget.settings import FIELDS, START_SETTINGS, By, Stop, check_text
from linreg_widget.training import Status, Trainer

from .acts import acting, set_entries, verb
from .asking import PageActs
from .gate import Gate
from .handover import History, RowArrays, Rows
from .losscurves import Change, Curve, CurveArrays, Line, LineArrays
from .pace import Slices, slices_of, watched
from .readings import CoefficientArrays, Explained, LossArrays, Readings, RunRow, TableArrays
from .spelling import Spelt
from .tables import Tables
from .tape import AT_REST, Recorder
from .telling import let_out, put, set_together, spoken_now, tell_anew
from .traits import Arrays, Checked, Choice, Choices, Record, Setting, Speed, StopRule, Whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_STATIC = Path(__file__).parents[1] / "static"
_TAPE_BYTES = 110_000  # with them and the front end, a saved panel has less than 380,000 characters
_FIRST = 0.02  # seconds in which a page has what is seen, before the kernel works on the rest

R = TypeVar("R")


@spoken(
    "act", "_show", "_show_card", "_tell", "_on_message", "_on_lesson", "set_state", "make_tape"
)
class TrainerPanel(Spelt, NotCopied, anywidget.AnyWidget):
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
    shuffle = Setting(default=True).tag(sync=True)
    standardize = Setting(default=False).tag(sync=True)
    step_by = Choice(By, "update").tag(sync=True)
    speed = Speed().tag(sync=True)
    status = traitlets.Enum(get_args(Status), "ready", read_only=True).tag(sync=True)
    update = Whole(0).tag(sync=True)
    _phase = traitlets.Unicode("").tag(sync=True)
    _epoch = traitlets.Int(0).tag(sync=True)
    _batch = traitlets.Int(0).tag(sync=True)
    _batches = traitlets.Int(1).tag(sync=True)
    _total = traitlets.Int(1).tag(sync=True)
    _recorded = traitlets.Int(0).tag(sync=True)
    _losses = Arrays(LossArrays).tag(sync=True)
    _curve = Arrays(CurveArrays).tag(sync=True)
    _lines = traitlets.List(Record(Line)).tag(sync=True)
    _lines_data = Arrays(LineArrays).tag(sync=True)
    _changes = traitlets.List(Record(Change)).tag(sync=True)
    _table = Arrays(TableArrays).tag(sync=True)
    _described = traitlets.Unicode("").tag(sync=True)
    _title = traitlets.Unicode("").tag(sync=True)
    _summary = traitlets.Unicode("").tag(sync=True)
    stop_within = StopRule().tag(sync=True)
    stop_patience = StopRule().tag(sync=True)
    curves = Choices(Curve).tag(sync=True)
    tab = Checked(check_tab, TABS[0]).tag(sync=True)
    task = Checked(check_text, "", named=True).tag(sync=True)
    ask = Checked(check_ask).tag(sync=True)
    lang = Checked(check_language, "en").tag(sync=True)
    _messages = traitlets.List(traitlets.Unicode()).tag(sync=True)
    hide = Checked(check_controls, (), named=True).tag(sync=True)
    lock = Checked(check_controls, (), named=True).tag(sync=True)
    _question = Record("WireQuestion").tag(sync=True)
    _answer = Record("WireAnswer").tag(sync=True)
    _score = traitlets.Unicode("").tag(sync=True)
    _answers = traitlets.Unicode("").tag(sync=True)
    _plot = traitlets.Bool(default_value=False).tag(sync=True)
    _axis = traitlets.List(traitlets.Float()).tag(sync=True)
    _limit = traitlets.Float(0.0).tag(sync=True)
    _worst = traitlets.Float(0.0).tag(sync=True)
    _floor = traitlets.Float(-1.0).tag(sync=True)
    _mean = traitlets.Float(0.0).tag(sync=True)
    _held_out = traitlets.Int(0).tag(sync=True)
    _findings = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _explained = Record(Explained).tag(sync=True)
    _coefficients = Arrays(CoefficientArrays).tag(sync=True)
    _runs = traitlets.List(Record(RunRow)).tag(sync=True)
    _run_columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _notice = traitlets.Unicode("").tag(sync=True)
    _alert = traitlets.Unicode("").tag(sync=True)
    _pull = traitlets.Bool(default_value=False).tag(sync=True)
    _source = Record(Source).tag(sync=True)
    _names = Record(Names).tag(sync=True)
    _frame = Record(WireFrame).tag(sync=True)
    _frame_data = Arrays().tag(sync=True)
    _graph = Record("WireGraph").tag(sync=True)
    _graph_data = Arrays().tag(sync=True)
    _fit = Record(FitNames).tag(sync=True)
    _fit_data = Arrays(FitArrays).tag(sync=True)
    _fit_inputs = Arrays(FitInputs).tag(sync=True)
    _rows = Record(Rows).tag(sync=True)
    _rows_data = Arrays(RowArrays).tag(sync=True)
    _history = Record(History).tag(sync=True)
    _undoes = traitlets.Unicode("").tag(sync=True)
    _draft = Record("WireDraft").tag(sync=True)
    _tape = traitlets.Bytes(b"").tag(sync=True)
    tape_bytes = Whole(_TAPE_BYTES)
    room = traitlets.Tuple((0, 0))  # for the loss plot, width and height in pixels; 0: not known

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self._lock = trainer, trainer.lock
        self._slices, self._readings = Slices(trainer), Readings(trainer)
        self.gate, self.page = Gate(trainer), PageActs(self)
        self._listeners: list[Callable[..., None]] = []
        self._blocking = self._stop = self._ended = self.heard = False  # heard: of a page
        self._answering: set[int] = set()  # threads that are answering the page
        self._untold: bool | None = None  # at_rest, for listeners that are still to be told
        self._brief = False  # whether what was shown last is only what is seen
        self._recorder, self._tables = Recorder(), Tables()
        self._is_new = False  # another trainer, which the page does not know yet
        now = self._readings.words() | self._readings.now(at_rest=True) | spoken_now()
        super().__init__(**now)
        self.set_trait("status", self._status())
        self.observe(self._on_setting, [*FIELDS])
        self.observe(self._on_stop, ["stop_within", "stop_patience"])
        self.observe(self._on_update, "update")
        self.observe(self._on_speed, "speed")
        self.observe(self._on_lesson, ["ask", "hide", "lock"])
        self.observe(lambda _: self.act(bool, pause=False, clear=False, rest=False), "tab")
        self.on_msg(self._on_message)

    # ---- acts: what Python and the page can ask for -----------------------------------------

    step = verb(Trainer.step)
    back = verb(Trainer.back)
    seek = verb(Trainer.seek)
    reset = verb(Trainer.reset)
    change = verb(Trainer.change, pause=False)
    set = verb(Trainer.set)
    rescue = verb(Trainer.rescue)
    keep = verb(Trainer.keep, pause=False)
    forget = verb(Trainer.forget, pause=False)
    pause = verb(Trainer.pause, note="A run that the page pulls ends as well.")

    @acting()
    def undo(self) -> None:
        """Take back what was last set by hand, or else the table that was last drawn or pasted.

        A run is paused first. The latest twenty can be taken back, one after the other: the run is
        where and what it was before.

        Raises
        ------
        SettingsError
            If nothing was set by hand, drawn or pasted.
        """
        if self.trainer.can_undo or not self.undoes:
            self.trainer.undo()
        else:
            self._turn_to(self._tables.back())

    @property
    def undoes(self) -> str:
        """The control by which that was done which ``undo`` would take back, or ""."""
        return self._tables.undoes(self.trainer)

    @acting()
    def draw(self, points: object, pattern: str = "", onto: object = None) -> None:
        """Begin again on points that were drawn; see ``requests.Draw``."""
        self._turn_to(self._tables.drawn(self.trainer, points, pattern, onto))

    def paste(self, paste: Mapping[str, Any]) -> None:
        """Read a pasted text as a table, and train on it if asked to; see ``requests.Paste``."""
        wanted = paste.get("train") is True
        self.act(partial(self._read, paste), pause=wanted, clear=wanted, rest=wanted)

    def _read(self, paste: Mapping[str, Any]) -> None:
        draft, following = self._tables.pasted(self.trainer, paste)
        self._draft = {**draft}
        if following is not None:
            self._turn_to(following)

    def _turn_to(self, trainer: Trainer) -> None:
        """Be the panel of another trainer, which has the same lock."""
        self.trainer, self._is_new = trainer, True
        self._slices, self._readings = Slices(trainer), Readings(trainer)
        self.gate.turn_to(trainer)

    @acting()
    def set_entries(self, entries: object) -> None:
        """Set entries of w and b by hand, all at once; see ``acts.set_entries``."""
        set_entries(self.trainer, entries)

    @acting(pause=False)
    def start(self) -> None:
        """Let the page run the trainer, as its Run button does. Returns at once."""
        if not self._blocking and self.trainer.status not in ("finished", "diverged"):
            self._slices.restart()
            self._pull = True

    @acting(pause=False, clear=False, rest=False)
    def advance(self) -> None:
        """Do the slice of work that one request asks for."""
        if not self._pull:
            return
        try:
            done = self._slices.work(self.speed)
        except BaseException:
            self._pull = False
            raise
        if (done and self.trainer.notice) or self.trainer.status in ("finished", "diverged"):
            self._pull = False

    def run(self, epochs: int | None = None) -> None:
        """Train in this cell, live, to the end of the run or for some epochs; see ``Trainer.run``.

        The page shows every slice, but a short run only once, at its end. Its Pause button stops
        the run if the kernel can hear it while a cell runs (subshells). An interrupt pauses it
        between two updates and keeps all.
        At the end the tape is made, unless a page is there to ask for it: a notebook that is
        executed without a page keeps only what is sent while a cell runs.
        """
        try:
            slices = self._begin(epochs)
            while self._next_slice(slices):
                time.sleep(0.001)  # a lock is not fair: let a waiting thread have it
        finally:
            # Before the call, at which another interrupt may come.
            self._blocking = self._ended = False
            self.act(lambda: None, clear=False)
        if not self.heard:
            self.make_tape()

    @acting(rest=False)
    def _begin(self, epochs: int | None) -> Iterator[int]:
        slices, self._blocking, self._stop = slices_of(self.trainer, epochs), True, False
        return slices

    @acting(pause=False, clear=False, rest=False)
    def _next_slice(self, slices: Iterator[int]) -> bool:
        more = not self._stop and next(slices, None) is not None
        self._ended = not more or self.trainer.status in ("finished", "diverged")
        return not self._ended

    def place(self, w: object = None, b: object = None) -> None:
        """Set weights or biases where a reader has clicked, unless setting them is barred."""
        self.gate.check("set")
        self.set(w, b)

    # ---- what goes with them ----------------------------------------------------------------

    def on_change(self, listener: Callable[..., None]) -> None:
        """Call ``listener(at_rest=...)`` under the lock whenever the trainer has moved."""
        self._listeners.append(listener)

    def show_axis(self, axis: Iterable[float]) -> None:
        """Tell the page the canvas's width, and where its axis begins and ends; empty: none."""
        self._axis = [*axis]

    @property
    def opened(self) -> frozenset[str]:
        """The tabs that are seen."""
        return self.page.opened

    def make_tape(self, seconds: float = math.inf, moments: float = AT_REST) -> bool:
        """Work on the tape, until it has so many moments in all; return if no work is left."""
        with self._lock:
            if self.is_at_work or self._rows:
                return True
            made = self._recorder.work(self.trainer, self.tape_bytes, seconds, moments)
            if made is not None:
                self._tape = made
                set_together(self, partial(put, self, self._readings.graph()))
            return self._recorder.is_made

    # ---- from the page ----------------------------------------------------------------------

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        self.heard = True
        self._answering.add(threading.get_ident())
        reply: dict[str, Any] = {
            "kind": "done",
            "client": content.get("client"),
            "id": content.get("id"),
        }
        try:
            if isinstance(traits := content.get("traits"), dict):
                self.set_state(traits)
            reply |= self.page.do(content)
        except LinregError:
            pass  # it stands in the alert
        finally:
            self._answering.discard(threading.get_ident())
            with self._lock:
                if self._brief:
                    first = 0 if content.get("held") is True else _FIRST  # more steps wait there
                    self._show(self._alert, at_rest=True, reply=reply, first=first)
                else:
                    self._tell(reply)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002
        """Return the whole state: no static page knows our defaults, and ``_esm`` is one."""
        state: dict[str, Any] = super().get_state(key, drop_defaults=False)
        return state

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take values from the page; what cannot be used is refused in the alert and put back."""
        with self._lock:
            if not (sync_data := self.page.news(sync_data, self._answering)):
                return
            refused = self.gate.refused(sync_data, self)
            self._alert = str(self.trainer.failure or "")  # what was refused before is over
            if refused:
                self._alert = next(iter(refused.values()))
                self.send_state([*refused])
            taken = {name: value for name, value in sync_data.items() if name not in refused}
            try:
                super().set_state(taken)
            except (LinregError, traitlets.TraitError, OverflowError) as error:
                self._alert = str(error)
                self.send_state([name for name in taken if name in self.keys])

    # ---- changes of traits ------------------------------------------------------------------

    # The trait's present value is compared with the trainer's, not the change's: an observer of the
    # user's may act on the trainer before this one is told, and then there is nothing left to do.

    def _on_setting(self, change: Any) -> None:
        with self._lock:
            value = getattr(self, change.name)
            if value != getattr(self.trainer.settings, change.name):
                (self.reset if change.name in START_SETTINGS else self.change)(
                    **{change.name: value}
                )

    def _on_update(self, _change: Any) -> None:
        with self._lock:
            if self.update != self.trainer.position.update:
                self.seek(self.update)

    def _on_stop(self, _change: Any) -> None:
        with self._lock:
            stop = Stop(self.stop_within, self.stop_patience, self.trainer.stop.on)
            if stop != self.trainer.stop:
                self.trainer.stop = stop
            self._alert = str(self.trainer.failure or "")

    def _on_lesson(self, _change: Any) -> None:
        with self._lock:
            self.gate.follow(self.ask, self.hide, self.lock)
            self._show_card()

    def _on_speed(self, _change: Any) -> None:
        with self._lock:
            self._slices.restart()
            self._alert = str(self.trainer.failure or "")

    # ---- the state that is shown ------------------------------------------------------------

    # No context managers in Python around an act: an interrupt may come as their exit begins, and
    # what they held would be held for as long as IPython keeps the traceback.

    def act(
        self, do: Callable[[], R], *, pause: bool = True, clear: bool = True, rest: bool = True
    ) -> R:
        """Do something to the trainer; see ``acts.acting``."""
        if pause:
            self._stop = True  # a run in another thread hears this without the lock
            self.trainer.pause()
        with self._lock:
            if pause:
                self._pull = False
            alert = "" if clear else self._alert
            try:
                return do()
            except Exception as error:
                name = "" if isinstance(error, LinregError) else f"{type(error).__name__}: "
                alert = f"{name}{error}"
                raise
            finally:
                if not self._ended:  # else all is shown in a moment
                    self._show(alert, at_rest=rest or not self.is_at_work)

    def _show(
        self, alert: str, *, at_rest: bool, reply: dict[str, Any] | None = None, first: float = 0.0
    ) -> None:
        """Set the traits, for the page and for those who observe them.

        Where a request leads from one pause to another, such as a step, what is seen goes first,
        and has so many seconds for its way to the page.
        """
        try:
            answering = threading.get_ident() in self._answering
            paused = self.status == self._status() == "paused"
            if self._brief:
                let_out(first)
            self._brief = answering and at_rest and paused and not self._brief
            set_together(self, partial(self._set_traits, alert, at_rest=at_rest))
            self._untold = at_rest or bool(self._untold)
            if not answering:
                self._tell(reply)
        except BaseException:
            # An interrupt, or an observer's error: not all have been told, so all are told again.
            with contextlib.suppress(Exception):
                self._brief = False
                self._set_traits(alert, at_rest=True)
            tell_anew(self)
            self._untold = True
            with contextlib.suppress(Exception):
                self._tell(reply)
            raise

    def _set_traits(self, alert: str, *, at_rest: bool) -> None:
        self._alert = alert or str(self.trainer.failure or "")
        self.trainer.traced = "graph" in self.opened
        paced = watched(self.speed, self.trainer.total) is not None
        followed = paced and not self._axis  # there is no canvas: the page draws the losses
        read = partial(self._readings.now, at_rest=at_rest, brief=self._brief, opened=self.opened)
        now = read(paced=paced, followed=followed, curve=not (self._brief and self._axis))
        now["_undoes"] = self.undoes
        put(self, {**self._readings.words(), **now} if self._is_new else now)
        self._is_new = False
        self._show_card()
        if self._tape and not self._recorder.fits(self.trainer):
            self._tape = b""
        self.set_trait("status", self._status())  # last: who waits for it finds the rest true

    def _show_card(self) -> None:
        self.gate.guesses.look(running=self.is_at_work)
        with self.hold_sync():
            put(self, self.gate.card())

    def _tell(self, reply: dict[str, Any] | None = None) -> None:
        """Send a reply, and tell the listeners that the trainer has moved, unless they know."""
        at_rest, self._untold = self._untold, None
        if reply is not None:
            self.send(reply)
            if at_rest:
                let_out()
        for listener in self._listeners if at_rest is not None else ():
            listener(at_rest=at_rest)

    def _status(self) -> str:
        return "running" if self.is_at_work else self.trainer.status

    @property
    def is_at_work(self) -> bool:
        """Whether a run goes on that the page pulls, or that a cell waits for."""
        return self._pull or self._blocking

    def close(self) -> None:
        """Free the panel and its layout."""
        with self._lock:
            self._listeners.clear()
            layout = getattr(self, "layout", None)
            super().close()
            if layout is not None:
                layout.close()
            # A notebook's Out may hold a closed widget for as long as the kernel lives.
            self._recorder.forget()
            self._tape = b""
