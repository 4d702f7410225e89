"""What the data say before any training: the best fit, the stable rate, why it is slow."""

from .findings import findings, too_large
from .insight import Insight, round_rate
from .leastsquares import Scaling, scaling
