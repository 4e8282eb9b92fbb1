# SPDX-License-Identifier: Apache-2.0
# Attacks on the settings pages: forged forms, script in every field, frames, other companies.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Settings;

my $alice = admin_browser('alice');
my $bob   = admin_browser('bob');

sub fields { my ($res, $do) = @_; my $form = form_of($res, $do); return map { $_ => $form->value($_) } grep { $form->find_input($_) } qw(csrf seen) }
my $stored = company();
my %good   = (do => 'save', fields(page($alice, 'saml', 'sso'), 'save'), saml_name => 'forged');

sub refused_form {
    my ($name, $res, $status, $why) = @_;
    is $res->code, $status, "$name: refused";
    like +(problems($res))[0] // '', $why, 'and says so';
    is_deeply company(), $stored, 'nothing is changed';
}

# --- forged forms -----------------------------------------------------------------------------------

my $stale = qr/no longer good/;
my $other = qr/came from another site/;
refused_form('no token', post($alice, 'saml', 'sso', [ %{ { %good, csrf => undef } } ]), 403, $stale);
refused_form('an empty token', post($alice, 'saml', 'sso', [ %{ { %good, csrf => '' } } ]), 403, $stale);
refused_form('nonsense', post($alice, 'saml', 'sso', [ %{ { %good, csrf => 'a.b.c' } } ]), 403, $stale);
{
    my ($time, $random, $mac) = split /\./, $good{csrf};
    refused_form('a changed token', post($alice, 'saml', 'sso', [ %{ { %good, csrf => "$time.$random." . ($mac =~ tr/0-9a-f/1-9a-f0/r) } } ]), 403, $stale);
    refused_form('a later time', post($alice, 'saml', 'sso', [ %{ { %good, csrf => ($time =~ tr/0-9a-f/1-9a-f0/r) . ".$random.$mac" } } ]), 403, $stale);
}
refused_form(q{somebody else's token}, post($bob, 'saml', 'sso', [ %{ { %good, csrf => { fields(page($alice, 'saml', 'sso'), 'save') }->{csrf} } } ]), 403, $stale);
refused_form('the token of another browser of theirs', post(admin_browser('alice'), 'saml', 'sso', [%good]), 403, $stale);
{
    my ($cookie) = page(admin_browser('bob'), 'saml', 'sso')->header('Set-Cookie') =~ /(braze_settings=[^;]+)/;
    my $mallory = admin_browser('bob');
    my $token = { fields(page($mallory, 'saml', 'sso', Cookie => $cookie), 'save') }->{csrf};
    my $victim = admin_browser('alice');
    refused_form('a planted cookie with its token', post($victim, 'saml', 'sso', [ %good, csrf => $token ], Cookie => $cookie), 403, $stale);
}
{
    my $csrf = { fields(page($alice, 'scim', 'tokens'), 'generate') }->{csrf};
    refused_form('a token of the other module', post($alice, 'saml', 'sso', [ %{ { %good, csrf => $csrf } } ]), 403, $stale);
    $csrf = { fields(page($alice, 'google', 'sso'), 'save') }->{csrf};
    refused_form('a token for another company', post($alice, 'saml', 'sso', [ %{ { %good, csrf => $csrf } } ]), 403, $stale);
}
refused_form('another origin', post($alice, 'saml', 'sso', [%good], Origin => 'https://evil.example'), 403, $other);
refused_form('a hidden origin', post($alice, 'saml', 'sso', [%good], Origin => 'null'), 403, $other);
refused_form('our name with another port', post($alice, 'saml', 'sso', [%good], Origin => 'http://127.0.0.1:1'), 403, $other);
refused_form('cross-site by Fetch metadata', post($alice, 'saml', 'sso', [%good], 'Sec-Fetch-Site' => 'cross-site'), 403, $other);
refused_form('another host of the site', post($alice, 'saml', 'sso', [%good], 'Sec-Fetch-Site' => 'same-site'), 403, $other);
refused_form('no form', $alice->post(at('saml', 'sso'), 'Content-Type' => 'text/plain', Content => 'csrf=x'), 400, qr/could not be read/);
refused_form('a bad escape', $alice->post(at('saml', 'sso'), 'Content-Type' => 'application/x-www-form-urlencoded', Content => "csrf=$good{csrf}&saml_name=%zz"), 400, qr/could not be read/);
refused_form('a NUL', $alice->post(at('saml', 'sso'), 'Content-Type' => 'application/x-www-form-urlencoded', Content => "csrf=$good{csrf}&saml_name=a%00b"), 400, qr/could not be read/);
is $alice->post(at('saml', 'sso'), 'Content-Type' => 'application/x-www-form-urlencoded', Content => 'saml_name=' . 'x' x 600_000)->code, 413, 'too much is refused before it is read';
is $alice->get(at('saml', 'sso?' . join '&', map {"$_=" . ($good{$_} =~ s/[^\w.]/_/gr)} keys %good))->code, 200, 'a GET';
is_deeply company(), $stored, 'changes nothing';
is $alice->request(HTTP::Request->new(DELETE => at('saml', 'sso')))->code, 405, 'nor is there any other method';

is post($alice, 'saml', 'sso', [%good], Origin => base_url(), 'Sec-Fetch-Site' => 'same-origin')->code, 303, 'the form itself, as a browser sends it, is taken';
is company()->{saml_name}, 'forged', 'and saved';

my ($cookie) = admin_browser('alice')->get(at('saml', 'sso'))->header('Set-Cookie');
like $cookie, qr/\Abraze_settings=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax\z/, 'the cookie is out of reach of script';

# --- script in every field --------------------------------------------------------------------------

my $evil = q{"><script>alert(1)</script><img src=x onerror=alert(1)>'&};
sub harmless {
    my ($name, $res) = @_;
    my @bad = grep { !/\Aweight/ } headers_wrong($res);
    is_deeply \@bad, [], "$name: no markup of theirs";
    return $res;
}
# Beside an address that is none, so that all of it comes back.
for my $field (qw(saml_name target_url idp_entity_id certificate workspace permission_set)) {
    my $page = page($alice, 'saml', 'sso');
    harmless("$field, sent back", post($alice, 'saml', 'sso', [ do => 'save', fields($page, 'save'), target_url => 'none', $field => $evil ]));
}
for my $field (qw(origin allowlist days profile workspace)) {
    my $page = page($alice, 'scim', 'tokens');
    harmless("$field, sent back", post($alice, 'scim', 'tokens', [ do => 'generate', fields($page, 'generate'), $field => $evil ]));
}
is submit($alice, page($alice, 'saml', 'sso'), 'save', saml_name => $evil)->code, 303, 'a name is a name';
harmless('the name, stored', page($alice, 'saml', 'sso'));
is company()->{saml_name}, $evil, 'to the letter';

my $page = page($alice, 'saml', 'permission-set');
is submit($alice, $page, 'add', name => $evil, permission => ['view_campaigns'])->code, 303, 'so is that of a permission set';
harmless('a permission set in the list', page($alice, 'saml', 'permission-sets'));
harmless('and in the select', page($alice, 'saml', 'sso'));
harmless('and by itself', page($alice, 'saml', 'permission-set?id=' . set_id($evil)));
harmless('a permission that is none', post($alice, 'saml', 'permission-set', [ do => 'add', fields($page, 'add'), name => 'x', permission => $evil ]));
is submit($alice, page($alice, 'scim', 'tokens'), 'generate', workspace => workspace_id('Marketing'), origin => $evil)->code, 200, 'and of a service';
harmless('an origin in the list', page($alice, 'scim', 'tokens'));
harmless('and in its question', page($alice, 'scim', 'token?do=reset&id=' . row('SELECT id FROM braze_token WHERE origin = ?', $evil)->{id}));
{
    my $user = { userName => 'evil@x.example', displayName => $evil, name => { givenName => $evil, familyName => $evil }, schemas => ['urn:ietf:params:scim:schemas:core:2.0:User'] };
    my ($status, $text) = admin('--company', 'Pages', '--json', 'token', 'add', '--workspace', 'Marketing', '--origin', 'evil');
    my ($secret) = $text =~ /([\w-]{43})/;
    my $res = scim('POST', base_url('/free/pages/scim/v2/Users'), $user, Authorization => "Bearer $secret", 'X-Request-Origin' => 'evil');
    is $res->code, 201, 'somebody with such a name';
    harmless('in the list', page($alice, 'saml', 'users'));
    harmless('and alone', page($alice, 'saml', "user?id=$res->{json}{id}"));
}
my $quoted = $evil =~ s/([^\w])/sprintf '%%%02x', ord $1/ger;
harmless("$_, reflected", $alice->get(at('saml', $_))) for "users?q=$quoted", "users?by=$quoted&source=$quoted&state=$quoted", "users?after=$quoted", "events?name=$quoted", "events?before=$quoted",
    "sso?done=$quoted", "permission-set?id=$quoted", "user?id=$quoted", "nosuch" . ($quoted =~ s/%2f//r), "token?id=$quoted&do=$quoted";
harmless('a service with that', $alice->get(at('scim', "token?id=$quoted&do=$quoted")));
harmless('in the report', page($alice, 'saml', 'events'));

# --- another company's things -----------------------------------------------------------------------

my $foreign = set_id('Viewer', 'Elsewhere');
is $alice->get(at('saml', "permission-set?id=$foreign"))->code, 404, q{another company's permission set is not there};
$page = page($alice, 'saml', 'permission-set?id=' . set_id('Viewer'));
for my $do (qw(change delete)) {
    is post($alice, 'saml', 'permission-set', [ do => $do, fields($page, 'change'), id => $foreign, name => 'mine', company_id => company('Elsewhere')->{id} ])->code, 404, "nor to $do";
}
my $res = post($alice, 'saml', 'sso', [ do => 'save', fields(page($alice, 'saml', 'sso'), 'save'), workspace => workspace_id('Sales', 'Elsewhere'), company => 'Elsewhere', company_id => company('Elsewhere')->{id} ]);
is $res->code, 400, 'nor is its workspace a choice, whatever company is named';
is company('Elsewhere')->{version}, row('SELECT version FROM braze_company WHERE name = ?', 'Elsewhere')->{version}, 'it is as it was';
is row('SELECT name FROM braze_permission_set WHERE id = ?', $foreign)->{name}, 'Viewer', 'its set too';

# --- permission sets: made, changed, deleted, two at once -------------------------------------------

is submit($alice, page($alice, 'saml', 'permission-set'), 'add', name => 'Mine', permission => [qw(view_segments view_campaigns)])->code, 303, 'a set is made';
is row('SELECT permissions FROM braze_permission_set WHERE id = ?', set_id('Mine'))->{permissions}, '["view_campaigns","view_segments"]', 'with what was ticked';
is submit($alice, page($alice, 'saml', 'permission-set'), 'add', name => 'MINE')->code, 409, 'its name is taken';
my ($hers, $his) = (page($alice, 'saml', 'permission-set?id=' . set_id('Mine')), page($bob, 'saml', 'permission-set?id=' . set_id('Mine')));
is submit($bob, $his, 'change', permission => ['view_segments'])->code, 303, 'bob changes it';
$res = submit($alice, $hers, 'change', name => 'Hers');
is $res->code, 409, 'alice has not seen that';
like text_of($res->decoded_content), qr/What is saved now.*Permissions view_segments /, 'and is shown';
is submit($alice, $hers, 'delete')->code, 409, 'nor may she delete what she has not seen';
admin('--company', 'Pages', 'user', 'add', 'holder@x.example', '--workspace', 'Sales', '--permission-set', 'Mine');
$res = submit($alice, page($alice, 'saml', 'permission-set?id=' . set_id('Mine')), 'delete');
is $res->code, 409, 'what somebody has is not deleted';
like +(problems($res))[0], qr/in use/, 'and says so';
admin('--company', 'Pages', 'user', 'delete', 'holder@x.example');
is submit($alice, page($alice, 'saml', 'permission-set?id=' . set_id('Mine')), 'delete')->code, 303, 'nobody has it: deleted';
is_deeply [ map { $_->{detail} } events_of_name('Removed Permission Set') ], ['Mine'], 'noted';

# --- by our own sessions ----------------------------------------------------------------------------

is submit($alice, page($alice, 'saml', 'sso'), 'save', saml_name => 'x', idp_entity_id => 'https://idp.example.test/metadata', certificate => certificate('idp'))->code, 303, 'an IdP';
admin('--company', 'Pages', 'user', 'add', 'boss@x.example', '--confirmed', '--company-permission', 'manage_company_settings');
admin('--company', 'Pages', 'user', 'add', 'clerk@x.example', '--confirmed');
my %who = map { my $try = login('/free/app', email => "$_\@x.example"); signed_in($try, "$_ signs in"); $_ => $try->{ua} } qw(boss clerk);
is $who{clerk}->get(at('mine', 'sso'))->code, 403, 'Require says who may';
$page = page($who{boss}, 'mine', 'sso');
like $page->decoded_content, qr/Signed in as boss\@x\.example/, 'and the page knows them';
my %form = (do => 'save', fields($page, 'save'), saml_name => 'by the boss');
my $again = login('/free/app', email => 'boss@x.example', ua => $who{boss});
is post($who{boss}, 'mine', 'sso', [%form])->code, 403, 'a form of the session before is no longer good';
is submit($who{boss}, page($who{boss}, 'mine', 'sso'), 'save', saml_name => 'by the boss')->code, 303, 'one of this session is';
is +(events_of_name('Updated Security Settings'))[-1]{actor}, 'settings:boss@x.example', 'noted by name';
is submit($who{boss}, page($who{boss}, 'mytokens', 'tokens'), 'generate', workspace => workspace_id('Sales'), origin => 'by-session')->code, 200, 'the other module binds its forms to the session too';

done_testing;
