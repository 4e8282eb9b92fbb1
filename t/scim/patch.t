# SPDX-License-Identifier: Apache-2.0
# PATCH of users as RFC 7644 section 3.5.2 has it, sent by a client of profile strict: every form of path and value, and what is
# refused. What the other profiles take is in clients.t.
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
my $n = 0;

# What the cases begin with.
sub start {
    return $client->user('patch' . ++$n . '@scim.example', title => 'Old', nickName => 'Nick', name => { givenName => 'Ada', familyName => 'Lovelace', middleName => 'King' },
        emails => [ { value => 'w@work.example', type => 'work', primary => $T, display => 'Work' }, { value => 'h@home.example', type => 'home' } ],
        phoneNumbers => [ { value => '+1-555', type => 'work' } ], schemas => [ $CORE, $ENTERPRISE ],
        $ENTERPRISE => { department => 'finance', employeeNumber => '7', manager => { value => 'boss-1', displayName => 'ignored' } });
}
sub op { my ($op, $path, @value) = @_; return { op => $op, defined $path ? (path => $path) : (), @value ? (value => $value[0]) : () } }
sub without { my ($from, @keys) = @_; my %copy = %$from; delete @copy{@keys}; return \%copy }

my $WORK = { value => 'w@work.example', type => 'work', primary => $T, display => 'Work' };
my $HOME = { value => 'h@home.example', type => 'home' };
my %name = (givenName => 'Ada', familyName => 'Lovelace', middleName => 'King');

# --- what is changed -------------------------------------------------------------------------------

