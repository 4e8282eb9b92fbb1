#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# A SCIM client of another language (scim2-client from PyPI) provisions 1000 people and 50 groups, reads them back equal and
# deprovisions them. See interop/run.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Test::More;
use Interop::Scim;

my $scim = eval { Interop::Scim->new } or BAIL_OUT($@);
my ($status, $text) = $scim->run('roundtrip.py');
is $status, 0, 'the client ran to its end' or diag $text;
my @lines = split /\n/, $text;
my ($plan) = map {/\A1\.\.(\d+)/} @lines;
my @tests = grep {/\A(?:not )?ok \d+ - /} @lines;
is scalar @tests, $plan // 'none', 'with every test that it plans';
for my $test (@tests) {
    $test =~ /\A(not )?ok \d+ - (.*)/;
    ok !$1, $2 or diag join "\n", grep {/\A#/} @lines;
}
unlike $scim->server->error_log, qr/exit signal|Segmentation/, 'and the server is well';

done_testing;
