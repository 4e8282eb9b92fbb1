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
