# SPDX-License-Identifier: Apache-2.0
# /Me (RFC 7644 section 3.11): the person whose token it is; 501 for a token that is nobody's.
use strict;
use warnings;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

my $client = BrazeTest::Client->new;
my $id = $client->user('me@scim.example', title => 'Myself');
my $mine = BrazeTest::Client->new(user => 'me@scim.example');

my $res = $mine->get('/Me');
is $res->code, 200, 'read' or diag $res->as_string;
is_deeply $res->{json}, $client->read("/Users/$id"), 'as the person is';
is $res->header('Location') // $res->header('Content-Location'), base_url("/scim/v2/Users/$id"), 'with where that is (RFC 7644 section 3.11)';
is $res->header('ETag'), $client->get("/Users/$id")->header('ETag'), 'and the ETag';
is_deeply [ sort keys %{ $mine->read('/Me?attributes=title') } ], [qw(id schemas title)], 'projected';
is $mine->get('/Me', 'If-None-Match' => $res->header('ETag'))->code, 304, 'not modified';
like $mine->patch('/Me', [ { op => 'replace', path => 'title', value => 'Changed' } ])->code, qr/\A20[04]\z/, 'patched';
is $client->read("/Users/$id")->{title}, 'Changed', 'and so it is';
rfc_error($mine->patch('/Me', [ { op => 'replace', path => 'title', value => 'x' } ], 'If-Match' => 'W/"1"'), 412, undef, undef, 'not with an old ETag');
is $mine->put('/Me', person('me@scim.example', title => 'Put'))->code, 200, 'replaced';
is $client->read("/Users/$id")->{title}, 'Put', 'and so it is';
like $mine->post('/Me', person('another@scim.example'))->code, qr/\A(?:405|409|501)\z/, 'nobody makes themselves twice';
is $mine->get('/Users?count=0')->code, 200, 'everything else works as with any token';

for my $method (qw(GET PUT PATCH DELETE POST)) {
    rfc_error($client->call($method, '/Me', $method =~ /P/ ? {} : undef), 501, undef, undef, "$method of nobody's token: 501");
}
like logged { $client->get('/Me') }, qr/\[braze_scim:info\][^\n]*BRAZE-S0770/, 'which is no error of the server\'s in the log';
my $other = BrazeTest::Client->new(at => '/s/other', company => 'Otherco');
rfc_error($other->get('/Me'), 501, undef, undef, 'in another company too');
my ($status, $text) = admin('token', 'add', '--company', 'Otherco', '--workspace', 'Marketing', '--origin', 'x', '--user', 'me@scim.example');
isnt $status, 0, 'a token cannot be another company\'s person\'s';

for my $active (JSON::false, JSON::true) {
    my $res = $client->patch("/Users/$id", [ { op => 'replace', path => 'active', value => $active } ]);
    like $res->code, qr/\A20[04]\z/, $active ? 'activated' : 'deactivated' or diag $res->as_string;
    if ($active) {
        is $mine->get('/Me')->code, 200, 'has the token again';
        next;
    }
    rfc_error($mine->get("/$_"), 401, undef, undef, "whoever is inactive has no token: /$_") for qw(Me Users);
    rfc_error($mine->patch($_, [ { op => 'replace', path => 'active', value => JSON::true } ]), 401, undef, undef, "and does not come back by it: $_") for '/Me', "/Users/$id";
    is user_row($id)->{active}, 0, 'who stays inactive';
}

is $mine->delete('/Me')->code, 204, 'deleted';
is user_row($id), undef, 'and gone';
like $mine->get('/Me')->code, qr/\A(?:401|404|501)\z/, 'the token is nobody\'s now';

secrets_hidden();
done_testing;
