"""Three browsers behind one thin driver: what a reader does is written once, and done in each.

`Engine` has the verbs. A browser lends it four: go to an address, evaluate a function, do actions,
take a picture. `Firefox` is asked by WebDriver BiDi, `WebKit` (Safari's engine, as Debian's
WebKitGTK) by classic WebDriver, and `Chromium` by Playwright. The first two need nothing beyond the
browser: no geckodriver, no Selenium, no package of npm's.

>>> with Firefox() as engine:
...     engine.open(path.as_uri())
...     engine.click("button", "Step")
...     engine.until_text("[role=status]", "update 1")

``python -m tests.browser.engines`` installs what is missing, where this is Debian and we may.
"""

from tests.browser.engines.chromium import Chromium
from tests.browser.engines.engine import Engine, MissingBrowserError
from tests.browser.engines.firefox import Firefox
from tests.browser.engines.webkit import WebKit

__all__ = ["Chromium", "Engine", "Firefox", "MissingBrowserError", "WebKit"]
