# SPDX-License-Identifier: Apache-2.0
# Entra ID and Okta as they are: the requests that they send, with tokens of their profiles and of profile strict side by side; then
# what the connection tests and validators of both go through.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use Time::HiRes qw(time);
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;

company('Clientco');
my ($T, $F) = (JSON::true, JSON::false);
my %of = map { $_ => BrazeTest::Client->new(at => '/s/clients', company => 'Clientco', profile => $_) } qw(entra okta strict);
my ($entra, $okta, $strict) = @of{qw(entra okta strict)};
my $GROUP = $BrazeTest::Client::GROUP;
my $PATCH = $BrazeTest::Client::PATCH;
my $n = 0;

sub op { my ($op, $path, @value) = @_; return { op => $op, defined $path ? (path => $path) : (), @value ? (value => $value[0]) : () } }
sub taken { my ($res, $name) = @_; return like($res->code, qr/\A20[014]\z/, $name) || diag $res->as_string }
sub refused { my ($res, $type, $name) = @_; return rfc_error($res, 400, $type, qr/./, $name) }
sub fresh { my (%more) = @_; return $strict->user('client' . ++$n . '@client.example', %more) }
sub mails { my ($id) = @_; return join ' ', map { ($_->{type} // '') . ":$_->{value}" } @{ $strict->read("/Users/$id")->{emails} // [] } }

# As Entra ID provisions somebody.
sub entra_person {
    my ($name, %more) = @_;
    return { schemas => [ $CORE, $ENTERPRISE ], externalId => "ext-$name", userName => "$name\@client.example", active => $T, displayName => "D $name",
        emails => [ { primary => $T, type => 'work', value => "$name\@client.example" } ], meta => { resourceType => 'User' },
        name => { formatted => "G $name", familyName => 'Family', givenName => 'Given' }, roles => [], %more };
}

# As Okta does.
sub okta_person {
    my ($name, %more) = @_;
    return { schemas => [$CORE], userName => "$name\@client.example", name => { givenName => 'Test', familyName => 'User' },
        emails => [ { primary => $T, value => "$name\@client.example", type => 'work' } ], displayName => "Test $name", locale => 'en-US',
        externalId => "00u$name", groups => [], password => '1mz050nq', active => $T, %more };
}

# --- what both may leave out --------------------------------------------------------------------------

for my $profile (qw(entra okta)) {
    my $token = $of{$profile}{token};
    is scim('GET', '/s/clients/Users?count=0', undef, Authorization => "Bearer $token->{secret}")->code, 200, "$profile sends no origin";
}
rfc_error(scim('GET', '/s/clients/Users?count=0', undef, Authorization => "Bearer $strict->{token}{secret}"), 403, undef, undef, 'strict must');

# --- 1: operations in capitals ------------------------------------------------------------------------

for my $profile (qw(entra okta strict)) {
    my $id = fresh(title => 'Old', nickName => 'Nick');
    my $res = $of{$profile}->patch("/Users/$id", [ op('Add', 'displayName', 'New'), op('Replace', 'title', 'T'), op('Remove', 'nickName') ]);
    taken($res, "$profile: Add, Replace, Remove");
    my $json = $strict->read("/Users/$id");
    is join('|', @$json{qw(displayName title)}, $json->{nickName} // 'none'), 'New|T|none', 'and done';
}

# --- 2: truths as text ----------------------------------------------------------------------------------

for (
    [ op('Replace', 'active', 'False'), $F ], [ op('Replace', 'active', 'True'), $T ], [ op('Add', 'active', 'false'), $F ],
    [ op('Replace', undef, { active => 'False' }), $F ], [ op('Replace', undef, { active => 'True' }), $T ],
) {
    my ($operation, $want) = @$_;
    my $id = fresh(active => $want ? $F : $T);
    taken($entra->patch("/Users/$id", [$operation]), 'entra: ' . JSON->new->canonical->encode($operation));
    is $strict->read("/Users/$id")->{active}, $want, 'is that truth';
    is user_row($id)->{active}, $want ? 1 : 0, 'in the row too';
}
{
    my $id = fresh();
    refused($strict->patch("/Users/$id", [ op('replace', 'active', 'False') ]), 'invalidValue', 'strict: a text is no truth');
    is user_row($id)->{active}, 1, 'and nobody was deactivated';
    refused($entra->patch("/Users/$id", [ op('Replace', 'active', 'no') ]), 'invalidValue', 'entra: nor is any other text');
    my $res = $entra->post('/Users', entra_person('textual', active => 'True', emails => [ { primary => 'True', type => 'work', value => 'textual@client.example' } ]));
    is $res->code, 201, 'entra: in a POST too' or diag $res->as_string;
    is "$res->{json}{active} $res->{json}{emails}[0]{primary}", '1 1', 'as truths';
}

# --- 3: one replace without a path, its keys paths --------------------------------------------------------

for my $profile (qw(entra okta)) {
    my $id = fresh(schemas => [ $CORE, $ENTERPRISE ], emails => [ { value => 'a@work.example', type => 'work' } ], $ENTERPRISE => { department => 'finance' });
    taken($of{$profile}->patch("/Users/$id", [ op('replace', undef, { displayName => 'Whole', 'name.givenName' => 'Dotted', 'name.familyName' => 'Keys',
        'emails[type eq "work"].value' => 'b@work.example', "$ENTERPRISE:employeeNumber" => '4711', "$ENTERPRISE:department" => 'marketing', "$CORE:title" => 'T' }) ]),
        "$profile: keys that are dotted, URNs and value paths");
    my $json = $strict->read("/Users/$id");
    is join('|', $json->{displayName}, @{ $json->{name} }{qw(givenName familyName)}, $json->{emails}[0]{value}, @{ $json->{$ENTERPRISE} }{qw(employeeNumber department)}, $json->{title}),
        'Whole|Dotted|Keys|b@work.example|4711|marketing|T', 'are taken as paths';
    ok !exists $json->{'name.givenName'}, 'not as names';
}
{
    my $id = fresh();
    my $res = $strict->patch("/Users/$id", [ op('replace', undef, { 'name.givenName' => 'Dotted' }) ]);
    refused($res, $res->{json}{scimType}, 'strict: a dotted key is no attribute');
}

# --- 4: a value path that finds nothing --------------------------------------------------------------------

for my $profile (qw(entra okta)) {
    for my $word (qw(Add Replace)) {
        my $id = fresh(emails => [ { value => 'h@home.example', type => 'home' } ]);
        taken($of{$profile}->patch("/Users/$id", [ op($word, 'emails[type eq "work"].value', 'w@work.example'), op($word, 'phoneNumbers[type eq "mobile"].value', '+49') ]),
            "$profile: $word to an element that is not there");
        is mails($id), 'home:h@home.example work:w@work.example', 'makes it';
        is_deeply $strict->read("/Users/$id")->{phoneNumbers}, [ { type => 'mobile', value => '+49' } ], 'where there was none at all too';
        taken($of{$profile}->patch("/Users/$id", [ op($word, 'emails[type eq "work"].value', 'x@work.example') ]), 'once more');
        is mails($id), 'home:h@home.example work:x@work.example', 'changes it';
    }
}
{
    my $id = fresh();
    refused($strict->patch("/Users/$id", [ op('replace', 'emails[type eq "work"].value', 'w@work.example') ]), 'noTarget', 'strict: replace has no target');
    is mails($id), '', 'and makes none';
    my $address = fresh();
    taken($entra->patch("/Users/$address", [ map { op('Add', "addresses[type eq \"work\"].$_->[0]", $_->[1]) } [ locality => 'Berlin' ], [ country => 'DE' ], [ postalCode => '10115' ] ]), 'entra: an address, part by part');
    is_deeply $strict->read("/Users/$address")->{addresses}, [ { type => 'work', locality => 'Berlin', country => 'DE', postalCode => '10115' } ], 'is one address';
    my $role = fresh();
    taken($entra->patch("/Users/$role", [ op('Add', 'roles[primary eq "True"].value', 'Editor') ]), 'entra: roles[primary eq "True"]');
    is_deeply $strict->read("/Users/$role")->{roles}, [ { primary => $T, value => 'Editor' } ], 'is a primary role';
}

# --- 5, 6: members taken away ------------------------------------------------------------------------------

my @people = map { fresh() } 0 .. 5;
sub ids { return map { { '$ref' => undef, value => $_ } } @_ }
{
    my $group = $strict->group('Rows five and six', @people);
    taken($entra->patch("/Groups/$group", [ op('Remove', 'members', [ ids($people[0]) ]) ]), 'entra: Remove, path members, value a list');
    is_deeply [ $strict->members($group) ], [ sort @people[ 1 .. 5 ] ], 'takes those away and nobody else';
    taken($entra->patch("/Groups/$group", [ op('Remove', 'members', [ ids(@people[ 1, 2 ]) ]) ]), 'two of them');
    is_deeply [ $strict->members($group) ], [ sort @people[ 3 .. 5 ] ], 'are away';
    taken($entra->patch("/Groups/$group", [ op('Remove', 'members', [ ids($people[0]) ]) ]), 'who is not there');
    is_deeply [ $strict->members($group) ], [ sort @people[ 3 .. 5 ] ], 'is not missed';
    taken($entra->patch("/Groups/$group", [ op('Remove', 'members', []) ]), 'nobody');
    is_deeply [ $strict->members($group) ], [ sort @people[ 3 .. 5 ] ], 'is never all';
    taken($okta->patch("/Groups/$group", [ op('remove', qq(members[value eq "$people[3]"])) ]), 'okta: remove by a filter');
    is_deeply [ $strict->members($group) ], [ sort @people[ 4, 5 ] ], 'takes that one';
    my $res = $strict->patch("/Groups/$group", [ op('remove', 'members', [ { value => $people[4] } ]) ]);
    refused($res, $res->{json}{scimType}, 'strict: a value does not go with remove');
    is_deeply [ $strict->members($group) ], [ sort @people[ 4, 5 ] ], 'and nobody was taken away';
}

# --- 7: many at once; more of them in concurrent.t -----------------------------------------------------------

{
    my @crowd = map { fresh() } 1 .. 20;
    my $group = $entra->group('Row seven');
    taken($_, 'entra: 20 PATCHes of one group at once') for at_once(map { $entra->patch_bytes("/Groups/$group", [ op('Add', 'members', [ { value => $_ } ]) ]) } @crowd);
    is_deeply [ $strict->members($group) ], [ sort @crowd ], 'lose nobody';
    taken($_, 'half of them taken away') for at_once(map { $entra->patch_bytes("/Groups/$group", [ op('Remove', 'members', [ { value => $_ } ]) ]) } @crowd[ 0 .. 9 ]);
    is_deeply [ $strict->members($group) ], [ sort @crowd[ 10 .. 19 ] ], 'leave the others';
}

# --- 8: an empty push ------------------------------------------------------------------------------------------

for my $profile (qw(okta entra)) {
    my $group = $strict->group("Push $profile", @people);
    taken($of{$profile}->patch("/Groups/$group", [ op('replace', 'members', []) ]), "$profile: members replaced by none");
    is_deeply [ $strict->members($group) ], [], 'empties the group';
}

# --- 9: everything by PUT -----------------------------------------------------------------------------------

{
    my $group = $okta->group('Everyone', @people[ 0, 1 ]);
    my $json = $okta->read("/Groups/$group");
    my $res = $okta->put("/Groups/$group", $json);
    is $res->code, 200, 'okta: PUT of a group as it was read: its own displayName is no conflict' or diag $res->as_string;
    is_deeply [ $okta->members($group) ], [ sort @people[ 0, 1 ] ], 'members as sent';
    $res = $okta->put("/Groups/$group", { schemas => [$GROUP], id => $group, displayName => 'Everyone', members => [ map { { value => $_, display => 'x' } } @people[ 1, 2 ] ] });
    is_deeply [ $okta->members($group) ], [ sort @people[ 1, 2 ] ], 'or others';
    my $user = made($okta->{token}, okta_person('putter'), '/s/clients/Users');
    my $whole = $okta->read("/Users/$user");
    $res = $okta->put("/Users/$user", { %$whole, title => 'Put' });
    is $res->code, 200, 'a user as it was read, changed' or diag $res->as_string;
    is "$res->{json}{title} $res->{json}{userName}", 'Put putter@client.example', 'has the change';
}

# --- 10: never deleted, posted again --------------------------------------------------------------------------

{
    my $id = made($okta->{token}, okta_person('returning'), '/s/clients/Users');
    rfc_error($okta->post('/Users', okta_person('returning')), 409, 'uniqueness', undef, 'okta: a second POST while active is 409');
    taken($okta->patch("/Users/$id", [ op('replace', undef, { active => $F }) ]), 'okta deactivates');
    is user_row($id)->{active}, 0, 'who is out';
    rfc_error($strict->post('/Users', okta_person('returning')), 409, 'uniqueness', undef, 'strict: posted again while inactive is 409');
    rfc_error($entra->post('/Users', entra_person('returning')), 409, 'uniqueness', undef, 'entra too: it finds and patches instead');
    is user_row($id)->{active}, 0, 'and nobody came back';
    my $res = $okta->post('/Users', okta_person('returning', displayName => 'Back', title => 'Again'));
    like $res->code, qr/\A20[01]\z/, 'okta: posted again while inactive is no lock-out' or diag $res->as_string;
    is $res->{json}{id}, $id, 'it is the same account';
    is "$res->{json}{active} $res->{json}{title} $res->{json}{displayName}", '1 Again Back', 'active, and as it was sent';
    is user_row($id)->{active}, 1, 'in the row too';
    is row('SELECT count(*) AS n FROM braze_user WHERE user_name_key = ? AND company_id = ?', 'returning@client.example', company_id('Clientco'))->{n}, 1, 'which is the only one';
    is scalar(grep { $_->{name} eq 'Developer Unsuspended' } rows('SELECT name FROM braze_event WHERE user_id = ?', $id)), 1, 'and the audit says so';
}

# --- 11, 12, 14: what they look for -----------------------------------------------------------------------------

{
    my $id = made($entra->{token}, entra_person('jyoung', externalId => 'jyoung', emails => [ { type => 'work', value => 'j.young@work.example' }, { type => 'home', value => 'j@home.example' } ]), '/s/clients/Users');
    my $found = sub { my ($client, $filter) = @_; my $res = $client->get('/Users' . filter_of($filter)); return $res->code == 200 ? join ' ', map { $_->{id} } @{ $res->{json}{Resources} } : $res->code };
    is $found->($entra, 'externalId eq "jyoung"'), $id, 'entra: externalId';
    is $found->($entra, 'externalId eq "JYOUNG"'), '', 'to the letter';
    is $found->($entra, 'emails[type eq "work"].value eq "J.Young@Work.Example"'), $id, 'the work address';
    is $found->($entra, 'emails[type eq "work"].value eq "j@home.example"'), '', 'not another one';
    is $found->($strict, 'emails[type eq "work" and value eq "j.young@work.example"]'), $id, 'as the RFC writes it';
    is $found->($entra, 'externalId eq jyoung'), $id, 'entra: unquoted';
    is $found->($entra, 'userName eq jyoung@client.example'), $id, 'an address too';
    my $bare = $strict->get('/Users' . filter_of('externalId eq jyoung'));
    rfc_error($bare, 400, 'invalidFilter', undef, 'strict: unquoted is 400');
    my $group = $strict->group('Seekers', $id);
    is_deeply $entra->read('/Groups?attributes=id&filter=' . uri_text(qq(id eq "$group" and members eq "$id")))->{Resources}, [ { schemas => [$GROUP], id => $group } ], 'entra: is somebody in a group?';
    is $entra->read('/Groups?attributes=id&filter=' . uri_text(qq(id eq "$group" and members eq "$people[0]")))->{totalResults}, 0, 'and who is not';
}

# --- 13: what is not understood is never an empty list -----------------------------------------------------------

for my $profile (qw(entra okta strict)) {
    rfc_error($of{$profile}->get('/Users' . filter_of($_)), 400, 'invalidFilter', qr/./, "$profile: $_")
        for 'login eq "x"', 'userName is "x"', 'userName eq "x" xor title pr', 'emails[kind eq "work"] pr', 'userName eq', '"x"', '';
}

# --- 15: probes ------------------------------------------------------------------------------------------------------

{
    my $begin = time;
    my $res = $entra->get('/Users' . filter_of('userName eq "1f2e3d4c-aaaa-bbbb-cccc-0123456789ab"'));
    my %list = map { $_ => $res->{json}{$_} } qw(schemas totalResults Resources);
    is_deeply [ $res->code, \%list ], [ 200, { schemas => [$LIST], totalResults => 0, Resources => [] } ], 'entra: a random GUID is 200 and empty' or diag $res->as_string;
    $res = $okta->get('/Users?startIndex=1&count=2');
    is_deeply [ $res->code, scalar @{ $res->{json}{Resources} }, @{ $res->{json} }{qw(startIndex itemsPerPage)} ], [ 200, 2, 1, 2 ], 'okta: ?startIndex=1&count=2';
    $res = $okta->get('/Groups?startIndex=1&count=100');
    is $res->code, 200, 'and groups';
    cmp_ok time - $begin, '<', 1.8, 'each within 600 ms';
}

# --- 16: the manager ---------------------------------------------------------------------------------------------------

for my $profile (qw(entra okta)) {
    my $id = fresh();
    my $manager = sub { my $json = $strict->read("/Users/$id"); return $json->{$ENTERPRISE}{manager} };
    taken($of{$profile}->patch("/Users/$id", [ op('Add', "$ENTERPRISE:manager", $people[0]) ]), "$profile: the manager as a text");
    is $manager->()->{value}, $people[0], 'is the manager\'s value';
    taken($of{$profile}->patch("/Users/$id", [ op('Replace', "$ENTERPRISE:manager", '') ]), 'replaced by nothing');
    is $manager->(), undef, 'is none';
    taken($of{$profile}->patch("/Users/$id", [ op('Add', "$ENTERPRISE:manager", { value => $people[1] }) ]), 'as an object');
    is $manager->()->{value}, $people[1], 'is one too';
    taken($of{$profile}->patch("/Users/$id", [ op('Remove', "$ENTERPRISE:manager") ]), 'removed');
    is $manager->(), undef, 'is none';
    taken($of{$profile}->post('/Users', entra_person("managed-$profile", $ENTERPRISE => { manager => $people[2] })), 'and in a POST');
}
{
    my $id = fresh();
    refused($strict->patch("/Users/$id", [ op('add', "$ENTERPRISE:manager", $people[0]) ]), 'invalidValue', 'strict: a text is no manager');
}

# --- 17, 18: groups without their members (what they cost: test_scim_groups.c), pages (under writes: paging.t) --------

{
    my $group = $entra->group('Row seventeen', @people);
    for my $path ("/Groups/$group?excludedAttributes=members", '/Groups?excludedAttributes=members&filter=' . uri_text('displayName eq "Row seventeen"')) {
        my $json = $entra->read($path);
        my $found = $json->{Resources} ? $json->{Resources}[0] : $json;
        is_deeply [ $found->{displayName}, exists $found->{members} ? 1 : 0 ], [ 'Row seventeen', 0 ], 'entra: excludedAttributes=members: the group without them';
    }
    is $entra->patch("/Groups/$group", [ op('Add', 'members', [ { value => fresh() } ]) ])->code, 204, 'and a change is answered without them too';
    my ($at, @walked) = (1);
    while (@walked < 1000) {
        my $json = $okta->read("/Users?startIndex=$at&count=7");
        is $json->{itemsPerPage}, scalar @{ $json->{Resources} }, "okta: itemsPerPage from $at on is what came";
        last if !@{ $json->{Resources} };
        push @walked, map { $_->{id} } @{ $json->{Resources} };
        fresh() if $at < 22; # somebody new, who only appends
        $at += $json->{itemsPerPage};
    }
    my @all = map { $_->{id} } rows('SELECT id FROM braze_user WHERE company_id = ? ORDER BY id', company_id('Clientco'));
    is_deeply \@walked, \@all, 'everybody once, in the order of ids';
}

# --- 19: uniqueness ------------------------------------------------------------------------------------------------------

rfc_error($of{$_}->post('/Users', entra_person('jyoung')), 409, 'uniqueness', undef, "$_: 409 has scimType uniqueness") for qw(entra okta strict);

# --- 20: media types --------------------------------------------------------------------------------------------------

for my $type ('application/json', 'application/scim+json', 'application/json; charset=utf-8') {
    my $id = fresh();
    my $res = $entra->call('PATCH', "/Users/$id", BrazeTest::Client::patch_body([ op('Replace', 'title', $type) ]), 'Content-Type' => $type, Accept => 'application/json');
    taken($res, "PATCH as $type");
    is $entra->get("/Users/$id", Accept => 'application/json')->header('Content-Type'), 'application/scim+json', 'answered as scim+json';
}

# --- what was bent is logged ---------------------------------------------------------------------------------------------

{
    my $id = fresh(title => 'Personal-Title');
    my $log = logged { $entra->patch("/Users/$id", [ op('Replace', 'title', 'Secret-Value'), op('Replace', 'active', 'True') ]) };
    like $log, qr/BRAZE-S0801/, 'what a profile bends is in the log';
    unlike $log, qr/Secret-Value|Personal-Title/, 'without personal data';
    unlike logged { $strict->patch("/Users/$id", [ op('replace', 'title', 'x') ]) }, qr/BRAZE-S0801/, 'strict bends nothing';
}

# --- Entra ID's validator ---------------------------------------------------------------------------------------------

{
    my $get = sub { my ($filter) = @_; return $entra->get('/Users' . filter_of($filter)) };
    is $get->('userName eq "7b9f5a1e-test@client.example"')->{json}{totalResults}, 0, 'Entra: looks for somebody first';
    my $res = $entra->post('/Users', entra_person('validated'));
    is $res->code, 201, 'creates' or diag $res->as_string;
    my $id = $res->{json}{id};
    is $res->header('Location'), base_url("/s/clients/Users/$id"), 'with Location';
    is $res->{json}{meta}{location}, $res->header('Location'), 'in meta too';
    rfc_error($entra->post('/Users', entra_person('validated')), 409, 'uniqueness', undef, 'creates again');
    is $get->('userName eq "VALIDATED@client.example"')->{json}{Resources}[0]{id}, $id, 'finds in another case';
    is $entra->get("/Users/$id")->code, 200, 'reads';
    taken($entra->patch("/Users/$id", [ op('Replace', 'displayName', 'New name'), op('Replace', 'name.familyName', 'New family'), op('Replace', 'emails[type eq "work"].value', 'validated2@client.example'),
        op('Add', "$ENTERPRISE:department", 'finance'), op('Add', 'phoneNumbers[type eq "work"].value', '+1') ]), 'patches several attributes');
    my $json = $entra->read("/Users/$id");
    is join('|', $json->{displayName}, $json->{name}{familyName}, $json->{emails}[0]{value}, $json->{$ENTERPRISE}{department}, $json->{phoneNumbers}[0]{value}),
        'New name|New family|validated2@client.example|finance|+1', 'all of them';
    taken($entra->patch("/Users/$id", [ op('Replace', 'userName', 'validated3@client.example') ]), 'patches the userName');
    is $get->('userName eq "validated3@client.example"')->{json}{totalResults}, 1, 'finds by it';
    taken($entra->patch("/Users/$id", [ op('Replace', 'active', $F) ]), 'deactivates');
    is $get->('userName eq "validated3@client.example"')->{json}{Resources}[0]{active}, $F, 'who is still found';
    taken($entra->patch("/Users/$id", [ op('Replace', 'active', $T) ]), 'and brings back');

    my $group = $entra->post('/Groups', { schemas => [ $GROUP, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group' ], externalId => 'g-ext', displayName => 'Validators', meta => { resourceType => 'Group' } });
    is $group->code, 201, 'makes a group, with a schema of its own too' or diag $group->as_string;
    my $gid = $group->{json}{id} // 'none';
    is $entra->read('/Groups?excludedAttributes=members&filter=' . uri_text('displayName eq "Validators"'))->{totalResults}, 1, 'finds it without members';
    is $entra->get("/Groups/$gid?excludedAttributes=members")->code, 200, 'reads it without members';
    taken($entra->patch("/Groups/$gid", [ op('Replace', 'displayName', 'Renamed validators') ]), 'renames it');
    taken($entra->patch("/Groups/$gid", [ op('Add', 'members', [ ids($id, $people[0]) ]) ]), 'adds two');
    taken($entra->patch("/Groups/$gid", [ op('Remove', 'members', [ ids($people[0]) ]) ]), 'removes one');
    is_deeply [ $entra->members($gid) ], [$id], 'one is left';
    is $entra->read("/Groups/$gid")->{displayName}, 'Renamed validators', 'of the new name';
    is $entra->delete("/Groups/$gid")->code, 204, 'deletes the group';
    is $entra->delete("/Users/$id")->code, 204, 'and the user';
    rfc_error($entra->get("/Users/$id"), 404, undef, undef, 'who is gone');
}

# --- Okta's spec test ---------------------------------------------------------------------------------------------------

{
    my $json = $okta->read('/Users?startIndex=1&count=1');
    is_deeply [ $json->{schemas}, ref $json->{Resources}, ref \$json->{totalResults}, ref \$json->{itemsPerPage}, ref \$json->{startIndex} ], [ [$LIST], 'ARRAY', ('SCALAR') x 3 ], 'Okta: a list has all its parts';
    is ref $json->{Resources}[0]{name}, 'HASH', 'of people with a name';
    like $json->{Resources}[0]{active}, qr/\A[01]\z/, 'and active';
    is $okta->get("/Users/$json->{Resources}[0]{id}")->code, 200, 'one of them is read';
    rfc_error($okta->get('/Users/010101001010101011001010101011'), 404, undef, qr/./, 'nobody by an invalid id: 404 with a detail');
    is $okta->found('userName eq "abcdefgh@atko.com"')->{totalResults}, 0, 'nobody by a random name';
    my $person = okta_person('runscope300');
    my $res = $okta->post('/Users', $person);
    is $res->code, 201, 'created' or diag $res->as_string;
    is_deeply [ @{ $res->{json} }{qw(userName active)}, $res->{json}{name}{givenName} ], [ $person->{userName}, $T, 'Test' ], 'as sent';
    ok !exists $res->{json}{password}, 'without a password';
    my $id = $res->{json}{id};
    is $okta->read("/Users/$id")->{userName}, $person->{userName}, 'and so it is read';
    rfc_error($okta->post('/Users', $person), 409, 'uniqueness', qr/./, 'created again: 409');
    is $okta->found(qq(userName eq "$person->{userName}"), '/Users', '&startIndex=1&count=100')->{totalResults}, 1, 'found';
    taken($okta->patch("/Users/$id", [ op('replace', undef, { active => $F }) ]), 'deactivated');
    is $okta->read("/Users/$id")->{active}, $F, 'is inactive';
    taken($okta->patch("/Users/$id", [ op('replace', undef, { active => $T }) ]), 'activated');
    my $put = $okta->put("/Users/$id", { %$person, id => $id, name => { givenName => 'Another', familyName => 'Name' }, meta => { resourceType => 'User' } });
    is "@{[$put->code]} $put->{json}{name}{givenName}", '200 Another', 'changed by PUT';

    my $begin = time;
    is $okta->get('/Groups')->code, 200, 'groups';
    cmp_ok time - $begin, '<', 0.6, 'within 600 ms';
    $res = $okta->post('/Groups', { schemas => [$GROUP], displayName => 'Pushed', members => [] });
    is $res->code, 201, 'a group is pushed' or diag $res->as_string;
    my $gid = $res->{json}{id} // 'none';
    taken($okta->patch("/Groups/$gid", [ op('replace', undef, { id => $gid, displayName => 'Pushed again' }) ]), 'renamed, with its id beside the name');
    is $okta->read("/Groups/$gid")->{displayName}, 'Pushed again', 'as it says';
    taken($okta->patch("/Groups/$gid", [ op('add', 'members', [ map { { value => $_, display => 'd@client.example' } } $id, @people[ 0, 1 ] ]) ]), 'members pushed');
    taken($okta->patch("/Groups/$gid", [ op('remove', qq(members[value eq "$id"])), op('add', 'members', [ { value => $people[2] } ]) ]), 'one out, one in');
    is_deeply [ $okta->members($gid) ], [ sort @people[ 0 .. 2 ] ], 'these are there';
    taken($okta->patch("/Groups/$gid", [ op('replace', 'members', [ { value => $id } ]) ]), 'pushed whole');
    is_deeply [ $okta->members($gid) ], [$id], 'these alone';
    is $okta->delete("/Groups/$gid")->code, 204, 'deleted';
    my $none = scim('GET', '/s/clients/Users?startIndex=1&count=2', undef, Authorization => 'Bearer nonsense');
    rfc_error($none, 401, undef, qr/./, 'without a valid token: 401 with a SCIM body');
    is scim('GET', '/s/clients/Users', undef)->code, 401, 'and without any';
}

secrets_hidden();
done_testing;
