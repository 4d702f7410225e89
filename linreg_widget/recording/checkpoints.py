"""The moments to which a run can return: the model's state, bit for bit, at doubling strides."""

from __future__ import annotations

import bisect
import copy
import hashlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from linreg_widget.errors import UpdateError
from linreg_widget.messages import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_MOST = 512
_FEWEST = 16
_BYTES = 16 * 2**20
_AROUND = 600  # bytes that Python and torch need around a tensor, roughly
_AROUND_ALL = 1000  # and around a snapshot


@dataclass(eq=False)
class _SavedTensor:
    """One tensor: its numbers, its gradient, and what autograd knows of it."""

    values: torch.Tensor
    gradient: torch.Tensor | None
    requires_grad: bool
    is_leaf: bool

    @classmethod
    def of(cls, tensor: torch.Tensor, memories: _Memories) -> _SavedTensor:
        # A tensor that is not a leaf (`model.w = model.w - ...`) has no .grad; asking for it warns.
        leaf = tensor.is_leaf
        gradient = tensor.grad if leaf else None
        copy_of_it = None if gradient is None else gradient.clone()
        return cls(memories.copied(tensor), copy_of_it, tensor.requires_grad, leaf)

    def put_into(self, tensor: object, memories: _Memories) -> torch.Tensor:
        """Fill ``tensor`` with the saved numbers if it is of the same kind, else make a new one."""
        if (
            isinstance(tensor, torch.Tensor)
            and self._fits(tensor)
            and memories.takes(self.values, tensor)
        ):
            tensor.detach().copy_(self.values)
        else:
            tensor = memories.copied(self.values).requires_grad_(self.requires_grad)
            if not self.is_leaf:  # again a result of something, so that .grad stays None as it did
                with torch.enable_grad():
                    tensor = tensor.view_as(tensor)
        if self.is_leaf:
            tensor.grad = None if self.gradient is None else self.gradient.clone()
        return tensor

    def _fits(self, tensor: torch.Tensor) -> bool:
        mine = self.values
        return (
            self.is_leaf
            and tensor.is_leaf
            and tensor.shape == mine.shape
            and tensor.stride() == mine.stride()
            and tensor.dtype == mine.dtype
            and tensor.requires_grad == self.requires_grad
        )

    @property
    def nbytes(self) -> int:
        """Bytes held, roughly."""
        size = self.values.nbytes + _AROUND
        return size if self.gradient is None else size + self.gradient.nbytes + _AROUND


class _Memories:
    """Which memory of a copy stands for which of the original, since tensors may share one."""

    def __init__(self) -> None:
        self.known: dict[int, torch.UntypedStorage] = {}
        """By the identity of the original's, as ``copy.deepcopy`` of a tensor looks it up."""
        self._taken: set[int] = set()

    def takes(self, original: torch.Tensor, tensor: torch.Tensor) -> bool:
        """Tell whether ``tensor`` may become the copy, and note its memory if it may.

        It may not if it shares its numbers with others than the original does.
        """
        ours, theirs = _memory(original), _memory(tensor)
        if ours is None or theirs is None:
            return True
        known = self.known.get(_identity(ours))
        if known is not None:
            same_place = tensor.storage_offset() == original.storage_offset()
            return same_place and _identity(known) == _identity(theirs)
        if _identity(theirs) in self._taken or not _alike(original, ours, tensor, theirs):
            return False
        self._note(ours, theirs)
        return True

    def copied(self, original: torch.Tensor) -> torch.Tensor:
        """Copy a tensor, or view the copy of the memory that it shares with another one."""
        ours = _memory(original)
        if ours is None:
            return original.clone()
        known = self.known.get(_identity(ours))
        if known is None:
            known = ours.clone()
            self._note(ours, known)
        return _view(original, known)

    def share(self, original: torch.Tensor, tensor: torch.Tensor) -> None:
        """Let a tensor that is a copy already share its numbers as the original does."""
        ours = _memory(original)
        if ours is None:
            return
        known = self.known.get(_identity(ours))
        if known is not None:
            tensor.data = _view(original, known)
        elif _alike(original, ours, tensor, tensor.untyped_storage()):
            self._note(ours, tensor.untyped_storage())

    @staticmethod
    def shared(tensors: list[torch.Tensor]) -> list[list[torch.Tensor]]:
        """Return the tensors that share a memory with others, in groups."""
        groups: dict[int, list[torch.Tensor]] = {}
        for tensor in tensors:
            if (memory := _memory(tensor)) is not None:
                groups.setdefault(_identity(memory), []).append(tensor)
        return [group for group in groups.values() if len(group) > 1]

    def _note(self, ours: torch.UntypedStorage, theirs: torch.UntypedStorage) -> None:
        self.known[_identity(ours)] = theirs
        self._taken.add(_identity(theirs))


