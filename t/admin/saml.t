#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# saml-check: a captured response is judged as by the module, against options or httpd's configuration; sweep on a database.
use strict;
use warnings;
use utf8;
use FindBin ();
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use AdminTest;
use Test::More;
use URI::Escape qw(uri_escape);
use BrazeTest::Idp ();
use BrazeTest::Saml ();

my $dir = $ENV{BRAZE_T_IDP} = scratch();
my $acs = 'https://app.example.com/auth/saml/callback';
BrazeTest::Idp::make_key($_) for qw(idp other our);
BrazeTest::Idp::write_metadata("$_.xml", $_) for qw(idp other);
my ($yes, $no) = (JSON::PP::true(), JSON::PP::false());

sub xml { return BrazeTest::Saml::response_xml(acs => $acs, nameid => 'ada@decorumsoft.com', @_) }
my $xml  = xml(attributes => { email => 'ada@decorumsoft.com', groups => [ 'a', 'b' ] });
my $file = spew("$dir/response.xml", $xml);
my @with = ('--metadata', "$dir/idp.xml", '--acs-url', $acs);

sub check { my @words = @_; return braze_admin('saml-check', @words) }
sub told { my @words = @_; my $got = check(@words, '--json'); return ($got->{code}, eval { decoded($got->{out}) } // diag($got->{err}, $got->{out})) }
sub verdicts { my ($answer) = @_; return join ' ', map { $_->{step} . ($_->{verdict} eq 'ok' ? '' : "=$_->{verdict}") } @{ $answer->{steps} } }
my $all = 'base64 xml shape assertion signature issuer status envelope subject conditions authentication request attributes identity';

# --- what it may be handed -------------------------------------------------------------------------------

my $base64 = BrazeTest::Saml::encode($xml);
my %as = (XML => $file, base64 => spew("$dir/b64", $base64), 'base64 in lines' => spew("$dir/lines", $base64 =~ s/(.{76})/$1\r\n/gr),
    'a form' => spew("$dir/form", 'RelayState=%2Fx&SAMLResponse=' . uri_escape($base64) . '&more=1'));
for my $how (sort keys %as) {
    my ($code, $answer) = told($as{$how}, @with);
    is $code, 0, "$how: accepted";
    is verdicts($answer), $all, 'every step, in order';
}
is `"$ENV{BRAZE_BUILDDIR}/braze-admin" saml-check - @with <$file` =~ /^accepted$/m, 1, 'standard input';

my $got = check($file, @with);
is $got->{err}, '', 'nothing on standard error';
like $got->{out}, qr/^STEP +VERDICT +FOUND/m, 'a table for people';
like $got->{out}, qr/^signature +ok .*Assertion verified with key 1/m, 'of steps';
like $got->{out}, qr/^NameID +ada\@decorumsoft\.com$/m, 'and who it is';
my (undef, $answer) = told($file, @with);
is $answer->{accepted}, $yes, 'JSON says so too';
is $answer->{identity}{issuer}, 'https://idp.example.test/metadata', 'with the issuer';
is_deeply $answer->{identity}{attributes}, { email => ['ada@decorumsoft.com'], groups => [ 'a', 'b' ] }, 'and the attributes';

# --- refusals: the code, and at which step ------------------------------------------------------------------

for (
    [ 'another audience', [ audience => 'elsewhere' ], [], 'conditions', 'audience_mismatch' ],
    [ 'our entity ID',    [ audience => 'elsewhere' ], [ '--entity-id', 'elsewhere' ] ],
    [ 'expired', [ confirmation_not_on_or_after => -300, not_on_or_after => -300 ], [], 'subject', 'confirmation_expired' ],
    [ 'skew',    [ confirmation_not_on_or_after => -300, not_on_or_after => -300 ], [ '--skew', 500 ] ],
    [ 'unsigned', [ sign => 'none' ], [], 'signature', 'signature_missing' ],
    [ 'SHA-1', [ sig_alg => 'rsa-sha1', digest => 'sha1' ], [], 'signature', 'signature_sha1' ],
    [ 'SHA-1 allowed', [ sig_alg => 'rsa-sha1', digest => 'sha1' ], ['--allow-sha1'] ],
    [ 'another IdP\'s', [ idp => 'other' ], [], 'signature', 'issuer_unknown' ],
    [ 'two IdPs', [ idp => 'other' ], [ '--metadata', "$dir/other.xml" ] ],
    [ 'another request', [ in_response_to => '_a' ], [ '--in-response-to', '_b' ], 'request', 'in_response_to_mismatch' ],
    [ 'that request',    [ in_response_to => '_a' ], [ '--in-response-to', '_a' ] ],
    [ 'whichever request', [ in_response_to => '_a' ], [] ],
) {
    my ($name, $made, $words, $step, $reason) = @$_;
    my ($code, $said) = told(spew("$dir/one.xml", xml(@$made)), @with, @$words);
    is $code, $reason ? 1 : 0, "$name: exit " . ($reason ? 1 : 0) or diag verdicts($said);
    is $said->{code}, $reason, $reason // 'accepted';
    like verdicts($said), $reason ? qr/ \Q$step\E=refused\z/ : qr/ identity\z/, $reason ? "at $step" : 'to the end';
}
$got = check(spew("$dir/one.xml", xml(audience => 'elsewhere')), @with);
like $got->{out}, qr/^refused: audience_mismatch \(status 403\): The assertion is for another service/m, 'people read why';
like $got->{err}, qr/\Abraze-admin: response [^\n]*: refused: audience_mismatch\n\z/, 'and the command ends in failure';

# --- old captures ---------------------------------------------------------------------------------------------

my $then = xml(now => 1_770_000_000); # 2026-02-02T02:40:00Z
my $old = spew("$dir/old.xml", $then);
is +(told($old, @with))[1]{code}, 'confirmation_expired', 'an old one has expired';
is +(told($old, @with, '--at', '2026-02-02T02:40:00Z'))[0], 0, 'at its time it had not';
is +(told($old, @with, '--at', '2026-02-02T03:40:00Z'))[0], 1, 'an hour later it had';

# --- what cannot be judged ---------------------------------------------------------------------------------------

sub unusable {
    my ($exit, $pattern, @words) = @_;
    my $is = check(@words);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $is->{code}, $exit, "@words: exit $exit";
    like $is->{err}, qr/\Abraze-admin: [^\n]*$pattern[^\n]*\n\z/, 'says why';
    is $is->{out}, '', 'and nothing else';
    return;
}
unusable(3, qr/response .*none\.xml: cannot be read/, "$dir/none.xml", @with);
unusable(3, qr/metadata .*none\.xml: cannot be read/, $file, '--metadata', "$dir/none.xml", '--acs-url', $acs);
unusable(2, qr/there is no response in it/, spew("$dir/empty", ''), @with);
unusable(2, qr/where was it posted to\? Give --acs-url/, $file, '--metadata', "$dir/idp.xml");
unusable(2, qr/no identity provider: give --metadata/, $file, '--acs-url', $acs);
unusable(2, qr/1 keys and 0 certificates/, $file, @with, '--key', "$dir/our.key");
is +(told(spew("$dir/junk", 'neither this nor that'), @with))[1]{code}, 'base64_invalid', 'junk is the judge\'s to refuse';
is +(told(spew("$dir/bomb", '<!DOCTYPE x [<!ENTITY a "b">]>' . $xml), @with))[1]{code}, 'xml_doctype', 'a bomb too';

# --- by httpd's configuration --------------------------------------------------------------------------------------

my $conf = spew("$dir/httpd.conf", <<"C");
ServerRoot $dir
BrazeJitBaseUrl https://app.example.com
Define WHO elsewhere
<IfModule !nothing>
    BrazeJitIdpMetadata wrong.xml
</IfModule>
<Location "/">
    BrazeCompany "Decorumsoft"
    BrazeJitIdpMetadata idp.xml
    <RequireAll>
        Require valid-user
    </RequireAll>
</Location>
<LocationMatch "^/special">
    BrazeJitPath /special/saml
    BrazeJitEntityId \${WHO}
    BrazeJitClockSkew 400
</LocationMatch>
<Location /other>
    BrazeCompany "Otherco"
    BrazeJitIdpMetadata other.xml
</Location>
<Directory "/somewhere">
    BrazeJitEntityId never
</Directory>
C
is +(told($file, '-f', $conf))[0], 0, '-f: the location / is the default';
is +(told($file, '-f', $conf, '--location', '/page/of/it'))[0], 0, 'a page below it';
is +(told($file, '-f', $conf, '--location', '/other/page'))[1]{code}, 'issuer_unknown', 'another section names another IdP';
is +(told($file, '-f', $conf, '--location', '/otherwise'))[0], 0, 'whose name only begins so does not count';
is +(told($file, '-f', $conf, '--location', '/special/x'))[1]{code}, 'destination_mismatch', 'another path, another callback';
my $special = spew("$dir/special.xml", xml(acs => 'https://app.example.com/special/saml/callback', audience => 'elsewhere', confirmation_not_on_or_after => -300, not_on_or_after => -300));
is +(told($special, '-f', $conf, '--location', '/special/x'))[0], 0, 'with its path, entity ID and skew';
is +(told($special, '-f', $conf, '--location', '/special/x', '--entity-id', 'braze_dashboard'))[1]{code}, 'audience_mismatch', 'an option goes before it';

my $hosts = spew("$dir/hosts.conf", join '', map { my ($name, $idp) = @$_; <<"C" } [ 'one.example.com', 'idp' ], [ 'two.example.com', 'other' ]);
<VirtualHost *:443>
    ServerName $name:443
    BrazeJitBaseUrl https://app.example.com
    <Location />
        BrazeJitIdpMetadata $dir/$idp.xml
    </Location>
</VirtualHost>
C
unusable(2, qr/2 virtual hosts are about SAML: choose one with --vhost/, $file, '-f', $hosts);
unusable(3, qr/no virtual host has the ServerName three/, $file, '-f', $hosts, '--vhost', 'three');
is +(told($file, '-f', $hosts, '--vhost', 'ONE.example.com'))[0], 0, 'one virtual host of several';
is +(told($file, '-f', $hosts, '--vhost', 'two.example.com'))[1]{code}, 'issuer_unknown', 'another one';

# --- the identity provider of the company's settings --------------------------------------------------------------------

sub settings {
    my ($db) = @_;
    my @db = ('--driver', $db->{driver}, '--params', $db->{params});
    $db->works(qw(company add Decorumsoft));
    unusable(3, qr/"Decorumsoft": its settings name no identity provider/, $file, '--acs-url', $acs, @db);
    $db->works('jit', 'idp', '--entity-id', 'https://idp.example.test/metadata', '--target-url', 'https://idp.example.test/sso', '--certificate', "$dir/idp.crt");
    is +(told($file, '--acs-url', $acs, @db))[0], 0, 'settings: their certificate';
    is +(told(spew("$dir/one.xml", xml(idp => 'other')), '--acs-url', $acs, @db))[1]{code}, 'issuer_unknown', 'and no other';
    like check($file, '--acs-url', $acs, @db)->{err}, qr/is that of the settings of company "Decorumsoft"/, 'it says where it has it from';
    $db->works(qw(company add Otherco));
    unusable(2, qr/several companies .*--company/, $file, '--acs-url', $acs, @db);
    is +(told($file, '--acs-url', $acs, @db, qw(--company Decorumsoft)))[0], 0, '--company says whose';
    my $here = spew("$dir/db.conf", <<"C");
DBDriver $db->{driver}
DBDParams "$db->{params}"
BrazeJitBaseUrl https://app.example.com
<Location />
    BrazeCompany Decorumsoft
</Location>
<Location /other>
    BrazeCompany Otherco
</Location>
<Location /named>
    BrazeJitIdpEntityId https://other.example.test/metadata
</Location>
<Location /certificate>
    BrazeJitCertificate $dir/other.crt
</Location>
C
    is +(told($file, '-f', $here))[0], 0, '-f: the section\'s company, the configuration\'s database';
    unusable(3, qr/"Otherco": its settings name no/, $file, '-f', $here, '--location', '/other');
    is +(told($file, '-f', $here, '--location', '/named'))[1]{code}, 'issuer_unknown', 'an entity ID that a directive fixes';
    is +(told($file, '-f', $here, '--location', '/certificate'))[1]{code}, 'signature_invalid', 'a certificate that a directive fixes, with the entity ID of the settings';
    return;
}
on_each_engine { settings($_[0]) };
unusable(2, qr/no identity provider: give --metadata.* which database/, $file, '--acs-url', $acs);

# --- signed metadata --------------------------------------------------------------------------------------------------------

{
    BrazeTest::Idp::make_key('registrar');
    my $template = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        . '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_all"><ds:Transforms>'
        . '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>'
        . '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>';
    spew("$dir/template.xml", BrazeTest::Idp::aggregate([ BrazeTest::Idp::metadata('idp') ], 'ID="_all"', $template));
    system('xmlsec1', '--sign', '--privkey-pem', "$dir/registrar.key", '--id-attr:ID', 'urn:oasis:names:tc:SAML:2.0:metadata:EntitiesDescriptor',
        '--output', "$dir/signed.xml", "$dir/template.xml") == 0 or die 'xmlsec1';
    my @signed = ($file, '--metadata', "$dir/signed.xml", '--acs-url', $acs);
    is +(told(@signed, '--metadata-key', "$dir/registrar.crt"))[0], 0, 'metadata signed by that key';
    unusable(1, qr/metadata .*signed\.xml: .*signature/, @signed, '--metadata-key', "$dir/other.crt");
    unusable(1, qr/metadata .*idp\.xml: .*not signed/, $file, @with, '--metadata-key', "$dir/registrar.crt");
    unusable(1, qr/metadata key .*idp\.xml: /, @signed, '--metadata-key', "$dir/idp.xml");
    my $keyed = spew("$dir/keyed.conf", "BrazeJitBaseUrl https://app.example.com\nBrazeJitIdpMetadataKey $dir/registrar.crt\n<Location />\n    BrazeJitIdpMetadata $dir/signed.xml\n</Location>\n"
            . "<Location /plain>\n    BrazeJitIdpMetadata $dir/idp.xml\n</Location>\n<Location /none>\n    BrazeJitIdpMetadataKey none\n    BrazeJitIdpMetadata $dir/idp.xml\n</Location>\n");
    is +(told($file, '-f', $keyed))[0], 0, 'the key of the configuration';
    unusable(1, qr/idp\.xml: .*not signed/, $file, '-f', $keyed, '--location', '/plain');
    is +(told($file, '-f', $keyed, '--location', '/none'))[0], 0, 'which "none" takes away';
    is +(told($file, '-f', $keyed, '--location', '/plain', '--metadata-key', 'none'))[0], 0, 'as an option';
}

# --- artifacts: nothing to judge ---------------------------------------------------------------------------------------------

{
    my $artifact = BrazeTest::Saml::encode("\0\4\0\0" . 'x' x 40);
    unusable(2, qr/this is an artifact; .*BrazeJitDiagnostics/, spew("$dir/art", "$artifact\n"), @with);
    unusable(2, qr/this is an artifact/, spew("$dir/art", 'RelayState=x&SAMLart=' . uri_escape($artifact)), @with);
    unusable(2, qr/this is an artifact/, spew("$dir/art", '/auth/saml/callback?SAMLart=' . uri_escape($artifact)), @with);
    unusable(2, qr/the answer to an artifact.*give the Response in it/, spew("$dir/art", qq(<s:Envelope><p:ArtifactResponse>$xml</p:ArtifactResponse></s:Envelope>)), @with);
}

# --- conditions ------------------------------------------------------------------------------------------------------------------

{
    my $begin = "BrazeJitBaseUrl https://app.example.com\nBrazeJitIdpMetadata $dir/idp.xml\n";
    my $try = sub { my ($text, @words) = @_; return ($file, '-f', spew("$dir/if.conf", $begin . $text), @words) };
    my $refused = qr/if\.conf: BrazeJitEntityId stands in an <If>/;
    for my $tag ('If "%{HTTP_HOST} == \'a\'"', 'Else', 'ElseIf "true"', 'IfVersion >= 2.4', 'IfFile /nowhere') {
        my ($name) = $tag =~ /(\w+)/;
        unusable(2, $refused, $try->("<Location />\n<$tag>\nBrazeJitEntityId x\n</$name>\n</Location>\n"));
    }
    unusable(2, $refused, $try->("<If \"true\">\n<If \"true\">\nBrazeJitEntityId x\n</If>\n</If>\n"));
    is +(told($try->("<If \"true\">\nHeader set X y\nBrazeJitCookie x\n</If>\n")))[0], 0, 'an <If> around something else';
    is +(told($try->("<Location /x>\n<If \"true\">\nBrazeJitEntityId x\n</If>\n</Location>\n")))[0], 0, 'one in another location';
    is +(told($try->("<Location />\n<If \"true\">\n</If>\nBrazeJitEntityId x\n</Location>\n")))[1]{code}, 'audience_mismatch', 'what stands behind one counts';
    my $module = sub { my ($load, $cond) = @_; return (told($try->("$load\n<IfModule $cond>\nBrazeJitEntityId x\n</IfModule>\n")))[1]{code} // 'counts not' };
    is $module->('', 'mod_ssl.c'), 'audience_mismatch', '<IfModule> where nothing is loaded: as if everything were';
    is $module->('LoadModule dbd_module mod_dbd.so', 'mod_ssl.c'), 'counts not', 'where something is, but this is not';
    is $module->('LoadModule dbd_module mod_dbd.so', '!ssl_module'), 'audience_mismatch', 'and the other way round';
    is $module->('LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so', 'mod_ssl.c'), 'audience_mismatch', 'by its file';
    is $module->('LoadModule ssl_module mod_ssl.so', 'ssl_module'), 'audience_mismatch', 'by its name';
    is $module->('LoadModule ssl_module mod_ssl.so', 'mod_so.c'), 'audience_mismatch', 'what is inside of httpd';
}

# --- encrypted ---------------------------------------------------------------------------------------------------------

{
    my $sealed = spew("$dir/sealed.xml", BrazeTest::Saml::encrypt_assertion($xml, 'our'));
    is +(told($sealed, @with))[0], 1, 'encrypted, without a key: refused';
    my ($code, $said) = told($sealed, @with, '--key', "$dir/our.key", '--cert', "$dir/our.crt");
    is $code, 0, 'with the key: read' or diag verdicts($said), $said->{detail};
}

# --- sweep ---------------------------------------------------------------------------------------------------------------

sub sweeping {
    my ($db) = @_;
    my $now = 1000 * time;
    my $sweep = sub { my @words = @_; $db->dbh->do('DELETE FROM braze_task'); return $db->data('sweep', @words) };
    is $sweep->()->{taken}, $yes, 'nothing to do is done as well';
    my $company = $db->value('SELECT id FROM braze_company');
    $db->dbh->do('INSERT INTO braze_rate(company_id, window_at, used) VALUES(?, ?, 1)', undef, $company, $now - 400_000_000 + $_) for 1 .. 25;
    $db->dbh->do('INSERT INTO braze_rate(company_id, window_at, used) VALUES(?, ?, 1)', undef, $company, $now);
    is $sweep->('--batch', 4)->{rates}, 25, 'in small batches, all of it';
    is $db->value('SELECT count(*) FROM braze_rate'), 1, 'and nothing else';
    is $db->works(qw(sweep)), "0 expired rows cleared away\n", 'again at once';
    $db->dbh->do("UPDATE braze_task SET node = 'x', until_at = ?", undef, $now + 60_000);
    like $db->works('sweep'), qr/\Aanother node is at it/, 'while another node is at it';
    $db->fails(2, qr/--batch/, qw(sweep --batch 0));
    $db->fails(2, qr/--keep-events/, qw(sweep --keep-events 0));
    return;
}
on_each_engine {
    my ($db) = @_;
    $db->works(qw(company add Decorumsoft));
    sweeping($db);
};
done_testing;
