"""Reads the words of picture subtitles (VobSub, PGS, DVB): a sample of cues, drawn, and read by tesseract.

`sampling` says which cues to read; `read` reads them, in a child of its own. Nothing else is public.
"""