# name, operations, attributes afterwards (undef: absent). Whatever is not named stays as it was.
for (
    [ 'replace', [ op('replace', 'title', 'New') ], { title => 'New' } ],
    [ 'replace of what was absent', [ op('replace', 'userType', 'Employee') ], { userType => 'Employee' } ],
    [ 'add', [ op('add', 'displayName', 'Ada L.') ], { displayName => 'Ada L.' } ],
    [ 'add over a single value', [ op('add', 'title', 'New') ], { title => 'New' } ],
    [ 'remove', [ op('remove', 'title') ], { title => undef } ],
    [ 'remove of what is absent', [ op('remove', 'userType') ], {} ],
    [ 'names have no case', [ op('replace', 'TITLE', 'New'), op('replace', 'Name.GivenName', 'Augusta') ], { title => 'New', name => { %name, givenName => 'Augusta' } } ],
    [ 'nor have operations', [ op('REPLACE', 'title', 'New') ], { title => 'New' } ],
    [ 'in order, all of them', [ op('replace', 'title', 'A'), op('remove', 'title'), op('add', 'title', 'B') ], { title => 'B' } ],
    [ 'null is absence', [ op('replace', 'title', undef) ], { title => undef } ],
    [ 'an empty list too', [ op('replace', 'emails', []) ], { emails => undef } ],

    [ 'a sub-attribute', [ op('replace', 'name.givenName', 'Augusta') ], { name => { %name, givenName => 'Augusta' } } ],
    [ 'a new sub-attribute', [ op('add', 'name.honorificPrefix', 'Countess') ], { name => { %name, honorificPrefix => 'Countess' } } ],
    [ 'remove of a sub-attribute', [ op('remove', 'name.middleName') ], { name => without(\%name, 'middleName') } ],
    [ 'remove of a complex attribute', [ op('remove', 'name') ], { name => undef } ],
    [ 'replace of a complex attribute leaves what is not said', [ op('replace', 'name', { givenName => 'Augusta' }) ], { name => { %name, givenName => 'Augusta' } } ],
    [ 'add to a complex attribute', [ op('add', 'name', { honorificSuffix => 'FRS' }) ], { name => { %name, honorificSuffix => 'FRS' } } ],

    [ 'no path, replace', [ op('replace', undef, { title => 'New', name => { familyName => 'Byron' } }) ], { title => 'New', name => { %name, familyName => 'Byron' } } ],
    [ 'no path, add', [ op('add', undef, { userType => 'Employee', emails => [ { value => 'third@x.example', type => 'other' } ] }) ],
        { userType => 'Employee', emails => [ $WORK, $HOME, { value => 'third@x.example', type => 'other' } ] } ],
    [ 'no path, an extension', [ op('replace', undef, { $ENTERPRISE => { department => 'marketing' } }) ],
        { $ENTERPRISE => { department => 'marketing', employeeNumber => '7', manager => { value => 'boss-1' } } } ],
    [ 'no path, several operations', [ op('add', undef, { title => 'A' }), op('add', undef, { nickName => 'B' }) ], { title => 'A', nickName => 'B' } ],

    [ 'with the URN of the schema', [ op('replace', "$CORE:title", 'New') ], { title => 'New' } ],
    [ 'URN and sub-attribute', [ op('replace', "$CORE:name.familyName", 'Byron') ], { name => { %name, familyName => 'Byron' } } ],
    [ 'the URN in another case', [ op('replace', uc($CORE) . ':title', 'New') ], { title => 'New' } ],
    [ 'of an extension', [ op('replace', "$ENTERPRISE:department", 'marketing') ], { $ENTERPRISE => { department => 'marketing', employeeNumber => '7', manager => { value => 'boss-1' } } } ],
    [ 'remove of an extension\'s attribute', [ op('remove', "$ENTERPRISE:employeeNumber") ], { $ENTERPRISE => { department => 'finance', manager => { value => 'boss-1' } } } ],
    [ 'a sub-attribute of an extension', [ op('replace', "$ENTERPRISE:manager.value", 'boss-2') ], { $ENTERPRISE => { department => 'finance', employeeNumber => '7', manager => { value => 'boss-2' } } } ],
    [ 'remove of the manager', [ op('remove', "$ENTERPRISE:manager") ], { $ENTERPRISE => { department => 'finance', employeeNumber => '7' } } ],

    [ 'add to a list', [ op('add', 'emails', [ { value => 'third@x.example', type => 'other' } ]) ], { emails => [ $WORK, $HOME, { value => 'third@x.example', type => 'other' } ] } ],
    [ 'add of two', [ op('add', 'phoneNumbers', [ { value => '+2', type => 'home' }, { value => '+3', type => 'mobile' } ]) ],
        { phoneNumbers => [ { value => '+1-555', type => 'work' }, { value => '+2', type => 'home' }, { value => '+3', type => 'mobile' } ] } ],
    [ 'add of what is there', [ op('add', 'emails', [$HOME]) ], {} ],
    [ 'add of what is there and what is not', [ op('add', 'emails', [ $HOME, { value => 'n@x.example', type => 'other' } ]) ], { emails => [ $WORK, $HOME, { value => 'n@x.example', type => 'other' } ] } ],
    [ 'replace of a list', [ op('replace', 'emails', [ { value => 'only@x.example', type => 'work' } ]) ], { emails => [ { value => 'only@x.example', type => 'work' } ] } ],
    [ 'remove of a list', [ op('remove', 'emails') ], { emails => undef } ],

    [ 'a value path and a sub-attribute', [ op('replace', 'emails[type eq "work"].value', 'new@work.example') ], { emails => [ { %$WORK, value => 'new@work.example' }, $HOME ] } ],
    [ 'add by one', [ op('add', 'emails[type eq "home"].display', 'Home') ], { emails => [ $WORK, { %$HOME, display => 'Home' } ] } ],
    [ 'remove of a sub-attribute by one', [ op('remove', 'emails[type eq "work"].display') ], { emails => [ without($WORK, 'display'), $HOME ] } ],
    [ 'remove of an element', [ op('remove', 'emails[type eq "home"]') ], { emails => [$WORK] } ],
    [ 'remove of the last element', [ op('remove', 'phoneNumbers[type eq "work"]') ], { phoneNumbers => undef } ],
    [ 'remove of all that fit', [ op('remove', 'emails[value co "example"]') ], { emails => undef } ],
    [ 'replace of an element', [ op('replace', 'emails[type eq "home"]', { type => 'home', value => 'new@home.example' }) ], { emails => [ $WORK, { type => 'home', value => 'new@home.example' } ] } ],
    [ 'a longer filter', [ op('replace', 'emails[type eq "work" and not (value eq "nobody")].display', 'W') ], { emails => [ { %$WORK, display => 'W' }, $HOME ] } ],
    [ 'all that fit', [ op('replace', 'emails[value pr].display', 'Both') ], { emails => [ { %$WORK, display => 'Both' }, { %$HOME, display => 'Both' } ] } ],
    [ 'with a URN before it', [ op('replace', "$CORE:emails[type eq \"home\"].value", 'new@home.example') ], { emails => [ $WORK, { %$HOME, value => 'new@home.example' } ] } ],

    [ 'deactivated', [ op('replace', 'active', $F) ], { active => $F } ],
    [ 'without a path', [ op('replace', undef, { active => $F }) ], { active => $F } ],
    [ 'externalId', [ op('replace', 'externalId', 'ext-9') ], { externalId => 'ext-9' } ],
) {
    my ($name, $operations, $want) = @$_;
    my $id = start();
    my $before = $client->read("/Users/$id");
    my $res = $client->patch("/Users/$id", $operations);
    if ($res->code !~ /\A20[04]\z/) { fail $name; diag $res->as_string; next }
    my $after = $client->read("/Users/$id");
    my %expect = (%$before, %$want);
    delete @expect{ grep { !defined $expect{$_} } keys %expect };
    delete $_->{meta} for \%expect, $after;
    is_deeply $after, \%expect, $name or diag explain $after;
}

