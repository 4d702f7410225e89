"""What learners of the training loop ask again and again, and the cells that answer it."""

from __future__ import annotations

from typing import NamedTuple

from .lesson_names import (
    BATCHES,
    BREAK,
    CROPS,
    LIBRARY,
    LINE,
    RATE,
    SCALES,
    TABLE,
    UNSEEN,
    UPDATE,
    WRONG,
)


class Confusion(NamedTuple):
    """A question, its answer in a sentence or two, and where the lessons show it by experiment."""

    question: str
    answer: str
    cells: tuple[tuple[str, str], ...]
    """Lessons and ids of their text cells, the best one first."""


CONFUSIONS = (
    Confusion(
        "Why does w have the shape (targets, features), and why w.t()?",
        "A matrix product multiplies rows with columns, and the weights of one target "
        "stand in a row. With a square w the mistake goes unnoticed.",
        ((CROPS, "model-shapes"), (UPDATE, "transpose-text"), (BREAK, "square-answer")),
    ),
    Confusion(
        "Why is .grad None?",
        "Nothing has called backward() yet; or zero_grad() has thrown the tensors away; or w is"
        " no longer a leaf.",
        ((CROPS, "backward-text"), (LIBRARY, "zeroed-answer"), (BREAK, "broken-answer")),
    ),
    Confusion(
        "Why must the gradient be set to zero?",
        "backward() adds to what is in .grad. Without zeros each step goes along the sum of all"
        " slopes so far.",
        ((BREAK, "forgetful-answer"), (CROPS, "zero-text")),
    ),
    Confusion(
        "What is no_grad() good for?",
        "The step is not part of the prediction, so autograd should not record it. Without "
        "no_grad() torch refuses to change w in place.",
        ((BREAK, "noting-answer"), (CROPS, "no-grad-text")),
    ),
    Confusion(
        "Why is w = w - … wrong, and w -= … right?",
        "It makes a new tensor that is not a leaf, or that has lost requires_grad; its .grad "
        "stays None.",
        ((BREAK, "broken-answer"), (LIBRARY, "assigned-answer")),
    ),
    Confusion(
        "What are an epoch, a batch, an update and an iteration?",
        "A batch of rows makes one update, which is also called a step or an iteration; an "
        "epoch goes once through all rows.",
        ((CROPS, "words"), (BATCHES, "deal-text")),
    ),
    Confusion(
        "The loss falls: has the model learned?",
        "Compare it with two rivals: always predicting the mean, and the best possible model. A "
        "loss by itself means nothing.",
        ((CROPS, "honest"), (TABLE, "good-text")),
    ),
    Confusion(
        "Why does the learning rate have to be so small?",
        "Large features make the loss steep. Above 2 / λ, for its steepest direction, every "
        "step lands further away than it began.",
        ((RATE, "factor-table"), (CROPS, "why-not-larger")),
    ),
    Confusion(
        "Where does nan come from?",
        "From a run that diverges: the loss overflows to inf, and ∞ − ∞ is nan. The cause lies "
        "some updates earlier. (If the very first loss is nan, there is a nan in the data.)",
        ((RATE, "nan-text"), (RATE, "infinity-text")),
    ),
    Confusion(
        "Why does the bias hardly move?",
        "Its feature is always 1, and the others are about 100. So its slopes are small, and the"
        " rate has to suit the steep directions.",
        ((SCALES, "condition-text"), (UPDATE, "bias-answer"), (LINE, "numbers-answer")),
    ),
    Confusion(
        "Do I have to scale the features, and what about new rows?",
        "Scaling makes all directions about equally steep. Scale new rows with the means and "
        "standard deviations of the rows trained on.",
        ((SCALES, "steps-text"), (SCALES, "standardized-text")),
    ),
    Confusion(
        "Why does the printed loss jump?",
        "Each number belongs to a different batch. The jumps compare rows, not models.",
        ((BATCHES, "sizes-text"), (BATCHES, "three-text")),
    ),
    Confusion(
        "Why is the validation loss below the training loss?",
        "The printed training loss is often the mean of an epoch, so it is half an epoch old.",
        ((BATCHES, "three-text"),),
    ),
    Confusion(
        "Why are the rows shuffled?",
        "So that no batch holds only similar rows. Batches of similar rows do harm; a repeated "
        "order hardly ever does.",
        ((BATCHES, "arrangements-text"), (BATCHES, "all-orders-answer")),
    ),
    Confusion(
        "The last batch is smaller: does it count too much?",
        "A little, and for different rows in each epoch. To average batch losses, weight them by "
        "their numbers of rows.",
        ((BATCHES, "deal-try"), (BATCHES, "exercise-mean")),
    ),
    Confusion(
        "Every prediction is the mean: (n,) against (n, 1)?",
        "(n, 1) minus (n,) is (n, n): each prediction is compared with each target, without an "
        "error. Make the targets a column.",
        ((BREAK, "flat-answer"), (LIBRARY, "flat-answer")),
    ),
    Confusion(
        '"must have the same dtype, but got Double and Float"?',
        "Python's and NumPy's numbers have 64 bits, the model's have 32. Convert them with "
        ".float().",
        ((LIBRARY, "double-answer"),),
    ),
    Confusion(
        "What do zero_grad(), backward() and step() do?",
        "The same as the lines of lesson 1: clear the slopes, work them out, and subtract a part"
        " of them.",
        ((LIBRARY, "replaced-answer"), (CROPS, "update-summary")),
    ),
    Confusion(
        "Why start with random numbers, and not with zeros?",
        "For linear regression zeros are better. In a network with hidden layers, all units "
        "would then learn the same.",
        ((LIBRARY, "others-answer"),),
    ),
    Confusion(
        "With Adam, do I need to scale at all?",
        "Adam moves every number by about the learning rate, whether its direction is steep or "
        "flat. So a narrow valley does not slow it down, but it may not get far enough.",
        ((LIBRARY, "adam-answer"), (LIBRARY, "others-answer")),
    ),
    Confusion(
        "Why does a weight have the wrong sign?",
        "A weight says what its feature adds while the others in the model stay as they are. "
        "With other columns in the model, that is a different question.",
        ((LINE, "company-answer"), (TABLE, "typed-try")),
    ),
    Confusion(
        "A splendid loss on the rows it knows: will it hold for others?",
        "Only rows held out can tell, and none of them may have a near copy among the rows "
        "trained on.",
        ((UNSEEN, "more-answer"), (UNSEEN, "exam-answer")),
    ),
    Confusion(
        "How much harm can one wrong row do?",
        "The loss squares each residual, so one row far off can outvote all others. Huber's loss "
        "limits its influence.",
        ((WRONG, "voices-answer"), (WRONG, "hiding-answer"), (TABLE, "misprint-text")),
    ),
    Confusion(
        "Why does it predict nonsense for a new row?",
        "That is extrapolation: a line that fits inside the data need not hold outside.",
        ((UNSEEN, "desert-answer"), (TABLE, "good-text")),
    ),
)
