#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The layout is .clang-format's (`make format` applies it). A table that reads better as it is stands
# between "clang-format off" and "clang-format on".
use strict;
use warnings;
use lib 't/lint';
use Lint;
use File::Temp ();
use Test::More tests => 4;

sub drifts { my ($file) = @_; output_of('clang-format', '--dry-run', '--Werror', '--style=file:.clang-format', $file); return $? != 0 }

my $dir = File::Temp->newdir('/tmp/braze-l.XXXXXX');
open my $out, '>', "$dir/bad.c" or die;
print $out "int  f( void ){ return 1; }\n";
close $out;
ok drifts("$dir/bad.c"), 'finds what it looks for';
open $out, '>', "$dir/good.c" or die;
print $out "int f(void)\n{\n    return 1;\n}\n";
close $out;
ok !drifts("$dir/good.c"), 'and only that';

my @sources = sources();
looked_at(scalar @sources, 'files');
none('every file is formatted', map {"$_: run make format"} grep { drifts($_) } @sources);
