# SPDX-License-Identifier: Apache-2.0
# /Groups: made, read, found, replaced, changed and deleted; members and nesting; User.groups of the same rows; another company's
# people and groups are nobody.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use Time::HiRes qw(time);
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

company('Groupco');
my $client = BrazeTest::Client->new(at => '/s/groups', company => 'Groupco');
my $entra  = BrazeTest::Client->new(at => '/s/groups', company => 'Groupco', profile => 'entra');
my $GROUP  = $BrazeTest::Client::GROUP;
my $base   = base_url('/s/groups');
my @people = map { $client->user("p$_\@group.example", displayName => "Person $_") } 0 .. 9;

sub op { my ($op, $path, @value) = @_; return { op => $op, defined $path ? (path => $path) : (), @value ? (value => $value[0]) : () } }
sub ids { return map { { value => $_ } } @_ }
sub taken { my ($res, $name) = @_; return like($res->code, qr/\A20[04]\z/, $name) || diag $res->as_string }
sub are { my ($id, $want, $name) = @_; return is_deeply [ $client->members($id) ], [ sort @$want ], $name }
sub group_row { my ($id) = @_; return row('SELECT * FROM braze_group WHERE id = ?', $id) }

# --- create and read -------------------------------------------------------------------------------

my $before = int(1000 * time);
my $res = $client->post('/Groups', { schemas => [$GROUP], displayName => 'Éditeurs "A"', externalId => 'ext-g', id => 'mine', meta => { created => 'x' },
    members => [ ids(@people[ 0, 1 ]), { value => $people[2], display => 'made up', type => 'User', '$ref' => 'https://elsewhere.example/' } ], unknown => 1 });
is $res->code, 201, 'made' or diag $res->as_string;
my $id = $res->{json}{id};
like $id, qr/\A[0-9a-f]{8}(?:-[0-9a-f]{8}){3}\z/, 'with an id of ours';
is $res->header('Location'), "$base/Groups/$id", 'Location';
is $res->header('ETag'), 'W/"1"', 'ETag';
my $json = $client->read("/Groups/$id");
my @members = sort { $a->{value} cmp $b->{value} } @{ delete $json->{members} };
is_deeply [ map { $_->{value} } @members ], [ sort @people[ 0 .. 2 ] ], 'with its members';
is_deeply $members[0], { value => $people[0], type => 'User', '$ref' => "$base/Users/$people[0]" }, 'each with type and $ref of ours'
    or diag explain \@members;
