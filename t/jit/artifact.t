# SPDX-License-Identifier: Apache-2.0
# HTTP-Artifact: what it stands for is fetched from the identity provider and judged like any response; who is asked, what
# is believed of the answer, and an identity provider that is slow, elsewhere, or not what it should be.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use URI::Escape qw(uri_escape);
use BrazeTest;
use BrazeTest::Artifact;
use BrazeTest::Jit;
use BrazeTest::Node;
use BrazeTest::Sp qw(sp_id);

make_page('page.html', 'the page');
my $WHO   = 'artifact@decorumsoft.com';
my $OTHER = BrazeTest::Idp::entity_id('other');
my $port  = BrazeTest::Node::free_port();
my $ACS   = "http://127.0.0.1:$port/auth/saml/callback";
my $dir   = BrazeTest::Idp::dir();

sub response { my (%opt) = @_; return BrazeTest::Saml::response_xml(acs => $ACS, nameid => $WHO, %opt) }
sub fixed { my ($name, $make) = @_; my $file = "$dir/art-$name.xml"; BrazeTest::Saml::write_file($file, $make->()) if !-e $file; return BrazeTest::Saml::read_file($file) }
my $answer = \&BrazeTest::Artifact::answer_xml;
my $evil   = sub { my ($xml) = @_; return $xml =~ s/\Q$WHO\E/evil\@decorumsoft.com/gr };

