# SPDX-License-Identifier: Apache-2.0
# What is posted to the assertion consumer service and is no form with a SAML response: answered, with a code, and at once.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

make_page('page.html', 'the page');
my @me   = (nameid => 'robust@decorumsoft.com', attributes => { email => 'robust@decorumsoft.com' });
my $FORM = 'application/x-www-form-urlencoded';

sub encoded { my ($text) = @_; return $text =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger }

# post(body, header => value …): what came back for bytes sent as they are; the path with to =>, other words of the
# head with first =>, half_close => 1 ends the sending.
sub post {
    my ($body, %opt) = @_;
    my $path = delete $opt{to} // '/auth/saml/callback';
    my $half = delete $opt{half_close};
    my %head = (Host => host_port(), Connection => 'close', 'Content-Type' => $FORM, 'Content-Length' => length $body, %opt);
    my $mark = log_mark();
    my $start = time;
    my $bytes = raw_request(join("\r\n", "POST $path HTTP/1.1", (map {"$_: $head{$_}"} grep { defined $head{$_} } sort keys %head), '', $body),
        half_close => $half);
    my $took = time - $start;
    my $res = HTTP::Response->parse($bytes =~ s{\AHTTP/1.1 100[^\r]*\r\n\r\n}{}r);
    return { res => $res, mark => $mark, took => $took, bytes => $bytes };
}

# broken(answer, status, code, tag, name): refused, at once, and on the audit trail.
sub broken {
    my ($try, $status, $code, $tag, $name, %opt) = @_;
    refused($try, $status, $code, $tag, $name, %opt);
    cmp_ok $try->{took}, '<', 5, "$name: at once";
    return;
}

# --- too much -------------------------------------------------------------------------------------------

my $MAX = 256 * 1024;
broken(post('', 'Content-Length' => 2**31), 413, 'body_too_large', 'BRAZE-0160', 'two gigabytes announced, and nothing sent');
broken(post('', 'Content-Length' => 2**31, Expect => '100-continue'), 413, 'body_too_large', 'BRAZE-0160', 'with Expect: 100-continue');
unlike post('', 'Content-Length' => 2**31, Expect => '100-continue')->{bytes}, qr/100 Continue/, 'which is not asked for them';
broken(post('', 'Content-Length' => $MAX + 1), 413, 'body_too_large', 'BRAZE-0160', 'a byte over the limit');
{
    my $try = post('SAMLResponse=' . 'A' x ($MAX - 13));
    like page_code($try->{res}), qr/\A(?:message_too_large|base64_invalid|xml_\w+)\z/, 'the most that is read is judged';
    my $chunk = sprintf "%x\r\n%s\r\n", 65_536, 'A' x 65_536;
    broken(post($chunk x 5 . "0\r\n\r\n", 'Content-Length' => undef, 'Transfer-Encoding' => 'chunked'), 413, 'body_too_large', 'BRAZE-0160', 'chunks over the limit');
    my $endless = post($chunk x 16, 'Content-Length' => undef, 'Transfer-Encoding' => 'chunked');
    is $endless->{res}->code, 413, 'chunks without an end';
    my $inside = 'x' x 300_000 . "\r\n\r\nGET /auth/saml/sign_in HTTP/1.1\r\nHost: x\r\n\r\n";
    my $try2 = post($inside, Connection => 'keep-alive');
    is scalar(() = $try2->{bytes} =~ m{HTTP/1.1 }g), 1, 'what was not read is not taken for another request';
}
{
    my $body = 'SAMLResponse=' . encoded(saml_response(@me)) . '&RelayState=%2Fpage.html';
    my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length, $_ } unpack '(a1000)*', $body;
    my $try = post($chunks . "0\r\n\r\n", 'Content-Length' => undef, 'Transfer-Encoding' => 'chunked');
    is $try->{res}->code . ($try->{res}->header('Location') // ''), '303/page.html', 'the control: a response in chunks';
    $try = post('padding=' . 'x' x 200_000 . '&SAMLResponse=' . encoded(saml_response(@me)));
    is $try->{res}->code, 303, 'the control: a large form';
    my $big = saml_response(nameid => 'robust@decorumsoft.com', attributes => [ [ email => 'robust@decorumsoft.com' ], map { [ "attribute$_", 'x' x 8000 ] } 1 .. 15 ]);
    is login('/', response => $big)->{res}->code, 303, 'the control: an assertion of 120 kB';
}

# --- too little -------------------------------------------------------------------------------------------

