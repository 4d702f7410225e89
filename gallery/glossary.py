"""The words of the course: where each is introduced, and what it means, in one sentence."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["GLOSSARY", "Term"]


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


_LINE = "00_one_line"
_CROPS = "01_crop_yields"
_UPDATE = "02_one_gradient_update"
_RATE = "03_the_learning_rate"
_BREAK = "04_break_it"
_SCALES = "05_scales_and_valleys"
_BATCHES = "06_batches_and_noise"
_TABLE = "07_your_own_table"
_UNSEEN = "08_rows_it_has_never_seen"
_WRONG = "09_one_wrong_row"
_LIBRARY = "10_from_scratch_to_torch_nn"
_MACHINES = "11_many_machines"

GLOSSARY = (
    Term(
        "absolute loss",
        _WRONG,
        "voices-answer",
        "The mean of the misses' sizes, in which a far row pulls no harder than a near one.",
        "L1 loss",
    ),
    Term(
        "Adam",
        _LIBRARY,
        "others-answer",
        "An optimizer that divides each number's slope by the slope's own usual size, so that all "
        "numbers move by about the learning rate.",
    ),
    Term(
        "all-reduce",
        _MACHINES,
        "runs-answer",
        "Adding something up over all machines, so that each of them gets the sum.",
    ),
    Term(
        "autograd",
        _CROPS,
        "backward-text",
        "The part of PyTorch that notes how each result was computed, and works out gradients from "
        "its notes.",
    ),
    Term(
        "backpropagation",
        _CROPS,
        "backward-text",
        "Working out the gradient by going backwards from the loss to the weights and biases.",
        "backward, the third phase of an update",
    ),
    Term(
        "batch",
        _CROPS,
        "loader-text",
        "The rows that one update looks at together.",
        forms=("batches",),
    ),
    Term(
        "bias",
        _CROPS,
        "model-text",
        "The number that is added to every prediction of a target, whatever the features are.",
        "intercept",
        ("biases",),
    ),
    Term(
        "branch",
        _RATE,
        "compare-text",
        "The old future of a run that was wound back and continued otherwise.",
        forms=("branches",),
    ),
    Term(
        "chain rule",
        _UPDATE,
        "bias-answer",
        "To go back through an operation, multiply the gradient that arrives by how the result "
        "changes with what went in.",
    ),
    Term(
        "condition number",
        _SCALES,
        "condition-number",
        "The largest curvature of a loss divided by its smallest.",
    ),
    Term(
        "cross-validation",
        _UNSEEN,
        "cross-text",
        "Holding out each part of the rows in turn, and taking the mean of the losses over them.",
        forms=("cross-validate", "cross_validated"),
    ),
    Term(
        "curvature",
        _RATE,
        "why-text",
        "How quickly the slope of the loss grows as you walk away from its lowest point.",
        "λ, second derivative",
        ("curvatures", "curved"),
    ),
    Term(
        "data parallelism",
        _MACHINES,
        "runs-answer",
        "Training on several machines that hold the same model and different rows, and share their "
        "gradients.",
    ),
    Term(
        "diverge",
        _RATE,
        "explode-text",
        "A run diverges if its loss grows without limit.",
        "explode",
        ("diverges", "diverged", "divergent"),
    ),
    Term(
        "early stopping",
        _UNSEEN,
        "nine-answer",
        "Ending a run when the loss over the rows held out no longer falls.",
    ),
    Term(
        "epoch",
        _CROPS,
        "words",
        "Once through the whole table, every row seen exactly once.",
        forms=("epochs",),
    ),
    Term(
        "epoch mean",
        _BATCHES,
        "three-text",
        "The mean of an epoch's batch losses, half an epoch old.",
        "training loss, as most programs print it",
    ),
    Term(
        "extrapolation",
        _TABLE,
        "good-text",
        "Predicting outside of what the rows cover.",
    ),
    Term(
        "feature",
        _CROPS,
        "look",
        "A column that the model predicts from.",
        "input",
        ("features",),
    ),
    Term(
        "full data",
        _BATCHES,
        "three-text",
        "The loss over all rows, at the present weights and biases.",
        forms=("full-data",),
    ),
    Term(
        "full-batch",
        _BATCHES,
        "sizes-text",
        "Gradient descent with all rows in each batch.",
    ),
    Term(
        "gradient",
        _CROPS,
        "update-text",
        "How fast the loss changes as each weight and bias grows: one slope for each.",
        "slopes",
        ("gradients",),
    ),
    Term(
        "gradient descent",
        _LINE,
        "loss-answer",
        "Changing the weights and biases again and again by a small step against the gradient.",
    ),
    Term(
        "Huber loss",
        _WRONG,
        "voices-answer",
        "Squared for small misses and straight beyond a limit, so that no row's voice grows "
        "without end.",
        forms=("Huber's", "HuberLoss"),
    ),
    Term(
        "hyperparameter",
        _CROPS,
        "rate-text",
        "A number that you choose and the training does not learn, such as the learning rate.",
    ),
    Term(
        "iteration",
        _CROPS,
        "words",
        "Another word for an update.",
        "update, step",
        ("iterations",),
    ),
    Term(
        "leakage",
        _UNSEEN,
        "leakage",
        "Something of the answers to the exam was in the rows that the model was trained on.",
        forms=("leak", "leaked"),
    ),
    Term(
        "learning rate",
        _CROPS,
        "downhill",
        "The part of the gradient that an update subtracts.",
        "step size",
        ("learning rates",),
    ),
    Term(
        "least squares",
        _CROPS,
        "rivals-text",
        "The weights and biases with the smallest possible squared loss, computed directly.",
        "best fit, normal equations",
    ),
    Term(
        "linear regression",
        _CROPS,
        "model-text",
        "Predicting a target as a weighted sum of features, plus a bias.",
    ),
    Term(
        "last batch",
        _BATCHES,
        "three-text",
        "The loss of the rows of the last update only, before that update was made.",
        "batch loss",
    ),
    Term(
        "loss",
        _CROPS,
        "why-square",
        "One number that says how wrong the predictions are.",
        "cost, error",
        ("losses",),
    ),
    Term(
        "mean squared error",
        _CROPS,
        "why-square",
        "The mean of the squared residuals.",
        "MSE, squared loss",
    ),
    Term(
        "mini-batch",
        _CROPS,
        "loader-text",
        "A batch of some rows, not of all.",
        "batch",
    ),
    Term(
        "momentum",
        _BREAK,
        "momentum-text",
        "Keeping a part of the old gradients, so that steps grow where the slope stays the same.",
    ),
    Term(
        "optimizer",
        _BREAK,
        "momentum-text",
        "The rule that turns gradients into steps.",
    ),
    Term(
        "outlier",
        _WRONG,
        "harm-answer",
        "A row that lies far from all others.",
    ),
    Term(
        "overfitting",
        _UNSEEN,
        "more-answer",
        "Learning the accidents of the known rows, which do not hold elsewhere.",
        "learning by heart",
    ),
    Term(
        "partial derivative",
        _UPDATE,
        "backward-text",
        "How fast the loss changes as one number grows and all others stay.",
        "slope",
    ),
    Term(
        "R²",
        _TABLE,
        "train-text",
        "The part of the loss of always predicting the mean that a model removes.",
        "coefficient of determination",
    ),
    Term(
        "residual",
        _LINE,
        "loss-text",
        "Prediction minus target.",
        "miss, error",
        ("residuals",),
    ),
    Term(
        "schedule",
        _RATE,
        "branch-text",
        "A learning rate that changes during the run, as a rule from large to small.",
    ),
    Term(
        "standardizing",
        _SCALES,
        "steps-text",
        "Subtracting a feature's mean and dividing by its standard deviation.",
        "scaling, normalizing",
        ("standardize", "standardized", "standardizes"),
    ),
    Term(
        "stochastic gradient descent",
        _CROPS,
        "loop-text",
        "Gradient descent with batches that are drawn at random.",
        "SGD",
        ("SGD",),
    ),
    Term(
        "target",
        _CROPS,
        "look",
        "A column that is to be predicted.",
        "label, output",
        ("targets",),
    ),
    Term(
        "tensor",
        _CROPS,
        "tensors-text",
        "An array of numbers that can remember how it was computed.",
        forms=("tensors",),
    ),
    Term(
        "test",
        _UNSEEN,
        "stopping-answer",
        "Rows that are looked at once, at the very end.",
        "exam",
    ),
    Term(
        "transpose",
        _CROPS,
        "model-shapes",
        "A matrix with its rows and columns swapped.",
        ".t()",
    ),
    Term(
        "update",
        _CROPS,
        "words",
        "One small change of the weights and biases, made from one batch.",
        "step, iteration",
        ("updates",),
    ),
    Term(
        "validation",
        _TABLE,
        "file-text",
        "Judging a model, and choosing among models, by rows that it was not trained on.",
        "exam, rows held out",
    ),
    Term(
        "weight",
        _CROPS,
        "model-text",
        "The number by which a feature is multiplied for a target.",
        "coefficient",
        ("weights",),
    ),
)
"""All of them, in no order that matters; a page sorts them."""
