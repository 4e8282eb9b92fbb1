# SPDX-License-Identifier: Apache-2.0
# Security settings, SAML SSO: the walk from an empty page to somebody who signs in by what was saved.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_base64);
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Settings;

my $alice = admin_browser('alice');
my $where = 'saml';

# --- who may open it --------------------------------------------------------------------------------

is admin_browser()->get(at($where, 'sso'))->code, 401, 'nobody opens it without a password';
is admin_browser('carol')->get(at($where, 'sso'))->code, 401, 'nor who is not named by Require';
is $alice->get(at($where))->code, 303, 'the location itself leads on';
is $alice->get(at($where))->header('Location') =~ s{\Ahttp://[^/]+}{}r, '/free/set/saml/sso', 'to its first page';
for my $open (qw(open address)) {
    my $res;
    my $log = logged { $res = browser()->get(at($open)) };
    is $res->code, 403, "a location that asks nobody who they are ($open) is closed";
    like $log, qr/BRAZE-0170/, 'and the log says why';
}
{
    my $res;
    my $log = logged { $res = $alice->get(at('lost', 'tokens')) };
    is $res->code, 500, 'a company that is not there';
    like $log, qr/BRAZE-0150/, 'is named in the log';
    unlike $res->decoded_content, qr/braze-admin/, 'and on no page';
}

# --- the page ---------------------------------------------------------------------------------------

my $page = page($alice, $where, 'sso');
is_deeply [ headers_wrong($page) ], [], 'headers and markup of a page';
like $page->decoded_content, has_value(base_url('/free/app/saml/callback')), 'our ACS URL to be copied';
like $page->decoded_content, qr/readonly spellcheck="false" value="braze_dashboard"/, 'our entity ID to be copied';
like $page->decoded_content, qr/Signed in as alice/, 'it says who looks at it';
{
    my ($css) = $page->decoded_content =~ m{<link rel="stylesheet" href="([^"]+)">};
    my $res = $alice->get(base_url($css));
    is $res->header('Content-Type'), 'text/css; charset=utf-8', 'the style is a resource of its own';
    like $res->content, qr/prefers-color-scheme:dark/, 'for light and dark';
    ok length($res->content) < 20_000, 'and small';
}

# --- what is wrong is said, and nothing is saved ----------------------------------------------------

my $before = company();
sub refused_with {
    my ($name, $fields, @expected) = @_;
    my $res = submit($alice, page($alice, $where, 'sso'), 'save', %$fields);
    is_deeply [ $res->code, map { my $want = shift @expected; ref $want ? ($_ =~ $want ? 'ok' : $_) : $_ } problems($res) ],
        [ 400, ('ok') x problems($res) ], $name or diag join "\n", problems($res);
    is_deeply company(), $before, 'nothing is saved';
    return $res;
}

my $res = refused_with('a target that is no address', { target_url => 'javascript:alert(1)' }, qr/whole web address/);
like $res->decoded_content, qr/id="target_url" name="target_url" aria-describedby="target_url-wrong target_url-hint" aria-invalid="true"/,
    'the input says that it is wrong';
like $res->decoded_content, qr/value="javascript:alert\(1\)"/, 'and still has what was typed';
refused_with('a certificate that is none', { certificate => 'hello', idp_entity_id => 'x' }, qr/no PEM certificate/);
refused_with('half of a certificate', { certificate => substr(certificate('idp'), 0, 300) . "\n-----END CERTIFICATE-----\n", idp_entity_id => 'x' }, qr/cannot be read/);
refused_with('a weak key', { certificate => certificate('weak'), idp_entity_id => 'x' }, qr/shorter than 2048/);
refused_with('a certificate without its IdP', { certificate => certificate('idp') }, qr/entity ID is needed/);
refused_with('an IdP without its certificate', { idp_entity_id => 'x' }, qr/certificate is needed/);
refused_with('provisioning without defaults', { provisioning => 1 }, qr/needs it/, qr/needs it/);
{
    open my $in, '<', work_dir() . '/idp/idp.key' or die $!;
    my $key = do { local $/; <$in> };
    my $res = refused_with('a private key', { certificate => $key, idp_entity_id => 'x' }, qr/private key, which must never/);
    unlike $res->decoded_content, qr/PRIVATE KEY/, 'which is not sent back';
}

# --- what is to be copied ---------------------------------------------------------------------------

