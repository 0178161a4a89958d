#!/bin/bash
# The body is on stdin, the answer goes to stdout, lines for the log to stderr. Http_Method, Http_Path, Http_Query and Http_<Header>
# describe the request. If this fails before it has written anything, the caller gets a 500.
set -euo pipefail

lines=0
while IFS= read -r line || [ -n "$line" ]; do
  lines=$((lines + 1))
  printf '%d: %s\n' "$lines" "$line"
done
