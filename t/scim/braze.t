# SPDX-License-Identifier: Apache-2.0
# The braze dialect to the byte: the five calls and every documented error, with status line, headers and body.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Scim;

my %CREATED = ('Cache-Control' => 'no-store', 'Content-Type' => 'application/json');
my $BAD = qq({"schemas":["$ERROR"],"detail":"Request is unparsable, syntactically incorrect, or violates schema.","status":400});
my $GONE = qq({"schemas":["$ERROR"],"detail":"User not found","status":404});

my $token = token(workspace => 'Sales');
my @auth = @{ $token->{auth} };
my %id;
sub item { my (@words) = @_; return admin_json('--company', 'Decorumsoft', @words)->{id} }
$id{role}   = item('role', 'add', 'Braze "Role"', 'manage_company_settings');
$id{team}   = item('team', 'add', '--workspace', 'Marketing', 'Braze Team');
$id{$_->[0]} = row("SELECT id FROM braze_$_->[1] WHERE name = ? AND company_id = ?", $_->[2], company_id('Decorumsoft'))->{id}
    for [ 'marketing', 'workspace', 'Marketing' ], [ 'sales', 'workspace', 'Sales' ], [ 'viewer', 'permission_set', 'Viewer' ];

sub call { my ($method, $path, $body) = @_; return raw_scim($method, "/braze/scim/v2$path", $body, @auth) }

# Braze's form of a time, made apart from the module's: "2024 Nov 11, 4:20 PM" in UTC.
sub date {
    my ($ms) = @_;
    my (undef, $minute, $hour, $day, $month, $year) = gmtime int $ms / 1000;
    return sprintf '%d %s %d, %d:%02d %s', $year + 1900,
        (qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec))[$month], $day, ($hour + 11) % 12 + 1, $minute,
        $hour < 12 ? 'AM' : 'PM';
}
is date(1_731_342_000_000), '2024 Nov 11, 4:20 PM', '(the date that stands in the documentation)';

# The whole object as it must be sent, from the row's id and times.
sub object {
    my ($row, %is) = @_;
    my $signed_in = $row->{last_sign_in_at} ? date($row->{last_sign_in_at}) : 'N/A';
    my $text = qq({"schemas":["$CORE"],"id":"$row->{id}","userName":"$is{userName}",)
        . qq("name":{"givenName":"$is{given}","familyName":"$is{family}"},"department":"$is{department}",)
        . qq("lastSignInAt":"$signed_in","createdAt":"@{[date($row->{created_at})]}","permissions":$is{permissions}});
    utf8::encode($text);
    return $text;
}
sub by_name { my ($name) = @_; return row('SELECT * FROM braze_user WHERE user_name_key = ? AND company_id = ?', $name, company_id('Decorumsoft')) }

# --- POST ----------------------------------------------------------------------------------------

my %grace = (userName => 'Grace.Braze@scim.example', given => 'Grâce', family => 'O\"Hopper\\\\', department => 'c_suite',
    permissions => qq({"companyPermissions":["manage_company_settings","add_remove_app_groups"],)
        . qq("roles":[{"roleName":"Braze \\"Role\\"","roleId":"$id{role}"}],)
        . qq("appGroup":[{"appGroupId":"$id{marketing}","appGroupName":"Marketing","appGroupPermissions":["basic_access","view_pii"],)
        . qq("team":[{"teamId":"$id{team}","teamName":"Braze Team","teamPermissions":["basic_access"]}]},)
        . qq({"appGroupId":"$id{sales}","appGroupName":"Sales",)
        . qq("appGroupPermissionSets":[{"appGroupPermissionSetName":"Viewer","appGroupPermissionSetId":"$id{viewer}"}]}]}));
my %body = (schemas => [$CORE], userName => 'Grace.Braze@scim.example',
    name => { givenName => 'Grâce', familyName => 'O"Hopper\\' }, department => 'c_suite',
    permissions => {
        companyPermissions => [ 'manage_company_settings', 'add_remove_app_groups' ],
        roles => [ { roleName => 'braze "role"' } ],
        appGroup => [
            { appGroupName => 'marketing', appGroupPermissions => [ 'basic_access', 'view_pii' ],
                team => [ { teamName => 'BRAZE TEAM', teamPermissions => ['basic_access'] } ] },
            { appGroupId => $id{sales}, appGroupPermissionSets => [ { appGroupPermissionSetName => 'Viewer' } ] },
        ],
    });
my $answer = call('POST', '/Users', \%body);
my $grace = by_name('grace.braze@scim.example');
exact($answer, '201 Created', \%CREATED, object($grace, %grace), 'POST with permissions by name and id');
is "@$grace{qw(active confirmed source department)}", '1 1 scim c_suite', 'the row';

