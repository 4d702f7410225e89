"""Who still holds a widget: a search like the garbage collector's, which knows what does not count.

ipywidgets holds every open widget, and IPython holds what a cell has returned (``Out``, ``_``) and
where the last error came from, so a notebook's widgets never become garbage. This search tells
whether anything else holds one: a name, a list, a closure, a widget that is shown. Like the
collector, it accounts for an object's references one by one. An object with a reference that it
cannot account for is held. So an unknown kind of holder (a NumPy array, a running function) keeps a
widget alive.
"""

from __future__ import annotations

import gc
import re
import sys
from collections import Counter
from functools import partial
from types import CellType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from ipywidgets.widgets import widget as registry

from linreg_widget.training import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

_OURS = {"anywidget", "comm", "ipympl", "ipywidgets", "linreg_widget", "traitlets"}
_MACHINERY = {"IPython", "asyncio", "ipykernel", "threading"}
_CONTAINERS = (list, tuple, dict, set, frozenset, MethodType, CellType, partial)
_HIDDEN = re.compile(r"_+|_i*\d*|_oh|_ih|_dh|Out|In|exit|quit")  # IPython's own names
_LAST = ("last_value", "last_traceback", "last_exc")  # of sys: where the last error came from
_MOST, _LONGEST = 20_000, 10_000  # objects that are looked at; items of one container
_LEVELS = 12  # from a widget up to its holder's holder

_FIGURE = ("matplotlib.figure", "Figure")
_FIGURES = {_FIGURE, ("matplotlib.backend_bases", "FigureManagerBase")}
_CARELESS = {
    ("IPython.core.displayhook", "DisplayHook"),
    ("IPython.core.interactiveshell", "ExecutionInfo"),
    ("IPython.core.interactiveshell", "ExecutionResult"),
    ("ipywidgets.widgets.widget_link", "Link"),
    ("traitlets.traitlets", "directional_link"),
    ("traitlets.traitlets", "link"),
}


def open_widgets() -> dict[str, Any]:
    """Return ipywidgets' own register of open widgets, by their comm's id."""
    found: dict[str, Any] | None = getattr(registry, "_instances", None)
    return registry.Widget.widgets if found is None else found  # the latter up to version 7


