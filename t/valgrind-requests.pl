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
    push @wrong, "$what: " . $response->status_line . "\n" . $response->content if !grep { $_ == $code } @codes;
    return $response;
}

# mod_braze_jit: refused, let in, seen again, out
my $person = "valgrind-$$\@decorumsoft.com";
my $ua     = browser();
expect('page without a session', $ua->get(base_url('/index.html')), 303);
expect('the sign-in page', $ua->get(base_url('/auth/saml/sign_in')), 200);
expect('not a response', post_response($ua, acs_url(), 'bm90IHhtbA=='), 400);
expect('unsigned', post_response($ua, acs_url(), saml_response(sign => 'none')), 400);
expect('signed by another', post_response($ua, acs_url(), saml_response(key => 'evil')), 400);
expect('another domain', post_response($ua, acs_url(), saml_response(nameid => 'a@elsewhere.example')), 403);
my $response = saml_response(nameid => $person, sign => 'both');
expect('a first login', post_response($ua, acs_url(), $response), 303);
expect('the page', $ua->get(base_url('/index.html')), 200);
my $other = browser();
my $where = expect('replayed by another browser', post_response($other, acs_url(), $response), 303);
expect('which has no session to go on with',
    $other->get(base_url($where->header('Location') // '/')), 400, 403);
expect('a login by another identity provider', post_response($ua, acs_url(), saml_response(nameid => "ec-$person", idp => 'ec')), 303);
expect('signed out', $ua->post(base_url('/auth/saml/logout')), 200);
expect('the metadata', $ua->get(base_url('/auth/saml/metadata')), 200, 404);

# mod_braze_scim: both dialects
my $secret = admin_json('token', 'add', '--company', 'Decorumsoft', '--workspace', 'Marketing',
    '--origin', 'valgrind')->{secret};
my @auth = (Authorization => "Bearer $secret", 'X-Request-Origin' => 'valgrind');
my $user = { schemas => ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName => "scim-$person", name => { givenName => 'Val', familyName => 'Grind' } };
expect('no token', scim(GET => '/scim/v2/Users'), 401);
expect('a wrong token', scim(GET => '/scim/v2/Users', undef, Authorization => 'Bearer nothing'), 401);
expect('no origin', scim(GET => '/scim/v2/Users', undef, Authorization => "Bearer $secret"), 403);
expect('not JSON', scim(POST => '/scim/v2/Users', '{', @auth), 400);
my $made = expect('a user made', scim(POST => '/scim/v2/Users', $user, @auth), 201);
my $at = '/scim/v2/Users/' . ($made->{json}{id} // 'none');
expect('the same again', scim(POST => '/scim/v2/Users', $user, @auth), 409);
expect('read', scim(GET => $at, undef, @auth), 200);
expect('found', scim(GET => "/scim/v2/Users?filter=userName%20eq%20%22scim-$person%22", undef, @auth), 200);
expect('a wrong filter', scim(GET => '/scim/v2/Users?filter=nonsense', undef, @auth), 400);
expect('replaced', scim(PUT => $at, { %$user, name => { givenName => 'V' } }, @auth), 200);
expect('read in the other dialect', scim(GET => "/braze$at", undef, @auth), 200);
expect('deleted', scim(DELETE => $at, undef, @auth), 204);
expect('gone', scim(GET => $at, undef, @auth), 404);

print "$_\n" for @wrong;
exit(@wrong ? 1 : 0);
