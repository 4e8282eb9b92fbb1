# SPDX-License-Identifier: Apache-2.0
# More threads than connections to the database: with one and with two of them, sign-ins and SCIM writes at once. Some threads
# come to write with a connection of their own and some without, and whoever writes for the others needs one.
use strict;
use warnings;
use IO::Socket::INET ();
use Test::More;
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Jit;
use BrazeTest::Node;
use BrazeTest::Scim;

my $client = BrazeTest::Client->new;
my $base   = base_url();

sub conf {
    my ($connections) = @_;
    return <<"C";
DBDMin  1
DBDKeep 1
DBDMax  $connections
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
    BrazeJitProvisioning         on
    BrazeJitDefaultWorkspace     "Marketing"
    BrazeJitDefaultPermissionSet "Viewer"
    BrazeJitAllowDomain          decorumsoft.com
</Location>
<Location "/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    Require      valid-user
</Location>
C
}

sub post_of {
    my ($response) = @_;
    my $body = 'SAMLResponse=' . $response =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger;
    return "POST /auth/saml/callback HTTP/1.1\r\nHost: " . host_port() . "\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

# answers(port, bytes, …): all begin together; 599 stands for what was not answered within a minute.
sub answers {
    my ($port, @bytes) = @_;
    my @sockets = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 30) // die "connect: $!" } @bytes;
    for my $i (0 .. $#sockets) { $sockets[$i]->autoflush(1); $sockets[$i]->print(substr $bytes[$i], 0, -1) }
    $sockets[$_]->print(substr $bytes[$_], -1) for 0 .. $#sockets;
    return map { finish_request($_) // HTTP::Response->new(599, 'no answer') } @sockets;
}

for my $connections (1, 2) {
    my $node = BrazeTest::Node->start("pool$connections", conf($connections));
    for my $round (1 .. 3) {
        my @people = map {"pool$connections-$round-$_"} 1 .. 15;
        my @answers = answers($node->{port}, map { (post_of(saml_response(nameid => "$_\@decorumsoft.com")), $client->bytes('POST', '/Users', person("$_\@scim.example"))) } @people);
        my %codes;
        $codes{ $_->code }++ for @answers;
        is join(' ', map {"$_:$codes{$_}"} sort keys %codes), '201:15 303:15', "connections: $connections, round $round: 15 sign-ins and 15 new people by SCIM at once";
        is row('SELECT count(*) AS n FROM braze_user WHERE user_name LIKE ?', "pool$connections-$round-%")->{n}, 30, 'are thirty accounts';
    }
    unlike $node->log, qr/BRAZE-01\d\d|exit signal/, 'without a fault of the database';
    $node->stop;
}

done_testing;
