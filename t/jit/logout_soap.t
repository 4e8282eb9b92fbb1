# SPDX-License-Identifier: Apache-2.0
# Signing out here at an identity provider that takes nothing but SOAP: it is asked directly, and only what it has signed, to
# this very request, is a confirmation. Whatever it says or does not say, the session here is over.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use BrazeTest;
use BrazeTest::Artifact;
use BrazeTest::Jit;
use BrazeTest::Node;
use XML::LibXML ();
use BrazeTest::Sp;

make_page('page.html', 'the page');
my $WHO  = 'leaving-soap@decorumsoft.com';
my $dir  = BrazeTest::Idp::dir();
my $port = BrazeTest::Node::free_port();
my $NO   = 'urn:oasis:names:tc:SAML:2.0:status:Responder';

# answer(ID of the request, key, options of logout_xml): a LogoutResponse in its envelope.
sub answer {
    my ($id, $key, %opt) = @_;
    my $edit = delete $opt{edit} // sub { $_[0] };
    my $xml  = logout_xml('LogoutResponse', in_response_to => $id, template => defined $key, %opt);
    return BrazeTest::Artifact::envelope($edit->(defined $key ? signed_xml($xml, $key) : $xml));
}

# Name of a location => what its identity provider says.
my %SAYS = (
    yes       => sub { answer($_[0], 'idp') },
    named     => sub { answer($_[0], 'idp', destination => "http://127.0.0.1:$port/named/saml/logout") },
    no        => sub { answer($_[0], 'idp', status => $NO) },
    unsigned  => sub { answer($_[0], undef) },
    stranger  => sub { answer($_[0], 'evil') },
    changed   => sub { answer($_[0], 'idp', status => $NO, edit => sub { $_[0] =~ s/\Q$NO\E/urn:oasis:names:tc:SAML:2.0:status:Success/r }) },
    neighbour => sub { answer($_[0], 'other', issuer => BrazeTest::Idp::entity_id('other')) },
    unbound   => sub { answer('_another', 'idp') },
    elsewhere => sub { answer($_[0], 'idp', destination => 'https://elsewhere.example/logout') },
    old       => sub { answer($_[0], 'idp', issued => -700) },
    request   => sub { BrazeTest::Artifact::envelope(signed_xml(logout_xml('LogoutRequest', name_id => $WHO, template => 1), 'idp')) },
    bare      => sub { signed_xml(logout_xml('LogoutResponse', in_response_to => $_[0], template => 1), 'idp') },
    doctype   => sub { '<!DOCTYPE a [<!ENTITY e "x">]>' . answer($_[0], 'idp') },
    nothing   => sub { '' },
    fault     => sub { 500 },
    huge      => sub { 'x' x 200_000 },
    redirect  => sub { my $s = $_[1]; print $s "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" . $s->sockport . "/logout-yes\r\nContent-Length: 0\r\n\r\n"; undef },
    silent    => sub { sleep 20; undef },
);
# What becomes of it: the line in the log, or none.
my %LOG = (
    yes => undef, named => undef, (map { $_ => qr/BRAZE-J0444: .* has not signed the person out/ } qw(no)),
    (map { $_ => qr/BRAZE-J0444: .* answers another request/ } qw(neighbour unbound)),
    unsigned => qr/BRAZE-J0240/, (map { $_ => qr/BRAZE-J0231/ } qw(stranger changed)), elsewhere => qr/BRAZE-J0233/, old => qr/BRAZE-J0234/,
    (map { $_ => qr/BRAZE-J0230/ } qw(request bare doctype nothing)),
    fault => qr/BRAZE-J0443: .*: status 500/, huge => qr/BRAZE-J0443: .*: the answer is over 65536 bytes/, redirect => qr/BRAZE-J0443: .*: status 302/,
    silent => qr/BRAZE-J0443/,
);
is join(' ', sort keys %LOG), join(' ', sort keys %SAYS), 'each answer has its outcome';

my $idp = BrazeTest::Artifact->start(%SAYS);
my $sections = '';
for my $name (sort(keys %SAYS), 'gone', 'both', 'keyless') {
    my $url = $name eq 'gone' ? 'http://127.0.0.1:1/logout' : $idp->url("/logout-" . ($name eq 'keyless' || $name eq 'both' ? 'yes' : $name));
    BrazeTest::Idp::write_metadata("soap-$name.xml", 'idp', slo_url => $url, slo => [ 'SOAP', $name eq 'both' ? 'HTTP-Redirect' : () ]);
    $sections .= <<"C" . ($name eq 'keyless' ? '' : qq(    BrazeJitKey  "\@idpdir\@/sp.key"\n    BrazeJitCert "\@idpdir\@/sp.crt"\n)) . "</Location>\n";
<Location "/$name">
    AuthType            braze-saml
    AuthName            "Sign-out"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitPath        /$name/saml
    BrazeJitBaseUrl     http://127.0.0.1:$port
    BrazeJitIdpMetadata "\@idpdir\@/soap-$name.xml"
    BrazeJitIdpMetadata "\@idpdir\@/other.xml"
    BrazeJitProvisioning         on
    BrazeJitDefaultWorkspace     "Marketing"
    BrazeJitDefaultPermissionSet "Viewer"
    BrazeJitAllowDomain          decorumsoft.com
C
}
my $node = BrazeTest::Node->start('soap', <<"C" . $sections, ports => [$port]);
AliasMatch "^/(?:.*/)?page\\.html\$" "\@DocumentRoot\@/page.html"
<Directory "\@DocumentRoot\@">
    Require all granted
