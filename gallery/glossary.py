"""The words of the course: where each is introduced, and what it means, in one sentence."""

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


class Term(NamedTuple):
    """A word that a lesson introduces."""

    word: str
    lesson: str
    """The lesson's name."""
    cell: str
    """The id of the cell in which the word stands in bold."""
    meaning: str
    also: str = ""
    """Other words for it, ours or other people's."""
    forms: tuple[str, ...] = ()
    """Other forms that the lessons use."""


GLOSSARY = (
    Term(
        "absolute loss",
        WRONG,
        "voices-answer",
        "The mean of the residuals' absolute values, in which a far row pulls no harder than a "
        "near one.",
        "L1 loss",
    ),
    Term(
        "Adam",
        LIBRARY,
        "others-answer",
        "An optimizer that divides each number's slope by the slope's own usual size, so that all "
        "numbers move by about the learning rate.",
    ),
    Term(
        "all-reduce",
        MACHINES,
        "runs-answer",
        "Adding up numbers over all machines, so that each machine gets the sum.",
    ),
    Term(
        "autograd",
        CROPS,
        "backward-text",
        "The part of PyTorch that records how each result was computed, and works out gradients "
        "from this record.",
    ),
    Term(
        "backpropagation",
        CROPS,
        "backward-text",
        "Working out the gradient by going backwards from the loss to the weights and biases.",
        "backward, the third phase of an update",
    ),
    Term(
        "batch",
        CROPS,
        "loader-text",
        "The rows that one update looks at together.",
        forms=("batches",),
    ),
    Term(
        "bias",
        CROPS,
        "model-text",
        "The number that is added to every prediction of a target, whatever the features are.",
        "intercept",
        ("biases",),
    ),
    Term(
        "branch",
        RATE,
        "compare-text",
        "The old future of a run that was wound back and continued with other settings.",
        forms=("branches",),
    ),
    Term(
        "chain rule",
        UPDATE,
        "bias-answer",
        "To go back through an operation, multiply the gradient that arrives by the operation's "
        "own derivative.",
    ),
    Term(
        "condition number",
        SCALES,
        "condition-number",
        "The largest curvature of a loss divided by its smallest.",
    ),
    Term(
        "cross-validation",
        UNSEEN,
        "cross-text",
        "Holding out each part of the rows in turn, training on the rest, and taking the mean of "
        "the losses over the parts held out.",
        forms=("cross-validate", "cross_validated"),
    ),
    Term(
        "curvature",
        RATE,
        "why-text",
        "How quickly the slope of the loss grows as you walk away from its lowest point.",
        "λ, second derivative",
        ("curvatures", "curved"),
    ),
    Term(
        "data parallelism",
        MACHINES,
        "runs-answer",
        "Training on several machines that have the same model and different rows, and share their "
        "gradients.",
    ),
    Term(
        "diverge",
        RATE,
        "explode-text",
        "A run diverges if its loss grows without limit.",
        "explode",
        ("diverges", "diverged", "divergent"),
    ),
    Term(
        "early stopping",
        UNSEEN,
        "nine-answer",
        "Ending a run when the loss over the rows held out no longer falls.",
    ),
    Term(
        "epoch",
        CROPS,
        "words",
        "Once through the whole table, every row seen exactly once.",
        forms=("epochs",),
    ),
    Term(
        "epoch mean",
        BATCHES,
        "three-text",
        "The mean of an epoch's batch losses, half an epoch old.",
        "training loss, as most programs print it",
    ),
    Term(
        "extrapolation",
        TABLE,
        "good-text",
        "Predicting outside the range that the rows cover.",
    ),
    Term(
        "feature",
        CROPS,
        "look",
        "A column that the model predicts from.",
        "input",
        ("features",),
    ),
    Term(
        "full data",
        BATCHES,
        "three-text",
        "The loss over all rows, at the present weights and biases.",
        forms=("full-data",),
    ),
    Term(
        "full-batch",
        BATCHES,
        "sizes-text",
        "Gradient descent with all rows in each batch.",
    ),
    Term(
        "gradient",
        CROPS,
        "update-text",
        "How fast the loss changes as each weight and bias grows: one slope for each.",
        "slopes",
        ("gradients",),
    ),
    Term(
        "gradient descent",
        LINE,
        "loss-answer",
        "Changing the weights and biases again and again, by a small step against the gradient.",
    ),
    Term(
        "Huber loss",
        WRONG,
        "voices-answer",
        "A loss that is squared for small residuals and linear beyond a limit, so that no row's "
        "pull grows without limit.",
        forms=("Huber's", "HuberLoss"),
    ),
    Term(
        "hyperparameter",
        CROPS,
        "rate-text",
        "A number that you choose and that training does not learn, such as the learning rate.",
    ),
    Term(
        "iteration",
        CROPS,
        "words",
        "Another word for an update.",
        "update, step",
        ("iterations",),
    ),
    Term(
        "leakage",
        UNSEEN,
        "leakage",
        "Information about the rows held out was in the rows trained on, so the exam is too easy.",
        forms=("leak", "leaked"),
    ),
    Term(
        "learning rate",
        CROPS,
        "downhill",
        "The number by which an update multiplies the gradient before subtracting it.",
        "step size",
        ("learning rates",),
    ),
    Term(
        "least squares",
        CROPS,
        "rivals-text",
        "The method that computes, directly, the weights and biases with the lowest possible "
        "squared loss.",
        "best fit, normal equations",
    ),
    Term(
        "linear regression",
        CROPS,
        "model-text",
        "Predicting a target as a weighted sum of features, plus a bias.",
    ),
    Term(
        "last batch",
        BATCHES,
        "three-text",
        "The loss over the rows of the last update only, before that update was made.",
        "batch loss",
    ),
    Term(
        "loss",
        CROPS,
        "why-square",
        "One number that says how wrong the predictions are.",
        "cost, error",
        ("losses",),
    ),
    Term(
        "mean squared error",
        CROPS,
        "why-square",
        "The mean of the squared residuals.",
        "MSE, squared loss",
    ),
    Term(
        "mini-batch",
        CROPS,
        "loader-text",
        "A batch of some rows, not of all.",
        "batch",
    ),
    Term(
        "momentum",
        BREAK,
        "momentum-text",
        "Adding a part of the old gradients to each new one, so that steps grow where the slope "
        "stays the same.",
    ),
    Term(
        "optimizer",
        BREAK,
        "momentum-text",
        "The rule that turns gradients into steps.",
    ),
    Term(
        "outlier",
        WRONG,
        "harm-answer",
        "A row that lies far from all others.",
    ),
    Term(
        "overfitting",
        UNSEEN,
        "more-answer",
        "Learning the noise of the rows trained on, which does not hold elsewhere.",
        "learning by heart",
    ),
    Term(
        "partial derivative",
        UPDATE,
        "backward-text",
        "How fast the loss changes as one number grows and all others stay.",
        "slope",
    ),
    Term(
        "R²",
        TABLE,
        "train-text",
        "The part of the loss of always predicting the mean that a model removes.",
        "coefficient of determination",
    ),
    Term(
        "residual",
        LINE,
        "loss-text",
        "Prediction minus target.",
        "miss, error",
        ("residuals",),
    ),
    Term(
        "schedule",
        RATE,
        "branch-text",
        "A plan by which the learning rate changes during a run, usually from large to small.",
    ),
    Term(
        "standardizing",
        SCALES,
        "steps-text",
        "Subtracting a feature's mean and dividing by its standard deviation.",
        "scaling, normalizing",
        ("standardize", "standardized", "standardizes"),
    ),
    Term(
        "stochastic gradient descent",
        CROPS,
        "loop-text",
        "Gradient descent with batches that are drawn at random.",
        "SGD",
        ("SGD",),
    ),
    Term(
        "target",
        CROPS,
        "look",
        "A column that is to be predicted.",
        "label, output",
        ("targets",),
    ),
    Term(
        "tensor",
        CROPS,
        "tensors-text",
        "An array of numbers that can remember how it was computed.",
        forms=("tensors",),
    ),
    Term(
        "test",
        UNSEEN,
        "stopping-answer",
        "Rows that are looked at once, at the very end.",
        "exam",
    ),
    Term(
        "transpose",
        CROPS,
        "model-shapes",
        "A matrix with its rows and columns swapped.",
        ".t()",
    ),
    Term(
        "update",
        CROPS,
        "words",
        "One small change of the weights and biases, made from one batch.",
        "step, iteration",
        ("updates",),
    ),
    Term(
        "validation",
        TABLE,
        "file-text",
        "Judging a model, or choosing among models, by rows that it was not trained on.",
        "exam, rows held out",
    ),
    Term(
        "weight",
        CROPS,
        "model-text",
        "The number by which a feature is multiplied for a target.",
        "coefficient",
        ("weights",),
    ),
)
"""All of them, in no order that matters; a page sorts them."""
