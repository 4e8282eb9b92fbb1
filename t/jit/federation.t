# SPDX-License-Identifier: Apache-2.0
# A federation's metadata: many in a file, signed, and read anew while people sign in.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

make_page('page.html', 'the page');
my $dir  = BrazeTest::Idp::dir();
my $file = "$dir/federation.xml";
BrazeTest::Idp::make_key($_) for qw(registrar foreign fed-old fed-new);
my $WHO = 'federation@decorumsoft.com';
admin('--company', 'Decorumsoft', 'user', 'add', $WHO, '--confirmed');

my $CERT = BrazeTest::Idp::cert_base64('idp');
sub filler {
    my ($many) = @_;
    my $text = BrazeTest::Idp::metadata('filler', entity_id => 'https://filler-NUMBER.example.test/metadata', keys => ['idp'],
        role_extensions => BrazeTest::Idp::display_names(en => 'Filler ' . 'x' x 200));
    return map { $text =~ s/NUMBER/$_/r } 1 .. $many;
}
sub service { return '<EntityDescriptor entityID="https://sp.example.test"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></EntityDescriptor>' }
sub nested { return join '', '<EntitiesDescriptor>', (map {s/<\?xml.*?\?>\s*//r} @_), '</EntitiesDescriptor>' }

# signed(XML of an EntitiesDescriptor with ID="_fed" and TEMPLATE in it, key): by the xmlsec1 tool.
my $TEMPLATE = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
    . '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_fed"><ds:Transforms>'
    . '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>'
    . '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>';
sub signed {
    my ($xml, $key) = @_;
    BrazeTest::Saml::write_file("$dir/unsigned.xml", $xml);
    system('xmlsec1', '--sign', '--privkey-pem', BrazeTest::Idp::key_file($key), '--id-attr:ID',
        'urn:oasis:names:tc:SAML:2.0:metadata:EntitiesDescriptor', '--output', "$dir/signed.out", "$dir/unsigned.xml") == 0 or die 'xmlsec1';
    return BrazeTest::Saml::read_file("$dir/signed.out");
}
sub federation { my (%opt) = @_; return BrazeTest::Idp::aggregate([ service(), nested(filler(3)), BrazeTest::Idp::metadata('idp', keys => $opt{keys} // ['fed-old']) ], 'ID="_fed"', $opt{bare} ? '' : $TEMPLATE) }

BrazeTest::Saml::write_file($file, federation(bare => 1));
BrazeTest::Saml::write_file("$dir/federation-signed.xml", signed(federation(), 'registrar'));
system("openssl x509 -in '" . BrazeTest::Idp::cert_file('registrar') . "' -pubkey -noout > '$dir/registrar.pub'") == 0 or die;

# One child: who has read what is then one question.
my $ONE = $BrazeTest::Node::ONE_CHILD . <<'C';
<Directory "@DocumentRoot@">
    Require all granted
</Directory>
C
my $SECTION = <<'C';
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
C
my $node = BrazeTest::Node->start('federation', $ONE . <<"C");
<Location "/">
$SECTION
    BrazeJitIdpMetadata "\@idpdir\@/federation.xml"
</Location>
<Location "/signed">
    BrazeJitPath           /signed/saml
    BrazeJitIdpMetadata    "\@idpdir\@/federation-signed.xml"
    BrazeJitIdpMetadataKey "\@idpdir\@/registrar.crt"
</Location>
<Location "/signed/public">
    BrazeJitPath           /signed/public/saml
    BrazeJitIdpMetadataKey "\@idpdir\@/registrar.pub"
</Location>
<Location "/signed/inner">
    BrazeJitPath           /signed/inner/saml
    BrazeJitIdpMetadata    "\@idpdir\@/federation.xml"
</Location>
<Location "/signed/none">
    BrazeJitPath           /signed/none/saml
    BrazeJitIdpMetadata    "\@idpdir\@/federation.xml"
    BrazeJitIdpMetadataKey none
</Location>
C

sub try_at { my ($where, $key) = @_; return login($where, host => $node->base, email => $WHO, key => $key) }
sub outcome { my ($where, $key) = @_; my $res = try_at($where, $key)->{res}; return $res->code == 303 ? 'in' : page_code($res) // $res->code }
sub seen { my ($mark, $pattern, $name) = @_; my $ok = wait_until { $node->log($mark) =~ $pattern } 60; ok $ok, $name or diag $node->log($mark); return }

# --- one of many ---------------------------------------------------------------------------------

is outcome('/', 'fed-old'), 'in', 'an aggregate with services and groups within groups';
is outcome('/', 'fed-new'), 'signature_invalid', 'each with its own keys';
like $node->log, qr/BRAZE-J0431: BrazeJitIdpMetadata \S+federation\.xml: in force, identity providers: 4|BRAZE-J0430/, 'said in the log';

# --- signed --------------------------------------------------------------------------------------

is outcome('/signed', 'fed-old'), 'in', 'signed by the key that BrazeJitIdpMetadataKey names';
is outcome('/signed/public', 'fed-old'), 'in', 'which may be a bare public key';
is outcome('/signed/inner', 'fed-old'), 'idp_not_configured', 'an inner section\'s own metadata must be signed too';
like $node->log, qr/BRAZE-J0401: BrazeJitIdpMetadata \S+federation\.xml: .*the document element has no Signature \(BRAZE-J0217\); nobody can sign in by it/, 'the log says why';
is outcome('/signed/none', 'fed-old'), 'in', 'unless it says none';

my $mark = $node->log_mark;
BrazeTest::Saml::write_file("$dir/federation-signed.xml", signed(federation(keys => ['fed-new']), 'foreign'));
seen($mark, qr/BRAZE-J0401: \S+ \S+federation-signed\.xml: .*BRAZE-J0217.*stays in force/, 'signed by another key: a warning');
is outcome('/signed', 'fed-new'), 'signature_invalid', 'it is not believed';
is outcome('/signed', 'fed-old'), 'in', 'the last good one is';
$mark = $node->log_mark;
BrazeTest::Saml::write_file("$dir/federation-signed.xml", signed(federation(keys => ['fed-old']), 'registrar') =~ s/\Q@{[BrazeTest::Idp::cert_base64('fed-old')]}\E/BrazeTest::Idp::cert_base64('fed-new')/er);
seen($mark, qr/BRAZE-J0401: \S+ \S+federation-signed\.xml: .*digest_mismatch/, 'a key exchanged in it: a warning');
is outcome('/signed', 'fed-new'), 'signature_invalid', 'it is not believed either';
$mark = $node->log_mark;
BrazeTest::Saml::write_file("$dir/federation-signed.xml", signed(federation(keys => [ 'fed-old', 'fed-new' ]), 'registrar'));
seen($mark, qr/BRAZE-J0431: \S+ \S+federation-signed\.xml: in force/, 'signed again as it should be');
is outcome('/signed', 'fed-new'), 'in', 'it is';

# The key's own file counts as well.
$mark = $node->log_mark;
BrazeTest::Saml::write_file(BrazeTest::Idp::cert_file('registrar'), BrazeTest::Saml::read_file(BrazeTest::Idp::cert_file('foreign')));
seen($mark, qr/BRAZE-J0401: \S+ \S+federation-signed\.xml: .*BRAZE-J0217/, 'another key in its file: looked at again');

# --- while people sign in ------------------------------------------------------------------------

# Slow to read: tens of megabytes. Logins go on from before it is begun until after it is in force; by the order of the log
# some of them must lie in between, and none may fail.
my $big = BrazeTest::Idp::aggregate([ filler(14_000), BrazeTest::Idp::metadata('idp', keys => [ 'fed-old', 'fed-new' ]) ]);
cmp_ok length $big, '<', 64 * 1024 * 1024, 'within the cap';
$mark = $node->log_mark;
BrazeTest::Saml::write_file("$file.new", $big);
rename "$file.new", $file or die;
my ($begin, $end) = (qr/BRAZE-J0430: \S+ \S+federation\.xml: being read/, qr/BRAZE-J0431: \S+ \S+federation\.xml: in force, identity providers: 14001/);
my (@bad, $many);
wait_until {
    my $outcome = outcome('/', 'fed-old');
    $many++;
    push @bad, $outcome if $outcome ne 'in';
    $node->log($mark) =~ $end;
} 120;
my $log = $node->log($mark);
like $log, $end, 'it was read while people signed in';
is "@bad", '', "all $many of them came in";
my ($between) = $log =~ /$begin(.*)$end/s;
my $during = () = ($between // '') =~ /BRAZE-J0001/g;
cmp_ok $during, '>', 0, "$during of them while it was being read: by what was in force before";
is outcome('/', 'fed-new'), 'in', 'and by what it says from then on';
is outcome('/', 'fed-old'), 'in', 'both of it';

# --- a child that comes later knows what has changed since the start ------------------------------

{
    my $children = () = $node->log =~ /BRAZE-J0430: \S+ \S+federation\.xml: being read/g;
    cmp_ok $children, '>=', 2, 'read at the start and since';
}
is outcome('/signed', 'fed-new'), 'in', 'what could not be read since stays as it was';

# --- what keeps httpd from starting --------------------------------------------------------------

my $frame = sub { "<Location />\n$SECTION\n$_[0]\n</Location>\n" };
my ($status, $text) = config_test($frame->(qq(BrazeJitIdpMetadata "$dir/federation.xml"\nBrazeJitIdpMetadataKey "$dir/foreign.crt")));
isnt $status, 0, 'metadata that are not signed, with a key';
like $text, qr/BRAZE-J0401.*BRAZE-J0217/, 'with the reason';
($status, $text) = config_test($frame->(qq(BrazeJitIdpMetadata "$dir/federation-signed.xml"\nBrazeJitIdpMetadataKey "$dir/registrar.pub")));
is $status, 0, 'signed' or diag $text;
($status, $text) = config_test(qq(BrazeJitIdpMetadataKey "$dir/registrar.pub"\n) . $frame->(qq(BrazeJitIdpMetadata "$dir/federation.xml")));
isnt $status, 0, 'the key of the server counts for its sections';
($status, $text) = config_test($frame->(qq(BrazeJitIdpMetadata "$dir/federation-signed.xml"\nBrazeJitIdpMetadataKey "$dir/idp.xml")));
like $text, qr/BRAZE-J0219|BRAZE-J0401/, 'a key file that is none' or diag $status;
($status, $text) = config_test($frame->(qq(BrazeJitIdpMetadata "$dir/federation-signed.xml"\nBrazeJitIdpDomain https://a x_y)));
like $text, qr/BrazeJitIdpDomain "x_y"/, 'a domain that is none';
($status, $text) = config_test($frame->(qq(BrazeJitIdpMetadata "$dir/federation-signed.xml"\nBrazeJitIdpDomain https://a a.example\nBrazeJitIdpDomain https://b A.example)));
like $text, qr/BrazeJitIdpDomain names the domain a\.example twice/, 'a domain of two';

done_testing;
