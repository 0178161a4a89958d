#!/bin/bash
set -euo pipefail

innermost() {
  echo "innermost: no such luck" >&2
  exit 3
}

case $Http_Path in
  /seen*) printf '%s\n' "$Http_Method" "$Http_Path" "${Http_Query:-}" "${Http_X_Mine:-}" ;;
  /fails) innermost ;;
  /held) read -r _ <"$Http_Query" ;;
  *) cat ;;
esac
