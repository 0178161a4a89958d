#!/bin/sh
# Makes what runs: classes/, with the function's resources, and lib/, to which it adds the function's own jars. From the template's
# folder.
set -eu

if [ -f function/build.gradle ] && [ ! -f function/pom.xml ]; then
  echo "build.gradle is not read: name the function's dependencies in a pom.xml, or put their jars into its folder lib/" >&2
fi
mkdir -p lib classes
[ ! -d function/lib ] || cp -r function/lib/. lib/
[ ! -d function/src/main/resources ] || cp -r function/src/main/resources/. classes/
find src function/src/main/java -name '*.java' >sources
javac -encoding UTF-8 -cp 'lib/*' -d classes @sources
