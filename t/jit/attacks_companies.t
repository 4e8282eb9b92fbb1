# SPDX-License-Identifier: Apache-2.0
# Two companies, two servers, one database: what is made for one company is worth nothing at another's location, and what was used
# on one server is used on all. Each refusal beside what differs from it only in the attack and is let in.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit qw(make_page page_code page_reference cookie_of company_id session_of users_of);
use BrazeTest::Node;
use BrazeTest::Sp qw(cookies_set read_message sp_id);

make_page('page.html', 'the page');
my $BASE = 'http://sp.example.test'; # of both nodes, behind a balancer
my $conf = <<"C";
AliasMatch "^/(?:.*/)?page\\.html\$" "\@DocumentRoot\@/page.html"
<Directory "\@DocumentRoot\@">
    Require all granted
</Directory>
<Location "/">
    AuthType        braze-saml
    AuthName        "Companies"
    Require         valid-user
    BrazeJitBaseUrl $BASE
</Location>
# Both companies have their accounts with one IdP; the second has one of its own besides.
<Location "/one">
    BrazeCompany        "Decorumsoft"
    BrazeJitPath        /one/saml
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
</Location>
<Location "/two">
    BrazeCompany        "Otherco"
    BrazeJitPath        /two/saml
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
    BrazeJitIdpMetadata "\@idpdir\@/other.xml"
</Location>
<Location "/key">
    BrazeJitPath       /key/saml
    BrazeJitRelayState api-key
</Location>
C
my %node = map { $_ => BrazeTest::Node->start("companies-$_", $conf) } qw(first second);

my $WHO = 'both@decorumsoft.com';
admin('--company', $_, 'user', 'add', $WHO, '--confirmed') for 'Decorumsoft', 'Otherco';

sub response {
    my ($where, %opt) = @_;
    return saml_response(acs => "$BASE$where/saml/callback", nameid => $WHO, %opt);
}

# post(node, location, response, more fields…; ua => browser): the answer.
sub post {
    my ($node, $where, $response, %opt) = @_;
    my $ua = delete $opt{ua} // browser();
    return $ua->post($node{$node}->url("$where/saml/callback"), [ SAMLResponse => $response, %opt ]);
}
sub cookie { my ($res) = @_; return (cookie_of($res))[0] }
sub page { my ($node, $where, $cookie) = @_; return browser()->get($node{$node}->url("$where/page.html"), Cookie => $cookie)->code }
sub sessions { return row('SELECT count(*) AS n FROM braze_session')->{n} }

