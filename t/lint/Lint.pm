# SPDX-License-Identifier: Apache-2.0
# What the guards share. Each guard is started in the top folder (t/run-lint), proves by a sample
# that it can find what it looks for, and fails when it finds nothing to look at.
package Lint;

use strict;
use warnings;
use Exporter qw(import);
use File::Find ();
use Test::More ();

our @EXPORT = qw(sources files_under text code lines_of looked_at none builddir output_of);

# files_under(pattern, folder or file …): sorted paths.
sub files_under {
    my ($pattern, @places) = @_;
    my @found;
    for my $place (grep { -e } @places) {
        if (-f $place) { push @found, $place; next }
        File::Find::find({ no_chdir => 1, wanted => sub {
            push @found, $_ if -f && /$pattern/;
        } }, $place);
    }
    my %seen;
    return sort grep { !$seen{$_}++ } @found;
}

# Our C: everything that is compiled or included.
sub sources {
    return files_under(qr/\.[ch]\z/, 'include', 'src', glob('mod_*.c'), 'tools', 't/unit', 't/fuzz',
        'bench');
}

my %text;

sub text {
    my ($file) = @_;
    return $text{$file} //= do {
        open my $in, '<:raw', $file or die "$file: $!";
        local $/;
        <$in> // '';
    };
}

# The code of a C text: comments blanked, with strings => 0 what stands in quotes too; lines stay.
sub code {
    my ($c, %opt) = @_;
    my $blank = sub { my ($s) = @_; $s =~ s/[^\n]/ /g; return $s };
    my $keep = $opt{strings} // 1;
    $c =~ s{(/\*.*?\*/|//[^\n]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')}
           {defined $1 ? $blank->($1) : $keep ? $2 : $blank->($2)}gse;
    return $c;
}

# lines_of(text, pattern): [line number, what matched] of every match.
sub lines_of {
    my ($text, $pattern) = @_;
    my @found;
    while ($text =~ /$pattern/g) {
        push @found, [ 1 + (substr($text, 0, $-[0]) =~ tr/\n//), $& ];
    }
    return @found;
}

# The guard looked at so many things: none is a failure.
sub looked_at {
    my ($number, $what) = @_;
    return Test::More::cmp_ok($number, '>', 0, "looked at $number $what");
}

# none(name, findings …): passes without findings, else shows each.
sub none {
    my ($name, @findings) = @_;
    Test::More::ok(!@findings, $name) or Test::More::diag(map {"$_\n"} @findings);
    return;
}

sub builddir { return $ENV{BRAZE_BUILDDIR} // '.' }

# output_of(command words): what it printed on both outputs; status in $?.
sub output_of {
    my @words = @_;
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        open STDERR, '>&', \*STDOUT or die;
        exec @words or exit 127;
    }
    local $/;
    my $text = <$out> // '';
    close $out;
    return $text;
}

1;
