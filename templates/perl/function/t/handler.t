use strict;
use warnings;
use Test::More tests => 1;

use Handler;

is(Handler::handle('Ada'), "Hello, Ada!\n", 'greets the name in the body');
