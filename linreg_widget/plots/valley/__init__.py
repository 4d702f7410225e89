"""The valley: the loss over two parameters, and the run's path through it."""