def _memory(tensor: torch.Tensor) -> torch.UntypedStorage | None:
    return tensor.untyped_storage() if tensor.layout is torch.strided else None


def _identity(memory: torch.UntypedStorage) -> int:
    return int(memory._cdata)  # noqa: SLF001 - by which torch's own __deepcopy__ knows one


def _alike(
    one: torch.Tensor,
    ones: torch.UntypedStorage,
    other: torch.Tensor,
    others: torch.UntypedStorage,
) -> bool:
    """Tell whether two tensors lie alike in their memories."""
    return (
        len(ones) == len(others)
        and one.storage_offset() == other.storage_offset()
        and one.stride() == other.stride()
    )


def _view(original: torch.Tensor, memory: torch.UntypedStorage) -> torch.Tensor:
    """Return a tensor of another memory that lies there as the original does in its own."""
    place = original.storage_offset(), original.shape, original.stride()
    return original.new_empty(0).set_(memory, *place)


class Snapshot:
    """A copy of everything that an update function can keep on the model.

    Tensors are copied with their ``.grad``, so a gradient that was never cleared survives time
    travel too. Everything else (a counter, a list of tensors, a ``torch.optim`` optimizer, an
    ``nn.Linear``) is copied by ``copy.deepcopy``, and refers to the model's tensors as the original
    did. Tensors that share their numbers (views, ``nn.Parameter(model.w.detach())``) share them in
    the copy as well.

    Raises
    ------
    UpdateError
        If something on the model cannot be copied.
    """

    def __init__(self, model: object) -> None:
        state = vars(model)
        self._others: dict[str, Any] = {}
        self._shared: list[list[torch.Tensor]] = []
        self._gradients: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._tensors = _saved_apart(state)
        if self._tensors:
            self._bytes = _AROUND_ALL + sum(tensor.nbytes for tensor in self._tensors.values())
        else:
            self._save(state)

    def _save(self, state: dict[str, Any]) -> None:
        saved: dict[int, _SavedTensor] = {}  # by identity: one tensor may go by two names
        memories = _Memories()
        with torch.no_grad():  # so that the copies know nothing of where they came from
            for name, value in state.items():
                if isinstance(value, torch.Tensor):
                    if id(value) not in saved:
                        saved[id(value)] = _SavedTensor.of(value, memories)
                    self._tensors[name] = saved[id(value)]
        others = {name: value for name, value in state.items() if name not in self._tensors}
        self._bytes = _AROUND_ALL + sum(tensor.nbytes for tensor in saved.values())
        inner: list[torch.Tensor] = []
        if others:
            memo: dict[Any, Any] = {key: tensor.values for key, tensor in saved.items()}
            self._others, inner = _copied(others, memo, memories)
            self._bytes += sum(_size(memo[key]) for key in memo.keys() - saved.keys())
        tensors = [*(tensor.values for tensor in saved.values()), *inner]
        # What pickle forgets of tensors: that they share numbers, and their gradients.
        if len(memories.known) < len(tensors):
            self._shared = memories.shared(tensors)
        self._gradients = [(one, one.grad) for one in inner if one.is_leaf and one.grad is not None]

    def __deepcopy__(self, _memo: dict[int, Any]) -> Snapshot:
        return self  # nothing of it ever changes

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        for first, *others in self._shared:
            for tensor in others:
                tensor.data = _view(tensor, first.untyped_storage())
        for tensor, gradient in self._gradients:
            tensor.grad = gradient

    def restore(self, model: object) -> None:
        """Put the saved state back; tensors of the same kind keep their identity."""
        state = vars(model)
        for name in [*state]:
            if name not in self._tensors and name not in self._others:
                del state[name]
        put: dict[int, torch.Tensor] = {}
        memories = _Memories()
        with torch.no_grad():
            for name, saved in self._tensors.items():
                if id(saved.values) not in put:
                    put[id(saved.values)] = saved.put_into(state.get(name), memories)
                state[name] = put[id(saved.values)]
        if self._others:
            others, _ = _copied(self._others, dict(put), memories)
            state.update(others)

    def values(self, name: str) -> torch.Tensor:
        """Return the saved numbers of one tensor (not a copy: do not change them)."""
        return self._tensors[name].values

    @property
    def nbytes(self) -> int:
        """Roughly the bytes held."""
        return self._bytes


