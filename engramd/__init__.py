"""engramd: rips inserted discs, finds out what is on them, and files it in a media library."""

import sys

__version__ = "0.1.0"

#: Where packages of Python go that a distribution's engramd must not bring, such as an FFmpeg.
OPTIONAL_FOLDER = "/usr/local/lib/engramd"
#: The environment of Debian 12's package looks there by itself.
if sys.prefix == "/usr":
    sys.path.append(OPTIONAL_FOLDER)
