#!/bin/sh
# Runs the function's script `test`, if its composer.json has one, with the packages for development. From the function's folder.
set -eu

grep -q '"test"' composer.json || exit 0
composer install
composer test
