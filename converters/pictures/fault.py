"""What can be wrong with a picture file, as an exception that carries its rule."""


class PictureFault(Exception):
    """A picture that cannot be used: `code` is the rule, `value` the offending fact, `message` says it in words."""

    def __init__(self, code: str, value: object, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.value = value
        self.message = message
