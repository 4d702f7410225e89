"""Colab's kernel has loaded ``google.colab`` before a notebook's first cell; so has this one."""

import google.colab.output  # noqa: F401
