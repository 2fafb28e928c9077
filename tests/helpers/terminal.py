#!/usr/bin/env python3
"""Runs a command on a terminal of its own and talks to it.

usage: terminal.py command [argument ...] <dialogue

The dialogue is a line each, in order:
    expect TEXT     wait until the terminal has shown TEXT (after what was expected before)
    send TEXT       type TEXT; \\n, \\x03 and the like are escapes
    check COMMAND   wait until the shell command succeeds
    close           hang up
    end             wait until the command has ended

Exit status 0 when all of it happened. Otherwise 1, and stderr tells what did not, and what the terminal showed.
"""

import os
import select
import subprocess
import sys
import time

LIMIT = float(os.environ.get("PARMAP_TEST_LIMIT", "60"))


class Terminal:
    def __init__(self, command):
        self.pid, self.fd = os.forkpty()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.shown = b""
        self.seen = 0

    def listen(self, seconds):
        """Takes what the terminal shows. False at its end."""
        if self.fd is None or not select.select([self.fd], [], [], seconds)[0]:
            if self.fd is None:
                time.sleep(seconds)
            return self.fd is not None
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.shown += data
        return data != b""

    def expect(self, text):
        wanted = text.encode()
        while (at := self.shown.find(wanted, self.seen)) < 0:
            if not self.listen(0.1):
                return False
            yield
        self.seen = at + len(wanted)
        return True

    def send(self, text):
        os.write(self.fd, text.encode().decode("unicode_escape").encode("latin-1"))
        return True
        yield

    def check(self, command):
        while subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.listen(0.02)
            yield
        return True

    def close(self, _):
        os.close(self.fd)
        self.fd = None
        return True
        yield

    def end(self, _):
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            self.listen(0.02)
            yield
        return True


def happens(step):
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        try:
            next(step)
        except StopIteration as stop:
            return stop.value
    return False


def main():
    terminal = Terminal(sys.argv[1:])
    for line in sys.stdin:
        verb, _, text = line.rstrip("\n").partition(" ")
        if verb and not happens(getattr(terminal, verb)(text)):
            shown = terminal.shown.decode(errors="backslashreplace")
            print(f"did not happen: {line}the terminal showed:\n{shown}", file=sys.stderr)
            return 1
    return 0


sys.exit(main())