for my $copy ([ acs_url => base_url('/free/app/saml/callback') ], [ entity_id => 'braze_dashboard' ], [ metadata_url => base_url('/free/app/saml/metadata') ]) {
    my ($name, $value) = @$copy;
    my $html = page($alice, $where, 'sso')->decoded_content;
    my ($href) = $html =~ m{<a href="([^"]*)" class="button quiet" data-copy="$name"};
    my $alone = $alice->get(base_url($href // '/'));
    is $alone->content_type . ' ' . $alone->content, "text/plain $value", "$name alone, for a button without a script";
    is $alone->header('Cache-Control'), 'no-store', 'which nobody keeps';
}
is $alice->get(at($where, 'sso?copy=certificate'))->content_type, 'text/html', 'nothing else is given like this';
{
    my $script = $alice->get(at($where, 'copy.js'));
    is $script->content_type, 'text/javascript', 'the script';
    my ($digest) = page($alice, $where, 'sso')->header('Content-Security-Policy') =~ /script-src 'sha256-([^']+)'/;
    is $digest, sha256_base64($script->content) . '=', 'is the one that the policy lets through';
}

# --- saving, and its effect at the next sign-in ------------------------------------------------------

my $entity = 'https://idp.example.test/metadata';
is login('/free/app', email => 'first@pages.example')->{res}->code, 500, 'nobody signs in before there is an IdP';
$res = submit($alice, page($alice, $where, 'sso'), 'save', saml_name => 'Our portal', target_url => 'https://idp.example.test/sso?a=1&b=2',
    idp_entity_id => $entity, certificate => certificate('idp') =~ s/\n/\r\n/gr);
is $res->code, 303, 'saved, and led on';
my $after = follow($alice, $res);
is done_text($after), 'Your changes were saved. They count from the next sign-in on.', 'told';
is company()->{certificate}, certificate('idp') =~ s/\n\z//r, 'the certificate is stored with plain lines';
is company()->{target_url}, 'https://idp.example.test/sso?a=1&b=2', 'the address to the letter';
is company()->{version}, $before->{version} + 1, 'one version on';
my $text = text_of($after->decoded_content);
like $text, qr/Certificate of \S.* Key RSA 2048 Valid from 20\d\d-\d\d-\d\d \d\d:\d\d UTC Valid until 20\d\d/, 'the certificate is told in words';
my ($event) = events_of_name('Updated Security Settings');
is "$event->{actor} $event->{ip} $event->{detail}", 'settings:alice 127.0.0.1 saml_name target_url idp_entity_id certificate', 'noted';
is done_text(follow($alice, submit($alice, $after, 'save'))), 'Nothing was different from what is saved.', 'saving the same again is told so';
is company()->{version}, $before->{version} + 1, 'and changes nothing';

refused(login('/free/app', email => 'first@pages.example'), 403, 'provisioning_off', 'BRAZE-J0303', 'the IdP is believed at the next sign-in');

# --- provisioning: a second look, and no way back ---------------------------------------------------

admin('--company', 'Pages', 'user', 'add', 'known@pages.example', '--confirmed');
my $look = submit($alice, page($alice, $where, 'sso'), 'save', provisioning => 1,
    workspace => workspace_id('Marketing'), permission_set => set_id('Viewer'), saml_name => 'Renamed & on');
is $look->code, 200, 'it asks once more';
like text_of($look->decoded_content), qr/Turn on automatic user provisioning\?.*Default workspace Marketing Default permission set Viewer.*Only the operator/, 'and says what it means';
is company()->{provisioning}, 0, 'nothing is on yet';
is company()->{saml_name}, 'Our portal', 'nor saved';
$res = submit($alice, $look, 'save');
is done_text(follow($alice, $res)), 'Automatic user provisioning is on.', 'confirmed, it is on';
is company()->{saml_name}, 'Renamed & on', 'with everything else of the form';
like +(events_of_name('Updated Security Settings'))[-1]{detail}, qr/provisioning=on/, 'noted';
signed_in(login('/free/app', email => 'first@pages.example'), 'and the next person gets an account');

$page = page($alice, $where, 'sso');
unlike $page->decoded_content, qr/name="provisioning"/, 'there is no way back on the page';
like text_of($page->decoded_content), qr/Only the operator of the server can turn/, 'it says who can';
my %hidden = map { $_ => form_of($page, 'save')->value($_) } qw(csrf seen);
$res = post($alice, $where, 'sso', [ do => 'save', %hidden, provisioning => 'off', confirmed => 'yes' ]);
is $res->code, 403, 'who posts it all the same is refused';
like +(problems($res))[0], qr/Only the operator/, 'with the reason';
is company()->{provisioning}, 1, 'and it stays on';
$res = post($alice, $where, 'sso', [ do => 'save', %hidden, workspace => '', permission_set => '' ]);
is $res->code, 400, 'nor can the defaults be taken away under it';

# --- two at once ------------------------------------------------------------------------------------

