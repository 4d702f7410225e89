"""What readers get wrong: answers to the exercises, and words that the checks have for them."""

from __future__ import annotations

from tests.lessons import Wrong

__all__ = ["WRONG"]

WRONG: dict[str, dict[str, list[Wrong]]] = {
    "02_one_gradient_update": {
        "slope": [
            Wrong("my_slope = 8407", "its sign"),
            Wrong("my_slope = (difference[:, 1] * x[:, 2]).sum() / 6", "a 2 is missing"),
            Wrong("my_slope = 2 * difference[:, 1] @ x[:, 2] / 3", "divide by 6"),
            Wrong("my_slope = 2 * difference[:, 1] @ x[:, 2]", "not their sum"),
            Wrong("my_slope = -3029.68", "oranges are column 1"),
            Wrong("my_slope = 0", "It is not 0.0"),
        ],
        "shapes": [
            Wrong(
                "w_shape, b_shape, w_grad_shape, predictions_shape = (5, 1), (1,), (5, 1), (4, 1)",
                "a row for each target",
            ),
            Wrong(
                "w_shape, b_shape, w_grad_shape, predictions_shape = (1, 5), (5,), (1, 5), (4, 1)",
                "one bias for each target",
            ),
            Wrong(
                "w_shape, b_shape, w_grad_shape, predictions_shape = (1, 5), (1,), (1,), (4, 1)",
                "Each weight has one slope",
            ),
            Wrong(
                "w_shape, b_shape, w_grad_shape, predictions_shape = (1, 5), (1,), (1, 5), (20, 1)",
                "the rows of one batch",
            ),
        ],
        "rate": [
            Wrong("my_rate = -0.1 / 979.45", "is positive"),
            Wrong("my_rate = 1e-6", "the weight moves by 0.0009794"),
        ],
    },
    "03_the_learning_rate": {
        "factor": [
            Wrong("my_factor = 1.5", "the loss is the distance squared"),
            Wrong("my_factor = -1.5", "the loss is the distance squared"),
            Wrong("my_factor = -2.25", "never negative"),
            Wrong("my_factor = 1.25", "rate · λ is 2.5"),
        ],
        "rate": [
            Wrong("my_rate = 1e-5", "Too small: at 1e-05 the run ends with a loss of 405.2"),
            Wrong("my_rate = 2e-4", "Too large: Diverged at update 43"),
            Wrong("my_rate = 1.1e-4", "some batches overshoot"),
        ],
        "mend": [
            Wrong("mended = Trainer(crops, learning_rate=2e-4)", "let it run first"),
            Wrong("mended = Trainer(crops, learning_rate=2e-4); mended.run()", "It has diverged"),
            Wrong(
                "mended = Trainer(crops, learning_rate=2e-4)\n"
                "mended.run(); mended.rescue('start'); mended.run()",
                "no reset",
            ),
            Wrong(
                "mended = Trainer(crops, learning_rate=2e-4); mended.run(); mended.seek(1); "
                "mended.change(learning_rate=1e-5); mended.step()",
                "It is paused",
            ),
            Wrong(
                "mended = Trainer(crops, learning_rate=2e-4)\n"
                "mended.run(); mended.rescue('good'); mended.run()",
                "go back further",
            ),
        ],
    },
}
