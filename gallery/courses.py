"""The chapters of three well-known courses that go with each lesson.

Numbers and names of chapters are those of Dive into Deep Learning 1.0, of the book and the lessons
of Practical Deep Learning for Coders (2022), and of the Machine Learning Crash Course since 2024.
"""

from __future__ import annotations

from typing import NamedTuple

from .lesson_names import (
    BATCHES,
    BREAK,
    CROPS,
    LIBRARY,
    LINE,
    MACHINES,
    RATE,
    SCALES,
    TABLE,
    UNSEEN,
    UPDATE,
    WRONG,
)


class Course(NamedTuple):
    """Somebody else's course."""

    name: str
    address: str


class Chapter(NamedTuple):
    """A chapter of it."""

    name: str
    address: str


D2L = Course("Dive into Deep Learning", "https://d2l.ai/")
FASTAI = Course("fast.ai: Practical Deep Learning for Coders", "https://course.fast.ai/")
CRASH = Course(
    "Google: Machine Learning Crash Course",
    "https://developers.google.com/machine-learning/crash-course",
)
COURSES = (D2L, FASTAI, CRASH)


def _d2l(name: str, page: str) -> Chapter:
    return Chapter(name, f"{D2L.address}chapter_{page}.html")


def _book(name: str, file: str) -> Chapter:
    return Chapter(name, f"https://github.com/fastai/fastbook/blob/master/{file}.ipynb")


def _lesson(number: int, name: str) -> Chapter:
    return Chapter(f"Lesson {number}: {name}", f"{FASTAI.address}Lessons/lesson{number}.html")


def _crash(name: str, page: str) -> Chapter:
    return Chapter(name, f"{CRASH.address}/{page}")


_FOUNDATIONS = _lesson(3, "Neural net foundations")
_DIGITS = _book("Book 4: Under the Hood: Training a Digit Classifier", "04_mnist_basics")
_PROCESS = _book("Book 16: The Training Process", "16_accel_sgd")
_DESCENT = _crash("Linear regression: Gradient descent", "linear-regression/gradient-descent")
_LOSS = _crash("Linear regression: Loss", "linear-regression/loss")
_HYPERPARAMETERS = _crash("Linear regression: Hyperparameters", "linear-regression/hyperparameters")
_REGRESSION = _d2l("3.1 Linear Regression", "linear-regression/linear-regression")
_AUTOGRAD = _d2l("2.5 Automatic Differentiation", "preliminaries/autograd")
_GD = _d2l("12.3 Gradient Descent", "optimization/gd")
_MOMENTUM = _d2l("12.6 Momentum", "optimization/momentum")
_GENERALIZATION = _d2l("3.6 Generalization", "linear-regression/generalization")

CHAPTERS: dict[str, dict[Course, tuple[Chapter, ...]]] = {
    LINE: {
        D2L: (_REGRESSION,),
        FASTAI: (_FOUNDATIONS,),
        CRASH: (_crash("Linear regression", "linear-regression"), _LOSS),
    },
    CROPS: {
        D2L: (
            _d2l(
                "3.4 Linear Regression Implementation from Scratch",
                "linear-regression/linear-regression-scratch",
            ),
        ),
        FASTAI: (_DIGITS, _lesson(5, "From-scratch model")),
        CRASH: (_DESCENT,),
    },
    UPDATE: {
        D2L: (
            _AUTOGRAD,
            _d2l(
                "5.3 Forward Propagation, Backward Propagation, and Computational Graphs",
                "multilayer-perceptrons/backprop",
            ),
        ),
        FASTAI: (_book("Book 17: A Neural Net from the Foundations", "17_foundations"),),
        CRASH: (
            _crash(
                "Neural networks: Training using backpropagation", "neural-networks/backpropagation"
            ),
        ),
    },
    RATE: {
        D2L: (_GD, _d2l("12.11 Learning Rate Scheduling", "optimization/lr-scheduler")),
        FASTAI: (_book("Book 5: Image Classification (learning rate finder)", "05_pet_breeds"),),
        CRASH: (_HYPERPARAMETERS,),
    },
    BREAK: {
        D2L: (_AUTOGRAD, _MOMENTUM),
        FASTAI: (_FOUNDATIONS, _DIGITS),
        CRASH: (),
    },
    SCALES: {
        D2L: (_GD, _MOMENTUM),
        FASTAI: (
            _book("Book 7: Training a State-of-the-Art Model (normalization)", "07_sizing_and_tta"),
        ),
        CRASH: (_crash("Numerical data: Normalization", "numerical-data/normalization"),),
    },
    BATCHES: {
        D2L: (
            _d2l("12.4 Stochastic Gradient Descent", "optimization/sgd"),
            _d2l("12.5 Minibatch Stochastic Gradient Descent", "optimization/minibatch-sgd"),
        ),
        FASTAI: (_DIGITS,),
        CRASH: (_HYPERPARAMETERS,),
    },
    TABLE: {
        D2L: (_d2l("2.2 Data Preprocessing", "preliminaries/pandas"),),
        FASTAI: (_book("Book 9: Tabular Modeling Deep Dive", "09_tabular"),),
        CRASH: (_crash("Numerical data: Scrubbing", "numerical-data/scrubbing"),),
    },
    UNSEEN: {
        D2L: (_GENERALIZATION,),
        FASTAI: (
            _book("Book 1: Your Deep Learning Journey (validation and test sets)", "01_intro"),
        ),
        CRASH: (
            _crash("Datasets: Dividing the original dataset", "overfitting/dividing-datasets"),
            _crash("Overfitting: Model complexity", "overfitting/model-complexity"),
        ),
    },
    WRONG: {D2L: (_REGRESSION,), FASTAI: (), CRASH: (_LOSS,)},
    LIBRARY: {
        D2L: (
            _d2l(
                "3.5 Concise Implementation of Linear Regression",
                "linear-regression/linear-regression-concise",
            ),
            _d2l("12.10 Adam", "optimization/adam"),
        ),
        FASTAI: (_DIGITS, _PROCESS),
        CRASH: (),
    },
    MACHINES: {
        D2L: (
            _d2l("13.5 Training on Multiple GPUs", "computational-performance/multiple-gpus"),
            _d2l("13.7 Parameter Servers", "computational-performance/parameterserver"),
        ),
        FASTAI: (),
        CRASH: (),
    },
}
"""Chapters by lesson and course; empty where a course has none."""
