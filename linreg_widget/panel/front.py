"""The front end as a script: it travels as a module that unpacks itself, see js/bundle.mjs.

Here ``esm`` is that module, which a panel has as ``_esm``.
"""

from __future__ import annotations

import re
import zlib
from base64 import b85decode

_PACKED = re.compile(r'^const packed = "([^"]+)";$', re.MULTILINE)
# The bundle has others for those that mean something in HTML or in a template.
_SIGNS = str.maketrans("/.,:", "$&<`")
_DEFAULT = re.compile(r"^export default .+;$", re.MULTILINE)
_EXPORT = re.compile(r"export\s*\{\s*([\w$]+) as default\s*\};?\s*$")


def unpacked(esm: str) -> str:
    """Return the bundle, a module, as it was before it was packed."""
    found = _PACKED.search(esm)
    if found is None:
        raise ValueError("the bundle is not packed; build it again.")
    # The padding of the last four bytes does not belong to the stream.
    return zlib.decompressobj().decompress(b85decode(found[1].translate(_SIGNS))).decode()


def script_of(esm: str) -> str:
    """Return the front end as a script: the module's default export is a constant, ``panel``."""
    text, found = _EXPORT.subn(r"const panel = \1;", unpacked(esm).strip())
    if not found:
        raise ValueError("the bundle does not end with its default export; build it again.")
    return re.sub("<(?=/script|!--)", r"\\x3c", text, flags=re.IGNORECASE)


def packed_script(esm: str) -> str:
    """Return the front end as a script that unpacks itself: the constant ``linreg`` is a promise.

    Notes
    -----
    A module is not loaded from disk, a script is. What it holds it imports by a blob's address: a
    page's policy must allow ``blob:`` scripts, or the promise is refused.
    """
    text, found = _DEFAULT.subn("return panel;", esm.strip())
    if not found:
        raise ValueError("the bundle does not end with its default export; build it again.")
    return f"const linreg = (async () => {{\n{text}\n}})();\n"


def wrapped(esm: str) -> str:
    """Return the front end as a script that stands alone: all of it is the constant ``linreg``."""
    return f"const linreg = (() => {{\n{script_of(esm)}\nreturn panel;\n}})();\n"
