#!/bin/bash
# Run when the image is built; a status other than 0 ends the build.
set -euo pipefail
cd "$(dirname "$0")"

answer=$(printf 'first\nsecond' | bash ./handler.sh)
expected=$'1: first\n2: second'
if [ "$answer" != "$expected" ]; then
  printf 'the handler said:\n%s\n' "$answer" >&2
  exit 1
fi
echo "handler_test.sh: passed"
