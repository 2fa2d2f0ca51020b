"""The padding of a picture to a centred square."""

from PIL import Image


def expand2square(picture: Image.Image, colour: tuple[int, ...]) -> Image.Image:
    """The picture in the middle of a square of that colour."""
    side = max(picture.size)
    square = Image.new(picture.mode, (side, side), colour)
    square.paste(picture, tuple((side - each) // 2 for each in picture.size))
    return square
