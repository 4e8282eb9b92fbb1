# SPDX-License-Identifier: Apache-2.0
# What RelayState may be: a place to go to, an API key that proves or selects the company; and that companies are not confused.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use Test::More;
use BrazeTest;
use BrazeTest::Jit;

make_page('page.html', 'the page');
make_dump();
my $INVALID = 'ERROR_CODE_SSO_INVALID_RELAY_STATE';

sub api_key {
    my ($company, @permissions) = @_;
    my $made = admin_json('--company', $company, 'api-key', 'add', "key $company @permissions " . int rand 1e9,
        map { ('--permission', $_) } @permissions);
    return $made->{secret} // $made->{key} // die 'no secret: ' . join ' ', %$made;
}

# --- path -------------------------------------------------------------------------------------------

for my $path ('/', '/reports?week=3', '/a/b/c#part', '/a?to=https://elsewhere.example/&x=//y', '/100%25', '/a;b=c', '/~ada/') {
    signed_in(login('/', email => 'relay@decorumsoft.com', relay => $path), "RelayState $path is gone to", $path);
}
signed_in(login('/', email => 'relay@decorumsoft.com', relay => '/straße x'), 'what is no URL becomes one', '/stra%C3%9Fe%20x');
signed_in(login('/', email => 'relay@decorumsoft.com', relay => $_->[0]), "our own $_->[0] is the page", $_->[1])
    for [ base_url('/reports?week=3'), '/reports?week=3' ], [ base_url('/') =~ s/http/HTTP/r, '/' ], [ base_url('/a%20b#c'), '/a%20b#c' ];
for my $bad (base_url(), base_url() . '.evil.example/', base_url() . '@evil.example/', base_url() . '0/', base_url('//evil.example'), base_url('/\\evil.example'),
    base_url('/%2fevil.example'), base_url('?x'), base_url() =~ s/http/https/r . '/x', base_url() =~ s{http:}{}r . '/x', '', 'reports', 'https://evil.example/', '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example',
    'http:evil.example', 'https:%5c%5cevil.example', 'https://good@evil.example', '/%09/evil.example', "/\t/evil.example",
    '/%5cevil.example', '/%2fevil.example', '/%2Fevil.example/%2e%2e', '/x%0d%0aSet-Cookie:%20a=b', "/x\r\nSet-Cookie: a=b",
    'javascript:alert(1)', '/a/..//evil.example', '/.//evil.example', '/%252fevil.example', '/' . 'a' x 2048, '/%', '/a%zz',
    "/\x{7f}", 'data:text/html,x', ' /x', '?x', '#x') {
    (my $name = $bad) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
    signed_in(login('/', email => 'relay@decorumsoft.com', relay => $bad), 'not gone to: ' . substr($name, 0, 60), '/');
}
signed_in(login('/', email => 'relay@decorumsoft.com'), 'without RelayState', '/');
signed_in(login('/', email => 'relay@decorumsoft.com', relay => api_key('Decorumsoft', 'sso.saml.login')),
    'a key is no path, and is ignored where paths are meant', '/');

# --- api-key, the company being named ----------------------------------------------------------------

my $key = api_key('Decorumsoft', 'sso.saml.login');
my $other_key = api_key('Otherco', 'sso.saml.login');
my $weak_key = api_key('Decorumsoft', 'users.track');
my @key = ('/key', email => 'relay@decorumsoft.com');
signed_in(login(@key, relay => $key), 'a key of the company', '/');
for my $case ([ undef, 'is missing', qr/RelayState is missing/ ], [ '', 'is empty', qr/no such API key|RelayState is missing/ ],
    [ '/page.html', 'is a path', qr/no such API key/ ], [ 'x' x 43, 'is no key', qr/no such API key/ ],
    [ substr($key, 0, -1), 'is a key cut short', qr/no such API key/ ], [ "$key ", 'is a key and a space', qr/no such API key/ ],
    [ $other_key, "is another company's key", qr/another company/ ], [ $weak_key, 'is a key without the permission', qr/lacks the permission/ ]) {
    my ($relay, $name, $log) = @$case;
    refused(login(@key, relay => $relay), 403, $INVALID, 'BRAZE-J0411', "RelayState $name", log => $log,
        title => 'This sign-in does not fit this application');
}
unlike log_from(0), qr/\Q$key\E|\Q$other_key\E|\Q$weak_key\E/, 'no key stands in the log';
{
    my $doomed = api_key('Decorumsoft', 'sso.saml.login');
    signed_in(login(@key, relay => $doomed), 'a key', '/');
    my ($id) = map { $_->{id} } rows('SELECT id FROM braze_api_key WHERE key_hash = ?', sha256_hex($doomed));
    is +(admin('--company', 'Decorumsoft', 'api-key', 'revoke', $id))[0], 0, 'that is revoked';
    refused(login(@key, relay => $doomed), 403, $INVALID, 'BRAZE-J0411', 'is refused at once');
}

