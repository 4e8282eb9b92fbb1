# SPDX-License-Identifier: Apache-2.0
# What a visitor without a session gets: the sign-in page and its button, sign-in at once, 401; what was
# posted; our metadata.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use HTTP::Request::Common ();
use Test::More;
use XML::LibXML ();
use BrazeTest;
use BrazeTest::Jit qw(events_of make_page page_code page_reference title_of);
use BrazeTest::Sp;

make_page('page.html', 'the page');
my $WHO   = 'signin@decorumsoft.com';
my $HTML  = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
my @FORM  = (Accept => $HTML, 'Sec-Fetch-Mode' => 'navigate');

sub sign_in { my ($ua, $where) = @_; return post_response($ua, "$where/saml/callback", saml_response(acs => base_url("$where/saml/callback"), nameid => $WHO)) }
sub visit { my ($ua, $path, @headers) = @_; my $res = $ua->get(base_url($path), @headers); return $res->code . ($res->header('Location') ? ' ' . $res->header('Location') : '') }
sub forget_session { my ($ua) = @_; $ua->cookie_jar->clear('127.0.0.1', '/', 'braze_session'); $ua->cookie_jar->clear('127.0.0.1.local', '/', 'braze_session'); return }

# --- the button ----------------------------------------------------------------------------------

