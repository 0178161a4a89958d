#!/bin/bash
set -euo pipefail

innermost() {
  echo "innermost: no such luck" >&2
  exit 3
}

if [ -n "${LOADED:-}" ]; then
  echo $$ >>"$LOADED"
fi

case ${Http_Path-none} in
  none) cat && printf ' by %d' $$ ;;
  /seen*) printf '%s\n' "$Http_Method" "$Http_Path" "${Http_Query:-}" "${Http_X_Mine:-}" ;;
  /fails) innermost ;;
  /held) read -r _ <"$Http_Query" ;;
  *) cat ;;
esac
