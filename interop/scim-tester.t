#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The compliance tester of PyPI (scim2-tester) against our service, with a token of profile strict on SQLite: every check of it is a
# test here, and one that it leaves out is a failure. See interop/run.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Interop::Scim;

my $scim = eval { Interop::Scim->new } or BAIL_OUT($@);
my ($status, $text) = $scim->run('tester.py');
my @results = map { eval { decode_json($_) } // () } split /\n/, $text;
is $status, 0, 'the tester ran to its end' or diag $text;
cmp_ok scalar @results, '>', 100, 'with more than a hundred checks';

# What it holds against us and stays, each with the reason that docs/scim.md gives; one that does not happen is a failure too.
my %deviation = (
    q{User check_remove_attribute Attribute 'active' was not removed}
        => 'an account is active or not: RFC 7643 section 4.1.1',
    q{Group check_add_attribute Attribute 'members' was not added or has unexpected value}
        => 'the service adds the read-only display: RFC 7643 section 2.4',
    q{Group check_replace_attribute Attribute 'members' was not replaced or has unexpected value}
        => 'the same',
);
my %fine = map { $_ => 1 } qw(SUCCESS COMPLIANT ACCEPTABLE);
my %count;
for my $result (@results) {
    my ($reason) = split /\n/, $result->{reason};
    my $why = $result->{status} eq 'ERROR' && delete $deviation{"$result->{type} $result->{title} $reason"};
    $count{ $why ? 'KNOWN DEVIATION' : $result->{status} }++;
    ok $why || $fine{ $result->{status} }, join ' ', $why ? "known deviation ($why):" : $result->{status}, grep {length} @$result{qw(type title)}, $reason
        or diag $result->{reason}, "\n", $result->{data} // 'no data';
}
is_deeply [ sort keys %deviation ], [], 'every known deviation was met';
diag join ', ', map {"$_ $count{$_}"} sort keys %count;
unlike $scim->server->error_log, qr/exit signal|Segmentation/, 'and the server is well';

done_testing;
