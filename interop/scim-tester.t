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

my $DASHBOARD = 'urn:braze:params:scim:schemas:extension:dashboard:2.0:User';

my $scim = eval { Interop::Scim->new } or BAIL_OUT($@);
my ($status, $text) = $scim->run('tester.py');
my @results = map { eval { decode_json($_) } // () } split /\n/, $text;
is $status, 0, 'the tester ran to its end' or diag $text;
cmp_ok scalar @results, '>', 100, 'with more than a hundred checks';

# Nothing is excused: whatever is not as it should be, and whatever was left out, is a failure.
my %fine = map { $_ => 1 } qw(SUCCESS COMPLIANT ACCEPTABLE);
my %count;
for my $result (@results) {
    my ($reason) = split /\n/, $result->{reason};
    $count{ $result->{status} }++;
    ok $fine{ $result->{status} }, join ' ', $result->{status}, grep {length} @$result{qw(type title)}, $reason
        or diag $result->{reason}, "\n", $result->{data} // 'no data';
}
# It looked at Braze's extension as well, of which it knows from /Schemas alone.
for my $title (qw(check_add_attribute check_replace_attribute check_remove_attribute)) {
    my @of = grep { $_->{title} eq $title && $_->{status} eq 'SUCCESS' && $_->{reason} =~ /'\Q$DASHBOARD\E:permissions'/ } @results;
    is scalar @of, 1, "$title of permissions";
}
diag join ', ', map {"$_ $count{$_}"} sort keys %count;
unlike $scim->server->error_log, qr/exit signal|Segmentation/, 'and the server is well';

done_testing;
