#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What the directives take, where they may stand, and that a refusal names the directive and what it takes. What those of
# mod_braze_jit refuse is in t/jit/config.t; where one matters only by what it does, so is that.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;

# Every directive with values that are good, and those of mod_braze_scim with bad ones and what the refusal says.
my %good = (
    BrazeCompany => [ 'Decorumsoft', '"Two Words"', 'Ünïcode' ],
    BrazeScimDialect => [ 'rfc', 'braze', 'RFC', 'Braze' ],
    BrazeScimOriginHeader => [ 'X-Origin', 'X-One X-Two X-Three', 'x_1' ],
    BrazeScimDefaultWorkspace => [ 'Marketing', '"Two Words"', 'off' ],
    BrazeScimRateLimit => [ 'off', 'Off', '1/second', '5000/day', '60/MINUTE', '1000000000/hour' ],
    BrazeScimMaxBody => [ '1K', '1024', '1m', '64M', '65536k', '67108864' ],
    BrazeScimMaxResults => [ '1', '200', '10000' ],
    BrazeScimMaxOperations => [ '1', '1000', '10000' ],
    BrazeScimBaseUrl => [ 'https://app.example.com/scim/v2', 'http://localhost:8080', 'HTTPS://[::1]:8443/x/', 'off' ],
    BrazeJitBaseUrl => ['https://app.example.com'], BrazeJitPath => ['/sso'], BrazeJitEntityId => ['urn:x'],
    BrazeJitIdpMetadata => [ BrazeTest::Idp::dir() . '/idp.xml' ], BrazeJitTargetUrl => ['https://idp.example/sso'],
    BrazeJitCertificate => [ BrazeTest::Idp::cert_file('idp') ], BrazeJitIdpEntityId => ['urn:idp'], BrazeJitName => ['Okta'],
    BrazeJitProvisioning => [ 'on', 'off' ], BrazeJitDefaultWorkspace => ['Marketing'], BrazeJitDefaultPermissionSet => ['Viewer'],
    BrazeJitAllowDomain => ['a.example b.example'], BrazeJitAttribute => ['email mail'], BrazeJitUpdateOnLogin => [ 'on', 'off' ],
    BrazeJitRelayState => [ 'path', 'api-key', 'any' ], BrazeJitClockSkew => [ '0', '600' ], BrazeJitSessionMaxAge => ['8h'],
    BrazeJitSessionIdle => ['30min'], BrazeJitCookie => ['session'], BrazeJitSignIn => [ 'page', '401' ], BrazeJitAllowSha1 => [ 'on', 'off' ],
    BrazeJitHeaders => [ 'on', 'off' ], BrazeJitMap => ['"A group" workspace EU permission-set Viewer role Auditor group Editors'], BrazeJitMapOnLogin => [ 'on', 'off' ],
);
my %bad = (
    BrazeScimDialect => [ qr/BrazeScimDialect takes rfc or braze/, 'scim', 'rfc7644', '2' ],
    BrazeScimOriginHeader => [ qr/BrazeScimOriginHeader takes names of request headers/, 'X:Y', '"X Y"', 'X-One "X,Two"', 'ü', '*' ],
    BrazeScimRateLimit => [ qr/BrazeScimRateLimit takes off or a number of requests and a period/, 'on', '5000', '/day', '0/day', '-1/day', '5/week', '5/', '"5 / day"', 'x/day',
        '1.5/day', '1000000001/day', '99999999999999999999/day', '5/day/day' ],
    BrazeScimMaxBody => [ qr/BrazeScimMaxBody takes a size from 1K to 64M/, '0', '1', '1023', '65M', '67108865', '65537K', '-1M', 'x', 'K', '1KB', '1G', '1.5M', '99999999999999999999M', '9223372036854775807K' ],
    BrazeScimMaxResults => [ qr/BrazeScimMaxResults takes a number from 1 to 10000/, '0', '-1', '10001', 'x', '1x', 'all', '99999999999999999999' ],
    BrazeScimMaxOperations => [ qr/BrazeScimMaxOperations takes a number from 1 to 10000/, '0', '-1', '10001', 'x', '1x', '99999999999999999999' ],
    BrazeScimBaseUrl => [ qr/BrazeScimBaseUrl takes the external URL of this service, .* or off/, 'app.example.com/scim', '/scim/v2', 'ftp://app.example.com/', 'https://', 'https:///scim', 'http:x',
        '"https://app.example.com/a b"', 'https://app.example.com/?x', '"https://app.example.com/#x"', "'https://app.example.com/\"x'", 'on' ],
);

sub in_location { my ($line) = @_; return config_test("<Location \"/x\">\n$line\n</Location>") }

for my $name (sort keys %good) {
    my @lines = map {"$name $_"} @{ $good{$name} };
    my ($status, $said) = in_location(join "\n", @lines);
    is $status, 0, "$name: @{ $good{$name} }" or diag $said;
    ($status, $said) = config_test("$lines[0]\n<VirtualHost *>\n$lines[-1]\n</VirtualHost>\n<LocationMatch x>\n$lines[0]\n</LocationMatch>\n<Directory /x>\n$lines[0]\n</Directory>");
    is $status, 0, 'in a server, a virtual host, and every section' or diag $said;
    ($status, $said) = in_location($name);
    ok $status != 0 && $said =~ /\Q$name\E (?:takes|requires|must)/, 'not without an argument' or diag $said;
    next if $name =~ /OriginHeader|AllowDomain|Attribute|JitMap/; # which take several
    next if "@{ $good{$name} }" eq 'on off';                # of which httpd looks at the first word only
    ($status, $said) = in_location("$lines[0] and-more");
    ok $status != 0 && $said =~ /\Q$name\E (?:takes|must)/, 'nor with two' or diag $said;
}
for my $name (sort keys %bad) {
    my ($says, @values) = @{ $bad{$name} };
    for my $value (@values) {
        my ($status, $said) = in_location("$name $value");
        ok $status != 0 && $said =~ $says, "$name $value is refused, with what it takes" or diag "$status $said";
    }
}

# Require takes nothing more: what counts is kept with the token.
for my $require ('braze-scim-origin', 'braze-scim-allowlist') {
    my ($status, $said) = in_location("Require $require");
    is $status, 0, "Require $require" or diag $said;
    ($status, $said) = in_location("Require $require okta");
    ok $status != 0 && $said =~ /Require braze-scim-origin and Require braze-scim-allowlist take no arguments/, 'not with arguments' or diag $said;
}
my ($status, $said) = in_location('Require braze-scim-elsewhere');
ok $status != 0 && $said =~ /braze-scim-elsewhere/, 'and no other';

# They are the administrator's: not in .htaccess, whatever that may.
my $root = Apache::Test::vars('documentroot') . '/open/htaccess';
require File::Path;
File::Path::make_path($root);
BrazeTest::Saml::write_file("$root/page", 'a page');
require BrazeTest::Node;
my $node = BrazeTest::Node->start('htaccess', <<'C');
<Directory "@DocumentRoot@/open">
    AllowOverride All
    Require all granted
</Directory>
C
for my $name (sort keys %good) {
    BrazeTest::Saml::write_file("$root/.htaccess", "$name $good{$name}[0]\n");
    my $mark = $node->log_mark;
    my $res = browser()->get($node->url('/open/htaccess/page'));
    ok $res->code == 500 && $node->log($mark) =~ /\Q$name\E not allowed here/i, "$name is not for .htaccess" or diag $res->as_string, $node->log($mark);
}
unlink "$root/.htaccess";
is browser()->get($node->url('/open/htaccess/page'))->code, 200, 'the control';
$node->stop;

done_testing;