{
    my $body = 'SAMLResponse=' . encoded(saml_response(@me));
    my $sessions = row('SELECT count(*) AS n FROM braze_session')->{n};
    my $mark = log_mark();
    my $cut = post($body, 'Content-Length' => length($body) + 100, half_close => 1);
    is $cut->{res}->code, 400, 'a body cut short';
    ok error_log_has(qr/BRAZE-0161 body_incomplete/, $mark), 'is logged';
    $mark = log_mark();
    $cut = post("ffff\r\nabc", 'Content-Length' => undef, 'Transfer-Encoding' => 'chunked', half_close => 1);
    ok error_log_has(qr/BRAZE-0161 body_incomplete/, $mark), 'and chunks cut short';
    is row('SELECT count(*) AS n FROM braze_session')->{n}, $sessions, 'nobody is signed in by what did not come whole';
    my $bad = post("zz\r\nabc\r\n0\r\n\r\n", 'Content-Length' => undef, 'Transfer-Encoding' => 'chunked');
    like $bad->{res}->code, qr/\A4\d\d\z/, 'chunks that are none';
    $mark = log_mark();
    my $both = post($body, 'Transfer-Encoding' => 'chunked', 'Content-Length' => length $body, half_close => 1);
    isnt $both->{res}->code, 303, 'length and chunks at once';
}
broken(post(''), 400, 'saml_response_missing', 'BRAZE-J0413', 'nothing');
broken(post('RelayState=%2F'), 400, 'saml_response_missing', 'BRAZE-J0413', 'RelayState alone');
broken(post('samlresponse=QUJD'), 400, 'saml_response_missing', 'BRAZE-J0413', 'a field of another name');
broken(post('&&&=&=x&'), 400, 'saml_response_missing', 'BRAZE-J0413', 'separators');
broken(post('SAMLRequest=QUJD'), 400, 'saml_response_missing', 'BRAZE-J0413', 'a request');

# --- not a form ---------------------------------------------------------------------------------------------

my $xml = BrazeTest::Saml::response_xml(acs => acs_url(), @me);
broken(post($xml, 'Content-Type' => 'text/xml'), 415, 'not_a_form', 'BRAZE-J0412', 'XML as it is');
broken(post('SAMLResponse=' . encoded(saml_response(@me)), 'Content-Type' => undef), 415, 'not_a_form', 'BRAZE-J0412', 'without a type');
broken(post("--x\r\nContent-Disposition: form-data; name=\"SAMLResponse\"\r\n\r\nQUJD\r\n--x--\r\n", 'Content-Type' => 'multipart/form-data; boundary=x'),
    415, 'not_a_form', 'BRAZE-J0412', 'a form of the other kind');
broken(post($xml), 400, 'saml_response_missing', 'BRAZE-J0413', 'XML under the name of a form');
is post('SAMLResponse=' . encoded(saml_response(@me)), 'Content-Type' => "$FORM; charset=UTF-8")->{res}->code, 303, 'the control: a form with a charset';
is post('SAMLResponse=' . encoded(saml_response(@me)), 'Content-Type' => uc $FORM)->{res}->code, 303, 'the control: written large';
refused(post('SAMLResponse=' . encoded($xml)), 400, 'base64_invalid', 'BRAZE-J0102', 'XML that is not base64');
refused(post('SAMLResponse='), 400, $_, $_ eq 'base64_invalid' ? 'BRAZE-J0102' : 'BRAZE-J0104', 'an empty field') for page_code(post('SAMLResponse=')->{res});

# --- a form, but not a good one --------------------------------------------------------------------------------

my $good = encoded(saml_response(@me));
broken(post("SAMLResponse=$good&SAMLResponse=$good"), 400, 'form_duplicate_field', 'BRAZE-J0410', 'the response twice');
broken(post("SAMLResponse=QUJD&x=y&SAMLResponse=$good"), 400, 'form_duplicate_field', 'BRAZE-J0410', 'two responses');
broken(post("SAMLResponse=$good&SAMLRespons%65=QUJD"), 400, 'form_duplicate_field', 'BRAZE-J0410', 'the second one in disguise');
broken(post("SAMLResponse=$good&RelayState=%2Fa&RelayState=%2Fb"), 400, 'form_duplicate_field', 'BRAZE-J0410', 'RelayState twice');
broken(post("SAMLResponse=$good&RelayState="  . '&%52elayState=x'), 400, 'form_duplicate_field', 'BRAZE-J0410', 'the first one empty');
for my $junk ('%', '%4', '%zz', '%4g', 'QUJD%', '%00', 'QU%00JD', "QU\0JD") {
    (my $name = $junk) =~ s/\0/NUL/;
    broken(post("SAMLResponse=$junk"), 400, 'form_malformed', 'BRAZE-J0410', "percent-encoding: $name");
    broken(post("SAMLResponse=$good&RelayState=$junk"), 400, 'form_malformed', 'BRAZE-J0410', "in RelayState: $name");
}
broken(post('SAMLResponse'), 400, 'form_malformed', 'BRAZE-J0410', 'a name without a value');
broken(post(join '&', ('x=y') x 1000, "SAMLResponse=$good"), 400, 'form_malformed', 'BRAZE-J0410', '1001 fields');
is post(join '&', ('x=%zz') x 999, "SAMLResponse=$good")->{res}->code, 303, 'the control: 1000 fields, others badly encoded';
is post("SAML%52esponse=" . encoded(saml_response(@me)) . '&' . 'n' x 1000 . '=x')->{res}->code, 303, 'the control: names encoded, names long';
{
    my $wrapped = saml_response(@me);
    $wrapped =~ s/(.{76})/$1\r\n/g;
    is login('/', response => $wrapped)->{res}->code, 303, 'the control: base64 in lines';
}

