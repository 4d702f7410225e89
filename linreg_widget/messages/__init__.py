"""What users read: one catalogue of messages, for the kernel and for the page.

``en.json`` holds the sentences by sections, ``catalogue.py`` reads them. The page reads the same
file when it is bundled, by ``js/src/text/templates.ts``. ``de.json`` holds them in German; a page
gets those that it says from a widget that speaks German (``page.py``), so that the bundle has no
other language. Here is all that is said of data, of a run and of controls: in the page, in plots,
in errors and at the prompt. ``tests/test_messages.py`` names what stands elsewhere, and why.
"""

from .catalogue import meant, nearness, say
from .languages import (
    check_language,
    in_language,
    language,
    speaking,
    speaking_for,
    spoken,
    within,
)
from .page import templates_of_page
