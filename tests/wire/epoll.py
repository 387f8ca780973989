#!/usr/bin/python3
"""The transcripts and the cut streams again, over epoll: the backend for hosts without io_uring."""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    environment = dict(os.environ, KV_OPTIONS="--io-backend epoll")
    passed = failed = 0
    for script in ("run.py", "cut.py"):
        done = subprocess.run([sys.executable, os.path.join(HERE, script), *sys.argv[1:]],
                              env=environment, stdout=subprocess.PIPE, universal_newlines=True)
        sys.stdout.write(done.stdout)
        count = re.search(r"(\d+) passed, (\d+) failed\n\Z", done.stdout)
        if count is None:
            print("FAIL %s ended with %d without a count" % (script, done.returncode))
            failed += 1
            continue
        passed += int(count.group(1))
        failed += int(count.group(2))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
