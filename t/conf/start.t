#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What httpd does not start with, and the one line that says what to do: on the terminal, where the operator sits.
use strict;
use warnings;
use Test::More;
use Apache::Test ();
use BrazeTest;
use BrazeTest::Start;

my $SCIM = <<'C';
<Location "/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "Decorumsoft"
    Require      valid-user
</Location>
C
my $JIT = <<"C";
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@{[BrazeTest::Idp::dir()]}/idp.xml"
</Location>
C
my %conf = (jit => $JIT, scim => $SCIM);

# --- the database --------------------------------------------------------------------------------

my ($driver, $empty) = database('start_empty');
for my $module (sort keys %conf) {
    refuses(qr/BRAZE-0101.*run "braze-admin migrate"/, "$module: a database without a schema", $conf{$module}, load => [$module], params => $empty);
    refuses(qr/BRAZE-0103.*load mod_dbd and set DBDriver.* and DBDParams/, "$module: no database named", $conf{$module}, load => [$module], driver => undef, params => undef);
    refuses(qr/BRAZE-0103/, "$module: no DBDParams", $conf{$module}, load => [$module], params => undef);
}
SKIP: {
    last if engine() eq 'pgsql';
    BrazeTest::Saml::write_file(work_dir() . '/db/zero.db', '');
    refuses(qr/BRAZE-0101.*run "braze-admin migrate"/, 'an empty file', $SCIM, params => work_dir() . '/db/zero.db');
    refuses(qr/BRAZE-0101/, 'a file in a folder that is not there', $SCIM, params => work_dir() . '/db/none/x.db');
    BrazeTest::Saml::write_file(work_dir() . '/db/text.db', 'no database at all, but long enough to be looked at ' x 100);
    refuses(qr/BRAZE-0111.*not a database/, 'a file that is no database', $SCIM, params => work_dir() . '/db/text.db');
    ok !-e $empty, 'and none of it has made a file';
}

my ($status, $said) = with_database($empty, sub { admin('migrate') });
is $status, 0, 'what it says is done' or diag $said;
with_database($empty, sub { admin_json('company', 'add', 'Decorumsoft') });
starts('and then it starts', "$JIT$SCIM", params => $empty);

my %common = (RaiseError => 1, PrintError => 0);
my $db = engine() eq 'pgsql'
    ? DBI->connect('dbi:Pg:' . join(';', grep { !/\Auser=/ } split ' ', $empty), $empty =~ /user=(\S+)/, '', \%common)
    : DBI->connect("dbi:SQLite:dbname=$empty", '', '', \%common);
