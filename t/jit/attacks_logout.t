# SPDX-License-Identifier: Apache-2.0
# A LogoutRequest once more: whoever has got hold of one cannot end with it what its person has begun since, by no way and on no node.
use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Test::More;
use BrazeTest;
use BrazeTest::Jit qw(events_of make_page page_code page_reference title_of);
use BrazeTest::Node;
use BrazeTest::Sp;

make_page('page.html', 'the page');
my $WHO  = 'again@decorumsoft.com';
my $base = base_url();
my $node = BrazeTest::Node->start('logout', <<"C");
AliasMatch "^/(?:.*/)?page\\.html\$" "\@DocumentRoot\@/page.html"
<Directory "\@DocumentRoot\@">
    Require all granted
</Directory>
<Location "/signed">
    AuthType            braze-saml
    AuthName            "Signed"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitPath        /signed/saml
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
    BrazeJitKey         "\@idpdir\@/sp.key"
    BrazeJitCert        "\@idpdir\@/sp.crt"
</Location>
C

sub begin {
    my ($where) = @_;
    my $ua = browser();
    my $acs = base_url("$where/saml/callback");
    my $res = post_response($ua, $acs, saml_response(acs => $acs, nameid => $WHO, session_index => '_index'));
    $res->code == 303 or die $res->as_string;
    return $ua;
}
sub is_in { my ($ua, $where) = @_; return $ua->get(base_url("$where/page.html"))->code == 200 }
sub request { my ($where, %opt) = @_; return logout_xml('LogoutRequest', destination => base_url("$where/saml/logout"), name_id => $WHO, %opt) }

# Who posts this message to that address.
my %POST = (
    'a form' => sub { my ($url, $xml) = @_; return browser()->post($url, [ SAMLRequest => encode_base64($xml, '') ]) },
    SOAP => sub {
        my ($url, $xml) = @_;
        return browser()->post($url, 'Content-Type' => 'text/xml',
            Content => "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>$xml</soap:Body></soap:Envelope>");
    },
);
sub posted {
    my ($way, $where, $to, $id) = @_;
    my $message = signed_xml(request($where, id => $id, template => 1), 'idp');
    return sub { $POST{$way}->("$to$where/saml/logout", $message) };
}
my %SEND = (
    'HTTP-Redirect' => sub { my ($where, $to) = @_; my $url = redirect_url("$to$where/saml/logout", 'SAMLRequest', request($where, id => $_[2]), 'idp'); return sub { browser()->get($url) } },
    'a form'        => sub { return posted('a form', @_) },
    SOAP            => sub { return posted('SOAP', @_) },
);