@dataclass(eq=False)
class Checkpoint:
    """The state of the model after some updates."""

    update: int
    """How many updates."""
    snapshot: Snapshot
    """The state."""
    full_loss: float | None = None
    """The loss over the whole table there, once it has been worked out."""
    by_hand: bool = False
    """Whether w and b were set by hand there, so that no replay leads to it."""


class Checkpoints:
    """Checkpoints in the order of their updates, thinned so that their memory is bounded.

    At most 512 are kept, about 16 MB in all, but never fewer than 16: when there are more, every
    second one is dropped and the stride doubles. Checkpoints of entries set by hand stay, and do
    not count. The list changes in one assignment, so an interrupt leaves either the old one or the
    new one.

    Parameters
    ----------
    first : Checkpoint
        The one at update 0.
    stride : int
        Updates from one to the next, to begin with.
    """

    def __init__(self, first: Checkpoint, stride: int) -> None:
        self.spare: Checkpoint | None = None
        """One more, beside the strides: a shortcut for whoever walks back step by step."""
        self.due = first.update + stride
        """The number of updates from which the next one is to be added."""
        self._kept = [first]
        self._stride = stride

    def __iter__(self) -> Iterator[Checkpoint]:
        return iter(self._kept)

    def __reversed__(self) -> Iterator[Checkpoint]:
        return reversed(self._kept)

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep one more, later than all others."""
        kept = [*self._kept, checkpoint]
        most = min(_MOST, max(_FEWEST, _BYTES // checkpoint.snapshot.nbytes))
        if len(kept) > most:
            most += sum(one.by_hand for one in kept)
        while len(kept) > most:
            kept = [one for index, one in enumerate(kept) if not index % 2 or one.by_hand]
            self._stride *= 2
        self._keep(kept)

    def insert(self, checkpoint: Checkpoint) -> None:
        """Keep one more between the others, beside the strides."""
        before = [one for one in self._kept if one.update < checkpoint.update]
        after = [one for one in self._kept if one.update > checkpoint.update]
        self._kept = [*before, checkpoint, *after]

    def put(self, checkpoint: Checkpoint) -> None:
        """Replace all checkpoints from a moment on by a state that was set by hand."""
        self.spare = None
        before = [one for one in self._kept if one.update < checkpoint.update]
        self._keep([*before, checkpoint])

    def before(self, update: int) -> Checkpoint:
        """Return the last one at or before ``update`` updates."""
        index = bisect.bisect_right(self._kept, update, key=lambda one: one.update) - 1
        found = self._kept[index]
        if self.spare is not None and found.update < self.spare.update <= update:
            return self.spare
        return found

    def cut(self, update: int) -> None:
        """Drop those after ``update`` updates."""
        if self.spare is not None and self.spare.update > update:
            self.spare = None
        self._keep([one for one in self._kept if one.update <= update])

    def _keep(self, kept: list[Checkpoint]) -> None:
        self._kept = kept
        self.due = kept[-1].update + self._stride


class Path(NamedTuple):
    """Where w and b went, at some moments of a run."""

    updates: NDArray[np.int64]
    """How many updates were done, ascending, shape (k,)."""
    w: NDArray[np.float32]
    """The weights there, shape (k, t, d)."""
    b: NDArray[np.float32]
    """The biases there, shape (k, t)."""


def path_of(marks: Sequence[Checkpoint], start: int, most: int) -> Path:
    """Return where w and b went, as far as checkpoints tell, from the one before ``start`` on.

    Parameters
    ----------
    marks : sequence of Checkpoint
        In order; the first is that at update 0.
    start : int
        The number of updates to begin with.
    most : int
        The most moments, chosen evenly.
    """
    earlier = sum(mark.update <= start for mark in marks)
    marks = marks[earlier - 1 :]
    some = np.unique(np.linspace(0, len(marks) - 1, min(len(marks), most)).round().astype(int))
    found = [
        (marks[index].update, *(marks[index].snapshot.values(name).numpy() for name in ("w", "b")))
        for index in some.tolist()
    ]
    updates, w, b = zip(*found, strict=True)
    return Path(np.array(updates), np.stack(w), np.stack(b))


def _saved_apart(state: dict[str, Any]) -> dict[str, _SavedTensor]:
    """Save tensors of which each has a memory of its own; {} if there is anything else.

    This is all that the article's update has, in half the time of a look at everything else.
    """
    saved: dict[str, _SavedTensor] = {}
    memories = set()
    for name, value in state.items():
        if type(value) is not torch.Tensor or value.layout is not torch.strided:
            return {}
        if not (value.is_leaf and value.is_contiguous()):
            return {}
        memory, gradient = value.untyped_storage(), value.grad
        if len(memory) != value.nbytes or (gradient is not None and gradient.requires_grad):
            return {}
        memories.add(memory._cdata)  # noqa: SLF001 - see _identity
        kept = None if gradient is None else gradient.clone()
        known = value.requires_grad
        saved[name] = _SavedTensor(value.detach().clone(), kept, known, is_leaf=True)
    return saved if len(memories) == len(saved) else {}


def _copied(
    values: dict[str, Any], memo: dict[Any, Any], memories: _Memories
) -> tuple[dict[str, Any], list[torch.Tensor]]:
    """Copy deeply; return the copies, and all tensors that were made for them.

    ``memo`` says, by identity, what stands for what, and grows by the copies.
    """
    memo["torch"] = memories.known  # where torch looks up which memory is copied already
    try:
        copies = copy.deepcopy(values, memo)
    except Exception as error:
        raise UpdateError(say("updates.not_copied", why=error)) from error
    inner: list[torch.Tensor] = []
    for original in memo.get(id(memo), ()):  # all that was copied, which deepcopy keeps alive
        if not isinstance(original, torch.Tensor):
            continue
        inner.append(memo[id(original)])
        if isinstance(original, torch.nn.Parameter):  # whose own __deepcopy__ forgets both
            memories.share(original, inner[-1])
            if original.grad is not None:
                inner[-1].grad = original.grad.clone()
    return copies, inner


def _size(value: object) -> int:
    return value.nbytes + _AROUND if isinstance(value, torch.Tensor) else sys.getsizeof(value)


def digest_of(model: object) -> bytes:
    """Return a digest of a model's tensors and gradients: the same for the same bits."""
    digest = hashlib.blake2b()
    for value in vars(model).values():
        if isinstance(value, torch.Tensor):
            digest.update(value.detach().numpy().tobytes())
            if value.is_leaf and value.grad is not None:
                digest.update(value.grad.numpy().tobytes())
    return digest.digest()
