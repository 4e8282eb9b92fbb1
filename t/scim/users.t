# SPDX-License-Identifier: Apache-2.0
# /Users of the rfc dialect: create, read, replace, delete; ETag and preconditions; Location, and where the service may be.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Node;
use BrazeTest::Scim;

my $token = token();
my @auth = @{ $token->{auth} };
sub call { my ($method, $path, $body, @headers) = @_; return scim($method, "/scim/v2$path", $body, @auth, @headers) }
sub instant { my ($ms) = @_; my @t = gmtime int $ms / 1000; return sprintf '%d-%02d-%02dT%02d:%02d:%02d', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ] }

# --- create --------------------------------------------------------------------------------------

my %full = (schemas => [ $CORE, $ENTERPRISE, $DASHBOARD ], userName => 'Ünal@Scim.Example', externalId => 'ext-1',
    name => { formatted => 'Dr. Ünal Örs', familyName => 'Örs', givenName => 'Ünal', middleName => 'M', honorificPrefix => 'Dr.', honorificSuffix => 'III' },
    displayName => "\x{1F600} \"Ünal\"", nickName => 'U', profileUrl => 'https://example.com/u', title => 'Tester', userType => 'Employee',
    preferredLanguage => 'tr', locale => 'tr-TR', timezone => 'Europe/Istanbul', active => JSON::true,
    emails => [ { value => 'unal@work.example', type => 'work', primary => JSON::true }, { value => 'u@home.example', type => 'home' } ],
    phoneNumbers => [ { value => 'tel:+90-1', type => 'work' } ], addresses => [ { type => 'work', locality => 'Istanbul', country => 'TR' } ],
    $ENTERPRISE => { department => 'marketing', employeeNumber => '7', manager => { value => '26118915-6090-4610-87e4-49d8ca9f808d' } },
    $DASHBOARD => { permissions => [ { value => 'workspace/sales/basic_access' } ] });
my $before = int(1000 * time);
my $res = call('POST', '/Users', { %full, id => 'mine', meta => { created => '2000-01-01T00:00:00Z' }, password => 'geheim!', groups => [ { value => 'x' } ], 'urn:unknown' => { a => 1 }, unknown => 1 });
is $res->code, 201, 'made with nearly everything' or diag $res->as_string;
my $json = $res->{json};
my $id = $json->{id};
my $row = user_row($id);
my $sales = row('SELECT id FROM braze_workspace WHERE name = ? AND company_id = ?', 'Sales', company_id('Decorumsoft'))->{id};
my %back = (%full, id => $id,
    $DASHBOARD => { permissions => [ { value => 'workspace/Sales/basic_access' } ] },
    meta => { resourceType => 'User', created => $json->{meta}{created}, lastModified => $json->{meta}{created},
        location => base_url("/scim/v2/Users/$id"), version => 'W/"1"' });
is_deeply $json, \%back, 'given back whole: nothing made up, nothing lost, no password';
like $json->{meta}{created}, qr/\A@{[instant($row->{created_at})]}(?:\.\d+)?Z\z/, 'created is the row\'s time';
ok $row->{created_at} >= $before && $row->{created_at} <= 1000 * (time + 1), 'which is now';
is $res->header('Location'), base_url("/scim/v2/Users/$id"), 'Location';
is $res->header('ETag'), 'W/"1"', 'ETag';
is $res->header('Content-Type'), 'application/scim+json', 'Content-Type';
is $res->header('Cache-Control'), 'no-store', 'Cache-Control';
is "@$row{qw(user_name user_name_key email email_domain external_id given_name family_name department active confirmed source)}",
    'Ünal@Scim.Example ünal@scim.example unal@work.example work.example ext-1 Ünal Örs marketing 1 1 scim', 'the columns for applications';
unlike $row->{resource}, qr/geheim|urn:unknown/, 'the row has no password and nothing unknown';
is_deeply [ map {"$_->{name} $_->{actor} $_->{user_name}"} rows('SELECT * FROM braze_event WHERE user_id = ?', $id) ],
    ["Added Account scim:$token->{origin} Ünal\@Scim.Example"], 'one audit row';

my $small = call('POST', '/Users', { schemas => [$CORE], userName => 'just.a.name' })->{json};
is_deeply [ sort keys %$small ], [ 'active', 'id', 'meta', 'schemas', $DASHBOARD, 'userName' ], 'the smallest user: what is absent stays absent';
is $small->{active}, JSON::true, 'and is active';
my $marketing = row('SELECT id FROM braze_workspace WHERE name = ? AND company_id = ?', 'Marketing', company_id('Decorumsoft'))->{id};
is_deeply $small->{$DASHBOARD}, { permissions => [ { value => 'workspace/Marketing' } ] }, 'in the token\'s workspace';
is scim('POST', '/s/workspace/Users', person('w1@scim.example'), @auth)->{json}{$DASHBOARD}{permissions}[0]{value},
    'workspace/Sales', 'BrazeScimDefaultWorkspace goes before it';
