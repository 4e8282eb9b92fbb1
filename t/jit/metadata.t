# SPDX-License-Identifier: Apache-2.0
# The IdP's metadata while httpd runs: replaced, broken, gone, out of date.
use strict;
use warnings;
use POSIX qw(strftime);
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

make_page('page.html', 'the page');
my $dir  = BrazeTest::Idp::dir();
my $file = "$dir/reload.xml";
BrazeTest::Idp::make_key($_) for 'old-key', 'new-key';
BrazeTest::Idp::write_metadata('reload.xml', 'idp', keys => ['old-key']);
my $until = strftime '%Y-%m-%dT%H:%M:%SZ', gmtime time + 12;
BrazeTest::Idp::write_metadata('soon-old.xml', 'idp', valid_until => $until);
my %WANTS = (true => 1, 1 => 1, false => 0, TRUE => 0);    # an xs:boolean, which TRUE is not
BrazeTest::Idp::write_metadata("wants-$_.xml", 'idp', wants_signed => $_) for keys %WANTS;
BrazeTest::Saml::write_file("$dir/reload.crt", BrazeTest::Saml::read_file(BrazeTest::Idp::cert_file('old-key')));
# A person each, since an account stays with the IdP that it has come by.
admin('--company', 'Decorumsoft', 'user', 'add', "$_\@decorumsoft.com", '--confirmed') for qw(reload reload-other reload-ec);
# The company's own IdP: it must not stand in for a location's whose metadata is out of order.
admin('--company', 'Decorumsoft', 'jit', 'idp', '--entity-id', BrazeTest::Idp::entity_id('other'), '--certificate', BrazeTest::Idp::cert_file('other'));

# One child: what was last good each of them knows for itself.
my $node = BrazeTest::Node->start('metadata', $BrazeTest::Node::ONE_CHILD . <<'C' . join '', map { <<"EACH" } keys %WANTS);
<Directory "@DocumentRoot@">
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/reload.xml"
</Location>
<Location "/certificate">
    BrazeJitPath        /certificate/saml
    BrazeJitCertificate "@idpdir@/reload.crt"
    BrazeJitIdpEntityId "https://idp.example.test/metadata"
</Location>
<Location "/two">
    BrazeJitPath        /two/saml
    BrazeJitIdpMetadata "@idpdir@/ec.xml"
    BrazeJitIdpMetadata "@idpdir@/soon-old.xml"
</Location>
<Location "/one">
    BrazeJitPath        /one/saml
    BrazeJitIdpMetadata "@idpdir@/soon-old.xml"
</Location>
C
<Location "/wants-$_">
    BrazeJitPath        /wants-$_/saml
    BrazeJitIdpMetadata "\@idpdir\@/wants-$_.xml"
</Location>
<Location "/wants-$_/signed">
    BrazeJitPath        /wants-$_/signed/saml
    BrazeJitKey         "\@idpdir\@/sp.key"
    BrazeJitCert        "\@idpdir\@/sp.crt"
</Location>
EACH

sub try_at { my ($where, $key, %opt) = @_; return login($where, host => $node->base, email => 'reload@decorumsoft.com', key => $key, %opt) }

