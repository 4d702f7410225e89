"""The valley: the loss over two parameters, and the run's way through it."""
