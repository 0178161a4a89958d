#!/bin/sh
# Run when the image is built; a status other than 0 ends the build. Every file that a page of the site links to must be there.
set -eu
cd "$(dirname "$0")/public"

links() { grep -oE '(href|src)="[^"#?%]+' "$1" | cut -d'"' -f2; }

broken=$(find . -name '*.html' | while IFS= read -r page; do
  links "$page" | while IFS= read -r link; do
    case $link in
      *:* | //*) continue ;; # another site
      /*) file=.$link ;;
      *) file=${page%/*}/$link ;;
    esac
    case ${file##*/} in
      *.*) [ -e "$file" ] || echo "$page: $link leads nowhere" ;;
    esac
  done
done)
if [ -n "$broken" ]; then
  echo "$broken" >&2
  exit 1
fi
echo "test.sh: passed, $(find . -type f | wc -l) files"
