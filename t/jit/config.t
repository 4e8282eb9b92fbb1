# SPDX-License-Identifier: Apache-2.0
# What the directives change, and what they do not take. Sessions, RelayState, Require, metadata files and the cache have suites of their own.
use strict;
use warnings;
use utf8;
use Test::More;
use URI::Escape ();
use XML::LibXML ();
use BrazeTest;
use BrazeTest::Jit;

make_page('page.html', 'the page');
make_dump();

# --- BrazeJitSignIn, and calls that are not a page's ----------------------------------------------------

# visit(path, headers…): status and where to, of a visitor without a session.
sub visit {
    my ($path, @headers) = @_;
    my $ua = browser();
    $ua->default_headers->remove_header('Accept');
    my $res = $ua->get(base_url($path), @headers);
    return $res->code . ' ' . ($res->header('Location') // '') . ($res->header('WWW-Authenticate') // '');
}

my $SIGN_IN = '303 /auth/saml/sign_in?return=%2fpage.html';
my $NO      = '401 braze-saml realm="Dashboard"';
is visit('/page.html'), $SIGN_IN, 'a visitor is sent to the sign-in page';
is visit('/page.html', Accept => $_), $SIGN_IN, "Accept: $_"
    for 'text/html,application/xhtml+xml,*/*;q=0.8', '*/*', 'text/html', 'TEXT/HTML;q=0.5', 'text/*', 'application/json, text/html';
is visit('/page.html', Accept => $_), $NO, "Accept: $_" for 'application/json', 'image/png', 'text/event-stream' =~ s/text/application/r, 'application/*';
is visit('/page.html', 'X-Requested-With' => 'XMLHttpRequest'), $NO, 'X-Requested-With';
is visit('/page.html', 'X-Requested-With' => 'XMLHttpRequest', Accept => 'text/html'), $NO, 'whatever it accepts';
for my $method (qw(PUT DELETE PATCH OPTIONS)) {
    my $res = browser()->request(HTTP::Request->new($method, base_url('/page.html')));
    is $res->code . ' ' . ($res->header('WWW-Authenticate') // ''), $NO, $method;
    is $res->header('Cache-Control'), 'no-store', 'not to be kept';
}
is browser()->head(base_url('/page.html'))->code, 303, 'HEAD is a page\'s';
is visit('/s401/page.html'), $NO, 'BrazeJitSignIn 401';
is visit('/s401/page/page.html'), '303 /s401/saml/sign_in?return=%2fs401%2fpage%2fpage.html', 'page again in an inner section, at its own endpoints';
is visit('/page.html?a=b&c=%2F'), $SIGN_IN . '%3fa%3db%26c%3d%252F', 'the query comes along';
is visit('/a%20b/page.html'), '303 /auth/saml/sign_in?return=%2fa%2520b%2fpage.html', 'and odd characters';

# What has a meaning in a URL and stands in a name: the way back leads to the same page.
make_page($_, "found\n") for 'odd/100%.html', 'odd/what?a=b.html', 'odd/h#sh.html', 'odd/a b+c.html', "odd/\xc3\xbc.html", 'odd/p%20q.html';
sub raw_get { my ($target) = @_; return raw_request("GET $target HTTP/1.1\r\nHost: " . host_port() . "\r\nConnection: close\r\n\r\n") }
for my $path ('/odd/100%25.html', '/odd/what%3Fa=b.html', '/odd/h%23sh.html?x=%26', '/odd/a%20b+c.html', '/odd/%C3%BC.html', '/odd/p%2520q.html', '//odd//100%25.html',
    '/odd/./what%3Fa=b.html?x', '/odd/x/../h%23sh.html', 'http://' . host_port() . '/odd/what%3Fa=b.html') {
    my ($to) = raw_get($path) =~ m{^Location: /auth/saml/sign_in\?return=(\S+)}m;
    my $try = login('/', email => 'odd@decorumsoft.com', relay => URI::Escape::uri_unescape($to // ''));
    is $try->{ua}->get(base_url($try->{res}->header('Location')))->content, "found\n", "back to $path" or diag $to // 'no redirect';
}

# --- the sign-in page --------------------------------------------------------------------------------------

{
    my $res = browser()->get(base_url('/auth/saml/sign_in?return=%2Fpage.html'));
    is $res->code . title_of($res), '200Sign in to Decorumsoft', 'the sign-in page';
    is_deeply [ BrazeTest::Jit::headers_wrong($res) ], [], 'with its headers';
    unlike $res->decoded_content, qr/<script|<form|onclick/i, 'without scripts';
    my $head = browser()->head(base_url('/auth/saml/sign_in'));
    is $head->header('Content-Length'), length $res->content, 'HEAD tells the same length';
    is $head->content, '', 'and brings no page';
    my %title = (es => 'Iniciar sesión en Decorumsoft', fr => 'Connexion à Decorumsoft', de => 'Anmeldung bei Decorumsoft');
    is title_of(browser()->get(base_url('/auth/saml/sign_in'), 'Accept-Language' => $_)), $title{$_}, "in $_" for sort keys %title;
    my $xss = browser()->get(base_url('/auth/saml/sign_in?return=%22%3E%3Cscript%3Ealert(1)%3C/script%3E'));
    unlike $xss->decoded_content, qr/alert/, 'nothing of the query is on it';
    my $no = browser()->get(base_url('/auth/saml/no/such%3Cscript%3E'));
    is $no->code . ' ' . page_code($no), '404 no_such_endpoint', 'an endpoint that is none';
    unlike $no->decoded_content, qr/<script/, 'is not repeated as it came';
    is browser()->get(base_url('/free/key/saml/sign_in'))->code, 200, 'a location whose company is yet to be selected has one too';
}

# --- our metadata and entity ID ---------------------------------------------------------------------------

sub metadata {
    my ($path) = @_;
    my $res = browser()->get(base_url($path));
    my $xpc = XML::LibXML::XPathContext->new(XML::LibXML->load_xml(string => $res->content));
    $xpc->registerNs(md => 'urn:oasis:names:tc:SAML:2.0:metadata');
    return ($res, $xpc->findvalue('/md:EntityDescriptor/@entityID'), $xpc->findvalue(
        '//md:SPSSODescriptor/md:AssertionConsumerService[@Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"]/@Location'));
}
{
    my ($res, $id, $acs) = metadata('/auth/saml/metadata');
    is $res->code . $res->header('Content-Type'), '200application/samlmetadata+xml', 'our metadata';
    is "$id $acs", 'braze_dashboard ' . acs_url(), 'entity ID and assertion consumer service';
    (undef, $id, $acs) = metadata('/entity/saml/metadata');
    is "$id $acs", 'urn:example:the dashboard & more ' . acs_url('/entity/saml'), 'with BrazeJitEntityId and BrazeJitPath';
    my @me = (email => 'config@decorumsoft.com');
    signed_in(login('/entity', @me, audience => 'urn:example:the dashboard & more'), 'that is the audience');
    refused(login('/entity', @me), 403, 'audience_mismatch', 'BRAZE-J0159', 'and the default one is not');
    refused(login('/entity', @me, audience => 'urn:example:the dashboard'), 403, 'audience_mismatch', 'BRAZE-J0159', 'nor a part of it');
    signed_in(login('/entity', @me, audience => [ 'urn:other', 'urn:example:the dashboard & more' ]), 'one of several is enough');
    refused(login('/', @me, audience => 'Braze_Dashboard'), 403, 'audience_mismatch', 'BRAZE-J0159', 'case counts');
}

# --- BrazeJitPath ---------------------------------------------------------------------------------------------

is browser()->get(base_url('/entity/auth/saml/sign_in'))->code, 303, 'the default path means nothing where another is set';
is browser()->get(base_url('/entity/samlx/sign_in'))->code, 303, 'nor does a longer name';
is browser()->get(base_url('/entity/saml/sign_in'))->code, 200, 'the control';

# --- BrazeJitAttribute ------------------------------------------------------------------------------------------

my $CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
sub attributes { my ($where, $given, %opt) = @_; return login($where, nameid => 'somebody', nameid_format => 'transient', attributes => $given, %opt) }

for my $name ('email', 'mail', "$CLAIMS/emailaddress", "$CLAIMS/email") {
    my $email = 'by-' . ($name =~ s/\W+/-/gr =~ s/.*claims/claim/r) . '@decorumsoft.com';
    signed_in(attributes('/', { $name => $email }), "e-mail by $name");
    is scalar users_of($email), 1, 'makes the account';
}
my $serial = 0;
for my $pair ([ 'first_name', 'last_name' ], [ 'firstname', 'lastname' ], [ 'firstName', 'lastName' ], [ "$CLAIMS/first_name", "$CLAIMS/last_name" ]) {
    my $email = 'named' . ++$serial . '@decorumsoft.com';
    attributes('/', { email => $email, $pair->[0] => 'Ada', $pair->[1] => 'King' });
    is join(' ', @{ user_of($email) }{qw(given_name family_name)}), 'Ada King', "names by $pair->[0]";
}
attributes('/', [ [ email => '', '  ', 'blank@decorumsoft.com' ], [ 'first_name', "\n  Ada  \n" ], [ 'firstname', 'Other' ] ]);
is user_of('blank@decorumsoft.com')->{given_name}, 'Ada', 'blank values are passed over, white space around is not part of a name';
attributes('/', { email => 'plain@decorumsoft.com', department => 'finance', workspace => 'Sales', permission_set => 'Nothing', groups => 'x' });
{
    my $user = user_of('plain@decorumsoft.com');
    is $user->{department}, undef, 'department is taken only when it is mapped';
    like dump_at(attributes('/', { email => 'plain@decorumsoft.com' })->{ua}, '/cgi/dump')->{env}{BRAZE_WORKSPACES}, qr/\AMarketing\z/, 'as is workspace';
}

admin('--company', 'Decorumsoft', 'permission-set', 'add', 'Writer', 'edit_campaigns');
refused(attributes('/attributes', { email => 'm0@decorumsoft.com' }), 403, 'ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING', 'BRAZE-J0309',
    'names that are given replace the list');
signed_in(attributes('/attributes', { upn => 'm1@decorumsoft.com' }), 'the first name');
signed_in(attributes('/attributes', { 'E-Mail Address' => 'm2@decorumsoft.com' }), 'the second');
signed_in(attributes('/attributes', { 'E-Mail Address' => 'm4@decorumsoft.com', upn => 'm3@decorumsoft.com' }), 'both');
is scalar(users_of('m3@decorumsoft.com')) . scalar(users_of('m4@decorumsoft.com')), '10', 'the first counts';
attributes('/attributes', { upn => 'm5@decorumsoft.com', vorname => 'Zwei', given => 'Eins', last_name => 'Nach', dept => 'finance',
    area => 'Sales', profile => 'Writer', first_name => 'Null' });
my $user = user_of('m5@decorumsoft.com');
is join(' ', @$user{qw(given_name family_name department)}), 'Eins Nach finance', 'fields: mapped by two lines, by default, mapped';
like $user->{resource}, qr/finance/, 'the department is in the resource';
my $env = dump_at(attributes('/attributes', { upn => 'm5@decorumsoft.com' })->{ua}, '/cgi/dump')->{env};
is "$env->{BRAZE_WORKSPACES} $env->{BRAZE_PERMISSIONS}", 'Sales edit_campaigns', 'workspace and permission set as the IdP says';
{
    my $try = attributes('/attributes', { upn => 'm6@decorumsoft.com', area => 'Atlantis', profile => 'Emperor' });
    signed_in($try, 'what the company does not have');
    my $log = log_from($try->{mark});
    like $log, qr/BRAZE-J0315.*workspace "Atlantis"/, 'is logged';
    like $log, qr/BRAZE-J0315.*permission set "Emperor"/, 'both';
    $env = dump_at($try->{ua}, '/cgi/dump')->{env};
    is $env->{BRAZE_WORKSPACES}, 'Marketing', 'and the default taken';
    $try = attributes('/attributes', { upn => 'm7@decorumsoft.com', given => 'x' x 3000 });
    signed_in($try, 'a name that cannot be kept');
    like log_from($try->{mark}), qr/BRAZE-J0314.*first_name/, 'is logged';
    is user_of('m7@decorumsoft.com')->{given_name}, undef, 'and left out';
}
signed_in(attributes('/attributes/inner', { inner => 'm8@decorumsoft.com', vorname => 'Innen' }), 'an inner section maps one field');
is user_of('m8@decorumsoft.com')->{given_name}, 'Innen', 'and keeps the others';
refused(attributes('/attributes/inner', { upn => 'm9@decorumsoft.com' }), 403, 'ERROR_CODE_SSO_SESSION_SIGN_IN_EMAIL_MISSING', 'BRAZE-J0309',
    'of that field only its own names count');

# --- BrazeJitClockSkew: both sides -------------------------------------------------------------------------------

my @me = (email => 'clock@decorumsoft.com');
for my $case ([ '/', 60 ], [ '/skew0', 0 ], [ '/skew600', 600 ]) {
    my ($where, $skew) = @$case;
    my ($in, $out) = ($skew - 15, $skew + 15);
    if ($skew) {
        signed_in(login($where, @me, not_on_or_after => -$in), "skew $skew: ended $in seconds ago");
        signed_in(login($where, @me, confirmation_not_on_or_after => -$in), "skew $skew: the confirmation as well");
        signed_in(login($where, @me, not_before => $in), "skew $skew: begins in $in seconds");
        signed_in(login($where, @me, issue_instant => $in), "skew $skew: issued in $in seconds");
    }
    refused(login($where, @me, not_on_or_after => -$out), 403, 'expired', 'BRAZE-J0157', "skew $skew: ended $out seconds ago");
    refused(login($where, @me, confirmation_not_on_or_after => -$out), 403, 'confirmation_expired', 'BRAZE-J0153', "skew $skew: the confirmation");
    refused(login($where, @me, not_before => $out), 403, 'not_yet_valid', 'BRAZE-J0156', "skew $skew: begins in $out seconds");
    refused(login($where, @me, issue_instant => $out), 403, 'issue_instant_future', 'BRAZE-J0143', "skew $skew: issued in $out seconds");
}

# --- BrazeJitAllowSha1, algorithms ----------------------------------------------------------------------------------

for my $case ([ 'rsa-sha1', 'sha1' ], [ 'rsa-sha1', 'sha256' ], [ 'rsa-sha256', 'sha1' ]) {
    my ($signature, $digest) = @$case;
    refused(login('/', @me, sig_alg => $signature, digest => $digest), 400, 'signature_sha1', 'BRAZE-J0136', "$signature over $digest");
    signed_in(login('/sha1', @me, sig_alg => $signature, digest => $digest), 'with BrazeJitAllowSha1');
}
signed_in(login('/sha1', @me), 'SHA-256 is taken there as well');
signed_in(login('/', @me, sig_alg => "rsa-$_", digest => $_), "rsa-$_") for 'sha384', 'sha512';
signed_in(login('/', email => 'ecdsa@decorumsoft.com', idp => 'ec'), 'ECDSA');
signed_in(login('/', @me, sign => $_), "signed: $_") for 'response', 'both';
refused(login('/', @me, idp => 'other', key => 'idp'), 400, 'signature_invalid', 'BRAZE-J0138', "another IdP's key under this one's name");

# --- BrazeJitCertificate ----------------------------------------------------------------------------------------------

admin('--company', 'Decorumsoft', 'user', 'add', 'cert@decorumsoft.com', '--confirmed');
signed_in(login('/free/certificate', email => 'cert@decorumsoft.com'), 'an IdP by its certificate');
refused(login('/free/certificate', email => 'cert@decorumsoft.com', idp => 'other'), 403, 'issuer_unknown', 'BRAZE-J0128', 'another one');
refused(login('/free/certificate', email => 'cert@decorumsoft.com', key => 'other'), 400, 'signature_invalid', 'BRAZE-J0138', 'another key');
refused(login('/free/halfcertificate', email => 'cert@decorumsoft.com'), 500, 'idp_not_configured', 'BRAZE-J0401', 'a certificate of nobody', audit => 0,
    log => qr/BrazeJitIdpEntityId must name the IdP/);

# --- what directives do not take -----------------------------------------------------------------------------------------

my $dir = BrazeTest::Idp::dir();
BrazeTest::Idp::write_metadata('old.xml', 'idp', valid_until => '2020-01-01T00:00:00Z');
BrazeTest::Saml::write_file("$dir/nothing.xml", '<x/>');
BrazeTest::Saml::write_file("$dir/empty.xml", '');
my @BAD = (
    [ 'BrazeCompany ""', qr/BrazeCompany takes/ ],
    [ 'BrazeJitBaseUrl app.example.com', qr/BrazeJitBaseUrl takes the external URL/ ],
    [ 'BrazeJitBaseUrl https://app.example.com/path', qr/BrazeJitBaseUrl takes scheme, host and port only/ ],
    [ 'BrazeJitBaseUrl "https://app.example.com/?x"', qr/BrazeJitBaseUrl takes the external URL/ ],
    [ 'BrazeJitBaseUrl "https://a b"', qr/BrazeJitBaseUrl/ ],
    [ 'BrazeJitBaseUrl ftp://app.example.com', qr/BrazeJitBaseUrl/ ],
    (map { [ "BrazeJitPath \"$_\"", qr/BrazeJitPath takes a path/ ] } 'saml', '/', '/a b', '/a?b', '/a//b', '/a%2f', '//'),
    [ 'BrazeJitEntityId ""', qr/BrazeJitEntityId takes/ ],
    [ 'BrazeJitEntityId "' . 'x' x 1025 . '"', qr/BrazeJitEntityId takes/ ],
    [ 'BrazeJitIdpMetadata /no/such/file', qr/BRAZE-J0401.*BrazeJitIdpMetadata \/no\/such\/file: No such file/ ],
    [ "BrazeJitIdpMetadata $dir/nothing.xml", qr/BRAZE-J0401.*nothing\.xml/ ],
    [ "BrazeJitIdpMetadata $dir/empty.xml", qr/BRAZE-J0401.*empty\.xml/ ],
    [ "BrazeJitIdpMetadata $dir/old.xml", qr/BRAZE-J0401.*old\.xml: .*(?:expired|validUntil)/ ],
    [ "BrazeJitIdpMetadata $dir/weak.xml", qr/BRAZE-J0401.*weak\.xml/ ],
    [ "BrazeJitIdpMetadata $dir/idp.key", qr/BRAZE-J0401.*idp\.key/ ],
    [ 'BrazeJitCertificate /no/such/file', qr/BRAZE-J0401.*BrazeJitCertificate \/no\/such\/file: No such file/ ],
    [ "BrazeJitCertificate $dir/weak.crt\nBrazeJitIdpEntityId x", qr/BRAZE-J0401.*weak\.crt/ ],
    [ "BrazeJitCertificate $dir/idp.key\nBrazeJitIdpEntityId x", qr/BRAZE-J0401.*idp\.key/ ],
    [ 'BrazeJitTargetUrl idp.example.com', qr/BrazeJitTargetUrl takes/ ],
    [ 'BrazeJitProvisioning maybe', qr/BrazeJitProvisioning must be On or Off/ ],
    [ 'BrazeJitAllowDomain "not a domain"', qr/BrazeJitAllowDomain "not a domain"/ ],
    [ 'BrazeJitAllowDomain a@b.example', qr/BrazeJitAllowDomain "a\@b.example"/ ],
    [ 'BrazeJitAllowDomain .example', qr/BrazeJitAllowDomain "\.example"/ ],
    [ 'BrazeJitAllowDomain *.example', qr/BrazeJitAllowDomain "\*\.example"/ ],
    [ 'BrazeJitAttribute nickname x', qr/BrazeJitAttribute takes a field \(email, first_name/ ],
    [ 'BrazeJitAttribute email', qr/BrazeJitAttribute requires at least two arguments/ ],
    [ 'BrazeJitRelayState url', qr/BrazeJitRelayState takes api-key, path or any/ ],
    (map { [ "BrazeJitClockSkew $_", qr/BrazeJitClockSkew takes a number of seconds from 0 to 600/ ] } '-1', '601', '1m', 'x', '99999999999999999999'),
    (map { [ "BrazeJitSessionMaxAge $_", qr/BrazeJitSessionMaxAge takes a time from 10s to 2592000s/ ] } '9', '31d', 'x', '721h', '-1'),
    (map { [ "BrazeJitSessionIdle $_", qr/BrazeJitSessionIdle takes a time from 10s to 2592000s/ ] } '9', 'x', '99999999999999999999'),
    (map { [ "BrazeJitCookie \"$_\"", qr/BrazeJitCookie takes a cookie name/ ] } 'a b', 'a=b', 'a;b', 'ü'),
    [ 'BrazeJitSignIn never', qr/BrazeJitSignIn takes page, redirect or 401/ ],
    [ "BrazeJitKey /no/such/file\nBrazeJitCert $dir/sp.crt", qr/BRAZE-J0406.*BrazeJitKey \/no\/such\/file: No such file/ ],
    [ "BrazeJitKey $dir/sp.key\nBrazeJitCert /no/such/file", qr/BRAZE-J0406.*BrazeJitCert \/no\/such\/file: No such file/ ],
    [ "BrazeJitKey $dir/sp.key", qr/BRAZE-J0406.*BrazeJitKey .*sp\.key: its certificate is missing/ ],
    [ "BrazeJitCert $dir/sp.crt", qr/BRAZE-J0406.*BrazeJitCert .*sp\.crt: its key is missing/ ],
    [ "BrazeJitKey $dir/sp.key\nBrazeJitCert $dir/sp2.crt", qr/BRAZE-J0406.*sp\.key with BrazeJitCert .*sp2\.crt.*the certificate is not this key's/ ],
    [ "BrazeJitKey $dir/sp.crt\nBrazeJitCert $dir/sp.crt", qr/BRAZE-J0406.*no unencrypted private key/ ],
    [ "BrazeJitKey $dir/sp.key\nBrazeJitCert $dir/sp.key", qr/BRAZE-J0406.*there is no PEM certificate/ ],
    [ "BrazeJitKey $dir/ec.key\nBrazeJitCert $dir/ec.crt", qr/BRAZE-J0406.*the key is not an RSA key/ ],
    [ "BrazeJitKey $dir/weak.key\nBrazeJitCert $dir/weak.crt", qr/BRAZE-J0406.*the RSA key has 1024 bits, at least 2048/ ],
    [ "BrazeJitKey $dir/sp.key\n" x 5, qr/BrazeJitKey is taken at most 4 times/ ],
    [ 'BrazeJitForceAuthn perhaps', qr/BrazeJitForceAuthn must be On or Off/ ],
    (map { [ "BrazeJitNameIdFormat \"$_\"", qr/BrazeJitNameIdFormat takes the URI/ ] } 'email', 'urn:a b', 'urn:<x>'),
    (map { [ "BrazeJitAuthnContext \"$_\"", qr/BrazeJitAuthnContext takes URIs/ ] } 'password', 'urn:x" y:"'),
    [ 'BrazeJitAllowSha1 perhaps', qr/BrazeJitAllowSha1 must be On or Off/ ],
    [ 'BrazeJitHeaders 2', qr/BrazeJitHeaders must be On or Off/ ],
    [ 'BrazeJitUpdateOnLogin 2', qr/BrazeJitUpdateOnLogin must be On or Off/ ],
    [ 'BrazeJitSessionCache shmcb', qr/BrazeJitSessionCache .*(?:not allowed|cannot occur)/ ],
);
for my $case (@BAD) {
    my ($line, $reason) = @$case;
    my ($status, $text) = config_test("<Location />\nAuthType braze-saml\nAuthName x\nRequire valid-user\n$line\n</Location>");
    my $name = substr $line =~ s/\s+/ /gr, 0, 60;
    ok $status != 0 && $text =~ $reason, "refused at start: $name" or diag "$status $text";
}
for my $case ([ 'nosuch', qr/no provider "nosuch" is loaded; load mod_socache_nosuch/ ], [ 'shmcb 3601', qr/0 to 3600 seconds/ ], [ 'shmcb x', qr/0 to 3600 seconds/ ],
    [ 'shmcb:/tmp/x(1)', qr/BrazeJitSessionCache shmcb:/ ]) {
    my ($status, $text) = config_test("BrazeJitSessionCache $case->[0]");
    ok $status != 0 && $text =~ $case->[1], "refused at start: BrazeJitSessionCache $case->[0]" or diag "$status $text";
}
{
    my ($status, $text) = config_test(join "\n", '<Location />', 'AuthType braze-saml', 'AuthName x', 'Require valid-user', 'BrazeCompany "Decorumsoft"',
        'BrazeJitBaseUrl https://[::1]:8443/', 'BrazeJitPath /sso/', "BrazeJitIdpMetadata $dir/idp.xml",
        'BrazeJitClockSkew 600', 'BrazeJitSessionMaxAge 720h', 'BrazeJitSessionIdle 10s', 'BrazeJitCookie __Secure-x', 'BrazeJitSignIn Page',
        'BrazeJitRelayState API-Key', 'BrazeJitAllowDomain a.example b.example', '</Location>', 'BrazeJitSessionCache shmcb:' . work_dir() . '/sc(512000) 3600');
    is $status, 0, 'the control: good ones' or diag $text;
}

# --- Google ------------------------------------------------------------------------------------------------------------------

for my $line ('AuthType openid-connect', 'AuthType Auth-OpenIDC') {
    my ($status, $text) = config_test("<Location />\n$line\nBrazeCompany Decorumsoft\nBrazeJitProvisioning on\n</Location>");
    ok $status != 0 && $text =~ /BRAZE-J0301.*Google/, "$line beside provisioning" or diag $text;
    ($status) = config_test("<Location />\n$line\nBrazeCompany Decorumsoft\nBrazeJitProvisioning off\n</Location>");
    is $status, 0, 'off: fine';
}

done_testing;
