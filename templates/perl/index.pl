#!/usr/bin/perl
# Gives the request's body to Handler::handle and writes what it returns; the watchdog starts this for each request.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/function", "$FindBin::Bin/modules/lib/perl5";

binmode STDIN;
binmode STDOUT;

# What the function itself prints must not mix with the answer.
open(my $answer, '>&', \*STDOUT) or die "cannot keep stdout: $!\n";
binmode $answer;
open(STDOUT, '>&', \*STDERR) or die "cannot redirect stdout: $!\n";

# A die that nobody catches is logged with the calls that led to it.
local $SIG{__DIE__} = sub {
    die @_ if !defined $^S || $^S || ref $_[0];
    require Carp;
    die Carp::longmess("$_[0]");
};
require Handler;

my $body = do { local $/; <STDIN> } // '';
my $output = Handler::handle($body) // '';
utf8::encode($output) if utf8::is_utf8($output); # text with characters; anything else is bytes
print {$answer} $output or die "cannot write the answer: $!\n";
close($answer) or die "cannot write the answer: $!\n";
