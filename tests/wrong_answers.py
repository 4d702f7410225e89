"""Answers to the exercises: wrong ones, with what the checks should say, and right ones."""

from __future__ import annotations

from tests.lessons import Right, Wrong

__all__ = ["WRONG"]

_LINES = {
    "": "pass",
    "none": "model.w.grad = model.b.grad = None",
    "zero": "model.w.grad.zero_(); model.b.grad.zero_()",
    "step": "model.w -= model.w.grad * learning_rate; model.b -= model.b.grad * learning_rate",
}


def _update(first: str, then: str, last: str) -> str:
    """Return an update function that does something before `loss`, and twice after `backward`."""
    return f"""
def clean_first(model, x, y, learning_rate):
    {_LINES[first]}
    loss = mse_loss(x @ model.w.t() + model.b, y)
    loss.backward()
    with torch.no_grad():
        {_LINES[then]}
        {_LINES[last]}
    yield "update"
    return loss.item()
"""


WRONG: dict[str, dict[str, list[Wrong | Right]]] = {
    "00_one_line": {
        "shift": [
            Right("my_b = '−9.53'"),
            Right("my_b = -9.5"),
            Right("my_b = -rain.mean() + mangoes.mean()"),
            Right("my_b = [-9.53]"),
            Wrong("my_b = 9.53", "the wrong sign"),
            Wrong("my_b = 0", "the loss is 187"),
            Wrong("my_b = 'none'", "is not a number"),
        ],
        "sign": [
            Right("my_sign = 'Rises'"),
            Wrong("my_sign = 'falls'", "you walk away from it"),
            Wrong("my_sign = 1", "neither"),
        ],
        "perfect": [
            Right("my_table = 'x, y\\n0, 1\\n1, 3'"),
            Right(
                "import pandas as pd; my_table = pd.DataFrame({'x': [1, 2, 5], 'y': [3, 5, 11]})"
            ),
            Wrong("my_table = 'x, y\\n0, 1\\n1, 4'", "w = 3, not 2"),
            Wrong("my_table = 'x, y\\n0, 0\\n1, 2'", "not 1"),
            Wrong("my_table = 'x, y\\n0, 1\\n1, 3\\n0.5, 3\\n0.5, 1'", "still misses"),
        ],
    },
    "01_crop_yields": {
        "patience": [
            Right("my_epochs = '217'"),
            Right("my_epochs = [217]"),
            Right("my_epochs = torch.tensor(217)"),
            Right("my_epochs = '217 epochs'"),
            Wrong("my_epochs = 1", "far too few"),
            Wrong("my_epochs = 0", "far too few"),
            Wrong("my_epochs = 'none'", "not a number"),
            Wrong("my_epochs = [216, 217]", "2 numbers"),
            Wrong("my_epochs = 150", "After 150 epochs the loss is 1,"),
            Wrong("my_epochs = 500", "below after 499 epochs already"),
            Wrong("my_epochs = 217.5", "whole epochs"),
            Wrong("my_epochs = 'nan'", "whole epochs"),
        ],
        "steepness": [
            Right(
                "scaled = TrainerWidget(crops, learning_rate=0.1, standardize=True); scaled.run()"
            ),
            Right(
                "from linreg_widget import Table\n"
                "by_hand = crops.to_frame()\n"
                "features = by_hand.iloc[:, :3]\n"
                "by_hand.iloc[:, :3] = (features - features.mean()) / "
                "features.std(ddof=0)\n"
                "scaled = Trainer(Table.of(by_hand, 2), learning_rate=0.1)\n"
                "scaled.run()"
            ),
            Right(
                "scaled = Trainer(crops, learning_rate=0.1, standardize=True, seed=3); scaled.run()"
            ),
            Wrong(
                "scaled = Trainer(crops, learning_rate=0.1, standardize=True, "
                "batch_size=15)\n"
                "scaled.run()",
                "leave batch_size alone",
            ),
            Wrong("scaled = 0.913", "A float is not a Trainer"),
            Wrong("scaled = Trainer(crops, learning_rate=0.1)", "not scaled"),
            Wrong(
                "scaled = Trainer(crops, learning_rate=1e-4, standardize=True)",
                "is 0.0001, and should be",
            ),
            Wrong(
                "scaled = Trainer(crops, learning_rate=0.1, standardize=True)",
                "trained for 0 epochs",
            ),
        ],
    },
    "02_one_gradient_update": {
        "slope": [
            Right("my_slope = '−8,407'"),
            Right("my_slope = -8410"),
            Right("my_slope = [2 / 6 * difference[:, 1] @ x[:, 2]]"),
            Wrong("my_slope = 2 * difference[:, 1] * x[:, 2] / 6", "3 numbers"),
            Wrong("my_slope = 8407", "its sign"),
            Wrong("my_slope = (difference[:, 1] * x[:, 2]).sum() / 6", "a 2 is missing"),
            Wrong("my_slope = 2 * difference[:, 1] @ x[:, 2] / 3", "divide by 6"),
            Wrong("my_slope = 2 * difference[:, 1] @ x[:, 2]", "not their sum"),
            Wrong("my_slope = -3029.68", "oranges are column 1"),
            Wrong("my_slope = 0", "It is not 0.0"),
        ],
        "shapes": [
            Right(
                "w_shape, b_shape = torch.Size([1, 5]), torch.Size([1])\n"
                "w_grad_shape, predictions_shape = w_shape, torch.Size([4, 1])"
            ),
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
            Wrong(
                "w_shape, b_shape, w_grad_shape, predictions_shape = (1, 5), (1), (1, 5), (4, 1)",
                "needs a comma",
            ),
            Wrong(
                "w_shape, b_shape, w_grad_shape, predictions_shape = [1, 5], [1], [1, 5], [4, 1]",
                "is a tuple",
            ),
        ],
        "rate": [
            Right("my_rate = '1.02e-4'"),
            Right("my_rate = torch.tensor(0.1) / 979.45"),
            Wrong("my_rate = -0.1 / 979.45", "is positive"),
            Wrong("my_rate = 1e-6", "the weight moves by 0.0009794"),
        ],
    },
    "03_the_learning_rate": {
        "factor": [
            Right("my_factor = '2,25'"),
            Right("my_factor = torch.tensor([2.25])"),
            Right("my_factor = (1 - 2.5) ** 2"),
            Wrong("my_factor = 1.5", "the loss is the distance squared"),
            Wrong("my_factor = -1.5", "the loss is the distance squared"),
            Wrong("my_factor = -2.25", "never negative"),
            Wrong("my_factor = '1.25'", "rate · λ is 2.5"),
        ],
        "rate": [
            Right("my_rate = '8e-5'"),
            Wrong("my_rate = 1e-5", "Too small: at 1e-05 the run ends with a loss of 405.2"),
            Wrong("my_rate = 2e-4", "Too large: Diverged at update 43"),
            Wrong("my_rate = 1.1e-4", "some batches overshoot"),
        ],
        "mend": [
            Right(
                "mended = TrainerWidget(crops, learning_rate=2e-4); mended.run(); "
                "mended.seek(1)\n"
                "mended.trainer.change(learning_rate=1e-5); mended.run()"
            ),
            Wrong(
                "mended = Trainer(crops, learning_rate=2e-4); mended.run(); mended.seek(0)\n"
                "mended.change(learning_rate=1e-5); mended.run()",
                "keep at least one update at 2e-4",
            ),
            Wrong("mended = 1e-5", "A float is not a Trainer"),
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
                "mended.run(); mended.seek(12); mended.change(learning_rate=1e-5); mended.run()",
                "go back further",
            ),
        ],
    },
    "04_break_it": {
        "repair": [
            Right(
                "def clean_first(model, x, y, learning_rate):\n"
                "    model.w.grad = model.b.grad = None\n"
                "    loss = mse_loss(x @ model.w.t() + model.b, y)\n"
                "    loss.backward()\n"
                '    yield "backward"\n'
                "    with torch.no_grad():\n"
                "        model.w -= model.w.grad * learning_rate\n"
                "        model.b -= model.b.grad * learning_rate\n"
                "    return loss.item()\n"
            ),
            Wrong(
                _update("", "step", "none"),
                "clean at the beginning only",
            ),
            Wrong("def clean_first(model, x, y, learning_rate):\n    return 0.0", "have a yield"),
            Wrong(_update("", "zero", "step"), "w has not moved"),
            Wrong(_update("zero", "step", ""), "In the first update there is no .grad"),
            Wrong("clean_first = forgetful", "not those of careful"),
            Wrong("clean_first = careful", "clean at the beginning only"),
        ],
        "sum": [
            Right("my_rate = 1.67e-6"),
            Right("my_rate = '1.66e-6'"),
            Wrong("my_rate = 6e-5", "The wrong way"),
            Wrong("my_rate = 1e-5 / 3", "Not 3"),
            Wrong("my_rate = 1e-5", "How many squares"),
        ],
        "friction": [
            Right("my_keep = '95%'"),
            Right("my_keep = '0,95'"),
            Wrong("my_keep = 90", "between 0 and 1"),
            Wrong("my_keep = '90'", "between 0 and 1"),
            Wrong("my_keep = 0.8", "Too much friction: keeping 0.8, the run ends at 37.72"),
            Wrong("my_keep = 0.98", "Too little friction"),
        ],
    },
    "05_scales_and_valleys": {
        "kilograms": [
            Right("rate_factor, loss_factor = '1', '1,000,000'"),
            Right("rate_factor, loss_factor = 1.0, 1000**2"),
            Wrong("rate_factor, loss_factor = 1, 1000", "a mean of *squares*"),
            Wrong("rate_factor, loss_factor = 1, 1", "a miss is the target itself"),
            Wrong("rate_factor, loss_factor = 1e-6, 1e6", "Not 1e-06. The limit is 2 / λ"),
        ],
        "scale": [
            Right(
                "import torch\n"
                "t = torch.tensor(x)\n"
                "my_scaled = (torch.tensor(new) - t.mean(0)) / t.std(0, unbiased=False)"
            ),
            Right(
                "a = crops.to_frame().iloc[:, :3]\n"
                "my_scaled = (np.array(new) - a.mean().to_numpy()) / "
                "a.std(ddof=0).to_numpy()"
            ),
            Wrong("my_scaled = (np.array(new) - x.mean(0)) / x.std(0, ddof=1)", "divides by n − 1"),
            Wrong("my_scaled = np.array(new[0])", "It has the shape (3,)"),
            Wrong("a = np.array(new); my_scaled = (a - a.mean(0)) / a.std(0)", "own mean"),
            Wrong("my_scaled = np.array(new) - x.mean(axis=0)", "Centred, but not divided"),
            Wrong("my_scaled = (np.array(new) - x.mean()) / x.std()", "Try axis=0"),
            Wrong("my_scaled = new", "Not these"),
        ],
        "back": [
            Right("tons_per_mm = '0,844'"),
            Right("tons_per_mm = 0.84365"),
            Wrong("tons_per_mm = 25.733", "one standard deviation of rain"),
            Wrong("tons_per_mm = 25.733 * 30.5", "Divide, do not multiply"),
            Wrong("tons_per_mm = 0", "It is not 0"),
        ],
    },
    "06_batches_and_noise": {
        "count": [
            Right("my_updates, my_last_batch = '320', [40]"),
            Wrong("my_updates, my_last_batch = 300, 40", "make a sixteenth"),
            Wrong("my_updates, my_last_batch = 312.5, 40", "not whole"),
            Wrong("my_updates, my_last_batch = 16, 40", "That is one epoch"),
            Wrong("my_updates, my_last_batch = 20, 40", "how many batches are in an epoch"),
            Wrong("my_updates, my_last_batch = 320, 64", "after 15 · 64"),
            Wrong("my_updates, my_last_batch = '320', '64'", "after 15 · 64"),
        ],
        "mean": [
            Right("import numpy as np\nmy_mean = np.average(losses, weights=[4, 4, 4, 3])"),
            Wrong("my_mean = losses.mean()", "the plain mean"),
            Wrong("my_mean = losses[:3].mean()", "must not be left out"),
            Wrong("my_mean = losses.sum() / 15", "count as often as it has rows"),
        ],
        "lonely": [
            Right("my_size = '7 rows'"),
            Wrong("my_size = 14", "above 2 and below 14"),
            Wrong("my_size = 7.5", "a whole number above 2"),
            Wrong("my_size = 4", "so the last has 3"),
            Wrong("my_size = '4'", "so the last has 3"),
        ],
    },
    "07_your_own_table": {
        "table": [
            Right("import io\nmy_table = Table.of(pd.read_csv(io.StringIO(kiosk)), 'ice creams')"),
            Wrong("my_table = kiosk", "It is a str"),
            Wrong("my_table = Table.parse(kiosk)", "the last column is the target"),
            Wrong("my_table = Table.parse(kiosk, 'sunshine')", "Its targets are ('sunshine',)"),
            Wrong(
                "my_table = Table.parse(kiosk.replace('visitors', 'guests'), 'ice creams')",
                "Its features are ('sunshine', 'guests')",
            ),
        ],
        "share": [
            Right("my_r2 = '75%'"),
            Right("my_r2 = '0,75'"),
            Right("my_r2 = [0.75]"),
            Wrong("my_r2 = 0.25", "left over"),
            Wrong("my_r2 = 75", "as a percentage"),
            Wrong("my_r2 = 4", "at most 1"),
            Wrong("my_r2 = -3", "It is not -3"),
        ],
        "rent": [
            Right("my_rent = trainer.predict([60, 2, 3])"),
            Right("w, b = trainer.coefficients(); my_rent = w @ [60, 2, 3] + b"),
            Wrong("my_rent = flats.trainer.predict([60, 2, 3]).item()", "all twelve flats"),
            Wrong("my_rent = trainer.predict([2, 60, 3]).item()", "are swapped"),
            Wrong(
                "w, b = trainer.coefficients(scaled=True); my_rent = w[0] @ [60, 2, 3] + b[0]",
                "for scaled features",
            ),
            Wrong("my_rent = 700", "Not 700"),
        ],
    },
    "08_rows_it_has_never_seen": {
        "split": [
            Right("my_exam = 'CHM'"),
            Right("my_exam = ('a', 'f', 'k', 'B', 'G', 'L')"),
            Wrong("my_exam = ['A', 'B', 'D']", "F is trained on"),
            Wrong("my_exam = ['C', 'H']", "2 rows"),
            Wrong("my_exam = 'CHX'", "no region X"),
        ],
        "moment": [
            Right("my_epoch = '9'"),
            Wrong("my_epoch = 1000", "Too late"),
            Wrong("my_epoch = 0", "Not there"),
            Wrong("my_epoch = 9.5", "a whole number"),
        ],
        "rain": [
            Wrong("my_loss = np.mean(by_kind)", "use cross_validated and kinds"),
            Wrong("my_loss = 1e9", "use cross_validated"),
        ],
    },
    "09_one_wrong_row": {
        "suspect": [
            Right("my_row = 'b'"),
            Wrong("my_row = 'A'", "Without A the best loss is still"),
            Wrong(
                "my_row = 'ABCDEFGHIJKLMNO'[int(abs(residuals_of(suspicious)).argmax())]",
                "pulled away from it",
            ),
            Wrong("my_row = 10", "There is no row 10"),
        ],
        "own": [
            Wrong("my_loss = absolute_loss", "still pulls"),
            Wrong("my_loss = lambda p, y: 0.0", "must return a tensor"),
            Wrong("my_loss = lambda p, y: (p - y).abs()", "returns 3 numbers"),
            Wrong(
                "my_loss = lambda p, y: torch.where((p - y).abs() < 50, (p - y) ** 2, 0).mean()",
                "pull differently",
            ),
            Wrong(
                "my_loss = lambda p, y: -torch.where((p - y).abs() < 50, (p - y).abs(), 0).mean()",
                "must be pulled up",
            ),
        ],
        "size": [
            Right("my_harvest = '39,7'"),
            Right("my_harvest = 40"),
            Wrong("my_harvest = 17.7", "add it to its right harvest"),
            Wrong("my_harvest = 50", "7.9 tons higher"),
        ],
    },
    "10_from_scratch_to_torch_nn": {
        "translate": [
            Wrong("my_losses = losses['ours'][:-1]", "249 losses"),
            Wrong("my_losses = losses['ours']", "is the rate 1e-5"),
            Wrong("my_losses = [1.0] * 250", "The very first loss differs"),
        ],
        "mend": [
            Right("my_targets = targets[:, :1]"),
            Right("my_targets = mangoes.unsqueeze(1).numpy()"),
            Wrong("my_targets = mangoes", "every prediction meets every target"),
            Wrong("my_targets = mangoes[None]", "is a row"),
            Wrong("my_targets = mangoes.reshape(-1, 1).double()", "the model's are float32"),
            Wrong("my_targets = targets[:, 1:]", "not the mangoes"),
        ],
        "adam": [
            Right("my_rate = '0,37'"),
            Wrong("my_rate = 92 / 50", "250 steps"),
            Wrong("my_rate = 0.304", "oranges"),
            Wrong("my_rate = 0.1", "about 25"),
        ],
    },
    "11_many_machines": {
        "weights": [
            Right("my_factors = ('0.267', '0.267', '0.267', '0.2')"),
            Right("my_factors = torch.tensor([4, 4, 4, 3]) / 15"),
            Wrong("my_factors = [1 / 4] * 4", "The plain mean"),
            Wrong("my_factors = [4, 4, 4, 3]", "add up to 15"),
            Wrong("my_factors = [8 / 15, 7 / 15]", "there are four machines"),
            Wrong("my_factors = [0.2, 0.2, 0.2, 0.4]", "count the rows of each"),
        ],
        "accumulate": [
            Right(
                "my_gradient = (sum(gradient_of(slice(k, k + 5)) for k in (0, 5, 10)) / 3).tolist()"
            ),
            Wrong(
                "my_gradient = sum(gradient_of(slice(5 * k, 5 * k + 5)) for k in range(3))",
                "Three times too large",
            ),
            Wrong("my_gradient = gradient_of(slice(0, 5))", "It is off by"),
            Wrong("my_gradient = 0.0", "Its shape is ()"),
        ],
    },
}
