"""The fault of one annotation, raised by whatever reads it and turned into a rejection by the source that called."""

from ...schemas.accounting import Accounting, Kind


class ObjectError(Exception):
    """An annotation that cannot be put into the table: `code` is the rule, `at` its place, `value` the fact."""

    def __init__(self, code: str, at: str, value: object, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.at = at
        self.value = value
        self.message = message

    def reject(self, accounting: Accounting, file: str, kind: Kind = "annotations") -> None:
        """Count what has this fault as left out of `file`, with its place and value."""
        accounting.reject(kind, self.code, file=file, at=self.at, value=self.value, message=self.message)
