#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What t/valgrind-httpd asks of the server: both modules, accepted and refused. Exits 0 when the answers
# are what they should be. Run twice on one database, so each run has people of its own.
use strict;
use warnings;
use BrazeTest;

chdir work_dir() or die;
my @wrong;

sub expect {
    my ($what, $response, @codes) = @_;
    my $code = $response->code;
    push @wrong, "$what: " . $response->status_line if !grep { $_ == $code } @codes;
    return $response;
}

my $ua = browser();
expect('page without a session', $ua->get(base_url('/jit/')), 401, 302, 303);
expect('not a response', post_response($ua, acs_url(), 'bm90IHhtbA=='), 400);
expect('unsigned', post_response($ua, acs_url(), saml_response(sign => 'none')), 400, 403);
expect('another audience', post_response($ua, acs_url(), saml_response(audience => 'other')), 400, 403);
expect('a response', post_response($ua, acs_url(), saml_response(sign => 'both')), 302, 303, 403);
expect('page afterwards', $ua->get(base_url('/jit/')), 200, 401, 302, 303, 404);
expect('no token', scim(GET => '/scim/v2/Users'), 401);
expect('a wrong token', scim(GET => '/scim/v2/Users', undef, Authorization => 'Bearer nothing'), 401);

print "$_\n" for @wrong;
exit(@wrong ? 1 : 0);
