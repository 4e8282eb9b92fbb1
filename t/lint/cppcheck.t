#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# cppcheck over our C. t/lint/cppcheck.supp lists what is suppressed, each with its reason.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use File::Temp ();
use Test::More tests => 4;

my @options = ('cppcheck', '--enable=warning,performance,portability', '--error-exitcode=1', '--quiet',
    '--std=c11', '--inline-suppr', '--suppressions-list=t/lint/cppcheck.supp',
    '--library=std,posix,t/lint/cmocka.cfg', '--template={file}:{line}: {id}: {message}', '-Iinclude', '-j2');

my $dir = File::Temp->newdir('/tmp/braze-l.XXXXXX');
open my $out, '>', "$dir/bad.c" or die;
print $out "int f(void)\n{\n    int a[2];\n    a[2] = 1;\n    return a[0];\n}\n";
close $out;
my $found = output_of(@options, "$dir/bad.c");
isnt $?, 0, 'finds what it looks for';
like $found, qr/arrayIndexOutOfBounds/, 'an index out of bounds';

my @sources = grep {/\.c\z/} sources();
looked_at(scalar @sources, 'files');
my $text = @sources ? output_of(@options, @sources) : '';
ok $? == 0, 'cppcheck finds nothing' or diag $text;