# is_in(key, name) and is_out(key, code, name): twice, so that what the first has done to the second shows.
sub is_in {
    my ($key, $name, $where) = @_;
    my @codes = map { try_at($where // '/', $key)->{res}->code } 1 .. 2;
    is "@codes", '303 303', "$name: taken";
    return;
}

sub is_out {
    my ($key, $code, $name, $where) = @_;
    my @codes = map { page_code(try_at($where // '/', $key)->{res}) // 'none' } 1 .. 2;
    is "@codes", "$code $code", "$name: refused";
    return;
}

# after { what changes the file } file, pattern: waits until the node's child has seen it. It looks every second; no request
# does it for it.
sub after (&;$$) {
    my ($code, $name, $pattern) = @_;
    my $mark = $node->log_mark;
    $code->();
    $name    //= 'reload.xml';
    $pattern //= qr/BRAZE-J0431: \w+ \S*\Q$name\E: in force/;
    (wait_until { $node->log($mark) =~ $pattern } 30) or diag "not seen: $pattern in\n", $node->log($mark);
    return $node->log($mark);
}
my $REFUSED = qr/\[braze_jit:warn\].*BRAZE-J0401: BrazeJitIdpMetadata \S*reload\.xml: .*what it said before stays in force/;

# --- first, while it is still in date ---
is_in('idp', 'metadata that will be out of date soon', $_) for '/one', '/two';

is_in('old-key', 'the key at the start');
is_out('new-key', 'signature_invalid', 'another');

# --- an IdP that wants signed requests ---
for my $wants (sort keys %WANTS) {
    for my $where ("/wants-$wants", "/wants-$wants/signed") {
        my $mark = $node->log_mark;
        my $signed = $where =~ /signed/;
        my $res = browser()->get($node->url("$where/saml/login?return=%2f"));
        like $res->header('Location'), $signed ? qr/[&?]Signature=/ : qr/SAMLRequest=[^&]+(?!.*Signature=)/, "$where: is asked";
        my $warned = () = $node->log($mark) =~ /\[braze_jit:warn\].*BRAZE-J0429: https:\S+ asks for signed requests/g;
        is $warned, $WANTS{$wants} && !$signed ? 1 : 0, "WantAuthnRequestsSigned=$wants, " . ($signed ? 'with' : 'without') . ' a key: warnings';
    }
}

# --- replaced, as by a rename ---
after {; BrazeTest::Idp::write_metadata('reload.xml', 'idp', keys => [ 'old-key', 'new-key' ]) };
is_in($_, "both keys in the file: $_") for 'old-key', 'new-key';
after {; BrazeTest::Idp::write_metadata('reload.xml', 'idp', keys => ['new-key']) };
is_in('new-key', 'replaced: the new key');
is_out('old-key', 'signature_invalid', 'replaced: the old key');

# --- written over in place, with an old modification time ---
after {
    BrazeTest::Saml::write_file($file, BrazeTest::Idp::metadata('idp', keys => ['old-key']));
    utime 1_000_000_000, 1_000_000_000, $file;
};
is_in('old-key', 'written over, with an old date: what it says now');
is_out('new-key', 'signature_invalid', 'written over');

# --- broken: the last good one stays, with a warning ---
my $mark = $node->log_mark;
after { BrazeTest::Saml::write_file($file, substr BrazeTest::Idp::metadata('idp', keys => ['new-key']), 0, 400) } undef, $REFUSED;
is_in('old-key', 'half a file: the last good one is in force');
is_out('new-key', 'signature_invalid', 'half a file');
after {; BrazeTest::Idp::write_metadata('reload.xml', 'idp', keys => ['new-key'], valid_until => '2020-01-01T00:00:00Z') } undef, qr/BRAZE-J0213/;
is_in('old-key', 'one that is out of date does not replace it');
is scalar(() = $node->log($mark) =~ /$REFUSED/g), 2, 'each bad version is warned of once, however many sign in';
after { unlink $file } undef, qr/\[braze_jit:warn\].*BRAZE-J0401.*reload\.xml: No such file/;
is_in('old-key', 'gone: the last good one is in force');
$mark = $node->log_mark;
mkdir $file;
(wait_until { $node->log($mark) =~ /BRAZE-J0401.*no plain file/ } 30) or diag 'not seen';
is_in('old-key', 'a folder of that name: likewise');
rmdir $file;
after {; BrazeTest::Idp::write_metadata('reload.xml', 'other') };
is_out('old-key', 'issuer_unknown', 'another IdP in the file: the first one');
after {; BrazeTest::Idp::write_metadata('reload.xml', 'idp', keys => ['new-key']) };
is_in('new-key', 'good again');
$mark = $node->log_mark;
is_in('new-key', 'unchanged');
unlike $node->log($mark), qr/BRAZE-J0401/, 'nothing to warn of';

# --- several IdPs in one file ---
my $aggregate = join '', '<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">',
    (map { BrazeTest::Idp::metadata($_) =~ s/<\?xml.*?\?>\s*//r } qw(idp other ec)), '</EntitiesDescriptor>';
after { BrazeTest::Saml::write_file($file, $aggregate) };
for my $name (qw(idp other ec)) {
    my $try = try_at('/', $name, idp => $name, $name eq 'idp' ? () : (email => "reload-$name\@decorumsoft.com"));
    signed_in($try, "an aggregate: $name");
}

# --- a certificate's file ---
is_in('old-key', 'a certificate', '/certificate');
after { BrazeTest::Saml::write_file("$dir/reload.crt", BrazeTest::Saml::read_file(BrazeTest::Idp::cert_file('new-key'))) } 'reload.crt';
is_in('new-key', 'replaced', '/certificate');
is_out('old-key', 'signature_invalid', 'the old one', '/certificate');

# --- out of date while it is kept ---
wait_until { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime) gt $until } 15;
is_out('idp', 'idp_metadata_expired', 'past validUntil', $_) for '/two', '/one';
my $expired = qr/BRAZE-J0402: the metadata of IdP https:\/\/idp\.example\.test\/metadata has expired/;
ok((wait_until { $node->log =~ $expired } 10), 'the operator is told');
is scalar(() = $node->log =~ /$expired/g), 1, 'once';
signed_in(try_at('/two', 'ec', idp => 'ec', email => 'reload-ec@decorumsoft.com'), 'the other IdP of that location is not affected');
is page_code(try_at('/one', 'other', idp => 'other')->{res}), 'issuer_unknown', "the company's own IdP does not stand in for it";

# --- a restart with files that are out of order does not take the server down ---
my $in = try_at('/', 'idp');
BrazeTest::Idp::write_metadata('reload.xml', 'idp', keys => ['new-key'], valid_until => '2020-01-01T00:00:00Z');
$mark = $node->log_mark;
$node->restart;
like $node->log($mark), qr/BRAZE-J0401.*reload\.xml/, 'said again';
is $in->{ua}->get($node->url('/page.html'))->code, 200, 'who is signed in stays in';
is page_code(try_at('/', 'new-key')->{res}), 'idp_not_configured', 'nobody new comes in';
after {; BrazeTest::Idp::write_metadata('reload.xml', 'idp', keys => ['new-key']) };
is_in('new-key', 'until the file is good again');

# --- several children: each reads the file, one of them says so ---
BrazeTest::Idp::write_metadata('shared.xml', 'idp', keys => ['old-key']);
my $children = BrazeTest::Node->start('children', <<'C');
StartServers 3
<IfModule mpm_prefork_module>
    MinSpareServers   3
    MaxSpareServers   5
    MaxRequestWorkers 5
</IfModule>
<IfModule !mpm_prefork_module>
    ThreadsPerChild   10
    MinSpareThreads   30
    MaxSpareThreads   60
    MaxRequestWorkers 30
</IfModule>
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/shared.xml"
</Location>
C
sub readers { my ($text) = @_; my %pid = map { $_ => 1 } $text =~ /\[pid (\d+)[^\]]*\][^\n]*BRAZE-J0430/g; return scalar keys %pid }
for my $case ([ 'a good file', qr/BRAZE-J0431: \w+ \S*shared\.xml/, BrazeTest::Idp::metadata('idp', keys => ['new-key']) ],
    [ 'a bad one', qr/BRAZE-J0401: \w+ \S*shared\.xml/, '<no metadata/>' ], [ 'the good one again', qr/BRAZE-J0431: \w+ \S*shared\.xml/, BrazeTest::Idp::metadata('idp', keys => ['new-key']) ],
    [ 'the bad one again', qr/BRAZE-J0401: \w+ \S*shared\.xml/, '<no metadata/>' ]) {
    my ($what, $line, $text) = @$case;
    my $mark = $children->log_mark;
    BrazeTest::Saml::write_file("$dir/shared.xml", $text);
    ok((wait_until { readers($children->log($mark)) >= 3 } 30), "$what: three children read it") or diag $children->log($mark);
    sleep 1;
    is scalar(() = $children->log($mark) =~ /$line/g), 1, "$what: one line";
}
my $bad = $children->log_mark;
$children->restart;
like $children->log($bad), qr/BRAZE-J0401[^\n]*shared\.xml/, 'a restart says it once more';
$children->stop;

admin('--company', 'Decorumsoft', 'jit', 'idp', '--entity-id', '', '--certificate', '');
done_testing;