my %plain = (userName => 'plain@scim.example', given => 'Given', family => 'Family', department => 'finance',
    permissions => qq({"companyPermissions":[],"appGroup":[{"appGroupId":"$id{sales}","appGroupName":"Sales","appGroupPermissions":[]}]}));
$answer = call('POST', '/Users', braze_person('plain@scim.example'));
my $plain = by_name('plain@scim.example');
exact($answer, '201 Created', \%CREATED, object($plain, %plain), 'POST without permissions: the token\'s workspace');
like $plain->{id}, qr/\A[0-9a-f]{8}(?:-[0-9a-f]{8}){3}\z/, 'an id in four groups';

for my $name ('plain@scim.example', 'PLAIN@Scim.EXAMPLE') {
    exact(call('POST', '/Users', braze_person($name)), '409 Conflict',
        { 'Cache-Control' => 'no-store', 'Content-Type' => 'text/json;charset=UTF-8' },
        qq({"schemas":["$ERROR"],"detail":"User already exists in the database.","status":409}), "409 for $name");
}

my @bad = (
    [ 'no body', undef ],
    [ 'an empty body', '' ],
    [ 'not JSON', '{"schemas":' ],
    [ 'text behind the object', '{} {}' ],
    [ 'an array', '[]' ],
    [ 'no schemas', { %{ braze_person('new@scim.example') }, schemas => undef } ],
    [ 'another schema', braze_person('new@scim.example', schemas => ['urn:other']) ],
    [ 'no userName', { %{ braze_person('x') }, userName => undef } ],
    [ 'a userName that is no address', braze_person('new') ],
    [ 'a userName that is a number', braze_person(7) ],
    [ 'no name', { %{ braze_person('new@scim.example') }, name => undef } ],
    [ 'a name that is text', braze_person('new@scim.example', name => 'New Person') ],
    [ 'no givenName', braze_person('new@scim.example', name => { familyName => 'F' }) ],
    [ 'an empty familyName', braze_person('new@scim.example', name => { givenName => 'G', familyName => '' }) ],
    [ 'no department', { %{ braze_person('new@scim.example') }, department => undef } ],
    [ 'a department that Braze has not', braze_person('new@scim.example', department => 'sales') ],
    [ 'permissions that are text', braze_person('new@scim.example', permissions => 'admin') ],
    [ 'a workspace that is not there', braze_person('new@scim.example', permissions => { appGroup => [ { appGroupName => 'Nowhere' } ] }) ],
    [ 'a team of another workspace', braze_person('new@scim.example', permissions => { appGroup => [ { appGroupName => 'Sales', team => [ { teamName => 'Braze Team' } ] } ] }) ],
    [ 'a role that is not there', braze_person('new@scim.example', permissions => { roles => [ { roleName => 'None' } ] }) ],
    [ 'a permission with a blank', braze_person('new@scim.example', permissions => { companyPermissions => ['all of them'] }) ],
    [ 'a member of permissions that is not known', braze_person('new@scim.example', permissions => { companyPermission => ['admin'] }) ],
    [ "another company's workspace", braze_person('new@scim.example', permissions => { appGroup => [ { appGroupId =>
        row('SELECT id FROM braze_workspace WHERE company_id = ?', company_id('Otherco'))->{id} } ] }) ],
);
exact(call('POST', '/Users', $_->[1]), '400 Bad Request', \%CREATED, $BAD, "400: $_->[0]") for @bad;
exact(raw_scim('POST', '/braze/scim/v2/Users', 'a=b', @auth, 'Content-Type' => 'application/x-www-form-urlencoded'),
    '400 Bad Request', \%CREATED, $BAD, '400: a form');
is by_name('new@scim.example'), undef, 'and nobody was made';

# --- GET -----------------------------------------------------------------------------------------

exact(call('GET', "/Users/$grace->{id}"), '200 OK', \%CREATED, object($grace, %grace), 'GET by id');
for my $time ([ 1_709_164_800_000, '2024 Feb 29, 12:00 AM' ], [ 1_709_208_000_000, '2024 Feb 29, 12:00 PM' ],
    [ 1_704_067_199_999, '2023 Dec 31, 11:59 PM' ], [ 1_704_067_200_000, '2024 Jan 1, 12:00 AM' ]) {
    dbh()->do('UPDATE braze_user SET last_sign_in_at = ?, created_at = ? WHERE id = ?', undef, $time->[0], $time->[0], $plain->{id});
    my $got = call('GET', "/Users/$plain->{id}");
    $plain = user_row($plain->{id});
    exact($got, '200 OK', \%CREATED, object($plain, %plain), "both times: $time->[1]");
    like $got->{body}, qr/"lastSignInAt":"\Q$time->[1]\E","createdAt":"\Q$time->[1]\E"/, 'as it should read';
}
$answer = call('HEAD', "/Users/$plain->{id}");
is_deeply [ @$answer{qw(line body)}, $answer->{head}{'Content-Length'} ],
    [ 'HTTP/1.1 200 OK', '', length object($plain, %plain) ], 'HEAD: the headers of GET';