# Name of the artifact => what the identity provider says when it is asked for it.
my %SAYS = (
    assertion => sub { $answer->($_[0], response()) },
    response  => sub { $answer->($_[0], response(sign => 'response')) },
    answer    => sub { $answer->($_[0], response(sign => 'none'), sign => 'idp') },
    all       => sub { $answer->($_[0], response(sign => 'both'), sign => 'idp') },
    declared  => sub { qq(<?xml version="1.0" encoding="UTF-8"?>\n) . $answer->($_[0], response()) },
    encrypted => sub { $answer->($_[0], response(encrypt => 'sp')) },
    cbc       => sub { $answer->($_[0], response(sign => 'none', encrypt => 'sp', cipher => 'aes256-cbc'), sign => 'idp') },
    asked     => sub { $answer->($_[0], response(in_response_to => BrazeTest::Saml::read_file("$dir/art-request"))) },
    copy      => sub { my $id = shift; $answer->($id, fixed('copy', sub { response() })) },

    unsigned  => sub { $answer->($_[0], response(sign => 'none')) },
    'open-cbc'=> sub { $answer->($_[0], response(encrypt => 'sp', cipher => 'aes256-cbc')) },
    stranger  => sub { $answer->($_[0], response(sign => 'none'), sign => 'evil') },
    neighbour => sub { $answer->($_[0], response(sign => 'none'), sign => 'other') },
    changed   => sub { $answer->($_[0], response(sign => 'none'), sign => 'idp', edit => $evil) },
    inner     => sub { $answer->($_[0], $evil->(response()), sign => 'idp') },
    unbound   => sub { $answer->('_another', response(), sign => 'idp') },
    anonymous => sub { $answer->($_[0], response(), issuer => undef) },
    foreign   => sub { $answer->($_[0], response(), issuer => $OTHER) },
    handed    => sub { $answer->($_[0], response(idp => 'other')) },
    vouched   => sub { $answer->($_[0], response(idp => 'other', sign => 'none'), sign => 'idp') },
    old       => sub { $answer->($_[0], response(), issued => -1000) },
    refusing  => sub { $answer->($_[0], '', status => 'Requester') },
    used      => sub { $answer->($_[0], '') },
    two       => sub { $answer->($_[0], join '', map { response() =~ s{\A<\?xml[^>]*>\s*}{}r } 1, 2) },
    outside   => sub { BrazeTest::Artifact::envelope($answer->($_[0], response(sign => 'none'), sign => 'idp') =~ m{<soap:Body>(.*)</soap:Body>}s, response(sign => 'none')) },
    'same-id' => sub { $answer->($_[0], response(id => '_same'), id => '_same') },
    audience  => sub { $answer->($_[0], response(audience => 'https://another.sp')) },
    doctype   => sub { '<!DOCTYPE a [<!ENTITY e "x">]>' . $answer->($_[0], response()) },
    page      => sub { '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>' },
    bare      => sub { response() },
    nothing   => sub { '' },
    fault     => sub { 500 },
    huge      => sub { 'x' x 200_000 },
    endless   => sub { my $s = $_[1]; print $s "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"; 1 while print $s 'x' x 65_536; undef },
    redirect  => sub { my $s = $_[1]; print $s "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" . $s->sockport . "/elsewhere\r\nContent-Length: 0\r\n\r\n"; undef },
    file      => sub { my $s = $_[1]; print $s "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"; undef },
    silent    => sub { sleep 20; undef },
    dripping  => sub { my $s = $_[1]; print $s "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"; for (1 .. 30) { sleep 1; print $s 'x' or last } undef },
);
my $idp = BrazeTest::Artifact->start(%SAYS);
my $tls = BrazeTest::Node::free_port();
my $tls_pid = fork // die "fork: $!";
if (!$tls_pid) { open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>&', \*STDOUT; exec 'openssl', 's_server', '-accept', "127.0.0.1:$tls", '-cert', BrazeTest::Idp::cert_file('idp'), '-key', BrazeTest::Idp::key_file('idp'), '-www', '-quiet'; exit 127 }
END { kill 'TERM', $tls_pid if $tls_pid }
BrazeTest::Idp::write_metadata('art.xml', 'idp', resolve => { 1 => $idp->url, 2 => 'http://127.0.0.1:1/ars', 3 => "https://127.0.0.1:$tls/", 7 => $idp->url('/seven') });
BrazeTest::Idp::write_metadata('art-other.xml', 'other', resolve => { 1 => $idp->url });
my $section = <<"C";
<Location "/">
    AuthType            braze-saml
    AuthName            "Artifacts"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     http://127.0.0.1:$port
    BrazeJitIdpMetadata "$dir/art.xml"
    BrazeJitIdpMetadata "$dir/art-other.xml"
    BrazeJitKey         "$dir/sp.key"
    BrazeJitCert        "$dir/sp.crt"
    BrazeJitProvisioning on
    BrazeJitDefaultWorkspace Marketing
    BrazeJitDefaultPermissionSet Viewer
    BrazeJitAllowDomain decorumsoft.com
</Location>
C
my $node = BrazeTest::Node->start('artifact', $section, ports => [$port]);

sub art { return BrazeTest::Artifact::artifact(@_) }
# bring(artifact, browser, further fields): by GET, as identity providers do it.
sub bring {
    my ($artifact, $ua, @more) = @_;
    $ua //= browser();
    my $mark = $node->log_mark;
    my $begin = time;
    my $res = $ua->get("$ACS?" . join '&', 'SAMLart=' . uri_escape($artifact), @more);
    return { res => $res, ua => $ua, log => $node->log($mark), took => time - $begin };
}
sub in_by {
    my ($try, $what, $where) = @_;
    ok $try->{res}->code == 303 && $try->{res}->header('Location') eq ($where // '/') && cookie_of($try->{res}) == 1, $what or diag $try->{res}->as_string, $try->{log};
    return;
}
sub out_by {
    my ($try, $status, $code, $tag, $what, $why) = @_;
    my $res = $try->{res};
    is $res->code . ' ' . (page_code($res) // ''), "$status $code", $what or diag $try->{log};
    like $try->{log}, qr/\Q$tag\E \Q$code\E: .*$why/, "$what: the log says why" if $tag;
    ok !cookie_of($res), "$what: nobody is signed in";
    return;
}

# --- taken -------------------------------------------------------------------------------------------

for my $name (qw(assertion response answer all declared encrypted cbc)) {
    in_by(my $try = bring(art($name)), "an artifact: $name");
    is $try->{ua}->get("http://127.0.0.1:$port/page.html")->code, 200, 'signed in';
}
my $asked = $idp->asked('assertion');
like $asked, qr{\APOST /ars HTTP/1\.1\r\n}, 'asked at the address of that index';
like $asked, qr{^Content-Type: text/xml; charset=utf-8\r\n}m, 'as SOAP';
like $asked, qr{^SOAPAction: "http://www\.oasis-open\.org/committees/security"\r\n}m, 'with its action';
my ($body) = $asked =~ /\r\n\r\n(.*)\z/s;
my $xpc = XML::LibXML::XPathContext->new(XML::LibXML->load_xml(string => $body)->documentElement);
$xpc->registerNs(samlp => 'urn:oasis:names:tc:SAML:2.0:protocol');
$xpc->registerNs(saml  => 'urn:oasis:names:tc:SAML:2.0:assertion');
is $xpc->findvalue('count(//samlp:ArtifactResolve)'), 1, 'one question';
is $xpc->findvalue('//samlp:ArtifactResolve/saml:Issuer'), 'braze_dashboard', 'from us';
is $xpc->findvalue('//samlp:ArtifactResolve/@Destination'), $idp->url, 'to it';
is $xpc->findvalue('//samlp:ArtifactResolve/samlp:Artifact'), art('assertion'), 'about that';
ok BrazeTest::Artifact::holds($asked, 'sp'), 'signed with our key';
ok !BrazeTest::Artifact::holds($asked =~ s{<samlp:Artifact>.}{<samlp:Artifact>B}r, 'sp'), 'over all of it';

in_by(bring(art('assertion', index => 7)), 'an artifact of another endpoint');
like $idp->asked('assertion'), qr{POST /seven }, 'which is asked then';
in_by(bring(art('assertion'), undef, 'RelayState=%2Fpage.html%3Fa%3Db'), 'with a RelayState', '/page.html?a=b');
{
    my $ua = browser();
    my $res = $ua->post($ACS, [ SAMLart => art('assertion'), RelayState => '/page.html' ]);
    in_by({ res => $res, log => '' }, 'by a form', '/page.html');

    $res = $ua->get("http://127.0.0.1:$port/auth/saml/login?return=%2Fpage.html%3Fasked&idp=" . uri_escape(BrazeTest::Idp::entity_id('idp')));
    BrazeTest::Saml::write_file("$dir/art-request", sp_id($res));
    my $stranger = bring(art('asked'));
    out_by($stranger, 403, 'in_response_to_other_browser', 'BRAZE-J0416', 'an answer to a request, in another browser', '');
    in_by(bring(art('asked'), $ua), 'an answer to our own request', '/page.html?asked');
}

# --- not believed ------------------------------------------------------------------------------------

out_by(bring(art('unsigned')), 400, 'signature_missing', 'BRAZE-J0130', 'nobody has signed', '');
out_by(bring(art('open-cbc')), 400, 'encryption_unauthenticated', 'BRAZE-J0171', 'CBC that no signature covers', '');
for my $case ([ stranger => 'signature' ], [ neighbour => 'signature' ], [ changed => 'signature' ], [ unbound => 'InResponseTo' ], [ anonymous => 'Issuer' ],
    [ foreign => 'Issuer' ], [ old => 'issued' ], [ refusing => 'Requester' ], [ two => 'built.*xml_repeated_element' ], [ outside => 'built.*xml_unexpected_element' ], [ 'same-id' => 'built.*xml_id_duplicate' ],
    [ doctype => 'built.*xml_doctype' ], [ page => 'built.*response_missing' ], [ bare => 'no envelope' ], [ nothing => 'built' ]) {
    out_by(bring(art($case->[0])), 403, 'artifact_answer', 'BRAZE-J0253', "the answer: $case->[0]", $case->[1]);
}
out_by(bring(art('inner')), 400, 'digest_mismatch', 'BRAZE-J0137', 'a signature inside that does not hold, under one that does', '');
out_by(bring(art('handed')), 403, 'in_response_to_other_idp', 'BRAZE-J0164', "another IdP's response, rightly signed", 'handed out');
out_by(bring(art('vouched')), 403, 'in_response_to_other_idp', 'BRAZE-J0164', "another IdP's, for which this one vouches", 'handed out');
out_by(bring(art('audience')), 403, 'audience_mismatch', 'BRAZE-J0159', 'a response for somebody else', '');
out_by(bring(art('used')), 403, 'artifact_unknown', 'BRAZE-J0254', 'used up', '');

# Once.
in_by(bring(art('copy')), 'an artifact');
my $again = bring(art('copy'));
is $again->{res}->code, 303, 'that the IdP answers again';
like $again->{res}->header('Location'), qr{\A/auth/saml/resume\?}, 'is known by its assertion';
ok !cookie_of($again->{res}), 'and signs nobody in';

# --- who is asked ------------------------------------------------------------------------------------

out_by(bring(art('assertion', source => 'https://unknown.example/')), 403, 'artifact_source', 'BRAZE-J0251', 'of nobody who is configured', 'no configured');
out_by(bring(art('assertion', index => 4)), 403, 'artifact_source', 'BRAZE-J0251', 'of an endpoint that there is not', 'index 4');
for my $bad ([ '', 'empty' ], [ '%%%', 'not base64' ], [ substr(art('assertion'), 0, 40), 'cut short' ], [ art('assertion') . 'AAAA', 'longer' ], [ art('assertion', type => 3), 'of another type' ], [ 'A' x 4000, 'very long' ]) {
    out_by(bring($bad->[0]), 400, 'artifact_malformed', 'BRAZE-J0250', "an artifact: $bad->[1]", '');
}
out_by(bring(art('assertion'), undef, 'SAMLart=' . uri_escape(art('assertion'))), 400, 'form_duplicate_field', 'BRAZE-J0410', 'two of them', '');
{
    my $res = browser()->post($ACS, [ SAMLart => art('assertion'), SAMLResponse => BrazeTest::Saml::encode(response()) ]);
    is $res->code . page_code($res), '400form_malformed', 'beside a response';
    is browser()->get($ACS)->code, 405, 'nothing to be seen there without one';
    is browser()->head("$ACS?SAMLart=" . uri_escape(art('assertion')))->code, 405, 'nor to be tried';
    is browser()->post("http://127.0.0.1:$port/page.html", [ SAMLart => art('assertion') ])->code, 401, 'elsewhere it is a form like any';
    is browser()->get("$ACS?SAMLResponse=" . uri_escape(BrazeTest::Saml::encode(response())))->code, 405, 'and a response does not come by GET';
}

# --- reached -----------------------------------------------------------------------------------------

for my $case ([ fault => 'status 500' ], [ huge => 'over 163840 bytes' ], [ endless => 'over 163840 bytes' ], [ redirect => 'status 302' ], [ file => 'status 302' ]) {
    out_by(bring(art($case->[0])), 502, 'artifact_unreachable', 'BRAZE-J0440', "the IdP: $case->[0]", $case->[1]);
}
is $idp->asked('no artifact'), '', 'no redirect was followed';
out_by(bring(art('assertion', index => 2)), 502, 'artifact_unreachable', 'BRAZE-J0440', 'nobody there', 'connect');
out_by(bring(art('assertion', index => 3)), 502, 'artifact_unreachable', 'BRAZE-J0440', 'a certificate that nobody has signed', 'certificate');
for my $name (qw(silent dripping)) {
    my $try = bring(art($name));
    out_by($try, 502, 'artifact_unreachable', 'BRAZE-J0440', "the IdP: $name", 'timed out|Timeout');
    ok $try->{took} > 4 && $try->{took} < 9, "$name: for five seconds" or diag $try->{took};
}

# More who wait than there are connections to the database.
my @waiting = map { my $pid = fork // die "fork: $!"; if (!$pid) { bring(art('silent')); require POSIX; POSIX::_exit(0) } $pid } 1 .. 14;
sleep 1;
my $begin = time;
in_by({ res => browser()->post($ACS, [ SAMLResponse => BrazeTest::Saml::encode(response()) ]), log => '' }, 'while they wait, others sign in');
cmp_ok time - $begin, '<', 3, 'at once';
waitpid $_, 0 for @waiting;

# More than a process has threads (prefork's have one each): half of them wait, and the others serve.
if (BrazeTest::Saml::read_file($ENV{BRAZE_T_BASECONF}) !~ /mpm_prefork/) {
    my $few = BrazeTest::Node->start('artifact-few', $BrazeTest::Node::ONE_CHILD . $section);
    my $mark = $few->log_mark;
    my @many = map {
        my $pid = fork // die "fork: $!";
        if (!$pid) { browser()->get($few->url('/auth/saml/callback?SAMLart=' . uri_escape(art('silent')))); require POSIX; POSIX::_exit(0) }
        $pid;
    } 1 .. 12;
    ok +(wait_until { 7 == (() = $few->log($mark) =~ /BRAZE-J0441 artifact_busy: .*\b5 requests of this process/g) } 4), 'of ten threads five wait'
        or diag $few->log($mark);
    my $busy = browser()->get($few->url('/auth/saml/callback?SAMLart=' . uri_escape(art('silent'))));
    is $busy->code . ' ' . page_code($busy) . ' ' . $busy->header('Retry-After'), '503 artifact_busy 5', 'one more is told when to try again';
    my $from = time;
    is browser()->post($few->url('/auth/saml/callback'), [ SAMLResponse => BrazeTest::Saml::encode(response()) ])->code, 303, 'others sign in';
    cmp_ok time - $from, '<', 3, 'without waiting';
    waitpid $_, 0 for @many;
}

is $idp->asked('died'), '', 'the IdP itself is well';
unlike $node->log, qr/exit signal/, 'no child died';
my ($artifact) = map { quotemeta } art('assertion');
unlike $node->log, qr/$artifact/, 'and the log has no artifact';
$idp->stop;
done_testing;
