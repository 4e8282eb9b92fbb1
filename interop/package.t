#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# The Debian package: built, looked at by lintian, installed into a clean Debian 12 in a folder, and httpd started there
# with both modules. As root (chroot): see interop/run. BRAZE_PACKAGE_CHANGES names a package that was built already.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/../t/lib";
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP ();
use Test::More;
use BrazeTest::Saml ();

my $here = abs_path($FindBin::RealBin);
my $work = tempdir('/tmp/braze-package.XXXXXX');
my $root = "$work/root";
my $httpd;

# Output of a command, of both kinds; its status in $?.
sub said { my ($command) = @_; return scalar `{ $command ; } 2>&1 </dev/null` }

# The same, which must go well.
sub works {
    my ($command, $what) = @_;
    my $said = said($command);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $?, 0, $what // $command or diag $said;
    return $said;
}
sub inside { my ($command, $what) = @_; local $Test::Builder::Level = $Test::Builder::Level + 1; return works("chroot '$root' $command", $what // $command) }

sub spew {
    my ($file, $text) = @_;
    open my $out, '>', $file or die "$file: $!";
    print {$out} $text;
    close $out or die "$file: $!";
    return;
}

BAIL_OUT('only root can make and enter a Debian in a folder') if $> != 0;

my $changes = $ENV{BRAZE_PACKAGE_CHANGES} // works("'$here/package/build' '$work/build'", 'the package is built');
chomp $changes;
my ($deb) = glob dirname($changes) . '/libapache2-mod-braze_*.deb';
BAIL_OUT('there is no package') if !$deb;
my $lintian = said("lintian --allow-root --fail-on error,warning '$changes'");
is $?, 0, 'lintian finds nothing to warn of' or diag $lintian;
is $lintian, '', 'and says nothing at all' or diag $lintian;

my %there = map { (split ' ', $_, 6)[5] => 1 } grep {/^-/} split /\n/, works("dpkg-deb --contents '$deb'", 'what is in it');
ok $there{".$_"}, $_ for map({"/usr/lib/apache2/modules/mod_braze_$_.so"} qw(jit scim)), map({"/etc/apache2/mods-available/braze_$_.load"} qw(jit scim)),
    qw(/usr/sbin/braze-admin /usr/share/man/man8/braze-admin.8.gz /usr/share/bash-completion/completions/braze-admin
    /usr/share/doc/libapache2-mod-braze/examples/sqlite-minimal.conf /usr/share/doc/libapache2-mod-braze/README.md.gz);

works("'$here/package/root' '$root'", 'a clean Debian 12');
works("cp '$deb' '$root/tmp/braze.deb'");
inside('env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends apache2 /tmp/braze.deb',
    'installed, with what it depends on');
like inside('apache2ctl -M', 'httpd takes its configuration'), qr/braze_jit_module.*braze_scim_module/s, 'and both modules are on';
inside('a2dismod braze_jit braze_scim', 'a2dismod');
unlike inside('apache2ctl -M', 'httpd takes it without them'), qr/braze_/, 'and they are off';
inside('a2enmod braze_jit braze_scim', 'a2enmod');
like inside('apache2ctl -M', 'and with them'), qr/braze_jit_module.*braze_scim_module.*dbd_module/s, 'and they are on again, with what they need';
like inside('braze-admin --version'), qr/\Abraze-admin \d/, 'braze-admin runs';
is said("stat -c '%U %a' '$root/var/lib/braze'"), "www-data 750\n", 'a folder for a database';

my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "no port: $!";
my $port = $socket->sockport;
close $socket;
spew("$root/etc/apache2/ports.conf", "Listen 127.0.0.1:$port\nServerName 127.0.0.1\n");
works("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=idp -keyout '$work/idp.key' -out '$work/idp.crt'", 'a certificate');
works("sed '/^LoadModule/d' '$root/usr/share/doc/libapache2-mod-braze/examples/sqlite-minimal.conf' >'$root/etc/apache2/conf-available/braze.conf'",
    'the example is the configuration');
my $certificate = join '', map { chomp; $_ } grep { !/^-/ } split /^/, said("cat '$work/idp.crt'");
spew("$root/etc/apache2/idp.xml", <<"X");
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.net/">
 <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
  <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>$certificate</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
  <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.net/sso"/>
 </IDPSSODescriptor>
</EntityDescriptor>
X
inside('a2enconf braze');
like said("chroot '$root' apache2ctl start"), qr/braze-admin .*migrate|BRAZE-/, 'without tables it does not start, and says which command to run';
my $admin = 'setpriv --reuid=www-data --regid=www-data --clear-groups braze-admin -f /etc/apache2/conf-available/braze.conf';
inside("$admin @$_") for ['migrate'], [qw(company add Decorumsoft)], [qw(workspace add Marketing)], [qw(permission-set add Viewer view_campaigns)],
    [qw(user add ann@decorumsoft.com --confirmed)];
chomp(my $token = inside("sh -c '$admin token add --origin package-test 2>/dev/null'", 'a token'));

inside('apache2ctl start', 'httpd starts');
$httpd = said("cat '$root/run/apache2/apache2.pid'");
my $client = HTTP::Tiny->new(timeout => 20, max_redirect => 0);
my $answer;
for (1 .. 50) {
    $answer = $client->get("http://127.0.0.1:$port/auth/saml/metadata");
    last if $answer->{status} != 599;
    select undef, undef, undef, 0.2;
}
is $answer->{status}, 200, 'our metadata is there' or diag said("cat '$root/var/log/apache2/error.log'");
like $answer->{content}, qr/entityID="braze_dashboard"/, 'under our name';
$answer = $client->get("http://127.0.0.1:$port/");
is $answer->{status}, 303, 'the application is shut' or diag said("cat '$root/var/log/apache2/error.log'");
$ENV{BRAZE_T_IDP} = $work;
my $acs      = "http://127.0.0.1:$port/auth/saml/callback";
my $response = BrazeTest::Saml::response_xml(acs => $acs, issuer => 'https://idp.example.net/', nameid => 'new@decorumsoft.com');
$answer = $client->post_form($acs, { SAMLResponse => BrazeTest::Saml::encode($response) });
is $answer->{status}, 303, 'somebody who is new signs in' or diag $answer->{content}, said("cat '$root/var/log/apache2/error.log'");
my @cookies = map {/\A([^;]+)/} ref $answer->{headers}{'set-cookie'} ? @{ $answer->{headers}{'set-cookie'} } : $answer->{headers}{'set-cookie'} // ();
is $client->get("http://127.0.0.1:$port/", { headers => { Cookie => join '; ', @cookies } })->{status}, 200, 'and is let in';
is $client->get("http://127.0.0.1:$port/scim/v2/Users")->{status}, 401, 'SCIM is shut';
my %with = (headers => { Authorization => "Bearer $token", 'X-Request-Origin' => 'package-test' });
my $list = $client->get("http://127.0.0.1:$port/scim/v2/Users", \%with);
is $list->{status}, 200, 'which opens with the token';
is eval { JSON::PP::decode_json($list->{content})->{totalResults} }, 2, 'and knows who is there: one by braze-admin, one by the sign-in';
inside('apache2ctl stop', 'httpd stops');
inside('env DEBIAN_FRONTEND=noninteractive apt-get purge -y libapache2-mod-braze', 'the package goes');
ok -e "$root/var/lib/braze/accounts.db", 'the accounts stay';
ok !-e "$root/etc/apache2/mods-enabled/braze_jit.load", 'the modules are off';
inside('apache2ctl -t', 'httpd would start without them') if unlink "$root/etc/apache2/conf-enabled/braze.conf";

done_testing;

END {
    my $status = $?;
    if ($httpd && $httpd =~ /\A(\d+)\s*\z/ && -e "$root/run/apache2/apache2.pid") { kill TERM => $1; sleep 2 }
    if ($ENV{BRAZE_INTEROP_KEEP}) { print STDERR "# kept: $work\n" }
    else { remove_tree($work) if defined $work }
    $? = $status;
}
