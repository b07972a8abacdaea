#!/usr/bin/python3
"""Types at a terminal inside the virtual machine: each answer when its question is on the screen.

Named are the command, and a JSON list of what is waited for, with what is typed then, or null. What the
terminal shows goes to standard output as it comes; the exit code is the command's.
"""

import json
import os
import pty
import sys


def main() -> int:
    """Run the command, and be its person."""
    command, dialogue = sys.argv[1], json.loads(sys.argv[2])
    process, terminal = pty.fork()
    if not process:
        os.execvp("/bin/bash", ["/bin/bash", "-c", command])
    unread = ""
    while shown := read(terminal):
        os.write(1, shown)
        unread += shown.decode("utf-8", "replace")
        while dialogue and dialogue[0][0] in unread:
            question, answer = dialogue.pop(0)
            unread = unread.partition(question)[2]
            if answer is not None:
                os.write(terminal, f"{answer}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if dialogue:
        sys.stdout.write(f"\nnever shown: {dialogue[0][0]}\n")
    return code or bool(dialogue)


def read(terminal: int) -> bytes:
    """Read what is shown next; nothing at the end, which Linux tells as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
