# SPDX-License-Identifier: Apache-2.0
# Single logout: begun here and at the identity provider, by HTTP-Redirect, HTTP-POST and SOAP; what is
# not believed.
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Test::More;
use URI::Escape qw(uri_escape);
use XML::LibXML ();
use BrazeTest;
use BrazeTest::Jit qw(cookie_of make_page page_code session_of title_of);
use BrazeTest::Sp;

make_page('page.html', 'the page');
my $WHO   = 'leaving@decorumsoft.com';
my $IDP   = BrazeTest::Idp::entity_id('idp');
my $SLO   = 'https://idp.example.test/slo';
my $HERE  = base_url('/signed/saml/logout');
my $EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';

# A browser with a session at a location, begun with that SessionIndex.
sub signed_in {
    my ($where, $index, %opt) = @_;
    my $ua  = browser();
    my $res = post_response($ua, "$where/saml/callback", saml_response(acs => base_url("$where/saml/callback"), nameid => $WHO, session_index => $index, %opt));
    $res->code == 303 or die $res->as_string;
    return $ua;
}
sub is_in { my ($ua, $where) = @_; return $ua->get(base_url(($where // '/signed') . '/page.html'))->code == 200 ? 1 : 0 }
sub message_of {
    my ($res, $field) = @_;
    my $xpc = XML::LibXML::XPathContext->new(XML::LibXML->load_xml(string => read_message($res, $field))->documentElement);
    $xpc->registerNs(samlp => 'urn:oasis:names:tc:SAML:2.0:protocol');
    $xpc->registerNs(saml  => 'urn:oasis:names:tc:SAML:2.0:assertion');
    return $xpc;
}

# --- begun here ----------------------------------------------------------------------------------

my $ua  = signed_in('/signed', '_index&1');
my $res = $ua->get($HERE);
is $res->code, 303, 'signing out where there is a key and the IdP can be told' or diag $res->as_string;
my $url = $res->header('Location');
like $url, qr{\A\Q$SLO\E\?SAMLRequest=}, 'goes on to the IdP';
ok query_verified($url, 'sp'), 'with a signature';
my $ask = message_of($res, 'SAMLRequest');
is $ask->findvalue('local-name()'), 'LogoutRequest', 'a request';
is $ask->findvalue('@Destination'), $SLO, 'for it';
is $ask->findvalue('saml:Issuer'), 'braze_dashboard', 'from us';
is $ask->findvalue('saml:NameID'), $WHO, 'for the person';
is $ask->findvalue('saml:NameID/@Format'), $EMAIL, 'by the kind of name that it gave';
is $ask->findvalue('samlp:SessionIndex'), '_index&1', 'and the session';
like $ask->findvalue('@NotOnOrAfter'), qr/Z\z/, 'not for ever';
my $set = cookies_set($res);
like $set->{braze_session}, qr/\Abraze_session=;.*Max-Age=0/, 'the cookie is gone';
ok !is_in($ua), 'and so is the session, before the IdP has said anything';

my $reply = sub {
    my ($browser, $id, %opt) = @_;
    my $key = exists $opt{key} ? delete $opt{key} : 'idp';
    my $edit = delete $opt{edit};
    return $browser->get(redirect_url($HERE, 'SAMLResponse', logout_xml('LogoutResponse', destination => $HERE, in_response_to => $id, %opt), $key, $edit ? (edit => $edit) : ()));
};
my $id = $ask->findvalue('@ID');
my $end = $reply->($ua, $id);
is $end->code . title_of($end), '200You are signed out', 'its answer';
like $end->decoded_content, qr/confirmed that you are signed out there as well/, 'is believed';
my $once_more = $reply->($ua, $id);
unlike $once_more->decoded_content, qr/confirmed/, 'once';

for my $case ([ 'of another request', id => '_other' ], [ 'that says no', status => 'urn:oasis:names:tc:SAML:2.0:status:Responder' ]) {
    my ($what, %opt) = @$case;
    my $ua = signed_in('/signed', '_x');
    my $id = message_of($ua->get($HERE), 'SAMLRequest')->findvalue('@ID');
    my $log = logged { my $end = $reply->($ua, delete $opt{id} // $id, %opt); is $end->code, 200, "an answer $what"; unlike $end->decoded_content, qr/confirmed/, 'is no confirmation' };
    like $log, qr/BRAZE-J0426/, 'and is logged';
}
for my $case ([ 'logout_unsigned', key => undef ], [ 'logout_signature', key => 'evil' ], [ 'logout_issuer', issuer => 'https://evil.example/' ], [ 'logout_destination', destination => 'https://elsewhere/' ],
    [ 'logout_expired', issued => -700 ]) {
    my ($code, %opt) = @$case;
    my $ua = signed_in('/signed', '_x');
    my $end = $reply->($ua, message_of($ua->get($HERE), 'SAMLRequest')->findvalue('@ID'), %opt);
    is $end->code . page_code($end), "403$code", "an answer that is not believed: $code";
}

$ua = signed_in('/sp', '_x');
$res = $ua->get(base_url('/sp/saml/logout'));
is $res->code . title_of($res), '200You are signed out', 'without a key: here only';
like $res->decoded_content, qr/sign out at your company.s portal as well/, 'and the page says so';
ok !is_in($ua, '/sp'), 'signed out';
{
    # A key alone is not enough: the metadata of this IdP have no address at which it could be told.
    my $acs = base_url('/nosso/saml/callback');
    my $try = { res => post_response(my $ua = browser(), $acs, saml_response(acs => $acs, nameid => $WHO, session_index => '_x')) };
    my ($cookie) = cookie_of($try->{res});
    ok session_of($try) && is_in($ua, '/nosso'), 'an IdP that cannot be told: a session';
    my $res = $ua->get(base_url('/nosso/saml/logout'));
    is $res->code . title_of($res), '200You are signed out', 'signing out of it ends on our page';
    is $res->header('Location'), undef, 'that sends nobody on';
    unlike $res->decoded_content, qr/<form|<script|http-equiv|SAMLRequest/, 'by no other way either';
    like $res->decoded_content, qr/sign out at your company.s portal as well/, 'and says where one may still be signed in';
    unlike $res->decoded_content, qr/confirmed/, 'not that the portal had been told';
    like $res->decoded_content, qr{ href="/nosso/saml/sign_in"}, 'with the way back in';
    like cookies_set($res)->{braze_session}, qr/\Abraze_session=;.*Max-Age=0/, 'the cookie is taken away';
    is session_of($try), undef, 'the row is gone';
    my $next = browser()->get(base_url('/nosso/page.html'), Cookie => $cookie);
    is $next->code . ($next->header('Location') // ''), '303/nosso/saml/sign_in?return=%2fnosso%2fpage.html', 'who keeps the cookie is asked to sign in';
}
$ua = signed_in('/signed', '_x');
is $ua->get($HERE, 'Sec-Fetch-Site' => 'cross-site')->code, 200, 'a link on another site: here only';
ok !is_in($ua), 'signed out';
is signed_in('/signed', '_x')->get($HERE, 'Sec-Fetch-Site' => 'same-origin')->code, 303, 'our own: there too';
is signed_in('/signed', '_x')->post($HERE)->code, 303, 'as is a post';
is signed_in('/signed', '_x')->post($HERE, [ a => 1 ])->code, 303, 'or a form';
is browser()->get($HERE)->code, 200, 'nobody signs out: a page';

# The name goes back as it came: saml-core 3.7.1 wants the very identifier.
$ua = signed_in('/signed', '_x', before_sign => sub { $_[0] =~ s/<saml:NameID /<saml:NameID NameQualifier="$IDP&amp;&quot;q" SPNameQualifier="https:\/\/sp.example\/&lt;s&gt;" /r });
$ask = message_of($ua->get($HERE), 'SAMLRequest');
is $ask->findvalue('saml:NameID'), $WHO, 'a name with qualifiers';
is $ask->findvalue('saml:NameID/@NameQualifier'), "$IDP&\"q", 'whose it is';
is $ask->findvalue('saml:NameID/@SPNameQualifier'), 'https://sp.example/<s>', 'for whom it is';
is message_of(signed_in('/signed', '_x')->get($HERE), 'SAMLRequest')->findvalue('count(saml:NameID/@*)'), 1, 'none where there were none';

# By a form where the IdP has only that; its answers go elsewhere.
$ua = signed_in('/slopost', '_p');
$res = $ua->get(base_url('/slopost/saml/logout'));
is $res->code, 200, 'an IdP that takes posts: a page';
is form_of($res->decoded_content)->{ACTION}, $SLO, 'that posts to it';
ok xml_holds(read_message($res, 'SAMLRequest'), 'sp'), 'what is signed';
is message_of($res, 'SAMLRequest')->findvalue('samlp:SessionIndex'), '_p', 'the request';
my $form = sub { my ($browser, $where, $field, $xml, @more) = @_; return $browser->post(base_url("$where/saml/logout"), [ $field => encode_base64($xml, ''), @more ]) };
$id = message_of($res, 'SAMLRequest')->findvalue('@ID');
$end = $form->($ua, '/slopost', 'SAMLResponse', signed_xml(logout_xml('LogoutResponse', destination => base_url('/slopost/saml/logout'), in_response_to => $id, template => 1), 'idp'));
like $end->decoded_content, qr/confirmed/, 'its answer by a form';

# --- begun at the IdP ----------------------------------------------------------------------------

sub request { my (%opt) = @_; return logout_xml('LogoutRequest', destination => $HERE, name_id => $WHO, %opt) }
sub ask_by_query { my ($xml, %opt) = @_; my $key = exists $opt{key} ? delete $opt{key} : 'idp'; my $ua = delete $opt{ua} // browser(); return $ua->get(redirect_url($HERE, 'SAMLRequest', $xml, $key, %opt)) }

my %at = map { $_ => signed_in('/signed', "_s$_") } 1 .. 3;
my $someone = browser();
post_response($someone, '/signed/saml/callback', saml_response(acs => base_url('/signed/saml/callback'), nameid => 'staying@decorumsoft.com', session_index => '_s1'));
admin('--company', 'Decorumsoft', 'identity', 'add', $WHO, '--entity-id', BrazeTest::Idp::entity_id('other'));
my $elsewhere = signed_in('/signed', '_s1', idp => 'other');
$res = ask_by_query(request(id => '_r1', indexes => ['_s1']), ua => $at{1}, relay_state => 'state & more');
is $res->code, 303, 'asked to sign somebody out' or diag $res->as_string;
$url = $res->header('Location');
like $url, qr{\A\Q$SLO\E\?SAMLResponse=}, 'answers to the IdP';
ok query_verified($url, 'sp'), 'signed';
is query_of($url)->{RelayState}, 'state & more', 'with its RelayState';
my $answer = message_of($res, 'SAMLResponse');
is $answer->findvalue('@InResponseTo'), '_r1', 'to that request';
is $answer->findvalue('samlp:Status/samlp:StatusCode/@Value'), 'urn:oasis:names:tc:SAML:2.0:status:Success', 'done';
like cookies_set($res)->{braze_session}, qr/Max-Age=0/, 'the browser\'s own cookie goes';
ok !is_in($at{1}), 'that session is over';
ok is_in($at{2}) && is_in($at{3}), 'others of the person are not';
ok is_in($someone), 'nor anybody else\'s with the same index';
ok is_in($elsewhere), 'nor one by another IdP';
my $event = row(q{SELECT * FROM braze_event WHERE name = 'Signed Out' ORDER BY id DESC LIMIT 1});
is $event->{actor}, "saml:$IDP", 'the audit row says who';
is $event->{user_id}, row('SELECT id FROM braze_user WHERE email_key = ?', $WHO)->{id}, 'and whom';

$res = ask_by_query(request(indexes => [ '_s2', '_nobody' ]), key => 'idp');
ok !is_in($at{2}) && is_in($at{3}), 'from a browser of another, several indexes';
is ask_by_query(request())->code, 303, 'no index';
ok !is_in($at{3}), 'is every session of the name';
ok is_in($elsewhere), 'by that IdP';
is ask_by_query(request())->code, 303, 'somebody who is not signed in is signed out';
is message_of(ask_by_query(request(name_id => 'unknown@nowhere.example')), 'SAMLResponse')->findvalue('samlp:Status/samlp:StatusCode/@Value'), 'urn:oasis:names:tc:SAML:2.0:status:Success', 'as is somebody who never was here';

my $posted = signed_in('/slopost', '_q');
my $there = base_url('/slopost/saml/logout');
$res = $form->(browser(), '/slopost', 'SAMLRequest', signed_xml(request(destination => $there, id => '_r2', indexes => ['_q'], template => 1), 'idp'), RelayState => '<"&>');
is $res->code, 200, 'asked by a form' or diag $res->as_string;
my $back = form_of($res->decoded_content);
unlike $res->header('Content-Security-Policy') . ($res->header('X-Frame-Options') // ''), qr/frame-ancestors|DENY/, 'a page that may stand in the IdP\'s frame';
is $back->{ACTION}, "$SLO/answers", 'answered by one, to where answers go';
is $back->{RelayState}, '<"&>', 'with its RelayState';
ok xml_holds(read_message($res, 'SAMLResponse'), 'sp'), 'signed';
ok !is_in($posted, '/slopost'), 'and done';

# An IdP whose metadata have no address that could be answered to is obeyed all the same.
{
    my $stays = signed_in('/nosso', '_n');
    my $at    = base_url('/nosso/saml/logout');
    my $log   = logged {
        my $res = $stays->get(redirect_url($at, 'SAMLRequest', request(destination => $at, id => '_n1', indexes => ['_n']), 'idp'));
        is $res->code . title_of($res), '200You are signed out', 'asked by an IdP that cannot be answered: the browser stays here';
    };
    like $log, qr/BRAZE-J0241 logout_no_address/, 'the log says why';
    ok !is_in($stays, '/nosso'), 'and the session is over';
    is row(q{SELECT count(*) AS n FROM braze_event WHERE code = 'logout_no_address'})->{n}, 0, 'nobody was refused: no row says so';
}

$posted = signed_in('/signed', '_soap');
my $envelope = sub { return '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' . join('', @_) . '</soap:Body></soap:Envelope>' };
my $soap = sub { my ($text, @headers) = @_; return browser()->post($HERE, 'Content-Type' => 'text/xml; charset=utf-8', SOAPAction => 'http://www.oasis-open.org/committees/security', @headers, Content => $text) };
$res = $soap->($envelope->(signed_xml(request(id => '_r3', indexes => ['_soap'], template => 1), 'idp')));
is $res->code . $res->content_type, '200text/xml', 'asked by the back channel' or diag $res->as_string;
my ($inner) = $res->content =~ m{<soap:Body>(.*)</soap:Body>}s;
like $inner, qr/InResponseTo="_r3".*status:Success/s, 'answered in an envelope';
ok xml_holds($inner, 'sp'), 'signed';
ok !is_in($posted), 'and done';

# --- what is not believed ------------------------------------------------------------------------

my $stays = signed_in('/signed', '_stays');
my $good  = sub { return request(indexes => ['_stays'], @_) };
my $refused = sub {
    my ($res, $status, $code, $what) = @_;
    is $res->code . ' ' . (page_code($res) // ''), "$status $code", $what or diag $res->as_string;
    ok is_in($stays), "$what: the session stays";
};
my $log = logged { $refused->(ask_by_query($good->(), key => undef), 403, 'logout_unsigned', 'no signature') };
like $log, qr/BRAZE-J0237 logout_unsigned: the query has no signature: have the IdP sign/, 'and the log says what to do';
$refused->(ask_by_query($good->(), key => 'evil'), 403, 'logout_signature', 'another\'s key');
$refused->(ask_by_query($good->(), key => 'other'), 403, 'logout_signature', 'another configured IdP\'s key');
$refused->(ask_by_query($good->(issuer => BrazeTest::Idp::entity_id('other')), key => 'other', ua => browser()), 303, '', 'another configured IdP, for its own');
$refused->(ask_by_query($good->(issuer => 'https://evil.example/')), 403, 'logout_issuer', 'an issuer that is not configured');
$refused->(ask_by_query($good->(destination => 'https://elsewhere/')), 403, 'logout_destination', 'for somebody else');
$refused->(ask_by_query($good->(destination => undef)), 403, 'logout_destination', 'for nobody in particular');
$refused->(ask_by_query($good->(until => -120)), 403, 'logout_expired', 'NotOnOrAfter past');
$refused->(ask_by_query($good->(issued => -700)), 403, 'logout_expired', 'issued long ago');
$refused->(ask_by_query($good->(issued => 300)), 403, 'logout_expired', 'issued in the future');
$refused->(ask_by_query($good->(), alg => 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', digest => 'sha1'), 403, 'logout_signature', 'SHA-1');
$refused->(ask_by_query($good->(), alg => 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256'), 403, 'logout_signature', 'an algorithm of secrets');
$refused->(ask_by_query($good->(), alg => 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'), 403, 'logout_signature', 'an algorithm of other keys');
$refused->(ask_by_query($good->(body => '<saml:EncryptedID/>')), 400, 'logout_encrypted', 'an encrypted name');
$refused->(ask_by_query($good->(body => '')), 400, 'logout_malformed', 'no name');
$refused->(ask_by_query($good->(body => "<saml:NameID>$WHO</saml:NameID><saml:NameID>$WHO</saml:NameID>")), 400, 'logout_malformed', 'two names');
$refused->(ask_by_query($good->(name_id => "a\tb")), 400, 'logout_malformed', 'a name of control characters');
$refused->(ask_by_query($good->(indexes => [ map {"_$_"} 1 .. 33 ])), 400, 'logout_malformed', 'too many indexes');
$refused->(ask_by_query($good->(more => '<!-- x -->')), 400, 'logout_malformed', 'a comment');
$refused->(ask_by_query('<!DOCTYPE x [<!ENTITY e "x">]>' . $good->()), 400, 'logout_malformed', 'a DTD');
$refused->(ask_by_query(saml_response() && BrazeTest::Saml::response_xml(acs => $HERE)), 400, 'logout_malformed', 'a response to a sign-in');
$refused->(ask_by_query(logout_xml('LogoutResponse', destination => $HERE, in_response_to => '_x')), 400, 'logout_malformed', 'an answer as a request');
$refused->(ask_by_query('', raw => 'not deflated'), 400, 'logout_malformed', 'not deflated');
$refused->(ask_by_query('', raw => BrazeTest::Sp::deflate($good->(more => '<samlp:Extensions>' . ' ' x 2_000_000 . '</samlp:Extensions>'))), 400, 'logout_malformed', 'a deflate bomb');
$refused->(ask_by_query('', raw => BrazeTest::Sp::deflate($good->()) . 'x'), 400, 'logout_malformed', 'something behind it');
$refused->(ask_by_query('', raw => substr(BrazeTest::Sp::deflate($good->()), 0, 100)), 400, 'logout_malformed', 'cut short');

# The query: what is read must be what was signed.
my $evil = uri_escape(encode_base64(BrazeTest::Sp::deflate($good->(id => '_evil')), ''));
my $twist = sub {
    my ($status, $code, $what, $edit) = @_;
    $refused->(ask_by_query($good->(name_id => 'somebody@else.example'), relay_state => 'x', edit => $edit), $status, $code, $what);
};
$twist->(400, 'logout_parameters', 'a second request behind',        sub { "$_[0]&SAMLRequest=$evil" });
$twist->(400, 'logout_parameters', 'a second request before',        sub { "SAMLRequest=$evil&$_[0]" });
$twist->(400, 'logout_parameters', 'one with an encoded name before', sub { "SAML%52equest=$evil&$_[0]" });
$twist->(400, 'logout_parameters', 'one with an encoded name behind', sub { "$_[0]&%53AMLRequest=$evil" });
$twist->(400, 'logout_parameters', 'only an encoded name',           sub { "SAML%52equest=$evil" });
$twist->(400, 'logout_parameters', 'a response beside',              sub { "$_[0]&SAMLResponse=$evil" });
$twist->(400, 'logout_parameters', 'two signatures',                 sub { "$_[0]&Signature=AA" });
$twist->(400, 'logout_parameters', 'two algorithms',                 sub { "$_[0]&SigAlg=x" });
$twist->(400, 'logout_parameters', 'two relay states',               sub { "$_[0]&RelayState=y" });
$twist->(400, 'logout_parameters', 'no algorithm',                   sub { $_[0] =~ s/&SigAlg=[^&]*//r });
$twist->(400, 'logout_parameters', 'no signature but an algorithm',  sub { $_[0] =~ s/&Signature=[^&]*//r });
$twist->(400, 'logout_parameters', 'another encoding',               sub { "$_[0]&SAMLEncoding=urn:x" });
$twist->(400, 'logout_parameters', 'forty parameters',               sub { join '&', $_[0], map {"a$_=1"} 1 .. 40 });
$twist->(403, 'logout_signature',  'another request with that signature', sub { $_[0] =~ s/SAMLRequest=[^&]*/SAMLRequest=$evil/r });
$twist->(403, 'logout_signature',  'another relay state',            sub { $_[0] =~ s/RelayState=x/RelayState=y/r });
$twist->(403, 'logout_signature',  'the relay state taken away',     sub { $_[0] =~ s/&RelayState=x//r });
$twist->(403, 'logout_signature',  'the relay state recoded',        sub { $_[0] =~ s/RelayState=x/RelayState=%78/r });
$twist->(303, '', 'others\' parameters and another order',           sub { join '&', 'utm=1', reverse split /&/, $_[0] });

# An element with a signature of its own.
my $element = sub { my ($xml, $status, $code, $what) = @_; $refused->($form->(browser(), '/signed', 'SAMLRequest', $xml), $status, $code, "form: $what"); $refused->($soap->($envelope->($xml)), $status, $code, "SOAP: $what"); };
my $signed = signed_xml($good->(id => '_orig', name_id => 'somebody@else.example', template => 1), 'idp');
$element->($good->(), 403, 'logout_unsigned', 'no signature');
$element->(signed_xml($good->(template => 1), 'evil'), 403, 'logout_signature', 'another\'s key');
$element->($signed =~ s/somebody\@else\.example/$WHO/r, 403, 'logout_signature', 'changed');
my ($signature) = $signed =~ m{(<ds:Signature.*</ds:Signature>)}s;
$element->($good->(id => '_evil', more => $signature), 403, 'logout_signature', 'the signature of another message');
$element->($good->(id => '_orig', more => $signature), 403, 'logout_signature', 'and its ID');
$element->($good->(id => '_evil', more => $signature =~ s{</ds:Signature>}{<ds:Object>$signed</ds:Object></ds:Signature>}r), 403, 'logout_signature', 'wrapped in an Object');
$element->($good->(id => '_evil', more => "$signature<samlp:Extensions>$signed</samlp:Extensions>"), 403, 'logout_signature', 'wrapped in Extensions');
$element->($good->(id => '_evil', more => "<samlp:Extensions>$signed</samlp:Extensions>"), 403, 'logout_unsigned', 'a signed one inside');
$refused->($soap->($envelope->($signed, $good->())), 400, 'logout_malformed', 'SOAP: two requests');
$refused->($soap->($envelope->($good->(), $signed)), 400, 'logout_malformed', 'SOAP: two requests, the other way');
$refused->($soap->($signed), 400, 'logout_malformed', 'SOAP: no envelope');
$refused->($soap->(''), 400, 'logout_malformed', 'SOAP: nothing');
$refused->($form->(browser(), '/signed', 'SAMLRequest', $signed, SAMLResponse => 'x'), 400, 'logout_malformed', 'form: both');
$refused->($form->(browser(), '/signed', 'SAMLRequest', $signed, SAMLRequest => 'x'), 400, 'form_duplicate_field', 'form: twice');
$refused->(browser()->post($HERE, [ SAMLRequest => '%%%' ]), 400, 'logout_malformed', 'form: not base64');

# Another company's.
$refused->(browser()->get(redirect_url(base_url('/free/other/saml/logout'), 'SAMLRequest', request(destination => base_url('/free/other/saml/logout'), issuer => BrazeTest::Idp::entity_id('other'), name_id => $WHO), 'other')), 303, '', 'another company\'s IdP, for the same name');

ok is_in($stays), 'it is there to the last';
is ask_by_query($good->())->code, 303, 'and then';
ok !is_in($stays), 'signed out by the real one';
done_testing;
