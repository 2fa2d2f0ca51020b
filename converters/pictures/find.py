"""Finding a picture: from the name in a label file to a file under the root that the user named."""

from pathlib import Path

from .fault import PictureFault
from .header import PictureFacts


class Pictures:
    """The pictures of one conversion: where they are and what their headers say.

    `root` is the folder of `--images`; `check` is False under `--no-check-images`, when no picture is opened.
    """

    def __init__(self, root: Path, *, check: bool = True) -> None:
        self.root = root
        self.check = check

    def find(self, name: str) -> Path:
        """The absolute path of the picture that a label file calls `name`; `PictureFault` when it cannot be given."""
        raise PictureFault("IM001", name, "not there")

    def facts(self, path: Path) -> PictureFacts:
        """What the header of that file says; `PictureFault` when it is no usable picture. Cached."""
        raise PictureFault("IM014", str(path), "unreadable")
