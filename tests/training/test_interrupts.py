"""Interrupts at any moment leave a whole update and the record."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
import torch

import linreg_widget
from linreg_widget.model import gradient_update, mse_loss
from linreg_widget.recording.schedule import Position
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer
from tests.crops import crops
from tests.lanes import at_length
from tests.training.oracle import PHASES, Held, Naive, same_model, state_of

pytestmark = pytest.mark.clock


def holds_together(trainer: Trainer) -> None:
    """See that the state is what the record says, and that the run can go on from it exactly."""
    assert torch.is_grad_enabled()
    held = []
    for update in range(trainer.position.update):
        now = trainer.recording.segment_at(update).settings
        held.append(Held(now.rate, now.batch_rows, now.shuffle))
    naive = NAIVE[trainer.settings.seed]
    phases = [None, *PHASES].index(trainer.position.phase)
    if phases:
        now = trainer.recording.segment_at(trainer.position.update).settings
        under = Held(now.rate, now.batch_rows, now.shuffle)
        assert state_of(trainer.model) == naive.inside(held, under, phases)
    else:
        assert state_of(trainer.model) == naive.after(held).state
    assert trainer.status in ("ready", "paused", "finished")
    losses = trainer.recording.losses
    assert np.isfinite(losses).all()
    assert len(losses) >= trainer.position.update
    end = trainer.position.epoch + 2
    trainer.run(2)
    assert trainer.position.epoch == end
    held = []
    for update in range(trainer.position.update):
        now = trainer.recording.segment_at(update).settings
        held.append(Held(now.rate, now.batch_rows, now.shuffle))
    assert state_of(trainer.model) == naive.after(held).state
    every = [naive.after(held[: count + 1]).loss for count in range(len(held))]
    recorded = trainer.recording.losses[: len(held)]
    assert recorded.tobytes() == np.array(every, np.float32).tobytes()


NAIVE = {seed: Naive(crop_yields(), seed) for seed in (0, 1)}


def busy_day(trainer: Trainer) -> None:
    """A bit of everything."""
    trainer.run(2)
    trainer.step("phase", 8)
    trainer.back("phase", 4)
    trainer.change(learning_rate=2e-5, batch_size=4)
    trainer.advance(60, 5)
    trainer.seek(3, "backward")
    trainer.step("epoch", 2)
    trainer.reset(seed=1)
    trainer.run(1)
    trainer.back("epoch")
    trainer.change(shuffle=False)
    trainer.step(count=3)


ROOMS = str(Path(linreg_widget.__file__).parent)


def interrupted_at(line: int, trainer: Trainer) -> bool:
    """Do the day's work, and raise KeyboardInterrupt before so many lines of the package ran."""
    left = [line]

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(ROOMS):
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        busy_day(trainer)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.slow
def test_an_interrupt_at_any_line_leaves_a_whole_update_and_the_record() -> None:
    line, hits = 1, 0
    while True:
        trainer = crops(epochs=1)
        if not interrupted_at(line, trainer):
            break
        hits += 1
        holds_together(trainer)
        line += 29 if at_length() else 307  # primes, so that loops are met at different places
    assert hits > 50


@pytest.mark.parametrize("phases", range(1, 6))
def test_an_interrupt_within_an_update_goes_back_to_before_it(phases: int) -> None:
    armed: list[bool] = []

    def interrupted(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        done = gradient_update(model, x, y, learning_rate)
        for _ in range(phases - 1):
            yield next(done)
        if armed and armed.pop():
            raise KeyboardInterrupt
        return (yield from done)

    for go in (Trainer.run, lambda t: t.step("phase", 9), lambda t: t.advance(9)):
        trainer = crops(update=interrupted)
        trainer.step(count=12)
        armed[:] = [True]
        with pytest.raises(KeyboardInterrupt):
            go(trainer)
        assert (trainer.position, trainer.status) == (Position(12, None, 2, 2), "paused")
        assert len(trainer.recording) == 12
        holds_together(trainer)

        trainer.reset()
        trainer.step(count=12)
        armed[:] = [True, True]  # on the way back again: then to the checkpoint before
        with pytest.raises(KeyboardInterrupt):
            go(trainer)
        assert (trainer.position, trainer.status) == (Position(10, None, 2, 0), "paused")
        assert len(trainer.recording) == 12
        holds_together(trainer)


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Have SIGINT raise KeyboardInterrupt, also where a shell runs the tests in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("before", [0, 1, 7, 40, 250])
def test_an_interrupt_from_outside_leaves_a_whole_update_too(before: int) -> None:
    under_way = threading.Event()
    made = 0

    def held(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        nonlocal made
        made += 1
        if made == before + 1:
            under_way.set()
            while True:  # nothing but the interrupt ends it
                mse_loss(model(x), y).backward()
        return (yield from gradient_update(model, x, y, learning_rate))

    def interrupt() -> None:
        under_way.wait()
        _thread.interrupt_main()

    outside = threading.Thread(target=interrupt, daemon=True)
    outside.start()
    trainer = crops(update=held, epochs=60)
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    outside.join()
    assert (trainer.position.update, trainer.position.phase) == (before, None)
    assert trainer.status == ("paused" if before else "ready")
    direct = crops(epochs=60)
    if before:
        direct.step(count=before)
    assert same_model(trainer, direct)
    assert trainer.recording.losses.tobytes() == direct.recording.losses.tobytes()