class Search:
    """One search, for several widgets at once, each with its parts.

    Parameters
    ----------
    shell : InteractiveShell or None
        The notebook's names are in it.
    shown : iterable of object
        Widgets that the page shows: they hold what they refer to.
    shows : callable
        What a widget shows without a reference to it: the content of an ``Output``.
    """

    def __init__(
        self,
        shell: Any,
        shown: Iterable[object],
        shows: Callable[[object], Iterable[object]],
    ) -> None:
        self._shows = shows
        self._names: dict[str, Any] = getattr(shell, "user_ns", {})
        self._roots = [*shown, *(v for k, v in self._names.items() if not _HIDDEN.fullmatch(k))]
        self._nodes: dict[int, Any] = {}
        self._edges: dict[int, list[int]] = {}
        self._held: set[int] = set()
        self._own: set[int] = set()
        hidden = getattr(shell, "user_ns_hidden", {})
        returned: list[Any] = [open_widgets(), self._names.get("_oh", {}), hidden]
        for name in ("displayhook", "last_execution_result"):
            one = getattr(shell, name, None)
            self._own.add(id(one))
            returned.append(getattr(one, "__dict__", {}))
        self._own |= {id(one) for one in (self._nodes, self._roots, *returned)}
        self._uncounted = Counter(id(value) for one in returned for value in list(one.values()))
        self._uncounted.update(id(v) for k, v in self._names.items() if _HIDDEN.fullmatch(k))
        self._uncounted.update(id(getattr(sys, name, None)) for name in _LAST)
        self._followed: set[int] = set()

    def reached(self, wanted: Collection[int]) -> set[int]:
        """Return which of these ids are near: reached from names and shown widgets, in few steps.

        That spares most searches; what is not reached may be held all the same.
        """
        seen: dict[int, object] = {}
        left = list(self._roots)
        while left and len(seen) < _MOST:
            one = left.pop()
            if id(one) not in seen and gc.is_tracked(one):
                seen[id(one)] = one
                if type(one) in _CONTAINERS or not self._is_careless(one):
                    left += self._next(one)
        return seen.keys() & wanted

    def unheld(self, groups: list[list[Any]]) -> list[list[Any]]:
        """Return the groups without a member that somebody holds."""
        targets = {id(one) for group in groups for one in group}
        self._take(groups)
        scanned: set[int] = set()
        excess = self._unexplained(targets)
        if excess:  # perhaps an old box, which may be known without a look at all objects there are
            self._follow(list(open_widgets().values()))
        for _ in range(_LEVELS):
            excess = self._unexplained(targets)
            self._held |= excess & scanned  # all that can be seen was looked at
            live = self._marked()
            dark = [group for group in groups if not any(id(one) in live for one in group)]
            excess -= scanned
            if not (dark and excess):
                return dark
            if len(self._nodes) > _MOST:
                break
            self._climb(excess)
            scanned |= excess
        self._held |= self._unexplained(targets)
        live = self._marked()
        return [group for group in groups if not any(id(one) in live for one in group)]

    # ---- inside ----------------------------------------------------------------------------------

    def _next(self, one: Any) -> Iterable[object]:
        """Return what an object refers to, if it is of a kind that is followed."""
        kind = type(one)
        if kind is FunctionType:  # not its globals
            return [one.__closure__, one.__defaults__, one.__kwdefaults__]
        if issubclass(kind, _CONTAINERS):
            small = not hasattr(one, "__len__") or len(one) <= _LONGEST
            return gc.get_referents(one) if small and not self._is_namespace(one) else ()
        root = _root(one)
        if issubclass(kind, type | Trainer | ModuleType):
            return ()
        if root in _OURS or _is_comm(one):
            return [*gc.get_referents(one), *self._shows(one)]
        is_followed = root == "__main__" or _FIGURE in _kinds(one)
        return gc.get_referents(one) if is_followed else ()

    def _is_namespace(self, one: Any) -> bool:
        return issubclass(type(one), dict) and (one is self._names or "__builtins__" in one)

    def _take(self, groups: list[list[Any]]) -> None:
        """Begin with these groups: no variable of a function that runs may refer to a member."""
        self._own |= {id(groups), *map(id, groups)}
        for group in groups:
            self._uncounted.update(map(id, group))  # by the group itself
        self._follow([one for group in groups for one in group])
        self._followed = set(self._nodes)

    def _add(self, one: object) -> None:
        self._nodes[id(one)] = one
        self._edges[id(one)] = [id(other) for other in gc.get_referents(one)]

    def _follow(self, left: list[Any]) -> None:
        """Take in what some objects refer to, and so on, of the kinds that are followed."""
        for one in left:
            self._add(one)
        while left and len(self._nodes) < _MOST:
            for one in self._next(left.pop()):
                is_new = id(one) not in self._nodes and id(one) not in self._own
                if is_new and gc.is_tracked(one) and self._is_followed(one):
                    self._add(one)
                    left.append(one)

    def _is_followed(self, one: Any) -> bool:
        return type(one) is FunctionType or bool(self._next(one))

    def _unexplained(self, targets: set[int]) -> set[int]:
        """Return those nodes that lead to a target and have references from outside."""
        probe: list[object] = []
        self._nodes[id(probe)] = probe
        known = Counter(self._uncounted)
        leading: dict[int, list[int]] = {}
        for key, others in self._edges.items():
            known.update(others)
            if not self._is_careless(self._nodes[key]):
                for other in others:
                    leading.setdefault(other, []).append(key)
        relevant, left = set(targets), list(targets)
        while left:
            fresh = [key for key in leading.get(left.pop(), ()) if key not in relevant]
            relevant.update(fresh)
            left += fresh
        mark = id(probe)
        del probe
        # How many references to a node are this search's own, depends on the version of Python.
        own = sys.getrefcount(self._nodes[mark])
        found = {key for key in relevant if sys.getrefcount(self._nodes[key]) - own > known[key]}
        del self._nodes[mark]
        return found

    def _is_careless(self, one: Any) -> bool:
        """Whether it is of those that refer to a widget without keeping it for anybody."""
        if _is_comm(one) and one.comm_id in open_widgets():
            return True
        kinds = _kinds(one)
        if id(one) in self._followed and not kinds.isdisjoint(_FIGURES):
            return True  # a figure of ours
        return not kinds.isdisjoint(_CARELESS) or any(m == "IPython.core.ultratb" for m, _ in kinds)

    def _climb(self, keys: set[int]) -> None:
        """Find out who refers to these nodes."""
        ones = [self._nodes[key] for key in keys]
        own = {id(ones), *self._own}
        spaces = {id(getattr(module, "__dict__", None)) for module in list(sys.modules.values())}
        shown = set(map(id, self._roots))
        for one in gc.get_referrers(*ones):
            if id(one) in self._nodes or id(one) in own:
                continue
            if one is self._names or id(one) in spaces or _is_space(one):
                self._hold(one, keys)
                continue
            self._add(one)
            if id(one) in shown or (_root(one) in _MACHINERY and not self._is_careless(one)):
                self._held.add(id(one))

    def _hold(self, space: Any, keys: set[int]) -> None:
        """Note what a module, a class or the notebook holds by a name."""
        if not _is_space(space):
            careless = _HIDDEN.fullmatch if space is self._names else _LAST.__contains__
            values = [value for name, value in list(space.items()) if not careless(name)]
            self._held |= keys.intersection(map(id, values))
        else:
            self._held |= keys.intersection(map(id, gc.get_referents(space)))

    def _marked(self) -> set[int]:
        """Return all nodes that are held, by whomever."""
        seen: set[int] = set()
        left = list(self._held)
        while left:
            key = left.pop()
            if key in seen or key not in self._nodes or self._is_careless(self._nodes[key]):
                continue
            seen.add(key)
            left += self._edges[key]
            left += map(id, self._shows(self._nodes[key]))
        return seen


def _is_space(one: object) -> bool:
    return issubclass(type(one), ModuleType | type)  # isinstance would ask the object itself


def _is_comm(one: Any) -> bool:
    return _root(one) in ("comm", "ipykernel") and isinstance(getattr(one, "comm_id", None), str)


def _root(one: object) -> str:
    """Return the package that an object's class is from."""
    return str(getattr(type(one), "__module__", "")).partition(".")[0]


def _kinds(one: object) -> set[tuple[str, str]]:
    """Return the classes that an object is of, by module and name."""
    return {(kind.__module__, kind.__name__) for kind in type(one).__mro__}