sub replayed {
    my ($res, $ua, $where, $what) = @_;
    is $res->code . ' ' . (page_code($res) // ''), '403 logout_replayed', $what or diag $res->as_string;
    ok is_in($ua, $where), "$what: what was begun since goes on";
    return;
}

my $number = 0;
for my $way (sort keys %SEND) {
    my $where = $way eq 'a form' ? '/slopost' : '/signed';
    my $first = begin($where);
    my $send  = $SEND{$way}->($where, $base, '_once' . ++$number);
    like $send->()->code, qr/\A(?:200|303)\z/, "$way: the message";
    ok !is_in($first, $where), 'ends the session';
    my $second = begin($where);
    my $mark = BrazeTest::log_size();
    my $copy = $send->();
    replayed($copy, $second, $where, "a copy by $way");
    like BrazeTest::log_since($mark), qr/BRAZE-J0428 logout_replayed: LogoutRequest _once$number of https:\/\/idp\.example\.test\/metadata/, 'and the log names it';
    is title_of($copy), 'This sign-out message was used before', 'the page says so' if $way ne 'SOAP';
    like $SEND{$way}->($where, $base, "_next$number")->()->code, qr/\A(?:200|303)\z/, 'the next message';
    ok !is_in($second, $where), 'does end it';
}

# --- on another node, and one that came in two ways ---
my $third = begin('/signed');
is redirected($base, '_nodes')->code, 303, 'a message on one node';
ok !is_in($third, '/signed'), 'ends the session';
$third = begin('/signed');
replayed(redirected($node->base, '_nodes'), $third, '/signed', 'a copy on another node');
replayed($SEND{SOAP}->('/signed', $base, '_nodes')->(), $third, '/signed', 'one of the same ID by another way');
for my $way ('HTTP-Redirect', 'SOAP', 'a form') {
    my $elsewhere = begin('/signed');
    like $SEND{$way}->('/signed', $node->base, "_elsewhere$way" =~ tr/ /_/r)->()->code, qr/\A(?:200|303)\z/, "$way: a message to another node";
    ok !is_in($elsewhere, '/signed'), 'ends the session that was begun here';
}
$third = begin('/signed');
sub redirected { my ($to, $id) = @_; return $SEND{'HTTP-Redirect'}->('/signed', $to, $id)->() }

# --- what ended nobody is remembered too; another IdP may use that ID ---
is redirected($base, '_clear')->code, 303, 'the next message, on both nodes';
ok !is_in($third, '/signed'), 'nobody is left';
is redirected($base, '_nobody')->code, 303, 'who is not signed in is signed out';
my $fourth = begin('/signed');
replayed(redirected($base, '_nobody'), $fourth, '/signed', 'a copy of what ended nobody');
my $other = browser()->get(redirect_url(base_url('/signed/saml/logout'), 'SAMLRequest',
    request('/signed', id => '_nodes', issuer => BrazeTest::Idp::entity_id('other')), 'other'));
is $other->code, 303, "another IdP's message of that ID is another message";
ok is_in($fourth, '/signed'), 'and ends none of this one';

# --- many at once: one of them ends the session ---
my $same = $SEND{'HTTP-Redirect'}->('/signed', $base, '_many');
my @codes = map { $same->()->code } 1 .. 5;
is "@codes", '303 403 403 403 403', 'the same five times';
is row('SELECT count(*) AS n FROM braze_replay r WHERE r.replay_key = ?', do { require Digest::SHA; Digest::SHA::sha256_hex("LogoutRequest\n" . BrazeTest::Idp::entity_id('idp') . "\n_many") })->{n}, 1, 'is one row';

# --- a small message that canonicalization would make large: each of its elements has a long namespace written anew ---
my $LARGE = 500; # elements; times the namespace: 25 MB
my $URI   = 'urn:' . 'a' x 50_000;
my $LOGS  = qr/BRAZE-J0231 logout_signature: \S+/; # and the reason
my %LARGER = ( # what no key is needed for, and the reason
    "$LARGE elements in SignedInfo" => [
        sub { $_[0] =~ s{(<ds:SignatureMethod [^>]*?)/>}{"$1>" . '<l:a/>' x $LARGE . '</ds:SignatureMethod>'}er },
        qr{$LOGS/SignedInfo/SignatureMethod/a is out of place},
    ],
    'attributes of what SignedInfo has' => [ sub { $_[0] =~ s/<ds:(?:\w+Method|Transform|DigestValue)\b\K/ l:x=""/gr }, qr/$LOGS .* no canonical form of a usual size/ ],
);
sub with_used { # so often, in what is signed
    my ($where, $id, $times) = @_;
    return signed_xml(request($where, id => $id, template => 1, more => qq(<samlp:Extensions xmlns:l="$URI">) . '<l:a/>' x $times . '</samlp:Extensions>'), 'idp');
}
sub with_declared { # behind the key's back
    my ($where, $id) = @_;
    return signed_xml(request($where, id => $id, template => 1), 'idp') =~ s/<samlp:LogoutRequest\K / xmlns:l="$URI" /r;
}
for my $way (sort keys %POST) {
    my $where   = $way eq 'a form' ? '/slopost' : '/signed';
    my $url     = "$base$where/saml/logout";
    my $id      = '_large' . ++$number;
    my $ua      = begin($where);
    my $refused = sub {
        my ($what, $xml, $why) = @_;
        cmp_ok length $xml, '<', 64 * 1024, "$what by $way: it is small";
        my $mark = BrazeTest::log_size();
        my $res  = $POST{$way}->($url, $xml);
        is $res->code . ' ' . (page_code($res) // ''), '403 logout_signature', 'it is refused' or diag $res->as_string;
        my $log = BrazeTest::log_since($mark);
        ok $log =~ $why, 'the log names it, and the reason' or diag substr $log, 0, 1000;
        ok is_in($ua, $where), 'who was signed in still is';
        return;
    };
    $refused->("$LARGE elements that are signed", with_used($where, $id, $LARGE), qr/$LOGS .* no canonical form of a usual size/);
    $refused->($_, $LARGER{$_}[0]->(with_declared($where, $id)), $LARGER{$_}[1]) for sort keys %LARGER;
    like $POST{$way}->($url, with_used($where, $id, 1))->code, qr/\A(?:200|303)\z/, 'with one such element that is signed it is taken';
    ok !is_in($ua, $where), 'and ends the session';
}

# --- every refusal is on the audit trail, as far as it is known whose it is; so many a minute ---
my $own = BrazeTest::Node->start('logout-trail', $BrazeTest::Node::ONE_CHILD . <<"C"); # one child, which counts for itself
<Location "/trail">
    AuthType            braze-saml
    AuthName            "Trail"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitPath        /trail/saml
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
    BrazeJitKey         "\@idpdir\@/sp.key"
    BrazeJitCert        "\@idpdir\@/sp.crt"
</Location>
C
sub noted {
    my ($res, $code, $actor, $what) = @_;
    is page_code($res), $code, $what or diag $res->as_string;
    is join(' ', map {"$_->{name}/$_->{code}/$_->{actor}"} events_of(page_reference($res))), "Failed Logout/$code/$actor", "$what: an audit row";
    return;
}
for my $way (sort keys %SEND) {
    my $send = $SEND{$way}->('/trail', $own->base, '_trail');
    $send->() if $way eq (sort keys %SEND)[0];
    noted($send->(), 'logout_replayed', 'saml:' . BrazeTest::Idp::entity_id('idp'), "a copy by $way");
}
my $unsigned = sub { return browser()->get(redirect_url($own->base . '/trail/saml/logout', 'SAMLRequest', request('/trail'), undef)) };
noted($unsigned->(), 'logout_unsigned', 'saml', 'what nobody has signed');
noted(browser()->post($own->base . '/trail/saml/logout', [ SAMLRequest => 'x' ]), 'logout_malformed', 'saml', 'no message');
noted(browser()->post($own->base . '/trail/saml/logout', 'Content-Type' => 'text/xml', Content => 'x'), 'logout_malformed', 'saml', 'no message by SOAP');
my ($before) = map { $_->{n} } row(q{SELECT count(*) AS n FROM braze_event WHERE name = 'Failed Logout'});
my $minute = int time / 60;
$unsigned->() for 1 .. 500;
my ($after) = map { $_->{n} } row(q{SELECT count(*) AS n FROM braze_event WHERE name = 'Failed Logout'});
cmp_ok $after - $before, '>', 50, 'many of them';
cmp_ok $after - $before, '<=', 120 * (int(time / 60) - $minute + 1), 'but no more than so many a minute';
$own->stop;

unlike $node->log . BrazeTest::log_since(0), qr/exit signal/, 'no child died';
done_testing;
