# SPDX-License-Identifier: Apache-2.0
# The thin line: a token, a user made, read, found, replaced and deleted.
use strict;
use warnings;
use Test::More tests => 17;
use BrazeTest;

my $secret = admin_json('token', 'add', '--company', 'Decorumsoft', '--workspace', 'Marketing',
    '--origin', 'basic-suite')->{secret};
my @auth = (Authorization => "Bearer $secret", 'X-Request-Origin' => 'basic-suite');
my $user = {schemas => ['urn:ietf:params:scim:schemas:core:2.0:User'], userName => 'basic@scim.example',
    name => {givenName => 'Basic', familyName => 'Suite'}};

my $res = scim('POST', '/scim/v2/Users', $user, @auth);
is $res->code, 201, 'made' or diag $res->as_string;
my $id = $res->{json}{id} // 'none';
like $id, qr/^[0-9a-f]{8}(-[0-9a-f]{8}){3}$/, 'with an id in four groups';
is $res->header('Location'), base_url("/scim/v2/Users/$id"), 'and a Location';
is $res->header('Content-Type'), 'application/scim+json', 'as scim+json';
is row('SELECT source FROM braze_user WHERE id = ?', $id)->{source}, 'scim', 'the account is a row';

$res = scim('GET', "/scim/v2/Users/$id", undef, @auth);
is $res->code, 200, 'read';
is $res->{json}{name}{familyName}, 'Suite', 'as it was sent';
my $etag = $res->header('ETag');
is scim('GET', "/scim/v2/Users/$id", undef, @auth, 'If-None-Match' => $etag)->code, 304, 'not changed since';

$res = scim('GET', '/scim/v2/Users?filter=userName%20eq%20%22BASIC@scim.example%22', undef, @auth);
is $res->{json}{totalResults}, 1, 'found by userName, whatever its case' or diag $res->as_string;

$res = scim('PUT', "/scim/v2/Users/$id", {%$user, name => {givenName => 'Better'}}, @auth, 'If-Match' => $etag);
is $res->code, 200, 'replaced' or diag $res->as_string;
is scim('PUT', "/scim/v2/Users/$id", $user, @auth, 'If-Match' => $etag)->code, 412, 'not with the old ETag';

is scim('DELETE', "/scim/v2/Users/$id", undef, @auth)->code, 204, 'deleted';
$res = scim('GET', "/scim/v2/Users/$id", undef, @auth);
is $res->code, 404, 'and gone';

$res = scim('GET', "/scim/v2/Users/$id", undef, Authorization => 'Bearer wrong');
is $res->code, 401, 'not with a wrong token';
like $res->header('WWW-Authenticate'), qr/^Bearer .*error="invalid_token"/, 'which says so';
is $res->{json}{status}, '401', 'with a SCIM body';
is scim('GET', "/scim/v2/Users/$id", undef, Authorization => "Bearer $secret")->code, 403, 'nor without its origin';