my %gone = ('Cache-Control' => 'no-store', 'Content-Type' => 'text/html; charset=UTF-8');
my @unknown = ('00000000-00000000-00000000-00000000', '1', 'x' x 300, substr($plain->{id}, 1), uc "$plain->{id}A", '%27%20OR%201=1', '%00');
for my $id (@unknown) {
    next if $id eq '%00'; # httpd's own: t/scim/errors.t
    exact(call('GET', "/Users/$id"), '404 Not Found', \%gone, $GONE, '404: GET ' . substr $id, 0, 40);
}
my $foreign = token(company => 'Otherco');
my $stranger = made($foreign, person('stranger@scim.example'), '/s/other/Users');
exact(call($_->[0], "/Users/$stranger", $_->[1]), '404 Not Found', \%gone, $GONE, "404: $_->[0] of another company's")
    for [ 'GET' ], [ 'DELETE' ], [ 'PUT', braze_person('stranger@scim.example') ];

# --- GET with a filter ---------------------------------------------------------------------------

my $found = qq({"schemas":["$LIST"],"totalResults":1,"Resources":[@{[object($grace, %grace)]}]});
my $none  = qq({"schemas":["$LIST"],"totalResults":0,"Resources":[]});
for my $filter ('userName eq "Grace.Braze@scim.example"', 'userName eq "GRACE.BRAZE@SCIM.EXAMPLE"',
    'USERNAME EQ "grace.braze@scim.example"', "$CORE:userName eq \"grace.braze\\u0040scim.example\"") {
    exact(call('GET', '/Users' . filter_of($filter)), '200 OK', \%CREATED, $found, "found: $filter");
}
exact(call('GET', '/Users?filter=userName+eq+%22grace.braze%40scim.example%22&startIndex=5&count=0'), '200 OK', \%CREATED,
    $found, 'blanks as plus, and no paging');
exact(call('GET', '/Users' . filter_of(qq(userName eq "$_"))), '200 OK', \%CREATED, $none, "nobody: $_")
    for 'nobody@scim.example', 'grace.braze', '%', 'stranger@scim.example', q{' OR '1'='1}, '';
for my $filter ('', 'userName', 'userName eq', 'userName eq grace.braze@scim.example', q{userName eq 'grace.braze@scim.example'},
    'userName eq "grace', 'userName eq "a" or userName eq "b"', 'userName eq "a" and active eq true', 'not (userName eq "a")',
    'userName ne "a"', 'userName co "a"', 'userName sw "a"', 'userName pr', 'userName eq true', 'userName eq null', 'userName eq 1',
    'id eq "a"', 'emails eq "a"', 'externalId eq "a"', 'name.givenName eq "a"', 'unknown eq "a"', 'userName eq "\\x"', "userName eq \"a\tb\"",
    'userName eq "a" x', '"a" eq userName', 'userName == "a"') {
    exact(call('GET', '/Users' . filter_of($filter)), '400 Bad Request', \%CREATED, $BAD, "400: filter $filter");
}
exact(call('GET', "/Users$_"), '400 Bad Request', \%CREATED, $BAD, "400: GET /Users$_")
    for '', '?', '?count=1', '?filter', '?Filter=userName%20eq%20%22a%22', '?filter=userName%20eq%20%22%ff%22', '?filter=%zz';

# --- PUT -----------------------------------------------------------------------------------------

my %changed = (%grace, given => 'Amazing', family => 'Hopper', department => 'pm', permissions => $plain{permissions});
$answer = call('PUT', "/Users/$grace->{id}", { schemas => [$CORE], userName => 'another@scim.example',
    name => { givenName => 'Amazing', familyName => 'Hopper' }, department => 'pm',
    permissions => { appGroup => [ { appGroupName => 'Sales' } ] } });
exact($answer, '200 OK', \%CREATED, object($grace, %changed), 'PUT: everything but the userName is replaced');
is user_row($grace->{id})->{user_name}, 'Grace.Braze@scim.example', 'which stays in the row';
my $version = user_row($grace->{id})->{version};
cmp_ok $version, '>', $grace->{version}, 'the version grows';
$answer = call('PUT', "/Users/$grace->{id}", { schemas => [$CORE], name => { givenName => 'Amazing', familyName => 'Grace' }, department => 'bi' });
exact($answer, '200 OK', \%CREATED, object($grace, %changed, family => 'Grace', department => 'bi'), 'PUT without permissions leaves them');
exact(call('GET', "/Users/$grace->{id}"), '200 OK', \%CREATED, object($grace, %changed, family => 'Grace', department => 'bi'), 'and so it reads');
exact(call('PUT', "/Users/$_", braze_person('x@scim.example')), '404 Not Found', \%gone, $GONE, '404: PUT ' . substr $_, 0, 40)
    for @unknown[ 0 .. 3 ];
