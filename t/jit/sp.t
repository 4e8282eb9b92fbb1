# SPDX-License-Identifier: Apache-2.0
# Sign-in that begins here: what the identity provider is asked, and which answers are taken.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Test::More;
use BrazeTest;
use BrazeTest::Jit qw(make_page);
use BrazeTest::Node;
use BrazeTest::Sp;

make_page('page.html', 'the page');

my $WHO  = 'sp@decorumsoft.com';
my $PAGE = '/sp/page.html?week=3';

sub sign_up { my ($who) = @_; return post_response(browser(), acs_url(), saml_response(nameid => $who)) }
sub refused {
    my ($res, $status, $code, $what) = @_;
    is $res->code, $status, "$what: $status" or diag $res->as_string;
    like $res->decoded_content, qr/\bCode: \Q$code\E\b/, "$what: $code";
}
is sign_up($WHO)->code, 303, 'a person with an account';

# --- what is asked -------------------------------------------------------------------------------

my $ua  = browser();
my $res = login($ua, '/sp', return => $PAGE);
is $res->code, 303, 'the browser is sent on' or diag $res->as_string;
my $url = $res->header('Location');
like $url, qr{\A\Qhttps://idp.example.test/sso?\ESAMLRequest=[\w%.-]+\z}, 'to the first IdP, without a signature where there is no key';
my $ask = asked($res);
is $ask->findvalue('local-name()'), 'AuthnRequest', 'with an AuthnRequest';
is $ask->findvalue('@Destination'), 'https://idp.example.test/sso', 'for that IdP';
is $ask->findvalue('@AssertionConsumerServiceURL'), base_url('/sp/saml/callback'), 'to be answered at the callback';
is $ask->findvalue('@ProtocolBinding'), 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', 'by a post';
is $ask->findvalue('saml:Issuer'), 'braze_dashboard', 'from us';
is $ask->findvalue('@ForceAuthn'), 'false', 'nobody is asked again';
is $ask->findvalue('samlp:NameIDPolicy/@Format'), 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified', 'any name will do';
is $ask->findvalue('count(samlp:RequestedAuthnContext)'), 0, 'and any way of signing in';
like sp_id($res), qr/\A_[\w-]{43}\z/, 'its ID is random';
like $res->header('Cache-Control'), qr/no-store/, 'no cache keeps it';

my @cookies = raw_cookies($res);
is scalar @cookies, 1, 'one cookie';
like $cookies[0], qr/\Abraze_login_[0-9a-f]{16}=a[0-9a-f]{8}[\w-]{43}; Path=\/; Max-Age=600; HttpOnly\z/, 'binds the browser, without SameSite over http';
my ($secret) = $cookies[0] =~ /=a.{8}([\w-]{43});/;
my $row = row('SELECT * FROM braze_saml_request WHERE request_hash = ?', sha256_hex(sp_id($res)));
is $row->{browser_hash}, sha256_hex($secret), 'the row has the hash of its secret';
is $row->{idp}, 'https://idp.example.test/metadata', 'whom was asked';
is $row->{return_to}, $PAGE, 'where to go';
is $row->{expires_at} - $row->{created_at}, 600_000, 'and for how long';

my $over_tls = login(browser(), '/https');
like((raw_cookies($over_tls))[0], qr/\A__Host-braze_login_\w+=\w[\w-]+; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=None\z/, 'over https it goes along with the cross-site post');
is asked($over_tls)->findvalue('@AssertionConsumerServiceURL'), 'https://app.example.com/https/saml/callback', 'and the callback is the external one';

# --- the answer over https -----------------------------------------------------------------------

# TLS ends at a proxy in front of us, so the browser is played by its Cookie header.
{
    my $OUT = 'https://app.example.com/https/saml/callback';
    my $begun = login(browser(), '/https', return => '/https/page.html?tls');
    my ($name, $value) = map {/\A(__Host-braze_login_\w+)=([^;]+)/} raw_cookies($begun);
    my $bare = $name =~ s/\A__Host-//r;
    my $brings = sub {
        my ($cookie) = @_;
        my $ua = browser();
        $ua->default_header(Cookie => $cookie) if defined $cookie;
        return post_response($ua, '/https/saml/callback', saml_response(acs => $OUT, nameid => $WHO, in_response_to => sp_id($begun)));
    };
    # Without the prefix a page of another host of the domain, or one over http, could have set it.
    my %not = ('without it' => undef, 'under its name without the prefix' => "$bare=$value", 'with another prefix' => "__Secure-$bare=$value",
        'with the prefix in small letters' => "__host-$bare=$value", 'under the name of another request' => "${\($name =~ s/.\z/x/r)}=$value");
    # A browser with a request of its own is looked at more closely than one with none.
    my ($own) = map {/\A(__Host-braze_login_[^;]+)/} raw_cookies(login(browser(), '/https'));
    $not{"$_, beside another request's"} = join '; ', $own, $not{$_} // () for keys %not;
    for my $what (sort keys %not) {
        my $res = $brings->($not{$what});
        refused($res, 403, 'in_response_to_other_browser', "the cookie over https: $what");
        is_deeply [ grep {/session/} raw_cookies($res) ], [], 'no session';
    }
    ok !row('SELECT used_at FROM braze_saml_request WHERE request_hash = ?', sha256_hex(sp_id($begun)))->{used_at}, 'none of them has used the request up';
    my $taken = $brings->("x=y; $name=$value");
    is $taken->code . ($taken->header('Location') // ''), '303/https/page.html?tls', 'with it the answer is taken' or diag $taken->as_string;
    my $set = cookies_set($taken);
    like $set->{'__Host-braze_session'} // '', qr/; Secure\z/, 'and begins a session';
    like $set->{$name} // '', qr/\A\Q$name\E=d.*; Secure; SameSite=None\z/, 'what is done is marked so under the same name';
    my ($session) = map {/\A([^;]+)/} $set->{'__Host-braze_session'};
    is browser()->get(base_url('/https/page.html'), Cookie => $session)->code, 200, 'which lets in';

    # And over http the prefix, which no browser would take there, is not looked for.
    my $plain = login(browser(), '/sp');
    my $ua = browser();
    my ($pair) = map {/\A([^;]+)/} raw_cookies($plain);
    $ua->default_header(Cookie => "__Host-$pair");
    refused(answer($ua, '/sp', $plain, nameid => $WHO), 403, 'in_response_to_other_browser', 'over http: with the prefix');
    $ua->default_header(Cookie => $pair);
    is answer($ua, '/sp', $plain, nameid => $WHO)->code, 303, 'without it';
}

# --- the answer ----------------------------------------------------------------------------------

my $done = answer($ua, '/sp', $res, nameid => $WHO, relay_state => '/elsewhere');
is $done->code, 303, 'the answer is taken' or diag $done->as_string;
is $done->header('Location'), $PAGE, 'and leads where the sign-in began, whatever RelayState says';
my $set = cookies_set($done);
like $set->{braze_session}, qr/HttpOnly; SameSite=Lax/, 'with a session';
my $mark = 'braze_known_' . substr sha256_hex('/sp/saml'), 0, 8;
like $set->{$mark}, qr{\A\Q$mark\E=[0-9a-f]{16}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax\z}, 'and the mark of a browser that has signed in';
is $ua->get(base_url('/sp/page.html'))->code, 200, 'the page is there';
ok row('SELECT used_at FROM braze_saml_request WHERE request_hash = ?', sha256_hex(sp_id($res)))->{used_at}, 'the request is used';

refused(answer($ua, '/sp', $res, nameid => $WHO), 403, 'in_response_to_used', 'another answer to it');
my $assertion = saml_response(acs => base_url('/sp/saml/callback'), nameid => $WHO, in_response_to => sp_id(my $again = login($ua, '/sp', return => '/sp/page.html?again')));
is post_response($ua, '/sp/saml/callback', $assertion)->header('Location'), '/sp/page.html?again', 'a second sign-in';
my $twice = post_response($ua, '/sp/saml/callback', $assertion);
like $twice->header('Location'), qr{^/sp/saml/resume\?response=[0-9a-f]{64}&return=}, 'the same answer posted again (reload, back)';
is $ua->get(base_url($twice->header('Location')))->header('Location'), '/sp/page.html?again', 'goes on to where it led';

my $mine = login($ua, '/sp');
refused(answer(browser(), '/sp', $mine, nameid => $WHO), 403, 'in_response_to_other_browser', 'from another browser');
my $other = browser();
my $theirs = login($other, '/sp');
refused(answer($other, '/sp', $mine, nameid => $WHO), 403, 'in_response_to_other_browser', 'from a browser with a request of its own');
{
    # The ID stands in the address at the IdP, and the name of the cookie comes of it: what binds the browser is the secret in it.
    my ($name, $state, $secret) = map {/\A(braze_login_\w+)=([ad][0-9a-f]{8})([\w-]{43})/} raw_cookies($mine);
    my $forged = browser();
    $forged->default_header(Cookie => "$name=$state" . ($secret =~ tr/A-Za-z/B-ZAb-za/r));
    refused(answer($forged, '/sp', $mine, nameid => $WHO), 403, 'in_response_to_other_browser', 'by its name, with another secret');
}
is answer($other, '/sp', $theirs, nameid => $WHO)->code, 303, 'whose own is as good as before';
is answer($ua, '/sp', $mine, nameid => $WHO)->code, 303, 'as is the first one\'s';

refused(answer($ua, '/sp', login($ua, '/sp'), nameid => $WHO, in_response_to => '_unknown'), 403, 'in_response_to_unexpected', 'to a request that nobody made');
my $asked = login($ua, '/sp');
refused(answer($ua, '/sp', $asked, nameid => $WHO, idp => 'other'), 403, 'in_response_to_other_idp', 'by an IdP that was not asked');
refused(answer($ua, '/free/other', $asked, nameid => 'x@otherco.example', idp => 'other'), 403, 'in_response_to_unexpected', 'in another company');
is answer($ua, '/sp', $asked, nameid => $WHO)->code, 303, 'what was refused has not used it up';

$asked = login($ua, '/sp');
dbh()->do('UPDATE braze_saml_request SET expires_at = ? WHERE request_hash = ?', undef, (time - 1) * 1000, sha256_hex(sp_id($asked)));
refused(answer($ua, '/sp', $asked, nameid => $WHO), 403, 'in_response_to_expired', 'too late');
dbh()->do('DELETE FROM braze_saml_request WHERE request_hash = ?', undef, sha256_hex(sp_id($asked)));
refused(answer($ua, '/sp', $asked, nameid => $WHO), 403, 'in_response_to_unexpected', 'and when the row is gone');

# The Response, which is not signed, and the confirmation, which is, must speak of one request: nobody makes an answer into a sign-in that
# began at the IdP by taking InResponseTo off it, nor the other way round.
my $strip = sub { my ($element) = @_; return sub { $_[0] =~ s/(<\Q$element\E\b[^>]*?) InResponseTo="[^"]*"/$1/r } };
my $both = sub { my ($answer) = @_; return answer($ua, '/sp', login($ua, '/sp'), nameid => $WHO, after_sign => $answer) };
refused($both->($strip->('samlp:Response')), 403, 'in_response_to_mismatch', 'InResponseTo taken off the Response');
refused($both->(sub { $_[0] =~ s/(<samlp:Response\b[^>]*? InResponseTo=)"[^"]*"/$1"_another"/r }), 403, 'in_response_to_mismatch', 'exchanged there');
refused(answer($ua, '/sp', login($ua, '/sp'), nameid => $WHO, before_sign => $strip->('saml:SubjectConfirmationData')), 403, 'in_response_to_mismatch', 'only on the Response');
refused(answer($ua, '/sp', login($ua, '/sp'), nameid => $WHO, before_sign => sub { $_[0] =~ s/(<saml:SubjectConfirmationData\b[^>]*? InResponseTo=)"[^"]*"/$1"_another"/r }), 403, 'in_response_to_mismatch',
    'two requests in one answer');
is $both->(sub { $_[0] })->code, 303, 'the control: as it was signed';

# What an account's state says counts whoever begins.
admin('--company', 'Decorumsoft', 'user', 'add', 'off-duty@decorumsoft.com', '--confirmed');
my $duty = login($ua, '/sp');
is answer($ua, '/sp', $duty, nameid => 'off-duty@decorumsoft.com')->code, 303, 'somebody active';
admin('--company', 'Decorumsoft', 'user', 'suspend', 'off-duty@decorumsoft.com');
refused(answer($ua, '/sp', login($ua, '/sp'), nameid => 'off-duty@decorumsoft.com'), 403, 'user_inactive', 'switched off');
refused(answer($ua, '/off', login($ua, '/off'), nameid => 'never-here@decorumsoft.com'), 403, 'provisioning_off', 'nobody, where nobody is made');

my $log = logged { refused(answer($ua, '/sp', login($ua, '/sp'), nameid => 'nobody-yet@decorumsoft.com'), 403, 'idp_initiated_only', 'somebody without an account') };
like $log, qr/BRAZE-J0304/, 'and logged';
is row('SELECT count(*) AS n FROM braze_user WHERE email_key = ?', 'nobody-yet@decorumsoft.com')->{n}, 0, 'who is not made';
is post_response($ua, acs_url('/sp/saml'), saml_response(acs => acs_url('/sp/saml'), nameid => 'nobody-yet@decorumsoft.com'))->code, 303, 'but is when it begins at the IdP, outstanding requests or not';
is answer($ua, '/sp', login($ua, '/sp'), nameid => 'nobody-yet@decorumsoft.com')->code, 303, 'and then can begin here';

# Tabs: each has its own.
my $tabs = browser();
my @tabs = map { login($tabs, '/sp', return => "/sp/page.html?tab=$_") } 1 .. 4;
for (3, 1, 4, 2) {
    is answer($tabs, '/sp', $tabs[ $_ - 1 ], nameid => $WHO)->header('Location'), "/sp/page.html?tab=$_", "tab $_ goes its way";
}
my $many = browser();
login($many, '/sp') for 1 .. 14;
my $kept = 0;
$many->cookie_jar->scan(sub { $kept++ if $_[1] =~ /\Abraze_login_/ && $_[2] ne '' });
is $kept, 10, 'a browser keeps ten at most';

# Two of one request at once: one session.
$asked = login($ua, '/sp');
my $sessions = sub { row('SELECT count(*) AS n FROM braze_session s JOIN braze_user u ON u.id = s.user_id WHERE u.email_key = ?', $WHO)->{n} };
my $before = $sessions->();
my $cookie = $ua->cookie_jar;
my @bodies = map { saml_response(acs => base_url('/sp/saml/callback'), nameid => $WHO, in_response_to => sp_id($asked)) } 1 .. 6;
my @pids = map { my $body = $_; my $pid = fork // die; if (!$pid) { post_response(browser(cookie_jar => $cookie), '/sp/saml/callback', $body); require POSIX; POSIX::_exit(0) } $pid } @bodies;
waitpid $_, 0 for @pids;
is $sessions->() - $before, 1, 'six answers to one request at once make one session';

# --- another node --------------------------------------------------------------------------------

# Behind one name: BrazeJitBaseUrl says what both are called.
my $conf = <<'C';
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
    BrazeJitBaseUrl     http://dashboard.example
</Location>
C
my @nodes = map { BrazeTest::Node->start($_, $conf) } qw(one two);
my $via   = browser();
my $begun = $via->get($nodes[0]->url('/auth/saml/login?return=/page.html'));
my @copies = map { saml_response(acs => 'http://dashboard.example/auth/saml/callback', nameid => $WHO, in_response_to => sp_id($begun)) } 1, 2;
$nodes[0]->stop;
my $there = post_response($via, $nodes[1]->url('/auth/saml/callback'), $copies[0]);
is $there->code, 303, 'begun on a node that is gone, answered on another' or diag $there->as_string;
is $via->get($nodes[1]->url('/page.html'))->code, 200, 'and signed in there';
my $third = BrazeTest::Node->start('three', $conf);
refused(post_response($via, $third->url('/auth/saml/callback'), $copies[1]), 403, 'in_response_to_used', 'on a third');
is $via->get($third->url('/page.html'))->code, 200, 'where the session is good';
$_->stop for $nodes[1], $third;

# --- where to return -----------------------------------------------------------------------------

for my $evil ('//evil.example/', '///evil', '/\\evil', 'http:evil', 'https:%5c%5cevil', 'https://good@evil', "/\tevil", "/\t/evil", '/%09/evil', '/%0d%0ax', '/%5cevil', 'javascript:alert(1)', "/x\r\nSet-Cookie: a=b") {
    my $asked = login($ua, '/sp', return => $evil);
    is row('SELECT return_to FROM braze_saml_request WHERE request_hash = ?', sha256_hex(sp_id($asked)))->{return_to}, '/', "not to $evil" =~ s/[^ -~]/?/gr;
}

# --- whom to ask ---------------------------------------------------------------------------------

like login(browser(), '/sp', idp => 'https://other.example.test/metadata')->header('Location'), qr{\Ahttps://other\.example\.test/sso\?}, '?idp= says whom';
refused(login(browser(), '/sp', idp => 'https://evil.example/metadata'), 404, 'idp_unknown', 'one that is not configured');
refused(login(browser(), '/nosso'), 404, 'idp_cannot_be_asked', 'none that can be asked');
my $back = browser();
my $THEIRS = 'of-the-other@decorumsoft.com';
post_response(browser(), acs_url('/sp/saml'), saml_response(acs => acs_url('/sp/saml'), nameid => $THEIRS, idp => 'other'));
refused(answer($back, '/sp', login($back, '/sp', idp => 'https://other.example.test/metadata'), nameid => $WHO, idp => 'other'), 403, 'linked_elsewhere', 'the second IdP\'s word for somebody of the first');
is answer($back, '/sp', login($back, '/sp', idp => 'https://other.example.test/metadata'), nameid => $THEIRS, idp => 'other')->code, 303, 'signed in by the second IdP';
like login($back, '/sp')->header('Location'), qr{\Ahttps://other\.example\.test/}, 'it is asked the next time';
like login($back, '/sp2')->header('Location'), qr{\Ahttps://idp\.example\.test/}, 'but not by other endpoints';

# --- keys and wishes -----------------------------------------------------------------------------

$res = login($ua, '/signed');
ok query_verified($res->header('Location'), 'sp'), 'with a key it is signed' or diag $res->as_string;
ok !query_verified($res->header('Location') =~ s/SAMLRequest=(.)/'SAMLRequest=' . ($1 eq 'f' ? 'g' : 'f')/er, 'sp'), '(the signature does cover it)';
is answer($ua, '/signed', $res, nameid => $WHO)->code, 303, 'and answered as any other';
ok query_verified(login($ua, '/signed/inner')->header('Location'), 'sp2'), 'an inner section has its own key';

$ask = asked(login($ua, '/asking'));
is $ask->findvalue('@ForceAuthn'), 'true', 'BrazeJitForceAuthn on';
is $ask->findvalue('samlp:NameIDPolicy/@Format'), 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'BrazeJitNameIdFormat';
is join(' ', map { $_->textContent =~ s/.*://r } $ask->findnodes('samlp:RequestedAuthnContext/saml:AuthnContextClassRef')), 'X509 Smartcard TLSClient', 'BrazeJitAuthnContext';
$ask = asked(login($ua, '/asking/inner'));
is $ask->findvalue('@ForceAuthn'), 'false', 'set back within';
is $ask->findvalue('samlp:NameIDPolicy/@Format'), 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient', 'another format within';
is $ask->findvalue('samlp:RequestedAuthnContext/saml:AuthnContextClassRef'), 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password', 'and another way';
my $CLASS = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
my @card = (nameid => $WHO, authn_context => "${CLASS}Smartcard");
refused(answer($ua, '/asking', login($ua, '/asking'), @card, authn_instant => -3600), 403, 'authn_not_fresh', 'forced, but the IdP has not asked again');
is answer($ua, '/asking', login($ua, '/asking'), @card, authn_instant => 0)->code, 303, 'forced, and it has';
is answer($ua, '/asking/inner', login($ua, '/asking/inner'), nameid => $WHO, authn_context => "${CLASS}Password", authn_instant => -3600)->code, 303, 'not forced: an hour ago is fine';
refused(answer($ua, '/asking', login($ua, '/asking'), nameid => $WHO, authn_instant => 0), 403, 'authn_context_mismatch', 'another way of authentication than was asked for');
refused(answer($ua, '/asking/inner', login($ua, '/asking/inner'), @card), 403, 'authn_context_mismatch', 'nor one that another section asks for');
my $unasked = post_response(browser(), acs_url('/asking/saml'), saml_response(acs => acs_url('/asking/saml'), nameid => $WHO));
is $unasked->code . ($unasked->decoded_content =~ /Code: (\w+)/ ? $1 : ''), '403authn_context_mismatch', 'of a response that nobody asked for too';
is post_response(browser(), acs_url('/asking/saml'), saml_response(acs => acs_url('/asking/saml'), @card))->code, 303, 'which is let in by the right way';

# --- an IdP that takes posts only ----------------------------------------------------------------

$res = login($ua, '/posting', return => '/posting/page.html');
is $res->code, 200, 'a page' or diag $res->as_string;
my $form = form_of($res->decoded_content);
is $form->{ACTION}, 'https://idp.example.test/sso', 'posts to the IdP';
is asked($res)->findvalue('@Destination'), 'https://idp.example.test/sso', 'what is asked';
like $res->decoded_content, qr{<button type="submit"}, 'with a button for those without scripts';
my ($script) = $res->decoded_content =~ m{<script>(.*?)</script>};
is $script, 'document.forms[0].submit()', 'and pressed by a script for the others';
my $csp = $res->header('Content-Security-Policy');
require Digest::SHA;
my $hash = Digest::SHA::sha256_base64($script) . '=';
like $csp, qr/script-src 'sha256-\Q$hash\E';/, 'which the policy lets through';
like $csp . $res->header('X-Frame-Options'), qr/frame-ancestors 'none'.*DENY/, 'never in a frame';
unlike $csp, qr/unsafe|form-action/, 'and nothing else; where the IdP leads on to is its own business';
my ($saml_p, $dir) = ('urn:oasis:names:tc:SAML:2.0:protocol', BrazeTest::Idp::dir());
BrazeTest::Saml::write_file("$dir/asked.xml", read_message($res, 'SAMLRequest'));
ok eval { BrazeTest::Idp::run_quietly('xmlsec1', '--verify', '--pubkey-cert-pem', BrazeTest::Idp::cert_file('sp'), '--id-attr:ID', "$saml_p:AuthnRequest", "$dir/asked.xml"); 1 }, 'its signature holds' or diag $@;
is asked($res)->findvalue(q{count(*[local-name()='Signature'])}), 1, 'signed';
is answer($ua, '/posting', $res, nameid => $WHO)->header('Location'), '/posting/page.html', 'and answered';

# --- the company by key --------------------------------------------------------------------------

admin_json('company', 'add', 'Askedco');
admin('--company', 'Askedco', 'jit', 'idp', '--name', 'Askedco IdP', '--entity-id', BrazeTest::Idp::entity_id('idp'), '--target-url', 'https://keyed.example.test/sso', '--certificate', BrazeTest::Idp::cert_file('idp'));
admin('--company', 'Askedco', 'user', 'add', 'keyed@askedco.example');
my $made = admin_json('--company', 'Askedco', 'api-key', 'add', 'sso', '--permission', 'sso.saml.login');
my $key = $made->{secret} // $made->{key};
my $keyed = browser();
refused(login($keyed, '/free/spkey'), 404, 'idp_cannot_be_asked', 'no company is known of a new browser');
is post_response($keyed, '/free/spkey/saml/callback', saml_response(acs => base_url('/free/spkey/saml/callback'), nameid => 'keyed@askedco.example'), RelayState => $key)->code, 303, 'signed in with the key';
$res = login($keyed, '/free/spkey', return => '/free/spkey/page.html');
like $res->header('Location') // '', qr{\Ahttps://keyed\.example\.test/sso\?}, 'from then on it can begin here' or diag $res->as_string;
is answer($keyed, '/free/spkey', $res, nameid => 'keyed@askedco.example')->header('Location'), '/free/spkey/page.html', 'without the key';
like $keyed->get(base_url('/free/spkey/saml/sign_in'))->decoded_content, qr{class="button" href="/free/spkey/saml/login[^>]*>Askedco IdP</a>}, 'and the button has the name of the settings';

done_testing;
