package Handler;

use strict;
use warnings;

if (exists $ENV{LOADED}) {
    open my $loaded, '>>', $ENV{LOADED} or die "cannot open: $!\n";
    print {$loaded} "$$\n";
}

sub handle {
    my ($body) = @_;
    my $path = $ENV{Http_Path};
    return "$body by $$" if !defined $path;
    return join "\n", $ENV{Http_Method}, $path, $ENV{Http_Query} // '', $ENV{Http_X_Mine} // '' if $path =~ m{^/seen};
    if ($path eq '/fails') {
        print "printed before it fails\n";
        innermost();
    }
    if ($path eq '/greets') {
        require Greeting;
        return Greeting::hello();
    }
    if ($path eq '/prints') {
        print "printed\n";
        eval { die "caught\n" };
        return "returned after $@";
    }
    return "gr\x{fc}\x{df}e \x{20ac}" if $path eq '/characters';
    if ($path eq '/held') {
        open my $gate, '<', $ENV{Http_Query} or die "cannot open: $!\n";
        return scalar <$gate>;
    }
    return $body;
}

sub innermost { die "no such luck\n" }

1;
