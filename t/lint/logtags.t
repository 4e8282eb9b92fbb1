#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A log tag stands once in the code of src and mod_*.c (what uses it twice gives it a name by #define or
# a function), and each is listed once in docs/log-tags.md and the other way round. tools/ may name
# tags that it tells apart.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use Test::More tests => 7;

my $tag = qr/\bBRAZE-[JS]?[0-9]{4}\b/;

sub tags { my ($c) = @_; return map { $_->[1] } lines_of(code($c), $tag) }
is join(' ', tags(qq(/* BRAZE-0001 */ f("BRAZE-J0002 x"); "BRAZE-S0003"))), 'BRAZE-J0002 BRAZE-S0003',
    'finds tags in code and none in comments';

my %where;
my @sources = files_under(qr/\.[ch]\z/, 'src', 'include', glob('mod_*.c'));
for my $file (@sources) {
    push @{ $where{ $_->[1] } }, "$file:$_->[0]" for lines_of(code(text($file)), $tag);
}
looked_at(scalar keys %where, 'tags');
none('each tag stands in one place', map {"$_: @{ $where{$_} }"} grep { @{ $where{$_} } > 1 } sort keys %where);

# Of the documentation: where an entry begins (a table row or a heading that starts with the tag).
my %listed;
my $docs = -f 'docs/log-tags.md' ? text('docs/log-tags.md') : '';
$listed{$_}++ for $docs =~ /^(?:\|\s*|#+\s*)`?($tag)/mg;
looked_at(scalar keys %listed, 'entries of docs/log-tags.md');
none('each tag is listed', map {"$_ ($where{$_}[0])"} grep { !$listed{$_} } sort keys %where);
none('what is listed is in the code', grep { !$where{$_} } sort keys %listed);
none('nothing is listed twice', grep { $listed{$_} > 1 } sort keys %listed);