# --- any -----------------------------------------------------------------------------------------------

my @any = ('/any', email => 'relay@decorumsoft.com');
signed_in(login(@any, relay => '/page.html'), 'any: a path is gone to', '/page.html');
signed_in(login(@any, relay => $key), 'any: a key', '/');
signed_in(login(@any), 'any: nothing', '/');
refused(login(@any, relay => $other_key), 403, $INVALID, 'BRAZE-J0411', "any: another company's key is refused");
refused(login(@any, relay => $weak_key), 403, $INVALID, 'BRAZE-J0411', 'any: a key without the permission is refused');

# --- the key selects the company ------------------------------------------------------------------------

# Keyco trusts "other", Keytwo trusts "ec"; the location's own "idp" is nobody's here.
my %key_of;
for my $case ([ Keyco => 'other', 'keyco.example' ], [ Keytwo => 'ec', 'keytwo.example' ]) {
    my ($company, $idp, $domain) = @$case;
    admin('--company', $company, 'jit', 'idp', '--entity-id', BrazeTest::Idp::entity_id($idp), '--certificate', BrazeTest::Idp::cert_file($idp));
    $key_of{$company} = api_key($company, 'sso.saml.login');
}
my $where = '/free/key';
refused(login($where, idp => 'other', email => 'k@keyed.example', relay => $key_of{Keyco}), 403, 'provisioning_off', 'BRAZE-J0303',
    "the switch is the company's, not the location's");
admin('--company', 'Keyco', 'jit', 'default', '--workspace', 'Marketing', '--permission-set', 'Viewer');
admin('--company', 'Keyco', 'jit', 'on');
refused(login($where, idp => 'other', email => 'k@keyed.example', relay => $key_of{Keyco}), 403, 'domain_not_allowed', 'BRAZE-J0305',
    'so are the excepted domains');
admin('--company', 'Keyco', 'jit', 'allow-domain', 'keyco.example');
my $in = login($where, idp => 'other', email => 'k@keyco.example', relay => $key_of{Keyco});
signed_in($in, 'a key selects its company', '/');
is scalar users_of('k@keyco.example', 'Keyco'), 1, 'where the account is made';
is row('SELECT count(*) AS n FROM braze_user WHERE user_name_key = ?', 'k@keyco.example')->{n}, 1, 'and nowhere else';
is session_of($in)->{company_id}, company_id('Keyco'), 'as is the session';

refused(login($where, email => 'k@keyco.example', relay => $key_of{Keyco}), 403, 'issuer_unknown', 'BRAZE-J0128',
    "the location's IdP may not speak for the key's company");
refused(login($where, idp => 'ec', email => 'k@keyco.example', relay => $key_of{Keyco}), 403, 'issuer_unknown', 'BRAZE-J0128',
    "another company's IdP with this company's key");
refused(login($where, idp => 'other', email => 'k@keyco.example', relay => $key_of{Keytwo}), 403, 'issuer_unknown', 'BRAZE-J0128',
    "this company's IdP with another company's key");
refused(login($where, idp => 'other', key => 'ec', email => 'k@keyco.example', relay => $key_of{Keyco}), 400, 'signature_invalid',
    'BRAZE-J0138', "under the right name with another company's key pair");
my $none = login($where, idp => 'other', email => 'k@keyco.example');
refused($none, 403, $INVALID, 'BRAZE-J0411', 'without a key there is no company', audit => 0);
refused(login($where, idp => 'other', email => 'k@keyco.example', relay => '/page.html'), 403, $INVALID, 'BRAZE-J0411',
    'a path is no key', audit => 0);
