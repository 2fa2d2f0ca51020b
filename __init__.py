"""mmdata: labels in, vision-language training data out, with boxes kept true on the way."""

__version__ = "0.1.0"
