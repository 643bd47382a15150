"""A helper's main module: laws of the problems that come in through standard input go to standard output."""

import os
import signal
import sys

from scaling_assets.pipeline.processes import serve

if __name__ == "__main__":
    # An interrupt is for whoever started us: it ends us. What anybody prints must not fall among the laws.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)