refused(login($where, idp => 'other', email => 'k@keyco.example', relay => api_key('Keyco', 'users.track')), 403, $INVALID, 'BRAZE-J0411',
    'a key without the permission', audit => 0);

# --- such a session is good in its place and company alone ------------------------------------------------

{
    my $ua = $in->{ua};
    my ($cookie) = cookie_of($in->{res});
    my ($secret, $id) = $cookie =~ /\Abraze_session=([\w-]{43})\.([\w-]+)\z/;
    is $id, company_id('Keyco'), 'the cookie says in which company';
    my $env = dump_at($ua, '/free/key/cgi/dump')->{env};
    is "$env->{BRAZE_COMPANY} $env->{REMOTE_USER}", 'Keyco k@keyco.example', 'the session is good where it was made';
    is browser()->get(base_url($_), Cookie => $cookie)->code, 303, "but not at $_"
        for '/page.html', '/free/other/page.html', '/free/company/page.html';
    my @tampered = ($secret, "$secret.", "$secret." . company_id('Keytwo'), "$secret." . company_id('Decorumsoft'), "$secret.$id.x",
        "$secret$id", ".$id", "$secret.00000000-00000000-00000000-00000000", "$secret." . uc $id, "$secret.' OR '1'='1");
    for my $value (@tampered) {
        is browser()->get(base_url('/free/key/page.html'), Cookie => "braze_session=$value")->code, 303, "nor with $value";
    }
    is browser()->get(base_url('/free/key/page.html'), Cookie => $cookie)->code, 200, 'the control: untouched';

    my ($plain) = cookie_of(login('/', email => 'relay@decorumsoft.com')->{res});
    is browser()->get(base_url('/free/key/page.html'), Cookie => $plain)->code, 303, 'a session of a named company is not good here';
    is browser()->get(base_url('/page.html'), Cookie => "$plain." . company_id('Decorumsoft'))->code, 303,
        'and where the company is named no cookie names one';
    is browser()->get(base_url('/free/key/page.html'), Cookie => "$plain." . company_id('Keyco'))->code, 303,
        'nor with this company after it';
    is browser()->get(base_url('/free/key/page.html'), Cookie => "$plain." . company_id('Decorumsoft'))->code, 200,
        'with its own company it is a session like others: this place is for every company';
}

# --- replays across companies ----------------------------------------------------------------------------

{
    # Two companies trust one IdP: each has its own record of what was used.
    admin('--company', 'Keytwo', 'jit', 'idp', '--entity-id', BrazeTest::Idp::entity_id('other'), '--certificate', BrazeTest::Idp::cert_file('other'));
    my $first = login($where, idp => 'other', email => 'k@keyco.example', relay => $key_of{Keyco});
    signed_in($first, 'one company', '/');
    refused(login($where, response => $first->{response}, relay => $key_of{Keytwo}), 403, 'provisioning_off', 'BRAZE-J0303',
        'another that trusts the same IdP does not have this account');
}

# --- no company ---------------------------------------------------------------------------------------------

{
    my $mark = log_mark();
    is browser()->get(base_url('/free/nocompany/page.html'))->code, 500, 'a location without a company serves nothing';
    like log_from($mark), qr/BRAZE-J0404: AuthType braze-saml without BrazeCompany/, 'and the log says why';
    refused(login('/free/nocompany'), 500, 'company_not_configured', 'BRAZE-J0405', 'nor does it take responses', audit => 0,
        log => qr/set BrazeCompany/);
    my $unknown = login('/free/unknown');
    refused($unknown, 500, 'company_unknown', 'BRAZE-0150', 'a company that is not in the database', audit => 0,
        log => qr/braze-admin company add "Not Yet Signed Into"/);
    admin('company', 'add', 'Not Yet Signed Into');
    refused(login('/free/unknown'), 403, 'provisioning_off', 'BRAZE-J0303', 'is there as soon as it is made');
    refused(login('/free/noidp'), 500, 'idp_not_configured', 'BRAZE-J0401', 'a location without an IdP', audit => 0,
        log => qr/BrazeJitIdpMetadata/);
}

done_testing;