# --- primary ---------------------------------------------------------------------------------------

sub primaries { my ($json) = @_; return join ' ', map { $_->{value} } grep { $_->{primary} } @{ $json->{emails} // [] } }
for (
    [ 'added', op('add', 'emails', [ { value => 'new@x.example', type => 'other', primary => $T } ]), 'new@x.example' ],
    [ 'set by a value path', op('replace', 'emails[type eq "home"].primary', $T), 'h@home.example' ],
    [ 'added by a value path', op('add', 'emails[type eq "home"].primary', $T), 'h@home.example' ],
    [ 'without a path', op('add', undef, { emails => [ { value => 'new@x.example', primary => $T } ] }), 'new@x.example' ],
    [ 'taken away', op('replace', 'emails[type eq "work"].primary', $F), '' ],
) {
    my ($name, $operation, $want) = @$_;
    is primaries($client->changed('/Users/' . start(), $operation)), $want, "one is primary: $name";
}
{
    my $id = start();
    $client->changed("/Users/$id", op('replace', 'emails[type eq "home"].primary', $T));
    is user_row($id)->{email}, 'h@home.example', 'and the column for applications follows';
}

# --- what an answer is -----------------------------------------------------------------------------

{
    my $id = start();
    my $etag = $client->get("/Users/$id")->header('ETag');
    my $res = $client->patch("/Users/$id?attributes=title", [ op('replace', 'title', 'Asked') ]);
    is $res->code, 200, 'with attributes the answer is 200';
    is_deeply [ sort keys %{ $res->{json} // {} } ], [qw(id schemas title)], 'those, and what is always returned';
    is $res->header('Content-Type'), 'application/scim+json', 'as scim+json';
    isnt $res->header('ETag'), $etag, 'with a new ETag';
    my $again = $client->patch("/Users/$id?excludedAttributes=emails,meta", [ op('replace', 'title', 'Again') ]);
    is $again->code, 200, 'with excludedAttributes too';
    ok !exists $again->{json}{emails} && $again->{json}{title} eq 'Again', 'without those';
    my $plain = $client->patch("/Users/$id", [ op('replace', 'title', 'Plain') ]);
    like $plain->code, qr/\A20[04]\z/, 'else 200 or 204';
    is_deeply $plain->{json}, $client->read("/Users/$id"), 'the whole resource with a 200' if $plain->code == 200;
    is $plain->content, '', 'no body with a 204' if $plain->code == 204;
    is $plain->header('ETag'), $client->get("/Users/$id")->header('ETag'), 'the ETag is that of the next GET';

    my $version = user_row($id)->{version};
    my $events = row('SELECT count(*) AS n FROM braze_event WHERE user_id = ?', $id)->{n};
    for my $operation (op('replace', 'title', 'Plain'), op('add', 'emails', [$HOME]), op('remove', 'userType'), op('replace', 'active', $T)) {
        like $client->patch("/Users/$id", [$operation])->code, qr/\A20[04]\z/, "$operation->{op} that changes nothing";
    }
    is user_row($id)->{version}, $version, 'writes nothing';
    is row('SELECT count(*) AS n FROM braze_event WHERE user_id = ?', $id)->{n}, $events, 'and leaves no audit row';

    my $other = $client->user('patch.taken@scim.example');
    like $client->patch("/Users/$id", [ op('replace', 'userName', 'Patch.Renamed@Scim.Example') ])->code, qr/\A20[04]\z/, 'userName can be changed';
    is user_row($id)->{user_name_key}, 'patch.renamed@scim.example', 'with its key';
    rfc_error($client->patch("/Users/$id", [ op('replace', 'userName', 'PATCH.TAKEN@scim.example') ]), 409, 'uniqueness', undef, 'not to one that is taken');
    like $client->patch("/Users/$id", [ op('replace', "$DASHBOARD:permissions", [ { value => 'workspace/Sales/view_campaigns' } ]) ])->code,
        qr/\A20[04]\z/, 'permissions can be changed';
    is_deeply [ map { $_->{permission} } rows('SELECT permission FROM braze_user_permission WHERE user_id = ? AND workspace = ?', $id, 'Sales') ], ['view_campaigns'], 'and are rows';
    rfc_error($client->patch("/Users/$id", [ op('replace', "$DASHBOARD:permissions", [ { value => 'workspace/Nowhere' } ]) ]), 400, 'invalidValue', undef, 'not to what there is not');
}

# --- events ----------------------------------------------------------------------------------------

{
    my $id = start();
    $client->changed("/Users/$id", op('replace', 'active', $F));
    $client->changed("/Users/$id", op('replace', 'active', $T));
    is_deeply [ grep {/suspended/i} map { $_->{name} } rows('SELECT name FROM braze_event WHERE user_id = ? ORDER BY id', $id) ],
        [ 'Developer Suspended', 'Developer Unsuspended' ], 'deactivation and its end are in the audit'
        or diag explain [ rows('SELECT name FROM braze_event WHERE user_id = ? ORDER BY id', $id) ];
}

# --- what is refused -------------------------------------------------------------------------------

for (
    [ 'no target for replace', [ op('replace', 'emails[type eq "other"].value', 'x@y.example') ], 'noTarget' ],
    [ 'nor for an element', [ op('replace', 'emails[type eq "other"]', { value => 'x@y.example' }) ], 'noTarget' ],
    [ 'remove without a path', [ op('remove', undef) ], 'noTarget' ],
    [ 'remove without a path, with a value', [ op('remove', undef, { title => 'Old' }) ], 'noTarget' ],
    [ 'an unknown attribute', [ op('replace', 'nothing', 'x') ], 'invalidPath' ],
    [ 'an unknown sub-attribute', [ op('replace', 'name.nothing', 'x') ], 'invalidPath' ],
    [ 'an unknown extension', [ op('replace', 'urn:x:y:title', 'x') ], 'invalidPath' ],
    [ 'no path at all', [ op('replace', '', 'x') ], 'invalidPath' ],
    [ 'half a value path', [ op('replace', 'emails[type eq "work"', 'x') ], qr/\Ainvalid(?:Path|Filter)\z/ ],
    [ 'a filter without an operator', [ op('replace', 'emails[type "work"].value', 'x') ], qr/\Ainvalid(?:Path|Filter)\z/ ],
    [ 'a filter on an unknown sub-attribute', [ op('replace', 'emails[nothing eq "work"].value', 'x') ], qr/\Ainvalid(?:Path|Filter)\z/ ],
    [ 'more behind the path', [ op('replace', 'title or 1', 'x') ], 'invalidPath' ],
    [ 'id', [ op('replace', 'id', 'x') ], 'mutability' ],
    [ 'meta', [ op('replace', 'meta.created', '2000-01-01T00:00:00Z') ], 'mutability' ],
    [ 'groups', [ op('add', 'groups', [ { value => 'x' } ]) ], 'mutability' ],
    [ 'a read-only part of an extension', [ op('replace', "$DASHBOARD:source", 'jit') ], 'mutability' ],
    [ 'remove of what is read-only', [ op('remove', 'id') ], 'mutability' ],
    [ 'remove of what is required', [ op('remove', 'userName') ], 'mutability' ],
    [ 'a text for a truth', [ op('replace', 'active', 'False') ], 'invalidValue' ],
    [ 'a number for a text', [ op('replace', 'title', 7) ], 'invalidValue' ],
    [ 'a text for an object', [ op('replace', 'name', 'Ada') ], 'invalidValue' ],
    [ 'an object for a text', [ op('replace', 'title', { a => 1 }) ], 'invalidValue' ],
    [ 'a text in a list of objects', [ op('replace', 'emails', ['x@y.example']) ], 'invalidValue' ],
    [ 'two primaries at once', [ op('replace', 'emails', [ map { { value => "$_\@x.example", primary => $T } } 1, 2 ]) ], 'invalidValue' ],
    [ 'an empty userName', [ op('replace', 'userName', '') ], 'invalidValue' ],
    [ 'an operation there is not', [ op('move', 'title', 'x') ], 'invalidSyntax' ],
    [ 'no operation', [ { path => 'title', value => 'x' } ], 'invalidSyntax' ],
    [ 'an operation that is no object', ['replace'], 'invalidSyntax' ],
    [ 'a path that is no text', [ { op => 'replace', path => 7, value => 'x' } ], qr/\Ainvalid(?:Path|Syntax)\z/ ],
    [ 'add without a value', [ op('add', 'title') ], qr/\Ainvalid(?:Value|Syntax)\z/ ],
    [ 'replace without a value', [ op('replace', 'title') ], qr/\Ainvalid(?:Value|Syntax)\z/ ],
    [ 'no path and no object', [ op('replace', undef, 'x') ], qr/\Ainvalid(?:Value|Syntax)\z/ ],
) {
    my ($name, $operations, $type) = @$_;
    my $id = start();
    my $before = $client->read("/Users/$id");
    # Each behind an operation that is right: none of it is done.
    my $res = $client->patch("/Users/$id", [ op('replace', 'nickName', 'Done?'), @$operations ]);
    $type = $res->{json}{scimType} // '' if ref $type && ($res->{json}{scimType} // '') =~ $type;
    rfc_error($res, 400, ref $type ? 'of another name' : $type, qr/./, "400 $type: $name");
    is_deeply $client->read("/Users/$id"), $before, 'and nothing was done';
}

{
    my $id = start();
    my %right = (schemas => [$BrazeTest::Client::PATCH], Operations => [ op('replace', 'title', 'x') ]);
    for (
        [ 'no Operations', { schemas => $right{schemas} } ], [ 'Operations that are no list', { %right, Operations => {} } ],
        [ 'no schemas', { Operations => $right{Operations} } ], [ 'another schema', { %right, schemas => [$CORE] } ],
        [ 'a list', [] ], [ 'not JSON', '{"Operations":' ], [ 'nothing', '' ],
    ) {
        my $res = $client->call('PATCH', "/Users/$id", $_->[1]);
        rfc_error($res, 400, ($res->{json}{scimType} // '') eq 'invalidValue' ? 'invalidValue' : 'invalidSyntax', undef, "400: $_->[0]");
    }
    rfc_error($client->call('PATCH', "/Users/$id", \%right, 'Content-Type' => 'text/plain'), 415, undef, undef, 'another type is 415');
    rfc_error($client->patch('/Users/00000000-00000000-00000000-00000000', $right{Operations}), 404, undef, undef, 'nobody there');
    rfc_error($client->patch('/Users', $right{Operations}), 405, undef, undef, 'not all at once');
    is user_row($id)->{version}, 1, 'none of it changed anything';

    my $detail = $client->patch("/Users/$id", [ op('replace', 'title', 'x'), op('replace', 'nothing', 'y') ])->{json}{detail} // '';
    like $detail, qr/Operations\[1\]|operation 2/i, 'the detail says which operation' or diag $detail;
    like $detail, qr/nothing/, 'and which attribute';

    my @many = map { op('replace', 'title', "T$_") } 1 .. 1000;
    is $client->changed("/Users/$id", @many)->{title}, 'T1000', 'a thousand operations';
    like $client->patch("/Users/$id", [ @many, op('replace', 'title', 'too much') ])->code, qr/\A4(?:00|13)\z/, 'one more is too many';
    is $client->read("/Users/$id")->{title}, 'T1000', 'and not done';
}

# --- another company -------------------------------------------------------------------------------

{
    my $other = BrazeTest::Client->new(at => '/s/other', company => 'Otherco');
    my $id = start();
    rfc_error($other->patch("/Users/$id", [ op('replace', 'title', 'Stolen') ]), 404, undef, undef, 'another company finds nobody');
    is $client->read("/Users/$id")->{title}, 'Old', 'and changes nothing';
    rfc_error($other->at('/scim/v2')->patch("/Users/$id", [ op('replace', 'title', 'Stolen') ]), 401, undef, undef, 'its token is none here');
}

secrets_hidden();
done_testing;
