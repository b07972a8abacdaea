"""libudfread, the UDF reader of VLC and Kodi, as an independent witness."""

from __future__ import annotations

import ctypes as c
from pathlib import Path


class _Entry(c.Structure):
    _fields_ = (("kind", c.c_uint), ("name", c.c_char_p))


_FUNCTIONS = {
    "init": (c.c_void_p, []),
    "open": (c.c_int, [c.c_void_p, c.c_char_p]),
    "close": (None, [c.c_void_p]),
    "get_volume_id": (c.c_char_p, [c.c_void_p]),
    "opendir": (c.c_void_p, [c.c_void_p, c.c_char_p]),
    "readdir": (c.POINTER(_Entry), [c.c_void_p, c.POINTER(_Entry)]),
    "closedir": (None, [c.c_void_p]),
    "file_open": (c.c_void_p, [c.c_void_p, c.c_char_p]),
    "file_size": (c.c_int64, [c.c_void_p]),
    "file_read": (c.c_ssize_t, [c.c_void_p, c.c_char_p, c.c_size_t]),
    "file_close": (None, [c.c_void_p]),
}
DIRECTORY = 1


def library() -> c.CDLL | None:
    """Give the library, or None where it is not installed."""
    for number in (0, 3, 1, 2):
        try:
            found = c.CDLL(f"libudfread.so.{number}")
        except OSError:
            continue
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(found, f"udfread_{name}")
            function.restype, function.argtypes = result, arguments
        return found
    return None


class Udfread:
    """An image as libudfread reads it."""

    def __init__(self, lib: c.CDLL, image: Path) -> None:
        self.lib = lib
        self.handle = lib.udfread_init()
        if lib.udfread_open(self.handle, str(image).encode()) < 0:
            raise OSError(f"libudfread cannot open {image}")
        self.label = (lib.udfread_get_volume_id(self.handle) or b"").decode()

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Give all files with their sizes."""
        found: dict[str, int] = {}
        directory = self.lib.udfread_opendir(self.handle, (folder or "/").encode())
        entry = _Entry()
        while self.lib.udfread_readdir(directory, c.byref(entry)):
            name = entry.name.decode()
            path = f"{folder}/{name}"
            if name in (".", ".."):
                continue
            if entry.kind == DIRECTORY:
                found |= self.sizes(path)
            else:
                found[path.lstrip("/")] = len(self.read(path))
        self.lib.udfread_closedir(directory)
        return found

    def read(self, path: str) -> bytes:
        """Give a file's bytes."""
        file = self.lib.udfread_file_open(self.handle, f"/{path.lstrip('/')}".encode())
        size = self.lib.udfread_file_size(file)
        buffer = c.create_string_buffer(max(size, 1))
        done = self.lib.udfread_file_read(file, buffer, size)
        self.lib.udfread_file_close(file)
        assert done == size, f"libudfread read {done} of {size} bytes of {path}"
        return buffer.raw[:size]

    def close(self) -> None:
        """Close the image."""
        self.lib.udfread_close(self.handle)
