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
        "Why is w of the shape (targets, features), and why w.t()?",
        "A product of matrices multiplies rows with columns, and the weights of one target "
        "stand in a row. With a square w the mistake goes unnoticed.",
        ((CROPS, "model-shapes"), (UPDATE, "transpose-text"), (BREAK, "square-answer")),
    ),
    Confusion(
        "Why is .grad None?",
        "Nothing has called backward() yet; or zero_grad() has thrown the tensors away; or w is"
        " no leaf any more.",
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
        "The step is not part of the prediction, so autograd shall not record it. Without "
        "no_grad() torch refuses to change w in place.",
        ((BREAK, "noting-answer"), (CROPS, "no-grad-text")),
    ),
    Confusion(
        "Why does w = w - … go wrong where w -= … is right?",
        "It makes a new tensor that is no leaf, or that has lost requires_grad; its .grad stays"
        " None.",
        ((BREAK, "broken-answer"), (LIBRARY, "assigned-answer")),
    ),
    Confusion(
        "What is an epoch, a batch, an update, an iteration?",
        "A batch of rows makes one update, which is also called a step or an iteration; an "
        "epoch is once through all rows.",
        ((CROPS, "words"), (BATCHES, "deal-text")),
    ),
    Confusion(
        "The loss falls: has the model learned?",
        "Compare it with two rivals: always the mean, and the best possible. A loss by itself "
        "means nothing.",
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
        "some updates earlier. (A nan in the very first loss is one in the data.)",
        ((RATE, "nan-text"), (RATE, "infinity-text")),
    ),
    Confusion(
        "Why does the bias hardly move?",
        "Its feature is a 1 among features of about 100: its slopes are small, and the rate has"
        " to suit the steep directions.",
        ((SCALES, "condition-text"), (UPDATE, "bias-answer"), (LINE, "numbers-answer")),
    ),
    Confusion(
        "Do I have to scale the features, and what of new rows?",
        "Scaling makes all directions about equally steep. New rows are scaled with the means "
        "and deviations of the rows trained on.",
        ((SCALES, "steps-text"), (SCALES, "standardized-text")),
    ),
    Confusion(
        "Why does the printed loss jump?",
        "Each number belongs to another batch. The jumps compare rows, not models.",
        ((BATCHES, "sizes-text"), (BATCHES, "three-text")),
    ),
    Confusion(
        "Why is the validation loss below the training loss?",
        "The printed training loss is often the mean of an epoch, so it is half an epoch old.",
        ((BATCHES, "three-text"),),
    ),
    Confusion(
        "Why are the rows shuffled?",
        "So that no batch holds only rows that are alike. It is the alike rows that do harm, "
        "and hardly ever a repeated order.",
        ((BATCHES, "arrangements-text"), (BATCHES, "all-orders-answer")),
    ),
    Confusion(
        "The last batch is smaller: does it count too much?",
        "A little, in each epoch for other rows. A mean of batch losses has to be weighted by "
        "rows.",
        ((BATCHES, "deal-try"), (BATCHES, "exercise-mean")),
    ),
    Confusion(
        "Every prediction is the mean: (n,) against (n, 1)?",
        "(n, 1) minus (n,) is (n, n): each prediction is compared with each target, and nothing"
        " fails. Make the targets a column.",
        ((BREAK, "flat-answer"), (LIBRARY, "flat-answer")),
    ),
    Confusion(
        '"must have the same dtype, but got Double and Float"?',
        "Numbers of Python and NumPy have 64 bits, those of the model 32. Convert them with "
        ".float().",
        ((LIBRARY, "double-answer"),),
    ),
    Confusion(
        "What do zero_grad(), backward() and step() do?",
        "The same as the lines of lesson 1: clear the slopes, work them out, subtract a part of"
        " them.",
        ((LIBRARY, "replaced-answer"), (CROPS, "update-summary")),
    ),
    Confusion(
        "Why random numbers at the start, and not zeros?",
        "For linear regression zeros are better. In a network with hidden layers all units "
        "would learn the same.",
        ((LIBRARY, "others-answer"),),
    ),
    Confusion(
        "With Adam, need I scale at all?",
        "Adam moves every number by about the learning rate, steep or flat. So it does not mind"
        " the trench, but may not get far enough.",
        ((LIBRARY, "adam-answer"), (LIBRARY, "others-answer")),
    ),
    Confusion(
        "Why has a weight the wrong sign?",
        "A weight says what its feature adds while the others in the model stay as they are. "
        "With other columns it is another question.",
        ((LINE, "company-answer"), (TABLE, "typed-try")),
    ),
    Confusion(
        "A splendid loss on the rows it knows: will it hold on others?",
        "Only rows held out can tell, and none of them may have a near copy among the rows "
        "trained on.",
        ((UNSEEN, "more-answer"), (UNSEEN, "exam-answer")),
    ),
    Confusion(
        "How much harm can one wrong row do?",
        "The loss squares each miss, so one far row outvotes all others. Huber's loss limits "
        "its voice.",
        ((WRONG, "voices-answer"), (WRONG, "hiding-answer"), (TABLE, "misprint-text")),
    ),
    Confusion(
        "Why does it predict nonsense for a new row?",
        "A line that fits inside the data need not hold outside of them.",
        ((UNSEEN, "desert-answer"), (TABLE, "good-text")),
    ),
)
