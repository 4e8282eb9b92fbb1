#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The size of things, the licence line, and no promises: a function fits a screen (70 lines), a file is
# one thing (600 lines), the first line says the licence.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use Test::More tests => 10;

use constant { FUNCTION_LINES => 70, FILE_LINES => 600 };

# Functions begin with a brace in the first column and end with one (.clang-format sees to that).
sub long_functions {
    my ($c) = @_;
    my ($start, $n, $name, @long) = (0, 0, '');
    for my $line (split /\n/, code($c, strings => 0)) {
        $n++;
        if ($line =~ /^\{/) { $start = $n }
        elsif ($line =~ /^\}/ && $start) {
            push @long, [ $start, $n - $start + 1, $name ] if $n - $start + 1 > FUNCTION_LINES;
            $start = 0;
        }
        elsif (!$start && $line =~ /^\w.*?(\w+)\(/) { $name = $1 }
    }
    return @long;
}

my $promise = qr/\b(?:TO[D]O|FIX[M]E|X[X]X)\b/;
is scalar long_functions("int f(void)\n{\n" . "    x();\n" x 69 . "}\n"), 1, 'finds a function of 71 lines';
is scalar long_functions("int f(void)\n{\n" . "    x();\n" x 68 . "}\n"), 0, 'not one of 70';
like 'TO' . 'DO: later', $promise, 'finds a promise';

my @sources = sources();
looked_at(scalar @sources, 'C files');
none('functions of at most ' . FUNCTION_LINES . ' lines', map {
    my $f = $_; map {"$f:$_->[0]: $_->[2] has $_->[1] lines"} long_functions(text($f)) } @sources);
none('files of at most ' . FILE_LINES . ' lines', map {
    my $n = text($_) =~ tr/\n//; $n > FILE_LINES ? "$_ has $n lines" : () } @sources);
none('the first line is the licence', grep {
    text($_) !~ m{\A/\* SPDX-License-Identifier: Apache-2\.0 \*/\n} } @sources);

my @scripts = grep { -f && text($_) =~ /\A#!/ } files_under(qr/./, qw(t tools bench interop .ci)),
    grep { -f } qw(check demo);
looked_at(scalar @scripts, 'scripts');
none('scripts say the licence in their first lines', grep {
    (join '', (split /\n/, text($_), 5)[0 .. 3]) !~ /SPDX-License-Identifier: Apache-2\.0/ } @scripts);
none('no promise in the tree', map { my $f = $_; map {"$f:$_->[0]: $_->[1]"} lines_of(text($f), $promise) }
    @sources, @scripts, files_under(qr/\.(?:t|pm|in|ac)\z/, 't', 'configure.ac', 'Makefile.in'));
