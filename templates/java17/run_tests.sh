#!/bin/sh
# Runs the function's JUnit 4 tests: the classes in function/src/test/java that have a @Test. From the template's folder, once
# everything is compiled.
set -eu

[ -d function/src/test/java ] || exit 0
find function/src/test/java -name '*.java' >test-sources
[ -s test-sources ] || exit 0

class_path="test-classes:classes:lib/*:test-lib/*:/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar"
mkdir -p test-classes
[ ! -d function/src/test/resources ] || cp -r function/src/test/resources/. test-classes/
javac -encoding UTF-8 -cp "$class_path" -d test-classes @test-sources
names=$(xargs grep -lw '@Test' <test-sources | sed 's|^function/src/test/java/||; s|\.java$||; s|/|.|g')
# shellcheck disable=SC2086 # each name is a word
java -cp "$class_path" org.junit.runner.JUnitCore $names