my ($version) = $db->selectrow_array('SELECT max(version) FROM braze_schema');
$db->do("UPDATE braze_schema SET version = version + 1 WHERE version = $version");
for my $module (sort keys %conf) {
    refuses(qr/BRAZE-0102.*version @{[$version + 1]}, newer than this build's $version: install the newer modules/, "$module: the schema of a later version", $conf{$module}, load => [$module], params => $empty);
}
$db->do("UPDATE braze_schema SET version = version - 1 WHERE version > $version");
my @row = $db->selectrow_array("SELECT version, migrated_at FROM braze_schema WHERE version = $version");
$db->do("DELETE FROM braze_schema WHERE version = $version");
for my $module (sort keys %conf) {
    refuses(qr/BRAZE-0102.*is version @{[$version - 1]} and version $version is needed: run "braze-admin migrate"/, "$module: the schema of an earlier version", $conf{$module}, load => [$module], params => $empty);
}
$db->do('INSERT INTO braze_schema(version, migrated_at) VALUES(?, ?)', undef, @row);
$db->disconnect;
starts('set right, it starts', $SCIM, params => $empty);

for my $name (qw(mysql oracle sqlite2 sqlite)) {
    my $is = start_httpd($SCIM, driver => $name, params => 'x');
    ok !$is->{served}, "DBDriver $name is refused" or next;
    like $is->{said} . $is->{log}, qr/BRAZE-0104.*sqlite3.*pgsql|DBD: ?(?:No|Can't load) driver|$name/, 'with a reason';
}

# Not there now: served as soon as it is.
my $gone = start_httpd($SCIM, driver => 'pgsql', params => 'host=/nowhere dbname=x connect_timeout=1', while => sub {
    my ($base) = @_;
    my $res = scim('GET', "$base/scim/v2/Users", undef, Authorization => 'Bearer x');
    is $res->code, 503, 'a database that cannot be reached now: 503';
    like $res->header('Retry-After') // '', qr/\A\d+\z/, 'with Retry-After';
    is $res->{json}{status}, '503', 'and a SCIM body';
});
ok $gone->{served}, 'is no reason not to start' or diag $gone->{said};
like $gone->{said} . $gone->{log}, qr/BRAZE-0110.*serving 503 until it can be reached/, 'but for a warning';

# A virtual host has its own, or the main server's.
refuses(qr/BRAZE-0101/, 'a virtual host with a database of its own', <<"C");
<VirtualHost 127.0.0.1:\@Port\@>
    DBDriver  $driver
    DBDParams "@{[(database('start_vhost'))[1]]}"
$SCIM</VirtualHost>
C
starts('one with the main server\'s', "<VirtualHost 127.0.0.1:\@Port\@>\n$SCIM</VirtualHost>");
starts('nothing of ours in use: no database is looked for', '', driver => undef, params => undef);

# httpd -t looks at the configuration only.
($status, $said) = config_test("DBDParams \"@{[work_dir()]}/db/none.db\"\n$JIT$SCIM");
is $status, 0, 'httpd -t does not need the database' or diag $said;

# --- Google sign-in --------------------------------------------------------------------------------

sub provisioned { my ($inner, $company) = @_; return "<Location \"/\">\nAuthType braze-saml\nAuthName x\nRequire valid-user\nBrazeCompany \"$company\"\n$inner\n</Location>\n" }
admin_json('company', 'add', 'Googleco', '--google', 'on');
my $why = qr/BRAZE-J0301.*cannot be combined with Google sign-in: company "Googleco" is marked as using Google sign-in/;
refuses($why, 'provisioning for a company that uses Google sign-in', provisioned('BrazeJitProvisioning on', 'Googleco'));
refuses($why, 'the company named outside', "BrazeCompany Googleco\n<Location \"/\">\nBrazeJitProvisioning on\n</Location>");
refuses($why, 'provisioning named outside', "BrazeJitProvisioning on\n" . provisioned('', 'Googleco'));
starts('without provisioning it starts', provisioned('BrazeJitProvisioning off', 'Googleco'));
starts('nor is it asked of one that does not', provisioned('BrazeJitProvisioning on', 'Decorumsoft'));
starts('a SCIM service of that company is no matter', $SCIM =~ s/Decorumsoft/Googleco/r);
refuses(qr/BRAZE-J0301.*AuthType openid-connect/, 'a section with AuthType openid-connect',
    "<Location \"/\">\nBrazeCompany Decorumsoft\nBrazeJitProvisioning on\n<If \"true\">\nAuthType openid-connect\n</If>\n</Location>");
admin_json('company', 'set', 'Googleco', '--google', 'off');
starts('the mark taken away, it starts', provisioned('BrazeJitProvisioning on', 'Googleco'));

# --- metadata --------------------------------------------------------------------------------------

my $dir = BrazeTest::Idp::dir();
BrazeTest::Idp::write_metadata('start-old.xml', 'idp', valid_until => '2020-01-01T00:00:00Z');
BrazeTest::Saml::write_file("$dir/start-broken.xml", BrazeTest::Saml::read_file("$dir/idp.xml") =~ s/<\/EntityDescriptor>//r);
BrazeTest::Saml::write_file("$dir/start-doctype.xml", '<!DOCTYPE x [<!ENTITY e "x">]>' . BrazeTest::Saml::read_file("$dir/idp.xml") =~ s/<\?xml[^>]*>//r);
for ([ 'none', qr/No such file/ ], [ 'old', qr/expired|validUntil/ ], [ 'broken', qr/./ ], [ 'doctype', qr/./ ]) {
    my ($name, $reason) = @$_;
    refuses(qr/BRAZE-J0401.*BrazeJitIdpMetadata \Q$dir\E\/start-$name\.xml: .*$reason/, "metadata: $name", $JIT =~ s/idp\.xml/start-$name.xml/r);
}

# --- alone and together ----------------------------------------------------------------------------

for my $set ([ 'jit' ], [ 'scim' ], [ 'jit', 'scim' ], [ 'scim', 'jit' ]) {
    starts("both in use, loaded: @$set", join('', map { $conf{$_} } sort @$set), load => $set, while => sub {
        my ($base) = @_;
        my %has = map { $_ => 1 } @$set;
        is scim('GET', "$base/scim/v2/Users")->code, 401, 'the service answers' if $has{scim};
        like browser()->get("$base/page")->header('Location') // '', qr{/auth/saml/sign_in}, 'the page asks for a session' if $has{jit};
    });
}
my $is = start_httpd($JIT, load => ['scim']);
ok !$is->{served}, 'a directive whose module is not loaded is refused';
like $is->{said}, qr/Invalid command 'BrazeJitIdpMetadata'/, 'by httpd';
starts('an AuthType that nobody knows is no such thing', $SCIM, load => ['jit'], while => sub {
    my ($base) = @_;
    is scim('GET', "$base/scim/v2/Users", undef, Authorization => 'Bearer x')->code, 500, 'but its section is closed';
});

# With the other's, BrazeCompany stays one directive.
starts('BrazeCompany for both at once', "BrazeCompany Decorumsoft\n" . join '', map { s/.*BrazeCompany.*\n//r } $JIT, $SCIM);

done_testing;
