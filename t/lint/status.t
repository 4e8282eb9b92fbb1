#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What braze-status counts by name is complete: every reason code that a login or a sign-out can be refused with stands in
# src/httpd/status_table.c (the judge's own list is taken over whole), every text that a SCIM profile bends by has its kind in
# src/scim/profile.c, and docs/status.md lists every metric.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use Test::More;

my $table = code(text('src/httpd/status_table.c'));
my %known = map { $_ => 1 } $table =~ /"(\w+)"/g, text('src/saml/reasons.h') =~ /X\(\w+, "(\w+)"/g;

# A code is the text before a log tag of the SAML side's, in one call.
sub codes { my ($c) = @_; return $c =~ /"(\w+)"\s*,\s*"BRAZE-J\d{4}"/g }
is join(' ', codes(qq{braze_err_new(403, "a_code",\n "BRAZE-J0001", "text", pool)})), 'a_code', 'sees a code';

my @files = files_under(qr/\.[ch]\z/, 'src/jit', glob('src/httpd/jit_*.c'));
my %seen = map { my $f = $_; map { $_ => $f } codes(text($f)) } @files;
looked_at(scalar keys %seen, 'reason codes');
none('every reason code is counted by its name', map {"$_ ($seen{$_})"} grep { !$known{$_} } sort keys %seen);

my $profile = text('src/scim/profile.c');
my @ends = $profile =~ /\{"([^"]+)", \d+\}/g;
looked_at(scalar @ends, 'texts of kinds');
my %bends = map { my $f = $_; map { $_ => $f } code(text($f)) =~ /\bbends\((?:[^()";]|\([^()]*\))*"([^"]+)"\s*\)/g }
    files_under(qr/\.c\z/, 'src/scim');
looked_at(scalar keys %bends, 'texts of what is bent');
# A text may be the end of one: the place of the value stands before it.
none('every bend has its kind', map {"\"$_\" ($bends{$_})"}
    grep { my $what = $_; !grep { $_ eq $what || $_ =~ /\Q$what\E\z/ || $what =~ /\Q$_\E\z/ } @ends } sort keys %bends);

my $docs = -f 'docs/status.md' ? text('docs/status.md') : '';
my @entries = $table =~ /^\s*\{"(\w+)",\s*"[A-Z]/mg;
looked_at(scalar @entries, 'metrics');
none('every metric is in docs/status.md', grep { $docs !~ /`braze_$_(?:_total)?`/ } @entries);
done_testing;