is scim('POST', '/s/workspace/token/Users', person('w2@scim.example'), @auth)->{json}{$DASHBOARD}{permissions}[0]{value},
    'workspace/Marketing', 'unless it is off';
is scim('POST', '/s/workspace/Users', person('w3@scim.example', $DASHBOARD => { permissions => [ { value => 'workspace/Marketing' } ] }),
    @auth)->{json}{$DASHBOARD}{permissions}[0]{value}, 'workspace/Marketing', 'and the request before all';
rfc_error(scim('POST', '/s/nowhere/Users', person('w4@scim.example'), @auth), 500, undef, qr/not set up yet/, 'a workspace that is not there');
like logged { scim('POST', '/s/nowhere/Users', person('w4@scim.example'), @auth) }, qr/BRAZE-S0106.*"Nowhere".*braze-admin workspace add/, 'which the log explains';
is call('POST', '/Users', person('inactive@scim.example', active => JSON::false))->{json}{active}, JSON::false, 'inactive from the start';

for my $name ('ünal@scim.example', 'ÜNAL@SCIM.EXAMPLE', "u\x{308}nal\@scim.example", 'Just.A.Name') {
    rfc_error(call('POST', '/Users', person($name)), 409, 'uniqueness', undef, 'taken: ' . uri_text($name));
}
is scim('POST', '/s/other/Users', person('ünal@scim.example'), @{ token(company => 'Otherco')->{auth} })->code, 201, 'but not in another company';

# --- read ----------------------------------------------------------------------------------------

$res = call('GET', "/Users/$id");
is_deeply $res->{json}, \%back, 'read as it was made';
is $res->header('ETag'), 'W/"1"', 'with its ETag';
is $res->header('Content-Location') // $res->header('Location'), base_url("/scim/v2/Users/$id"), 'and where it is';
is call('GET', "/Users/$id/")->code, 200, 'a slash at the end does not count';
is call('GET', '/Users/' . ($id =~ s/\A(.)/sprintf '%%%02x', ord $1/er))->code, 200, 'nor that a character is percent-encoded';
my $head = raw_scim('HEAD', "/scim/v2/Users/$id", undef, @auth);
is_deeply [ $head->{line}, $head->{body}, @{ $head->{head} }{qw(ETag Content-Type Content-Length)} ],
    [ 'HTTP/1.1 200 OK', '', 'W/"1"', 'application/scim+json', length $res->content ], 'HEAD: the same headers, no body';
rfc_error(call('GET', "/Users/$_"), 404, undef, undef, "nobody: $_")
    for '00000000-00000000-00000000-00000000', 'x', uc $id, "$id-1", '%27', '%252e', 'a' x 2000, '%C3%BC', '..;x';

$res = call('GET', "/Users/$id?attributes=userName,name.givenName,emails.value");
is_deeply $res->{json}, { schemas => $full{schemas}, id => $id, userName => $full{userName}, name => { givenName => 'Ünal' },
    emails => [ { value => 'unal@work.example' }, { value => 'u@home.example' } ] }, 'attributes: those, and what is always returned';
$res = call('GET', "/Users/$id?attributes=" . uri_text("$ENTERPRISE:department"));
is_deeply $res->{json}, { schemas => $full{schemas}, id => $id, $ENTERPRISE => { department => 'marketing' } }, 'of an extension';
$res = call('GET', "/Users/$id?attributes=" . uri_text($DASHBOARD));
is_deeply $res->{json}{$DASHBOARD}, { confirmed => JSON::true, source => 'scim', permissions => [ { value => 'workspace/Sales/basic_access', type => 'workspace',
    permission => 'basic_access', workspace => 'Sales', workspaceId => $sales } ] }, 'ours with what is returned on request';
$res = call('GET', "/Users/$id?excludedAttributes=" . uri_text("emails,name.givenName,meta,id,$DASHBOARD"));
ok !exists $res->{json}{emails} && !exists $res->{json}{meta} && !exists $res->{json}{name}{givenName} && !exists $res->{json}{$DASHBOARD},
    'excludedAttributes: without those';
is "$res->{json}{id} $res->{json}{name}{familyName}", "$id Örs", 'but for what is always returned';
is_deeply call('POST', '/Users?attributes=userName', person('projected@scim.example'))->{json}{name}, undef, 'of what POST answers as well';
rfc_error(call('GET', "/Users/$id?attributes=id&excludedAttributes=name"), 400, 'invalidValue', undef, 'not both');

# --- conditions ----------------------------------------------------------------------------------