sub let_in {
    my ($res, $what, $to) = @_;
    is $res->code . ' ' . ($res->header('Location') // ''), '303 ' . ($to // '/'), $what or diag $res->as_string;
    return cookie($res);
}

# refused(what, code, tag, code that gives the answer): no cookie, no session, a line in the log of that node.
sub refused {
    my ($what, $code, $tag, $try) = @_;
    my $before = sessions();
    my %mark = map { $_ => $node{$_}->log_mark } keys %node;
    my $res = $try->();
    is page_code($res) // $res->code, $code, $what or diag $res->as_string;
    is scalar(cookie_of($res)) || sessions() - $before, 0, "$what: nobody is signed in";
    my $ref = page_reference($res) // 'none';
    like join('', map { $node{$_}->log($mark{$_}) } keys %node), qr/\Q$tag\E \Q$code\E.*\Q$ref\E/, "$what: the log says so";
    return;
}

# --- a response at another company's location ---
let_in(post('first', '/one', response('/one')), 'made for this location');
refused('made for the other company\'s location', 'destination_mismatch', 'BRAZE-J0145', sub { post('first', '/two', response('/one')) });
refused('made for the other company\'s location, without a Destination', 'recipient_mismatch', 'BRAZE-J0150', sub { post('first', '/two', response('/one', destination => undef)) });
refused('the other way around', 'destination_mismatch', 'BRAZE-J0145', sub { post('second', '/one', response('/two')) });
let_in(post('second', '/two', response('/two')), 'what is made for that location is let in there');
refused('an IdP that is the other company\'s only', 'issuer_unknown', 'BRAZE-J0128', sub { post('first', '/one', response('/one', idp => 'other')) });
admin('--company', 'Otherco', 'user', 'add', 'own@decorumsoft.com', '--confirmed'); # an account is linked to the IdP that it came by first
let_in(post('first', '/two', response('/two', idp => 'other', nameid => 'own@decorumsoft.com')), 'which is its own there');

# --- sessions ---
my %cookie = map { $_ => let_in(post('first', "/$_", response("/$_")), "a session at /$_") } qw(one two);
for my $server (sort keys %node) {
    is page($server, '/one', $cookie{one}), 200, "a session of this company, on the $server node";
    is page($server, '/two', $cookie{one}), 303, "a session of the other company, on the $server node";
    is page($server, '/one', $cookie{two}), 303, 'the other way around';
    is page($server, '/two', $cookie{two}), 200, 'and at home';
}
is browser()->get($node{first}->url('/two/saml/logout'), Cookie => $cookie{one})->code, 200, 'signing out with it';
is page('second', '/one', $cookie{one}), 200, 'signs nobody out of the company where it does not belong';

# --- keys ---
my %key;
for my $case ([ Atkone => 'idp' ], [ Atktwo => 'other' ]) {
    my ($company, $idp) = @$case;
    admin_json('company', 'add', $company);
    admin('--company', $company, 'user', 'add', $WHO, '--confirmed');
    admin('--company', $company, 'jit', 'idp', '--entity-id', BrazeTest::Idp::entity_id($idp), '--certificate', BrazeTest::Idp::cert_file($idp));
    my $made = admin_json('--company', $company, 'api-key', 'add', 'sso', '--permission', 'sso.saml.login');
    $key{$company} = $made->{secret} // $made->{key};
}
my $own = let_in(post('first', '/key', response('/key'), RelayState => $key{Atkone}), 'its own IdP with its own key');
refused('the other company\'s IdP with this company\'s key', 'issuer_unknown', 'BRAZE-J0128', sub { post('first', '/key', response('/key', idp => 'other'), RelayState => $key{Atkone}) });
refused('this company\'s IdP with the other company\'s key', 'issuer_unknown', 'BRAZE-J0128', sub { post('second', '/key', response('/key'), RelayState => $key{Atktwo}) });
refused('the other company\'s key pair in the name of this IdP', 'signature_invalid', 'BRAZE-J0138', sub { post('first', '/key', response('/key', key => 'other'), RelayState => $key{Atkone}) });
refused('no key', 'ERROR_CODE_SSO_INVALID_RELAY_STATE', 'BRAZE-J0411', sub { post('first', '/key', response('/key')) });
let_in(post('second', '/key', response('/key', idp => 'other'), RelayState => $key{Atktwo}), 'and its own IdP with its own key there');
is page('second', '/key', $own), 200, 'the session is the company\'s, on both nodes';
my ($value) = $own =~ /=(.*)\z/;
my ($secret) = $value =~ /\A([\w-]{43})/;
is page('first', '/key', 'braze_session=' . $secret . '.' . company_id('Atktwo')), 303, 'a session with another company written behind it is none';

# --- replay ---
my $once = response('/one');
let_in(post('first', '/one', $once), 'the first time');
sub resumed {
    my ($node, $what) = @_;
    my $before = sessions();
    my $res = post($node, '/one', $once);
    like $res->header('Location') // '', qr{/one/saml/resume\?}, "$what: to be asked once more" or diag $res->as_string;
    is scalar(cookie_of($res)) || sessions() - $before, 0, "$what: nobody is signed in";
    my $where = $res->header('Location') =~ s/\A\Q$BASE\E//r;
    is page_code(browser()->get($node{$node}->url($where))), 'replayed', "$what: refused to a browser that has no session of it";
    return;
}
resumed('first', 'replayed here');
resumed('second', 'replayed on another node');
$node{first}->restart;
resumed('first', 'replayed after a restart');
$node{second}->crash;
$node{second}->run;
resumed('second', 'replayed after a crash');
let_in(post('second', '/one', response('/one')), 'the same person\'s next response');
refused('the same assertion at the other company, which trusts that IdP too', 'destination_mismatch', 'BRAZE-J0145', sub { post('second', '/two', $once) });

# --- requests ---
sub ask {
    my ($ua, $node, $where) = @_;
    my $res = $ua->get($node{$node}->url("$where/saml/login?return=$where/page.html"));
    $res->code == 303 or die $res->as_string;
    return $res;
}
my ($mine, $yours) = (browser(), browser());
my $asked = ask($mine, 'first', '/one');
ask($yours, 'first', '/one');
my $answer = sub { return response('/one', in_response_to => sp_id($asked), @_) };
refused('the answer to another browser\'s request', 'in_response_to_other_browser', 'BRAZE-J0416', sub { post('second', '/one', $answer->(), ua => $yours) });
refused('by a browser that has asked nothing', 'in_response_to_other_browser', 'BRAZE-J0416', sub { post('second', '/one', $answer->()) });
refused('at the other company', 'in_response_to_unexpected', 'BRAZE-J0162', sub { post('second', '/two', response('/two', in_response_to => sp_id($asked)), ua => $mine) });
refused('an answer to no request at all', 'in_response_to_unexpected', 'BRAZE-J0162', sub { post('first', '/one', response('/one', in_response_to => '_none'), ua => $mine) });
# The cookie stands for the host, whatever its port.
let_in(post('second', '/one', $answer->(), ua => $mine), 'the answer to this browser\'s request, on the other node', '/one/page.html');
refused('a second answer to one request', 'in_response_to_used', 'BRAZE-J0317', sub { post('first', '/one', $answer->(), ua => $mine) });

# --- where to ---
for my $away ('//evil.example', '///evil.example', '/\\evil.example', 'http:evil.example', 'https:%5c%5cevil.example', 'https://good@evil.example', '/%09/evil.example', '/x%0d%0aSet-Cookie:%20a=b',
    'javascript:alert(1)', "$BASE.evil.example/", "//sp.example.test\@evil.example", '/%2f%2fevil.example', '\\/evil.example') {
    let_in(post('first', '/one', response('/one'), RelayState => $away), "RelayState does not lead away: $away");
    my $to = browser()->get($node{second}->url('/one/saml/login?return=' . URI::Escape::uri_escape($away)));
    my $row = row('SELECT return_to FROM braze_saml_request ORDER BY created_at DESC');
    is $row->{return_to}, '/', "nor does return= of /login: $away" or diag $to->as_string;
}
let_in(post('second', '/one', response('/one'), RelayState => '/one/page.html?a=b'), 'RelayState leads on', '/one/page.html?a=b');

unlike join('', map { $_->log } values %node), qr/exit signal (?!Killed)/, 'no child died by itself';
done_testing;