my $ua   = browser();
my $page = $ua->get(base_url('/sp/saml/sign_in?return=%2Fsp%2Fpage.html'))->decoded_content;
unlike $page, qr/class="button"/, 'a new browser gets no button';
like $page, qr/Start at your company.s portal/, 'but is told where to start';
is sign_in($ua, '/sp')->code, 303, 'signed in at the portal';
forget_session($ua);
is visit($ua, '/sp/page.html'), '303 /sp/saml/sign_in?return=%2fsp%2fpage.html', 'later, without a session: the sign-in page';
$page = $ua->get(base_url('/sp/saml/sign_in?return=%2Fsp%2Fpage.html'))->decoded_content;
like $page, qr{<a class="button" href="/sp/saml/login\?return=%2fsp%2fpage\.html">Okta &amp; Co</a>}, 'now with a button, which has the name of the IdP';
unlike $page, qr/portal/, 'and nothing of a portal';
like $ua->get(base_url('/sp/saml/sign_in?return=//evil'))->decoded_content, qr{/sp/saml/login\?return=%2f"}, 'that leads to no foreign place';
my $asked = $ua->get(base_url('/sp/saml/login?return=%2fsp%2fpage.html'));
is answer($ua, '/sp', $asked, nameid => $WHO)->header('Location'), '/sp/page.html', 'and leads back';
is visit($ua, '/sp/page.html'), '200', 'signed in';
$ua->get(base_url('/sp/saml/logout'));
like $ua->get(base_url('/sp/saml/sign_in'))->decoded_content, qr/class="button"/, 'signing out leaves the button';
unlike $ua->get(base_url('/sp2/saml/sign_in'))->decoded_content, qr/class="button"/, 'which other endpoints of the host do not have';
is sign_in($ua, '/nosso')->code, 303, 'signed in by an IdP that cannot be asked';
unlike $ua->get(base_url('/nosso/saml/sign_in'))->decoded_content, qr/class="button"/, 'no button there';
for my $forged ('x', 'zzzzzzzzzzzzzzzz', '0123456789abcdef.' . '00000000-' x 3 . '00000000', '0123456789abcdefx') {
    my $res = browser()->get(base_url('/sp/saml/sign_in'), Cookie => 'braze_known_' . substr(sha256_hex('/sp/saml'), 0, 8) . "=$forged");
    is $res->code, 200, "a mark that we did not set ($forged)";
}
is sign_in(my $plain = browser(), '/sp2')->code, 303, 'a location without a name';
like $plain->get(base_url('/sp2/saml/sign_in'))->decoded_content, qr{class="button" [^>]*>SAML SSO</a>}, 'has a general one';
my $other = browser();
like $other->get(base_url('/free/company/saml/sign_in'))->decoded_content, qr/Start at your company/, 'another company knows nothing of it';

# As an ErrorDocument.
is sign_in($ua = browser(), '/asdocument')->code, 303, 'signed in';
forget_session($ua);
my $document = $ua->get(base_url('/asdocument/page.html?a=b&c'));
is $document->code, 401, 'the sign-in page as an ErrorDocument';
like $document->decoded_content, qr{class="button" href="/asdocument/saml/login\?return=%2fasdocument%2fpage\.html%3fa%3db%26c"}, 'its button leads back to the page';

# --- at once -------------------------------------------------------------------------------------

$ua = browser();
is visit($ua, '/going/page.html?a=b'), '303 /going/saml/login?return=%2fgoing%2fpage.html%3fa%3db', 'BrazeJitSignIn redirect';
is visit($ua, '/going/page/page.html'), '303 /going/saml/sign_in?return=%2fgoing%2fpage%2fpage.html', 'page within it';
is visit($ua, '/going/401/page.html'), '401', '401 within it';
is visit($ua, '/going/page.html', @$_), '401', "401 for a script: @$_"
    for [ 'X-Requested-With' => 'XMLHttpRequest' ], [ Accept => 'application/json' ], [ 'Sec-Fetch-Mode' => 'cors', Accept => '*/*' ],
    [ 'Sec-Fetch-Mode' => 'no-cors', Accept => 'image/*' ], [ 'Sec-Fetch-Mode' => 'same-origin', Accept => $HTML ];
is visit($ua, '/going/page.html', 'Sec-Fetch-Mode' => 'navigate', Accept => $HTML), '303 /going/saml/login?return=%2fgoing%2fpage.html', 'a page for a person';
like((browser()->get(base_url('/going/page.html'), 'X-Requested-With' => 'x'))->header('WWW-Authenticate'), qr/\Abraze-saml realm=/, '401 says what is wanted');

# Round and round: every sign-in succeeds, and the page does not find the session (its cookie has another name there).
my $round = sub {
    my $res = $ua->get(base_url('/going/page.html?expired'));
    return $res if $res->code != 303;
    my $asked = $ua->get(base_url($res->header('Location')));
    is answer($ua, '/going', $asked, nameid => $WHO)->code, 303, 'signed in';
    return;
};
$round->() for 1 .. 3;
my $log = logged {
    my $end = $round->();
    is $end->code, 403, 'after three sign-ins that came to nothing it ends';
    is page_code($end), 'sign_in_loop', 'with a reason';
    like $end->decoded_content, qr/Allow cookies/, 'and what to do';
    is join(' ', map {"$_->{name}/$_->{code}/$_->{actor}"} events_of(page_reference($end))), 'Failed Login/sign_in_loop/browser', 'the audit row has its reference';
};
like $log, qr/BRAZE-J0424 sign_in_loop: 3 sign-ins of this browser within two minutes, and it has no session: does it keep the cookie other_name/, 'the log says what may be wrong';
is visit($ua, '/going/page.html'), '200', 'where the session is found all is well';
is visit(browser(), '/going/page.html'), '303 /going/saml/login?return=%2fgoing%2fpage.html', 'and for other browsers';

# --- what was posted -----------------------------------------------------------------------------

for my $form ([ Content => [ a => 'secret text' ] ], [ Content_Type => 'form-data', Content => [ a => 'secret text' ] ], [ Content_Type => 'text/plain', Content => 'a=secret text' ]) {
    my $res = browser()->request(HTTP::Request::Common::POST(base_url('/sp/save?id=7'), @$form, @FORM));
    is $res->code, 401, 'posted without a session: 401';
    is title_of($res), 'You were no longer signed in', 'with a page';
    like $res->decoded_content, qr/was not saved/, 'that says what became of it';
    like $res->decoded_content, qr{href="/sp/saml/sign_in\?return=%2fsp%2fsave%3fid%3d7"}, 'and where to sign in';
    unlike $res->decoded_content, qr/secret text|<form|<input/, 'nothing is kept for later';
    like $res->header('WWW-Authenticate'), qr/\Abraze-saml/, 'a proper 401';
    like $res->header('Cache-Control'), qr/no-store/, 'not to be kept';
}
{
    my $res = browser()->post(base_url('/sp/save'), [ a => 'long text ' x 30_000 ], @FORM);
    is $res->code . title_of($res), '401You were no longer signed in', 'also of a form larger than any response';
    is browser()->post(base_url('/sp/saml/callback'), [ a => 'long text ' x 30_000 ], @FORM)->code, 413, 'which the callback does not take';
}
my $ask_page = sub { my ($referer, $where) = @_; my $res = browser()->post(base_url(($where // '/sp') . '/save'), [ a => 1 ], @FORM, Referer => $referer); return $res->decoded_content =~ /href="([^"]*)"/ ? $1 : $res->code };
is $ask_page->(base_url('/sp/form.html?x=1')), '/sp/saml/sign_in?return=%2fsp%2fform.html%3fx%3d1', 'back to the page of the form';
is $ask_page->($_), '/sp/saml/sign_in?return=%2fsp%2fsave', "not to $_" for 'https://evil.example/x', 'http://' . host_port() . '.evil.example/', base_url('//evil'), 'http://' . host_port(), 'x';
is $ask_page->(base_url('/going/form.html'), '/going'), '/going/saml/login?return=%2fgoing%2fform.html', 'where sign-in is at once, to it';
is browser()->post(base_url('/sp/save'), [ a => 1 ], @$_)->content_type . '', 'text/html', 'httpd\'s own 401' for [ 'X-Requested-With' => 'x', Accept => $HTML ];
unlike browser()->post(base_url('/sp/save'), [ a => 1 ], @$_)->decoded_content, qr/no longer signed in/, 'a script gets the plain 401'
    for [ 'X-Requested-With' => 'x', Accept => $HTML ], [ Accept => 'application/json' ], [ 'Sec-Fetch-Mode' => 'cors', Accept => $HTML ];
unlike browser()->post(base_url('/s401/save'), [ a => 1 ], @FORM)->decoded_content, qr/no longer signed in/, 'as does everybody where 401 is configured';
my $german = browser()->post(base_url('/sp/save'), [ a => 1 ], @FORM, 'Accept-Language' => 'de');
is title_of($german), 'Sie waren nicht mehr angemeldet', 'in the reader\'s language';
my $kept = browser(keep_alive => 1);
is $kept->post(base_url('/sp/save'), [ a => 'x' x 100_000 ], @FORM)->code, 401, 'a large one';
is $kept->get(base_url('/sp/saml/sign_in'))->code, 200, 'leaves the connection in order';

# --- our metadata --------------------------------------------------------------------------------

sub metadata {
    my ($where) = @_;
    my $res = browser()->get(base_url("$where/saml/metadata"));
    is $res->code, 200, "metadata of $where" or diag $res->as_string;
    is $res->content_type, 'application/samlmetadata+xml', 'its type';
    my $xpc = XML::LibXML::XPathContext->new(XML::LibXML->load_xml(string => $res->content)->documentElement);
    $xpc->registerNs(md => 'urn:oasis:names:tc:SAML:2.0:metadata');
    $xpc->registerNs(ds => 'http://www.w3.org/2000/09/xmldsig#');
    return ($xpc, $res->content);
}
my ($none, $text) = metadata('/sp');
is $none->findvalue('@entityID'), 'braze_dashboard', 'entity ID';
is $none->findvalue('md:SPSSODescriptor/@AuthnRequestsSigned'), 'false', 'requests are not signed';
is $none->findvalue('md:SPSSODescriptor/md:AssertionConsumerService[@isDefault="true"]/@Location'), base_url('/sp/saml/callback'), 'where to answer';
is join(' ', map { $_->value } $none->findnodes('md:SPSSODescriptor/md:AssertionConsumerService/@Binding')), join(' ', map {"urn:oasis:names:tc:SAML:2.0:bindings:$_"} qw(HTTP-POST HTTP-Artifact)), 'by a form, or by an artifact';
is join(' ', map { $_->value } $none->findnodes('md:SPSSODescriptor/md:AssertionConsumerService/@index')), '0 1', 'each with an index';
is $none->findvalue('count(//ds:*)'), 0, 'no key, no signature';
is $none->findvalue('md:SPSSODescriptor/md:NameIDFormat'), 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress', 'a name that is an e-mail address';
is +(metadata('/asking'))[0]->findvalue('md:SPSSODescriptor/md:NameIDFormat'), 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'or what BrazeJitNameIdFormat asks for';
is $none->findvalue('count(//md:SingleLogoutService)'), 0, 'nor anywhere to send messages about signing out';
my ($signed, $xml) = metadata('/signed');
is $signed->findvalue('md:SPSSODescriptor/@AuthnRequestsSigned'), 'true', 'with a key they are';
is join(' ', map { ($_->getAttribute('Binding') =~ s/.*://r) . '=' . $_->getAttribute('Location') } $signed->findnodes('md:SPSSODescriptor/md:SingleLogoutService')),
    join(' ', map { "$_=" . base_url('/signed/saml/logout') } qw(HTTP-Redirect HTTP-POST SOAP)), 'by which ways the IdP may sign people out, and where';
is join(' ', map { $_->localname } $signed->findnodes('md:SPSSODescriptor/*')), 'KeyDescriptor KeyDescriptor KeyDescriptor KeyDescriptor SingleLogoutService SingleLogoutService SingleLogoutService NameIDFormat'
    . ' AssertionConsumerService AssertionConsumerService', 'in the order of the schema (saml-metadata 2.4.2, 2.4.4)';
for my $use (qw(signing encryption)) {
    is join(' ', map { $_->textContent =~ s/\s//gr } $signed->findnodes("md:SPSSODescriptor/md:KeyDescriptor[\@use='$use']//ds:X509Certificate")), join(' ', map { BrazeTest::Idp::cert_base64($_) } qw(sp sp2)), "both keys of the rollover stand there for $use";
}
is join(' ', map { $_->value =~ s/.*#//r } $signed->findnodes("md:SPSSODescriptor/md:KeyDescriptor[\@use='encryption'][2]/md:EncryptionMethod/\@Algorithm")), 'aes256-gcm aes128-gcm rsa-oaep rsa-oaep-mgf1p', 'and how to encrypt for them';
is $signed->findvalue('count(//md:EncryptionMethod)'), 8, 'each';
my $file = BrazeTest::Idp::dir() . '/sp-metadata.xml';
my $verify = sub {
    BrazeTest::Saml::write_file($file, $_[0]);
    return eval { BrazeTest::Idp::run_quietly('xmlsec1', '--verify', '--pubkey-cert-pem', BrazeTest::Idp::cert_file($_[1]), '--id-attr:ID', 'urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor', $file); 1 };
};
ok $verify->($xml, 'sp'), 'signed with the first' or diag $@;
ok !$verify->($xml, 'sp2'), 'not with the second';
ok !$verify->($xml =~ s/braze_dashboard/braze_dashboarb/r, 'sp'), 'over all of it';
is((metadata('/signed'))[1], $xml, 'and the same each time');
ok $verify->((metadata('/signed/inner'))[1], 'sp2'), 'an inner section signs with its own';

done_testing;
