"""Hears words in the sound of a title, for titles that have no usable subtitles.

Engines load hundreds of megabytes, so they work in a child (`python -m engramd.match speech`); `windows`,
`models` and `engines` are light until an engine is chosen.
"""

from __future__ import annotations
