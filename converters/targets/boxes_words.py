"""How CogVLM's house says boxes, and what is said where a model has no convention of its own.

CogVLM: `mug[[228,320,961,970]]`, thousandths of the picture's own width and height, each three digits with zeros in
front, several boxes of one thing as `[[a,b,c,d;e,f,g,h]]` (THUDM/CogVLM README.md, "Format of coordination"; #25;
utils/utils/grounding_parser.py l. 43–45, which takes groups of digits and commas alone). 1000 would have four digits:
999 is the last cell.

VisualGLM, GLM-4V and Vary-toy were published without any (Ucas-HaoranWei/Vary #74 was never answered). Where one of
them is to learn places, some rule must be kept to: mmdata's is this one, since their loaders squash the picture, under
which such numbers stay true, and since the text holds no control token.
"""

import re

from .boxes_text import TextBoxes
from .grammar import USER_ASSISTANT, Grammar
from .grammar_text import PAIRED, text_reader

PAIRS = TextBoxes(
    "{cell:03d}", r"[0-9]{3}", ("", ",", ""), steps=1000, top=999, label=("", ""), things=("[[", ";", "]]")
)
"""Three digits a number, one pair of brackets a thing."""

FRAME = "three digits 000–999 in the text: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
"""The frame of `PAIRS` as a target states it."""

UNSPECIFIED = "the model has no boxes of its own; mmdata's rule: " + FRAME
"""The same for a model without a convention."""

PAIRED_GRAMMAR = Grammar(
    USER_ASSISTANT,
    hint=re.compile(r"\[\["),
    read=text_reader(PAIRS, PAIRED, "thousandths"),
    frame="thousandths",
    top=PAIRS.top,
    family="CogVLM's boxes",
)
"""How rows speak whose boxes are `words[[x1,y1,x2,y2]]`; a target adds its own control tokens."""