sub conditional { my (@headers) = @_; return call('GET', "/Users/$id", undef, @headers) }
for my $tag ('W/"1"', '"1"', '*', '"0", W/"1"', '"a,b", "1"') {
    my $answer = raw_scim('GET', "/scim/v2/Users/$id", undef, @auth, 'If-None-Match' => $tag);
    is_deeply [ @$answer{qw(line body)}, $answer->{head}{ETag} ], [ 'HTTP/1.1 304 Not Modified', '', 'W/"1"' ], "If-None-Match: $tag is 304";
    is conditional('If-Match' => $tag)->code, 200, "If-Match: $tag is 200";
}
for my $tag ('W/"2"', '"11"', '1', 'W/1', '""') {
    is conditional('If-None-Match' => $tag)->code, 200, "If-None-Match: $tag is 200";
    rfc_error(conditional('If-Match' => $tag), 412, undef, undef, "If-Match: $tag is 412");
}

# --- replace -------------------------------------------------------------------------------------

$res = call('PUT', "/Users/$id", { schemas => [$CORE], userName => 'New@Scim.Example', name => { givenName => 'Only' } }, 'If-Match' => 'W/"1"');
is $res->code, 200, 'replaced' or diag $res->as_string;
is $res->header('ETag'), 'W/"2"', 'with a new ETag';
$json = $res->{json};
is_deeply [ sort keys %$json ], [ 'active', 'id', 'meta', 'name', 'schemas', $DASHBOARD, 'userName' ], 'what a PUT leaves out is cleared';
is_deeply $json->{name}, { givenName => 'Only' }, 'within complex attributes too';
is_deeply $json->{$DASHBOARD}{permissions}, [ { value => 'workspace/Sales/basic_access' } ], 'but for the permissions';
is $json->{meta}{created}, $back{meta}{created}, 'created stays';
is $json->{meta}{version}, 'W/"2"', 'the version is the ETag';
is_deeply call('GET', "/Users/$id")->{json}, $json, 'and so it reads';
is user_row($id)->{user_name_key}, 'new@scim.example', 'the row follows';
rfc_error(call('PUT', "/Users/$id", person('x@scim.example'), 'If-Match' => 'W/"1"'), 412, undef, undef, 'not with an old ETag');
rfc_error(call('PUT', "/Users/$id", person('x@scim.example'), 'If-None-Match' => '*'), 412, undef, undef, 'nor when it must not be there');
rfc_error(call('PUT', "/Users/$id", person('just.a.name')), 409, 'uniqueness', undef, "nor to another's userName");
rfc_error(call('PUT', "/Users/$id", { schemas => [$CORE], name => {} }), 400, 'invalidValue', qr/userName/, 'nor without one');
rfc_error(call('PUT', '/Users/00000000-00000000-00000000-00000000', person('x@scim.example')), 404, undef, undef, 'nor what is not there');
is user_row($id)->{version}, 2, 'none of which changed anything';
is call('PUT', "/Users/$id", person('NEW@scim.example'))->{json}{userName}, 'NEW@scim.example', 'its own userName in another case is no clash';
my $same = call('PUT', "/Users/$id", person('NEW@scim.example'));
is $same->header('ETag'), 'W/"3"', 'a PUT that changes nothing writes nothing';

is call('PUT', "/Users/$id", person('new@scim.example', active => JSON::false))->{json}{active}, JSON::false, 'deactivated';
is call('PUT', "/Users/$id", person('new@scim.example', title => 'T'))->{json}{active}, JSON::false, 'and a PUT that forgets active lets nobody back in';
is call('PUT', "/Users/$id", person('new@scim.example', active => JSON::true))->{json}{active}, JSON::true, 'one that says it does';
is_deeply [ map { $_->{name} } rows('SELECT name FROM braze_event WHERE user_id = ? ORDER BY id', $id) ],
    [ 'Added Account', 'Updated Account', 'Updated Account', 'Developer Suspended', 'Updated Account', 'Updated Account', 'Developer Unsuspended', 'Updated Account' ],
    'each change has its audit rows';

# --- delete --------------------------------------------------------------------------------------

rfc_error(call('DELETE', "/Users/$id", undef, 'If-Match' => 'W/"1"'), 412, undef, undef, 'not deleted with an old ETag');
my $answer = raw_scim('DELETE', "/scim/v2/Users/$id", undef, @auth, 'If-Match' => user_row($id) && 'W/"' . user_row($id)->{version} . '"');
exact($answer, '204 No Content', { 'Cache-Control' => 'no-store' }, '', 'deleted with the right one');
is user_row($id), undef, 'the row is gone';
rfc_error(call($_->[0], "/Users/$id", $_->[1]), 404, undef, undef, "$_->[0] finds nobody") for [ 'GET' ], [ 'DELETE' ], [ 'PUT', person('x') ];
is call('POST', '/Users', person('new@scim.example'))->code, 201, 'the name is free again';

