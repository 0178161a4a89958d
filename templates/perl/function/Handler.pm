package Handler;

use strict;
use warnings;

# Takes the request's body as bytes and returns the answer. The request is described in the environment: $ENV{Http_Method},
# $ENV{Http_Path}, $ENV{Http_Query}, and $ENV{Http_Name} for each header. A die is an answer with status 500.
sub handle {
    my ($body) = @_;
    return "Hello, $body!\n";
}

1;