my $bob = admin_browser('bob');
my ($his, $hers) = (page($bob, $where, 'sso'), page($alice, $where, 'sso'));
is submit($bob, $his, 'save', saml_name => q{Bob's <name>})->code, 303, 'bob saves first';
$res = submit($alice, $hers, 'save', saml_name => 'The name of alice', target_url => 'https://alice.example/');
is $res->code, 409, 'alice, who has not seen that, is told';
$text = text_of($res->decoded_content);
like $text, qr/What is saved now.*SAML name Bob's <name>/, 'what bob has saved';
like $res->decoded_content, qr/value="The name of alice"/, 'and what she has sent';
is company()->{saml_name}, q{Bob's <name>}, 'nothing of his is lost';
is submit($alice, $res, 'save')->code, 303, 'now that she has seen it, hers may stand';
is company()->{saml_name}, 'The name of alice', 'and does';

$hers = page($alice, $where, 'sso');
admin('--company', 'Pages', 'workspace', 'add', 'Meanwhile');
is submit($alice, $hers, 'save', saml_name => 'After all')->code, 303, 'what is not on the page is no conflict';

# --- what is fixed ----------------------------------------------------------------------------------

$page = page($alice, 'pinned', 'sso');
is_deeply [ HTML::Form->parse($page)->find_input('saml_name'), HTML::Form->parse($page)->find_input('certificate') ], [], 'what a directive has fixed has no input';
$text = text_of($page->decoded_content);
like $text, qr/SAML name Pinned name Set by BrazeJitName in the server.s configuration/, 'it is shown';
like $text, qr/Default workspace Marketing Set by BrazeJitDefaultWorkspace/, 'with its value';
like $text, qr/Certificate idp\.crt Set by BrazeJitCertificate/, 'of a file the name';
unlike $page->decoded_content, do { my $dir = work_dir(); qr/\Q$dir\E/ }, 'and not where it lies';
like $text, qr/excepted-here\.example . excepted by BrazeJitAllowDomain/, 'so are domains';
%hidden = map { $_ => form_of($page, 'save')->value($_) } qw(csrf seen);
my $stored = company();
for my $field ([ saml_name => 'x' ], [ target_url => 'https://x.example/' ], [ idp_entity_id => 'x' ], [ certificate => certificate('other') ],
    [ provisioning => 'on' ], [ workspace => workspace_id('Sales') ], [ permission_set => set_id('Viewer') ]) {
    my $res = post($alice, 'pinned', 'sso', [ do => 'save', %hidden, confirmed => 'yes', @$field ]);
    is $res->code, 403, "$field->[0], fixed, posted anyway: refused";
    like +(problems($res))[0], qr/\ABrazeJit\w+ is set in the server/, 'naming the directive';
}
is_deeply company(), $stored, 'and nothing of it is saved';
like text_of(page($alice, 'metadata', 'sso')->decoded_content), qr/Certificate idp\.xml Set by BrazeJitIdpMetadata/, 'metadata fix all of an IdP';

# --- the IdP of the page with a part from a directive -----------------------------------------------

{
    my $ua = browser();
    signed_in(login('/free/named', email => 'known@pages.example', ua => $ua), 'the page gives what no directive does');
    my $html = $ua->get(base_url('/free/named/saml/sign_in'))->decoded_content;
    like $html, qr/>By directive</, 'the button has the name of the directive';
    like $ua->get(base_url('/free/named/saml/login'))->header('Location'), qr{\Ahttps://directive\.example/sso\?}, 'and its target';
}

# --- Google -----------------------------------------------------------------------------------------

$page = page($alice, 'google', 'sso');
unlike $page->decoded_content, qr/name="provisioning"/, 'a company whose people sign in with Google has no switch';
like text_of($page->decoded_content), qr/cannot be combined with Google sign-in/, 'and is told why';
%hidden = map { $_ => form_of($page, 'save')->value($_) } qw(csrf seen);
$res = post($alice, 'google', 'sso', [ do => 'save', %hidden, provisioning => 'on', confirmed => 'yes',
    workspace => workspace_id('Sales', 'Googlers'), permission_set => set_id('Viewer', 'Googlers') ]);
is $res->code, 403, 'posted anyway: refused';
is company('Googlers')->{provisioning}, 0, 'and off';

# --- in the reader's language -----------------------------------------------------------------------

for my $try ([ es => 'Inicio de sesión único SAML', 'Guardar cambios' ], [ fr => 'Authentification unique SAML', 'Enregistrer les modifications' ],
    [ de => 'SAML-Einmalanmeldung', 'Änderungen speichern' ]) {
    my $res = page($alice, $where, 'sso', 'Accept-Language' => $try->[0]);
    like $res->decoded_content, qr/<html lang="$try->[0]">.*<h1>$try->[1]<.*>$try->[2]<\/button>/s, "in $try->[0]";
    is $res->header('Content-Language'), $try->[0], 'and says so';
}

done_testing;