is_deeply [ grep { ($_->{display} // '') eq 'made up' } @members ], [], 'not of the client\'s';
is_deeply [ sort map { $_->{display} } @{ $client->read("/Groups/$id?attributes=members")->{members} } ], [ map {"Person $_"} 0 .. 2 ], 'their names on request';
is_deeply $json, { schemas => [$GROUP], id => $id, displayName => 'Éditeurs "A"', externalId => 'ext-g',
    meta => { resourceType => 'Group', created => $json->{meta}{created}, lastModified => $json->{meta}{created}, location => "$base/Groups/$id", version => 'W/"1"' } },
    'and nothing else' or diag explain $json;
my $row = group_row($id);
is "$row->{display_name} $row->{display_name_key} $row->{external_id}", 'Éditeurs "A" éditeurs "a" ext-g', 'the columns for applications';
cmp_ok $row->{created_at}, '>=', $before, 'made now';
is row('SELECT count(*) AS n FROM braze_group_member WHERE group_id = ?', $id)->{n}, 3, 'members are rows';

my $empty = $client->group('Empty');
ok !exists $client->read("/Groups/$empty")->{members}, 'a group without members has none';
rfc_error($client->post('/Groups', { schemas => [$GROUP] }), 400, 'invalidValue', qr/displayName/, 'no displayName');
rfc_error($client->post('/Groups', { schemas => [$GROUP], displayName => '' }), 400, 'invalidValue', qr/displayName/, 'an empty one');
rfc_error($client->post('/Groups', { schemas => [$CORE], displayName => 'X' }), 400, 'invalidValue', qr/schema/i, 'the schema of a user');
rfc_error($client->post('/Groups', { displayName => 'X' }), 400, 'invalidValue', qr/schema/i, 'none');
rfc_error($client->post('/Groups', { schemas => [$GROUP], displayName => 'X', members => [ { value => '00000000-00000000-00000000-00000000' } ] }), 400, 'invalidValue',
    qr/00000000-00000000-00000000-00000000/, 'a member who is nobody, by name');
rfc_error($client->post('/Groups', { schemas => [$GROUP], displayName => 'X', members => [ { display => 'x' } ] }), 400, 'invalidValue', qr/value|member/, 'a member without a value');
rfc_error($client->post('/Groups', { schemas => [$GROUP], displayName => 'X', members => [ $people[0] ] }), 400, 'invalidValue', qr/member/, 'a member that is a text');
is row('SELECT count(*) AS n FROM braze_group WHERE display_name = ?', 'X')->{n}, 0, 'none of which made anything';
is_deeply [ sort $client->members($client->group('Twice', @people[ 0, 0 ])) ], [ $people[0] ], 'who is named twice is there once';

# --- projections -----------------------------------------------------------------------------------

is_deeply [ sort keys %{ $client->read("/Groups/$id?attributes=displayName") } ], [qw(displayName id schemas)], 'attributes';
ok !exists $client->read("/Groups/$id?excludedAttributes=members")->{members}, 'excludedAttributes=members';
is_deeply [ sort map { join ' ', sort keys %$_ } @{ $client->read("/Groups/$id?attributes=members.value")->{members} } ], [ ('value') x 3 ], 'attributes=members.value';
is $client->get("/Groups/$id", 'If-None-Match' => 'W/"1"')->code, 304, 'not modified';
rfc_error($client->get('/Groups/00000000-00000000-00000000-00000000'), 404, undef, undef, 'no such group');
rfc_error($client->get("/Groups/$people[0]"), 404, undef, undef, 'a user is no group');
rfc_error($client->get("/Users/$id"), 404, undef, undef, 'nor a group a user');

# --- PATCH of members --------------------------------------------------------------------------------

my @now = @people[ 0 .. 2 ];
my $version = group_row($id)->{version};
sub step {
    my ($name, $operations, $want, $same) = @_;
    taken($client->patch("/Groups/$id", $operations), $name);
    are($id, $want, 'the members are those');
    is group_row($id)->{version}, $version + !$same, $same ? 'the same version' : 'a new version';
    $version = group_row($id)->{version};
    return;
}
step('add', [ op('add', 'members', [ ids($people[3]) ]) ], [ @people[ 0 .. 3 ] ]);
step('add of who is there', [ op('add', 'members', [ ids($people[3]) ]) ], [ @people[ 0 .. 3 ] ], 1);
step('add of several, some there', [ op('add', 'members', [ ids(@people[ 3 .. 5 ]) ]) ], [ @people[ 0 .. 5 ] ]);
step('add without a path', [ op('add', undef, { members => [ ids($people[6]) ] }) ], [ @people[ 0 .. 6 ] ]);
step('remove by a filter', [ op('remove', qq(members[value eq "$people[6]"])) ], [ @people[ 0 .. 5 ] ]);
step('remove of two in one', [ op('remove', qq(members[value eq "$people[5]" or value eq "$people[4]"])) ], [ @people[ 0 .. 3 ] ]);
step('remove and add in one message', [ op('remove', qq(members[value eq "$people[0]"])), op('add', 'members', [ ids($people[7]) ]) ], [ @people[ 1 .. 3, 7 ] ]);
step('replace', [ op('replace', 'members', [ ids(@people[ 1, 8 ]) ]) ], [ @people[ 1, 8 ] ]);
step('replace by the same', [ op('replace', 'members', [ ids(@people[ 8, 1 ]) ]) ], [ @people[ 1, 8 ] ], 1);
step('replace without a path, with a name', [ op('replace', undef, { displayName => 'Renamed', members => [ ids(@people[ 1, 2 ]) ] }) ], [ @people[ 1, 2 ] ]);
is group_row($id)->{display_name_key}, 'renamed', 'and the name follows';
step('replace by nobody', [ op('replace', 'members', []) ], []);
step('add to an empty group', [ op('add', 'members', [ ids(@people[ 0 .. 2 ]) ]) ], [ @people[ 0 .. 2 ] ]);
step('remove of all', [ op('remove', 'members') ], []);
step('add them again', [ op('add', "$GROUP:members", [ ids(@people[ 0 .. 2 ]) ]) ], [ @people[ 0 .. 2 ] ]);
step('the name alone', [ op('replace', 'displayName', 'Just a name') ], [ @people[ 0 .. 2 ] ]);
step('the same name', [ op('replace', 'displayName', 'Just a name') ], [ @people[ 0 .. 2 ] ], 1);

for (
    [ 'who is nobody', op('add', 'members', [ ids('00000000-00000000-00000000-00000000') ]), 'invalidValue' ],
    [ 'half of whom is nobody', op('add', 'members', [ ids($people[9], '00000000-00000000-00000000-00000000') ]), 'invalidValue' ],
    [ 'replace by nobody known', op('replace', 'members', [ ids('x') ]), 'invalidValue' ],
    [ 'a text', op('add', 'members', 'x'), 'invalidValue' ],
    [ 'the name taken away', op('remove', 'displayName'), 'mutability' ],
    [ 'an empty name', op('replace', 'displayName', ''), 'invalidValue' ],
    [ 'an unknown attribute', op('replace', 'owner', 'x'), 'invalidPath' ],
    [ 'an unknown sub-attribute', op('remove', 'members[owner eq "x"]'), undef ],
    [ 'a value in remove, which RFC 7644 has not', op('remove', 'members', [ ids($people[0]) ]), undef ],
    [ 'a remove of who is not there', op('remove', qq(members[value eq "$people[9]"])), 'noTarget' ],
    [ 'a remove of what nobody is', op('remove', 'members[type eq "Group"]'), 'noTarget' ],
    [ 'what is immutable', op('replace', qq(members[value eq "$people[0]"].value), $people[9]), 'mutability' ],
) {
    my ($name, $operation, $type) = @$_;
    my $answer = $client->patch("/Groups/$id", [ op('replace', 'displayName', 'Half done'), $operation ]);
    rfc_error($answer, 400, $type // $answer->{json}{scimType}, qr/./, "refused: $name");
    are($id, [ @people[ 0 .. 2 ] ], 'nobody came or went');
    is group_row($id)->{display_name}, 'Just a name', 'and nothing else was done';
}
is group_row($id)->{version}, $version, 'nor has it another version';

{
    my $answer = $client->patch("/Groups/$id?attributes=displayName", [ op('add', 'members', [ ids($people[9]) ]) ]);
    is $answer->code, 200, 'with attributes the answer is 200';
    is_deeply [ sort keys %{ $answer->{json} } ], [qw(displayName id schemas)], 'with those';
    my $events = join ' ', map { $_->{name} } rows('SELECT name FROM braze_event WHERE company_id = ? AND actor = ?', company_id('Groupco'), "scim:$client->{token}{origin}");
    like $events, qr/Added Account/, 'the audit has what was done';
}

# --- PUT and DELETE ----------------------------------------------------------------------------------

$res = $client->put("/Groups/$id", { schemas => [$GROUP], displayName => 'Whole', members => [ ids(@people[ 4, 5 ]) ] });
is $res->code, 200, 'replaced' or diag $res->as_string;
are($id, [ @people[ 4, 5 ] ], 'these are the members');
ok !exists $res->{json}{externalId}, 'what is not said is cleared';
$res = $client->put("/Groups/$id", { schemas => [$GROUP], id => 'another', displayName => 'Whole', members => [ map { { value => $_, type => 'Group', '$ref' => 'https://else.example/Groups/x' } } @people[ 4, 5 ] ] });
is "@{[ $res->code ]} $res->{json}{id}", "200 $id", 'with another id, which is read-only and passed over';
is_deeply [ map {"$_->{value} $_->{type} $_->{'$ref'}"} sort { $a->{value} cmp $b->{value} } @{ $client->read("/Groups/$id")->{members} } ], [ map {"$_ User $base/Users/$_"} sort @people[ 4, 5 ] ],
    'and a type that is immutable: what a member is stays true, whatever is said of it';
is $client->put("/Groups/$id", { schemas => [$GROUP], displayName => 'Whole' })->code, 200, 'without members';
are($id, [], 'there are none (RFC 7644 section 3.5.1)');
rfc_error($client->put("/Groups/$id", { schemas => [$GROUP], displayName => 'W' }, 'If-Match' => 'W/"1"'), 412, undef, undef, 'not with an old ETag');
rfc_error($client->patch("/Groups/$id", [ op('replace', 'displayName', 'W') ], 'If-Match' => 'W/"1"'), 412, undef, undef, 'nor PATCH');
rfc_error($client->delete("/Groups/$id", 'If-Match' => 'W/"1"'), 412, undef, undef, 'nor DELETE');
$client->changed("/Groups/$id", op('add', 'members', [ ids(@people[ 0, 1 ]) ]));
is $client->delete("/Groups/$id")->code, 204, 'deleted';
is group_row($id), undef, 'gone';
is row('SELECT count(*) AS n FROM braze_group_member WHERE group_id = ?', $id)->{n}, 0, 'with its memberships';
is $client->get("/Users/$people[0]")->code, 200, 'not with its members';
rfc_error($client->delete("/Groups/$id"), 404, undef, undef, 'only once');

# --- nesting, and User.groups --------------------------------------------------------------------------

{
    my $inner = $client->group('Inner', $people[3]);
    my $middle = $client->group('Middle', $inner, $people[4]);
    my $outer = $client->group('Outer', $middle);
    is_deeply [ map {"$_->{value} $_->{type} $_->{'$ref'}"} @{ $client->read("/Groups/$outer")->{members} } ], ["$middle Group $base/Groups/$middle"], 'a group in a group';
    my $groups = sub { my ($user) = @_; return join ' ', sort map {"$_->{display}:$_->{type}"} @{ $client->read("/Users/$user")->{groups} // [] } };
    is $groups->($people[3]), 'Inner:direct Middle:indirect Outer:indirect', 'a user\'s groups, direct and indirect';
    is $groups->($people[4]), 'Middle:direct Outer:indirect', 'of the one between';
    is $groups->($people[9]), '', 'and of who is in none';
    my ($direct) = grep { $_->{display} eq 'Inner' } @{ $client->read("/Users/$people[3]")->{groups} };
    is "$direct->{value} $direct->{'$ref'}", "$inner $base/Groups/$inner", 'with id and $ref';
    is_deeply [ map { [ sort map { $_->{display} } @{ $_->{groups} // [] } ] } grep { $_->{id} eq $people[3] } @{ $client->read('/Users?count=100')->{Resources} } ],
        [ [qw(Inner Middle Outer)] ], 'in a list too';
    taken($client->patch("/Groups/$inner", [ op('add', 'members', [ ids($outer) ]) ]), 'a circle is taken');
    is $groups->($people[3]), 'Inner:direct Middle:indirect Outer:indirect', 'and ends';
    is $client->delete("/Groups/$middle")->code, 204, 'the one between is deleted';
    is $groups->($people[3]), 'Inner:direct', 'and what hung on it';
    is $client->delete("/Users/$people[3]")->code, 204, 'a member is deleted';
    is_deeply [ $client->members($inner) ], [$outer], 'and is no member any more';
    is $client->put("/Users/$people[4]", person('p4@group.example', groups => [ { value => $inner } ]))->code, 200, 'a PUT that has groups';
    is $groups->($people[4]), '', 'joins none: they are read-only there';
    rfc_error($client->patch("/Users/$people[4]", [ op('add', 'groups', [ ids($inner) ]) ]), 400, 'mutability', undef, 'nor does a PATCH');
}

# --- finding -------------------------------------------------------------------------------------------

{
    my $found = $client->group('Straße', @people[ 5, 6 ], { externalId => 'Find-A' });
    my $search = sub { return join ' ', map { $_->{id} } @{ $client->found($_[0], '/Groups')->{Resources} } };
    is $search->('displayName eq "STRASSE"'), $found, 'by name, whatever its case';
    is $search->('externalId eq "Find-A"'), $found, 'by externalId';
    is $search->('externalId eq "find-a"'), '', 'which has a case';
    is $search->(qq(members eq "$people[5]" and displayName sw "Stra")), $found, 'by a member';
    is $search->(qq(members.value eq "$people[5]" and displayName sw "Stra")), $found, 'written so too';
    is $search->(qq(members[value eq "$people[5]"] and displayName sw "Stra")), $found, 'and so';
    is $search->(qq(members eq "$people[9]" and displayName sw "Stra")), '', 'not by who is none';
    is $search->(qq(id eq "$found")), $found, 'by id';
    is $client->found('displayName eq "7b1c1f0e-2f0e-4e0a-b2f3-000000000000"', '/Groups')->{totalResults}, 0, 'nobody by a random name: 200 and empty';
    rfc_error($client->get('/Groups' . filter_of('userName eq "x"')), 400, 'invalidFilter', qr/userName/, 'a user\'s attribute is none of a group');
    is $client->read('/Users' . filter_of(qq(groups.value eq "$found")))->{totalResults}, 2, 'users by their group';
    is_deeply [ $client->names(qq(groups eq "$found" and userName sw "p5")) ], ['p5@group.example'], 'and something more';
    my $list = $client->read('/Groups?excludedAttributes=members&count=3&sortBy=displayName');
    is scalar @{ $list->{Resources} }, 3, 'a page';
    ok !grep({ exists $_->{members} } @{ $list->{Resources} }), 'without members when they are excluded';
    is $list->{itemsPerPage}, 3, 'itemsPerPage';
    is $list->{totalResults}, row('SELECT count(*) AS n FROM braze_group WHERE company_id = ?', company_id('Groupco'))->{n}, 'totalResults';
    is $client->group('Straße', $people[5]) ne $found, 1, 'a displayName need not be unique (RFC 7643 section 4.2)';
}

# --- another company -----------------------------------------------------------------------------------

{
    my $other = BrazeTest::Client->new(at => '/s/other', company => 'Otherco');
    my $stranger = $other->user('stranger@other.example');
    my $theirs = $other->group('Theirs', $stranger);
    my $ours = $client->group('Ours', $people[5]);
    for my $who ([ 'user', $stranger ], [ 'group', $theirs ]) {
        rfc_error($client->post('/Groups', { schemas => [$GROUP], displayName => 'Grab', members => [ ids($who->[1]) ] }), 400, 'invalidValue', undef, "another company's $who->[0] is no member of a new group");
        for my $operation (op('add', 'members', [ ids($who->[1]) ]), op('replace', 'members', [ ids($people[5], $who->[1]) ]), op('add', undef, { members => [ ids($who->[1]) ] })) {
            rfc_error($client->patch("/Groups/$ours", [$operation]), 400, 'invalidValue', undef, "nor by PATCH $operation->{op}");
        }
        rfc_error($client->put("/Groups/$ours", { schemas => [$GROUP], displayName => 'Ours', members => [ ids($who->[1]) ] }), 400, 'invalidValue', undef, 'nor by PUT');
        taken($entra->patch("/Groups/$ours", [ op('Remove', 'members', [ ids($who->[1]) ]) ]), 'and taking them away changes nothing');
    }
    are($ours, [ $people[5] ], 'nobody came or went');
    is_deeply [ $other->members($theirs) ], [$stranger], 'there neither';
    rfc_error($client->get("/Groups/$theirs"), 404, undef, undef, 'another company\'s group is not read');
    rfc_error($client->patch("/Groups/$theirs", [ op('replace', 'displayName', 'Mine') ]), 404, undef, undef, 'nor changed');
    rfc_error($client->put("/Groups/$theirs", { schemas => [$GROUP], displayName => 'Mine' }), 404, undef, undef, 'nor replaced');
    rfc_error($client->delete("/Groups/$theirs"), 404, undef, undef, 'nor deleted');
    is $client->found(qq(id eq "$theirs"), '/Groups')->{totalResults}, 0, 'nor found by id';
    is $client->found('displayName eq "Theirs"', '/Groups')->{totalResults}, 0, 'or name';
    is $client->found(qq(members eq "$stranger"), '/Groups')->{totalResults}, 0, 'or member';
    is $client->found(qq(id eq "$stranger"))->{totalResults}, 0, 'their user neither';
    is $client->found(qq(groups.value eq "$theirs"))->{totalResults}, 0, 'nor by their group';
    is scalar(grep { $_->{userName} =~ /stranger/ } @{ $client->read('/Users?count=200')->{Resources} }), 0, 'nor in a list';
    is row('SELECT count(*) AS n FROM braze_group_member m JOIN braze_group g ON g.id = m.group_id LEFT JOIN braze_user u ON u.id = m.user_id'
        . ' LEFT JOIN braze_group i ON i.id = m.member_group_id WHERE coalesce(u.company_id, i.company_id) <> g.company_id')->{n}, 0, 'no row joins two companies';
}

secrets_hidden();
done_testing;
