"""How: by what two things are the same."""

from typing import Literal

How = Literal["bytes", "pixels", "look", "words", "sense"]
"""Of pictures: their bytes, their pixels, the eye's look at them. Of texts: word for word, or nearly."""
