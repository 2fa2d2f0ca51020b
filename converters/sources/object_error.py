"""The fault of one annotation, raised by whatever reads it and turned into a rejection by the source that called."""


class ObjectError(Exception):
    """An annotation that cannot be put into the table: `code` is the rule, `at` its place, `value` the fact."""

    def __init__(self, code: str, at: str, value: object, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.at = at
        self.value = value
        self.message = message
