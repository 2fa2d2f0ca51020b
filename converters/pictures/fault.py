"""What can be wrong with a picture file, as an exception that carries its rule."""


class PictureFault(Exception):  # noqa: N818 (a fault of the picture's, and the word for it throughout)
    """A picture that cannot be used: `code` is the rule, `value` the offending fact, `message` says it in words."""

    def __init__(self, code: str, value: object, message: str) -> None:
        super().__init__(code, value, message)  # all three, so that it survives the way back from a worker process
        self.code = code
        self.value = value
        self.message = message

    def __str__(self) -> str:
        return self.message
