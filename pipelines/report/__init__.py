"""What came out, to look at: one page for people, one sheet of pictures, both read back from the emitted rows."""

from .page import is_page, write_report
from .sheet import contact_sheet

__all__ = ["contact_sheet", "is_page", "write_report"]