# --- at the location itself ------------------------------------------------------------------------------------------

is post('a=%zz&b', to => '/page.html')->{res}->code, 401, 'an ordinary form, badly encoded, is a visitor\'s';
is post('', to => '/page.html')->{res}->code, 401, 'an empty one';
is post('', to => '/page.html', 'Content-Length' => 2**31)->{res}->code, 401, 'a huge one too, which is not read';

# --- injection on the way to SQL, headers, log and page ------------------------------------------------------------------

my @EVIL = ("' OR '1'='1", '"; DROP TABLE braze_user; --', '<script>alert(1)</script>', '%s%n%x', '$(id)`id`', '../../etc/passwd', '{{7*7}}', "\x{202e}evil", '\\', '${jndi:x}');
for my $evil (@EVIL) {
    my $users = row('SELECT count(*) AS n FROM braze_user')->{n};
    my $try = login('/', nameid => $evil, session_index => $evil, attributes => { email => 'inject@decorumsoft.com', first_name => $evil, last_name => $evil });
    (my $shown = $evil) =~ s/([^ -~])/sprintf '\\x{%04x}', ord $1/ge;
    signed_in($try, "a name is a name: $shown") or next;
    my $session = session_of($try);
    is Encode::decode_utf8(Encode::encode_utf8($session->{name_id})), $evil, 'kept as it is';
    my $bad = login('/', email => "$evil\@decorumsoft.com");
    is row('SELECT count(*) AS n FROM braze_user WHERE user_name LIKE ?', '%script%')->{n}, 0, 'no such account' if $evil =~ /script/;
    my $page = login('/', issuer => $evil);
    unlike $page->{res}->decoded_content, qr/\Q$evil\E/, 'not on the page' if $evil =~ /[<>]/;
    refused($page, 403, 'issuer_unknown', 'BRAZE-J0128', 'an issuer of that name is not known');
}
for my $evil ("a\nb", "a\r\nX: y", "a\tb", "\x{7f}", "\x{85}\x{20ac}") {
    (my $name = $evil) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
    my $try = login('/', nameid => $evil, attributes => { email => 'inject@decorumsoft.com' });
    refused($try, 400, 'value_invalid', 'BRAZE-J0166', "a control character in NameID: $name");
    is scalar(grep {/^X: y/} split /\n/, log_from($try->{mark})), 0, 'no line of its own in the log';
}
{
    my $try = login('/', email => 'inject@decorumsoft.com', relay => "/x\r\nSet-Cookie: evil=1");
    is $try->{res}->header('Location'), '/', 'no header by RelayState';
    is scalar(cookie_of($try->{res})), 1, 'one cookie';
    refused(login('/', nameid => 'x' x 65_536), 400, 'value_too_long', 'BRAZE-J0165', '64 kB of NameID');
    refused(login('/', email => 'x' x 65_536 . '@decorumsoft.com', nameid => 'x'), 400, 'value_too_long', 'BRAZE-J0165', '64 kB of e-mail');
    refused(login('/', email => 'x' x 5000 . '@decorumsoft.com', nameid => 'x'), 403, 'ERROR_CODE_SSO_INVALID_EMAIL', 'BRAZE-J0310', '5 kB of e-mail');
    refused(login('/', attributes => [ map { [ "a$_", 'x' ] } 1 .. 257 ]), 400, 'attributes_too_many', 'BRAZE-J0167', '257 attributes, one more than are read');
}

# --- encrypted: said so ---------------------------------------------------------------------------------------------------

refused(login('/', sign => 'response', encrypt => 'sp'), 400, 'encrypted_assertion_unsupported', 'BRAZE-J0124', 'an encrypted assertion');

# --- LimitRequestBody ------------------------------------------------------------------------------------------------------

{
    my $node = BrazeTest::Node->start('limit', <<'C');
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
    LimitRequestBody    1000
</Location>
C
    is browser()->post($node->url('/auth/saml/callback'), [ SAMLResponse => 'A' x 2000 ])->code, 413, "httpd's own limit holds";
    my $chunk = sprintf "%x\r\n%s\r\n", 2000, 'A' x 2000;
    like $node->raw("POST /auth/saml/callback HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: $FORM\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n"),
        qr{\AHTTP/1.1 413}, 'in chunks too';
}

# --- and it still serves -----------------------------------------------------------------------------------------------------

signed_in(login('/', email => 'robust@decorumsoft.com'), 'signing in works');
unlike log_from(0), qr/exit signal|AH00052/, 'no child died';

done_testing;