</Directory>
C

sub at { my ($path) = @_; return "http://127.0.0.1:$port$path" }

sub signed_in {
    my ($where, %opt) = @_;
    my $ua  = browser();
    my $acs = at("/$where/saml/callback");
    my $res = post_response($ua, $acs, saml_response(acs => $acs, nameid => $WHO, session_index => "_of&$where", %opt));
    die $res->as_string if $res->code != 303;
    return $ua;
}
sub is_in { my ($ua, $where) = @_; return $ua->get(at("/$where/page.html"))->code == 200 ? 1 : 0 }

# leave(location): what the browser gets, and what the log says meanwhile.
sub leave {
    my ($where, %opt) = @_;
    my $ua   = $opt{ua} // signed_in($where);
    my $mark = length $node->log;
    my $res  = $ua->get(at("/$where/saml/logout"));
    return { res => $res, ua => $ua, log => substr($node->log, $mark) };
}

for my $name (sort keys %SAYS) {
    my $begin = time;
    my $left  = leave($name);
    is $left->{res}->code . title_of($left->{res}), '200You are signed out', "$name: a page";
    cmp_ok time - $begin, '<', 10, "$name: soon" if $name eq 'silent';
    ok !is_in($left->{ua}, $name), "$name: the session is over";
    like cookies_set($left->{res})->{braze_session}, qr/Max-Age=0/, "$name: and the cookie gone";
    if ($LOG{$name}) {
        unlike $left->{res}->decoded_content, qr/confirmed/, "$name: nothing is said of the portal";
        like $left->{res}->decoded_content, qr/sign out at your company.s portal as well/, "$name: but what to do there";
        like $left->{log}, $LOG{$name}, "$name: the log says why";
    } else {
        like $left->{res}->decoded_content, qr/confirmed that you are signed out there as well/, "$name: the portal has confirmed it";
        unlike $left->{log}, qr/:warn\]|:error\]/, "$name: nothing to warn of";
    }
}
is((() = $idp->asked('yes') =~ /<samlp:LogoutRequest/g), 1, 'a redirect is not followed');

# --- what it is asked ------------------------------------------------------------------------------

my $text = $idp->asked('yes');
like $text, qr{\APOST /logout-yes HTTP/1\.1\r\n}, 'a post';
like $text, qr{^Content-Type: text/xml; charset=utf-8\r$}m, 'of XML';
like $text, qr{^SOAPAction: "http://www\.oasis-open\.org/committees/security"\r$}m, 'by SOAP';
my ($xml) = $text =~ m{(<samlp:LogoutRequest.*</samlp:LogoutRequest>)}s or die $text;
ok xml_holds($xml, 'sp'), 'a request that we have signed';
my $ask = XML::LibXML::XPathContext->new(XML::LibXML->load_xml(string => $xml)->documentElement);
$ask->registerNs(samlp => 'urn:oasis:names:tc:SAML:2.0:protocol');
$ask->registerNs(saml  => 'urn:oasis:names:tc:SAML:2.0:assertion');
is $ask->findvalue('@Destination'), $idp->url('/logout-yes'), 'for it';
is $ask->findvalue('saml:Issuer'), 'braze_dashboard', 'from us';
is $ask->findvalue('saml:NameID'), $WHO, 'for the person';
is $ask->findvalue('samlp:SessionIndex'), '_of&yes', 'and the session';

# --- who is not asked ------------------------------------------------------------------------------

my $gone = leave('gone');
is $gone->{res}->code . title_of($gone->{res}), '200You are signed out', 'an identity provider that is not there';
like $gone->{log}, qr{BRAZE-J0443: \S+ could not be asked at http://127\.0\.0\.1:1/logout}, 'is named in the log';
ok !is_in($gone->{ua}, 'gone'), 'and the session is over';
my $before = length $idp->asked('yes');
is leave('both')->{res}->code, 303, 'one that takes what a browser brings is asked that way';
my $keyless = leave('keyless');
is $keyless->{res}->code . title_of($keyless->{res}), '200You are signed out', 'without a key: here only';
ok !is_in($keyless->{ua}, 'keyless'), 'signed out';
my $ua = signed_in('yes');
is $ua->get(at('/yes/saml/logout'), 'Sec-Fetch-Site' => 'cross-site')->code, 200, 'a link on another site: here only';
ok !is_in($ua, 'yes'), 'signed out';
is browser()->get(at('/yes/saml/logout'))->code, 200, 'nobody signs out';
is length $idp->asked('yes'), $before, 'and the identity provider was not asked for any of them';

is row('SELECT count(*) AS n FROM braze_session WHERE name_id = ?', $WHO)->{n}, 0, 'none of their sessions is left';
unlike $node->log, qr/exit signal/, 'nothing went wrong';

done_testing;
