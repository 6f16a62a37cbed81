"""One person's data: all of it in one file, and all of it gone but for what no name hangs on. See docs/privacy.md."""

from courses.privacy.erasing import CannotErase, erase, erase_again, is_erased
from courses.privacy.exporting import as_json, export

__all__ = ["CannotErase", "as_json", "erase", "erase_again", "export", "is_erased"]