company('Lasttwo');
my $last = token(company => 'Lasttwo');
my $admin = made($last, person('a@last.example', $DASHBOARD => { permissions => [ { value => 'company/admin' } ] }), '/s/lasttwo/Users');
made($last, person('b@last.example'), '/s/lasttwo/Users');
sub last_call { my ($method, @body) = @_; return scim($method, "/s/lasttwo/Users/$admin", $body[0], @{ $last->{auth} }) }
rfc_error(last_call('DELETE'), 409, undef, qr/administrator/, 'the last administrator is not deleted');
rfc_error(last_call('PUT', person('a@last.example', active => JSON::false)), 409, undef, qr/administrator/, 'nor deactivated');
rfc_error(last_call('PUT', person('a@last.example', $DASHBOARD => { permissions => [ { value => 'company/manage_company_settings' } ] })), 409, undef,
    qr/administrator/, 'nor made less');
is last_call('PUT', person('a@last.example', title => 'Boss'))->code, 200, 'but may be changed';
made($last, person('c@last.example', $DASHBOARD => { permissions => [ { value => 'company/admin' } ] }), '/s/lasttwo/Users');
is last_call('DELETE')->code, 204, 'with a second one it may go';

# --- where the service is ------------------------------------------------------------------------

sub location_at {
    my ($service, $name, @headers) = @_;
    my $res = scim('POST', "$service/Users", person($name), @auth, @headers);
    my $location = $res->header('Location') // $res->as_string;
    is $res->{json}{meta}{location}, $location, 'meta.location is the Location';
    return $location =~ s{/Users/[0-9a-f-]{35}\z}{}r;
}
is location_at('/s/base', 'b1@scim.example'), 'https://scim.example.com/v2', 'BrazeScimBaseUrl';
is location_at('/s/base/request', 'b2@scim.example'), base_url('/s/base/request'), 'which can be set back';
is location_at('/scim/v2', 'b3@scim.example', Host => 'evil.example'), base_url('/scim/v2'), 'else ours, whatever a client calls us';
is location_at('/t/a/api', 'b4@scim.example'), base_url('/t/a/api'), 'below a regular expression';
is location_at('/t/a%20%C3%BC%3f%0d%0ab/api', 'b5@scim.example'), base_url('/t/a%20%c3%bc%3f%0d%0ab/api'), 'whatever it matched, escaped';
is location_at('/Users/of/scim', 'b6@scim.example'), base_url('/Users/of/scim'), 'in a section whose name has endpoints in it';
is location_at('/s/nested/a/b/scim', 'b7@scim.example'), base_url('/s/nested/a/b/scim'), 'in a section in sections';
my $nested = (scim('GET', '/s/nested/a/b/scim/Users' . filter_of('userName eq "b7@scim.example"'), undef, @auth)->{json}{Resources} // [])->[0]{id};
is scim('GET', "/s/nested/a/b/scim/Users/$nested", undef, @auth)->{json}{meta}{location}, base_url("/s/nested/a/b/scim/Users/$nested"),
    'that has a section for an endpoint of its own';
rfc_error(scim('GET', "$_/Unknown", undef, @auth), 404, undef, qr/nothing at/, "an unknown endpoint of $_")
    for '/scim/v2', '/s/base', '/t/a/api', '/Users/of/scim', '/s/nested/a/b/scim';
rfc_error(scim('GET', "/scim/v2/$_", undef, @auth), 404, undef, qr/nothing at/, "nor is there $_") for 'users', 'Users/x/y', 'Users/x/Users', 'User', 'Usersx';

# A whole server, and a folder of it.
{
    my $node = BrazeTest::Node->start('whole', <<'C', words => { folder => work_dir() . '/folder' });
<Location "/">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "Whole"
    BrazeCompany "Decorumsoft"
    Require      valid-user
</Location>
Alias "/folder" "@folder@"
<Directory "@folder@">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "Folder"
    BrazeCompany "Decorumsoft"
    Require      valid-user
</Directory>
C
    mkdir work_dir() . '/folder';
    for my $place ('', '/folder') {
        my $res = scim('POST', $node->url("$place/Users"), person("whole$place\@scim.example"), @auth);
        is $res->header('Location') // $res->as_string, $node->url("$place/Users/$res->{json}{id}"), 'at ' . ($place || 'the root');
        is scim('GET', $res->header('Location'), undef, @auth)->code, 200, 'and read there';
        rfc_error(scim('GET', $node->url("$place/Else"), undef, @auth), 404, undef, qr/nothing at/, 'with nothing else');
        rfc_error(scim('GET', $node->url("$place/Users/%zz"), undef, @auth), 400, undef, undef, 'and errors of its own') if !$place;
    }
    $node->stop;
}

secrets_hidden();
done_testing;
