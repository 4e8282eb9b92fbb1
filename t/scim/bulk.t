# SPDX-License-Identifier: Apache-2.0
# POST /Bulk (RFC 7644 section 3.7): operations in one message, references by bulkId, failOnErrors, limits; an operation is done or not done.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

my ($T, $F) = (JSON::true, JSON::false);
my $client = BrazeTest::Client->new;
my $entra  = BrazeTest::Client->new(profile => 'entra');
my $GROUP  = $BrazeTest::Client::GROUP;
my $PATCH  = $BrazeTest::Client::PATCH;
my $BULK   = $BrazeTest::Client::BULK;
my $RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

sub bulk { my ($operations, %more) = @_; return $client->post('/Bulk', { schemas => [$BULK], Operations => $operations, %more }) }
sub operation { my ($method, $path, $data, %more) = @_; return { method => $method, path => $path, defined $data ? (data => $data) : (), %more } }
sub add_user { my ($name, $bulk_id, %more) = @_; return operation('POST', '/Users', person($name, %more), bulkId => $bulk_id) }
sub add_group { my ($name, $bulk_id, @members) = @_; return operation('POST', '/Groups', { schemas => [$GROUP], displayName => $name, @members ? (members => [ map { { value => $_ } } @members ]) : () }, bulkId => $bulk_id) }
sub statuses { my ($res) = @_; return join ' ', map { ref $_->{status} ? $_->{status}{code} : $_->{status} } @{ $res->{json}{Operations} // [] } }
sub users { my ($like) = @_; return row('SELECT count(*) AS n FROM braze_user WHERE user_name_key LIKE ?', $like)->{n} }
sub id_of { my ($entry) = @_; return ($entry->{location} // '') =~ m{/([0-9a-f-]{35})\z} ? $1 : 'none' }

# --- everything that there is -----------------------------------------------------------------------------

my $one = $client->user('bulk.one@scim.example');
my $two = $client->user('bulk.two@scim.example');
my $gone = $client->user('bulk.gone@scim.example');
my $res = bulk([
    add_user('bulk.new@scim.example', 'q1'),
    operation('PUT', "/Users/$one", person('bulk.one@scim.example', title => 'Put')),
    operation('PATCH', "/Users/$two", { schemas => [$PATCH], Operations => [ { op => 'replace', path => 'title', value => 'Patched' } ] }),
    operation('DELETE', "/Users/$gone"),
    add_group('Bulk group', 'g1', $one),
]);
is $res->code, 200, 'answered' or diag $res->as_string;
is $res->header('Content-Type'), 'application/scim+json', 'as scim+json';
is_deeply $res->{json}{schemas}, [$RESPONSE], 'by a BulkResponse';
is statuses($res), '201 200 200 204 201', 'each with its status' or diag $res->as_string;
my @done = @{ $res->{json}{Operations} };
is_deeply [ map { $_->{method} } @done ], [qw(POST PUT PATCH DELETE POST)], 'in their order, with their methods';
ok !grep({ ref $_->{status} || $_->{status} !~ /\A\d{3}\z/ || JSON->new->allow_nonref->encode($_->{status}) !~ /\A"/ } @done), 'status is a text';
is_deeply [ map { $_->{bulkId} // '-' } @done ], [qw(q1 - - - g1)], 'bulkId comes back';
my $new = id_of($done[0]);
is $done[0]{location}, base_url("/scim/v2/Users/$new"), 'location of what was made';
is $done[1]{location}, base_url("/scim/v2/Users/$one"), 'and of what was changed';
ok !exists $done[0]{response}, 'no body with what succeeded';
is $done[2]{version}, $client->get("/Users/$two")->header('ETag'), 'version is the ETag';
is join(' ', map { $client->read("/Users/$_")->{title} // 'none' } $new, $one, $two), 'none Put Patched', 'and all of it was done';
is $client->get("/Users/$gone")->code, 404, 'deleted';
is_deeply [ $client->members(id_of($done[4])) ], [$one], 'grouped';
is row('SELECT count(*) AS n FROM braze_event WHERE user_id = ? AND name = ?', $new, 'Added Account')->{n}, 1, 'with an audit row each';

# --- references --------------------------------------------------------------------------------------------

$res = bulk([ add_user('ref.a@scim.example', 'qwerty'), add_group('Refs', 'ytrewq', 'bulkId:qwerty') ]);
is statuses($res), '201 201', 'a group of somebody who is made before it';
is_deeply [ $client->members(id_of($res->{json}{Operations}[1])) ], [ id_of($res->{json}{Operations}[0]) ], 'has them';

$res = bulk([ add_group('Forward', 'g', 'bulkId:later'), add_user('ref.b@scim.example', 'later') ]);
is statuses($res), '201 201', 'who is made after it' or diag $res->as_string;
my %by = map { $_->{bulkId} => id_of($_) } @{ $res->{json}{Operations} };
is_deeply [ $client->members($by{g}) ], [ $by{later} ], 'is a member too';

$res = bulk([ add_group('Circle A', 'a', 'bulkId:b'), add_group('Circle B', 'b', 'bulkId:a') ]);
is statuses($res), '201 201', 'two groups in one another' or diag $res->as_string;
%by = map { $_->{bulkId} => id_of($_) } @{ $res->{json}{Operations} };
is_deeply [ [ $client->members($by{a}) ], [ $client->members($by{b}) ] ], [ [ $by{b} ], [ $by{a} ] ], 'are (RFC 7644 section 3.7.1)';

$res = bulk([ add_user('ref.c@scim.example', 'c'),
    operation('PATCH', '/Users/bulkId:c', { schemas => [$PATCH], Operations => [ { op => 'replace', path => 'title', value => 'By reference' } ] }),
    operation('PATCH', "/Groups/$by{a}", { schemas => [$PATCH], Operations => [ { op => 'add', path => 'members', value => [ { value => 'bulkId:c' } ] } ] }) ]);
is statuses($res), '201 200 200', 'in a path, and in the data of a PATCH' or diag $res->as_string;
my $c = id_of($res->{json}{Operations}[0]);
is $client->read("/Users/$c")->{title}, 'By reference', 'that one';
is_deeply [ $client->members($by{a}) ], [ sort $by{b}, $c ], 'is a member';
$res = bulk([ add_user('boss@scim.example', 'boss'), add_user('staff@scim.example', 'staff', schemas => [ $CORE, $ENTERPRISE ], $ENTERPRISE => { manager => { value => 'bulkId:boss' } }) ]);
is statuses($res), '201 201', 'a manager by reference';
is $client->read('/Users/' . id_of($res->{json}{Operations}[1]))->{$ENTERPRISE}{manager}{value}, id_of($res->{json}{Operations}[0]), 'is that one';

$res = bulk([ add_user('ref.never@scim.example', 'n', userName => ''), add_group('Refers to a failure', 'g', 'bulkId:n') ]);
is +(split ' ', statuses($res))[0], 400, 'what fails';
like +(split ' ', statuses($res))[1] // '', qr/\A4\d\d\z/, 'takes with it what refers to it';
$res = bulk([ add_group('Refers to nothing', 'g', 'bulkId:nowhere') ]);
like statuses($res), qr/\A4(?:00|09)\z/, 'a reference to nothing';
is row(q{SELECT count(*) AS n FROM braze_group WHERE display_name LIKE 'Refers to%'})->{n}, 0, 'makes no group';
like $res->{json}{Operations}[0]{response}{detail} // '', qr/nowhere/, 'and the detail names it';

# --- failures -------------------------------------------------------------------------------------------------

my @mixed = (add_user('fail.1@scim.example', 'a'), add_user('fail.1@SCIM.example', 'b'), operation('DELETE', '/Users/00000000-00000000-00000000-00000000'),
    add_user('fail.2@scim.example', 'c', active => 'yes'), add_user('fail.3@scim.example', 'd'));
$res = bulk(\@mixed);
is statuses($res), '201 409 404 400 201', 'without failOnErrors all are tried';
my $failed = $res->{json}{Operations}[1];
is_deeply [ @{ $failed->{response} }{qw(schemas status scimType)} ], [ [$ERROR], '409', 'uniqueness' ], 'a failure has its error';
is $failed->{bulkId}, 'b', 'and its bulkId';
ok !exists $failed->{location}, 'a POST that failed has no location';
is users('fail.%'), 2, 'what was right is there';

for my $limit (1, 2, 3) {
    my @tried = map { my %copy = %$_; $copy{data} = person("limit$limit." . $copy{data}{userName}, %{ $copy{data} }{ grep { $_ ne 'userName' } keys %{ $copy{data} } }) if $copy{data}; \%copy } @mixed;
    $res = bulk(\@tried, failOnErrors => $limit);
    is $res->code, 200, "failOnErrors $limit is answered";
    is statuses($res), join(' ', (201, 409, 404, 400, 201)[ 0 .. $limit ]), 'up to the failure that was one too many' or diag $res->as_string;
    is users("limit$limit.fail.%"), 1, 'what was done before stays (RFC 7644 section 3.7)';
}

# --- what is refused --------------------------------------------------------------------------------------------

for (
    [ 'no schemas', { Operations => [ add_user('never@scim.example', 'x') ] } ], [ 'another schema', { schemas => [$PATCH], Operations => [ add_user('never@scim.example', 'x') ] } ],
    [ 'no Operations', { schemas => [$BULK] } ], [ 'Operations that are no list', { schemas => [$BULK], Operations => {} } ], [ 'a list', [] ], [ 'not JSON', '{' ], [ 'failOnErrors as text', { schemas => [$BULK], failOnErrors => 'x', Operations => [] } ],
) {
    my $answer = $client->post('/Bulk', $_->[1]);
    rfc_error($answer, 400, ($answer->{json}{scimType} // '') eq 'invalidValue' ? 'invalidValue' : 'invalidSyntax', undef, "400: $_->[0]");
}
for (
    [ 'a method there is not', operation('FETCH', '/Users', person('never@scim.example'), bulkId => 'x'), qr/\A40[05]\z/ ], [ 'GET', operation('GET', "/Users/$one"), qr/\A40[05]\z/ ],
    [ 'no method', { path => '/Users', bulkId => 'x', data => person('never@scim.example') }, qr/\A400\z/ ], [ 'no path', { method => 'POST', bulkId => 'x', data => person('never@scim.example') }, qr/\A40[04]\z/ ],
    [ 'POST without a bulkId', operation('POST', '/Users', person('never@scim.example')), qr/\A400\z/ ], [ 'POST without data', operation('POST', '/Users', undef, bulkId => 'x'), qr/\A400\z/ ],
    [ 'a path there is not', operation('POST', '/Else', person('never@scim.example'), bulkId => 'x'), qr/\A404\z/ ], [ 'Bulk in Bulk', operation('POST', '/Bulk', { schemas => [$BULK], Operations => [ add_user('never@scim.example', 'y') ] }, bulkId => 'x'), qr/\A40[0345]\z/ ],
    [ 'a search', operation('POST', '/Users/.search', { schemas => [$BrazeTest::Client::SEARCH] }, bulkId => 'x'), qr/\A40[0345]\z/ ],
    [ 'the whole URL of another server', operation('DELETE', "https://elsewhere.example/scim/v2/Users/$one"), qr/\A40[04]\z/ ], [ 'a path that climbs', operation('DELETE', "/../v2/Users/$one"), qr/\A40[04]\z/ ],
    [ 'an old version', operation('PATCH', "/Users/$one", { schemas => [$PATCH], Operations => [ { op => 'replace', path => 'title', value => 'Old' } ] }, version => 'W/"999"'), qr/\A412\z/ ],
    [ 'a text', 'DELETE', qr/\A400\z/ ],
) {
    my ($name, $operation, $status) = @$_;
    my $answer = bulk([ $operation, add_user('after.' . ($name =~ s/\W+/-/gr) . '@scim.example', 'z') ]);
    my @status = $answer->code == 200 ? split(' ', statuses($answer)) : ($answer->code, 201);
    like $status[0], $status, "refused: $name" or diag $answer->as_string;
    is $status[1] // 'none', 201, 'and what comes after it is done';
}
is users('never@%'), 0, 'nobody was made of them';
is $client->read("/Users/$one")->{title}, 'Put', 'and nobody changed';
{
    my $version = $client->get("/Users/$one")->header('ETag');
    is statuses(bulk([ operation('PUT', "/Users/$one", person('bulk.one@scim.example', title => 'Versioned'), version => $version) ])), '200', 'the right version is taken';
    my $twice = bulk([ add_user('same.1@scim.example', 'same'), add_user('same.2@scim.example', 'same') ]);
    ok $twice->code == 400 || statuses($twice) =~ /4\d\d/, 'one bulkId for two' or diag $twice->as_string;
}

# --- limits -------------------------------------------------------------------------------------------------------

{
    my $limited = $client->at('/s/bulk');
    my $post = sub { my ($count) = @_; return $limited->post('/Bulk', { schemas => [$BULK], Operations => [ map { add_user("ops$count.$_\@scim.example", "m$_") } 1 .. $count ] }) };
    is $post->(2)->code, 200, 'as many as BrazeScimMaxOperations';
    rfc_error($post->(3), 413, undef, qr/2/, 'one more is 413, and the detail has the limit');
    is users('ops3.%'), 0, 'nothing of it was done';
    is $limited->read('/ServiceProviderConfig')->{bulk}{maxOperations}, 2, 'ServiceProviderConfig has the limit';
    is_deeply [ @{ $client->read('/ServiceProviderConfig')->{bulk} }{qw(supported maxOperations maxPayloadSize)} ], [ $T, 1000, 1048576 ], 'and the usual ones';
    rfc_error($client->at('/s/body')->post('/Bulk', { schemas => [$BULK], Operations => [ map { add_user("big.$_\@scim.example", "m$_") } 1 .. 20 ] }), 413, undef, qr/1024 bytes/, 'a body that is too large');
    my $thousand = bulk([ map { operation('DELETE', '/Users/00000000-00000000-00000000-00000000') } 1 .. 1000 ]);
    is $thousand->code, 200, 'a thousand operations';
    is scalar(() = statuses($thousand) =~ /404/g), 1000, 'each answered';
    rfc_error(bulk([ map { operation('DELETE', '/Users/00000000-00000000-00000000-00000000') } 1 .. 1001 ]), 413, undef, undef, 'one more');
}

# --- another company, another profile --------------------------------------------------------------------------------

{
    my $other = BrazeTest::Client->new(at => '/s/other', company => 'Otherco');
    my $theirs = $other->user('bulk.theirs@other.example');
    is statuses(bulk([ operation('DELETE', "/Users/$theirs"), operation('PATCH', "/Users/$theirs", { schemas => [$PATCH], Operations => [ { op => 'replace', path => 'title', value => 'x' } ] }), add_group('Grabs', 'g', $theirs) ])),
        '404 404 400', 'another company\'s person is nobody';
    is $other->get("/Users/$theirs")->code, 200, 'and stays';
    my $answer = $entra->post('/Bulk', { schemas => [$BULK], Operations => [ operation('PATCH', "/Users/$two", { schemas => [$PATCH], Operations => [ { op => 'Replace', path => 'active', value => 'False' } ] }) ] });
    is statuses($answer), '200', 'what a profile takes it takes here too' or diag $answer->as_string;
    is user_row($two)->{active}, 0, 'and it is done';
}

secrets_hidden();
done_testing;