exact(call('PUT', "/Users/$grace->{id}", $_->[1]), '400 Bad Request', \%CREATED, $BAD, "400: PUT with $_->[0]")
    for grep { $_->[0] !~ /userName/ } @bad;
is user_row($grace->{id})->{version}, $version + 1, 'and nothing was changed';

# --- DELETE --------------------------------------------------------------------------------------

exact(call('DELETE', "/Users/$grace->{id}"), '204 No Content', { 'Cache-Control' => 'no-store' }, '', 'DELETE');
is user_row($grace->{id}), undef, 'the row is gone';
exact(call('DELETE', "/Users/$grace->{id}"), '404 Not Found', \%gone, $GONE, '404: DELETE again');
exact(call('DELETE', '/Users/1'), '404 Not Found', \%gone, $GONE, '404: DELETE of no id');

# The last user of a company, and its last administrator.
company('Lastco');
my $last = token(company => 'Lastco');
sub last_call { my ($method, $path, $body) = @_; return raw_scim($method, "/s/last/braze$path", $body, @{ $last->{auth} }) }
my $one = made($last, braze_person('one@last.example', permissions => { companyPermissions => ['admin'] }), '/s/last/braze/Users');
my $failed = qq({"schemas":["$ERROR"],"detail":"Failed to delete user","status":500});
exact(last_call('DELETE', "/Users/$one"), '500 Internal Server Error', \%CREATED, $failed, '500: DELETE of the last user');
my $two = made($last, braze_person('two@last.example'), '/s/last/braze/Users');
exact(last_call('DELETE', "/Users/$one"), '500 Internal Server Error', \%CREATED, $failed, '500: DELETE of the last administrator');
exact(last_call('PUT', "/Users/$one", braze_person('', permissions => { appGroup => [] })), '500 Internal Server Error', \%CREATED,
    qq({"schemas":["$ERROR"],"detail":"Failed to update user","status":500}), '500: PUT that takes it away');
is user_row($one)->{admin}, 1, 'who is still there';
exact(last_call('DELETE', "/Users/$two"), '204 No Content', { 'Cache-Control' => 'no-store' }, '', 'another may go');

# --- refused before the service ------------------------------------------------------------------

sub challenge { my ($error, $text) = @_; return qq(Bearer realm="SCIM", error="$error", error_description="$text") }
for (
    [ 'no token', 'Bearer realm="SCIM"', 'A bearer token is needed in the Authorization header.' ],
    [ 'a wrong token', challenge('invalid_token', 'The bearer token is not valid or has expired.'),
        'The bearer token is not valid or has expired.', Authorization => 'Bearer wrong' ],
    [ 'a wrong origin', challenge('insufficient_scope', q{The service origin header does not name this token's origin.}),
        q{The service origin header does not name this token's origin.}, @auth[ 0, 1 ], 'X-Request-Origin' => 'x' ],
) {
    my ($name, $challenge, $detail, @headers) = @$_;
    exact(raw_scim('GET', "/braze/scim/v2/Users/$plain->{id}", undef, @headers), '401 Unauthorized',
        { %CREATED, 'WWW-Authenticate' => $challenge }, qq({"schemas":["$ERROR"],"detail":"$detail","status":401}), "401: $name");
}
exact(call('PATCH', "/Users/$plain->{id}", {}), '405 Method Not Allowed', { %CREATED, Allow => 'GET, HEAD, PUT, DELETE' },
    qq({"schemas":["$ERROR"],"detail":"PATCH does not apply to \\"/Users/$plain->{id}\\".","status":405}), '405: a sixth call');
exact(call('GET', $_), '404 Not Found', \%gone, $GONE, "404: GET $_") for '/Groups', '/Me', '/ServiceProviderConfig', '/Else', '';

# --- one store -----------------------------------------------------------------------------------

my $res = scim('GET', "/scim/v2/Users/$plain->{id}", undef, @auth);
is $res->{json}{$ENTERPRISE}{department}, 'finance', 'the rfc dialect sees the same account';
scim('PUT', "/scim/v2/Users/$plain->{id}", { %{ person('renamed@scim.example') }, nickName => 'Kept' }, @auth);
call('PUT', "/Users/$plain->{id}", braze_person(''));
$res = scim('GET', "/scim/v2/Users/$plain->{id}", undef, @auth);
is "$res->{json}{userName} $res->{json}{nickName}", 'renamed@scim.example Kept',
    'and what only that knows outlives a PUT of this';

secrets_hidden();
done_testing;
