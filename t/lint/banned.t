#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Functions that are not used here: unbounded copies, hidden state, numbers without errors.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use Test::More tests => 4;

my $banned = qr/(?<![\w.>])(?:v?sprintf|strcpy|stpcpy|strcat|strtok|apr_strtok|ato[ifl]|atoll|gets|alloca
    |scanf|sscanf|tmpnam|system|popen)\s*\(/x;

sub found { my ($c) = @_; return lines_of(code($c, strings => 0), $banned) }

is scalar found("int f(void)\n{\n    strcpy (a, b); return atoi(c);\n}\n"), 2, 'finds what it looks for';
is scalar found("/* strcpy(a, b) */ x = \"atoi(\"; p->system(1); my_gets(2);\n"), 0, 'and only that';

my @sources = sources();
looked_at(scalar @sources, 'files');
none('no banned function', map { my $f = $_; map {"$f:$_->[0]: $_->[1]"} found(text($f)) } @sources);
