#!/bin/sh
# Run when the image is built; a status other than 0 ends the build.
set -eu

answer=$(echo hello | sh -c "$fprocess")
[ "$answer" = hello ] || { echo "$fprocess said: $answer" >&2 && exit 1; }
echo "test.sh: passed"
