# SPDX-License-Identifier: Apache-2.0
# Those who take their time: bodies and headers that do not end hold a connection for as long as RequestReadTimeout says and no longer,
# others are served meanwhile, and nothing of them is believed.
use strict;
use warnings;
use IO::Socket::INET ();
use Test::More;
use Time::HiRes qw(sleep time);
use BrazeTest;
use BrazeTest::Jit qw(make_page page_code cookie_of);
use BrazeTest::Node;

make_page('page.html', 'the page');
my $FORM = 'application/x-www-form-urlencoded';
my $node = BrazeTest::Node->start('slow', <<'C', modules => ['reqtimeout']);
RequestReadTimeout header=2-3,MinRate=500 body=2,MinRate=500
LimitRequestFields 60
LimitRequestFieldSize 4000
# A process is a place to wait: prefork begins with one and takes seconds to have sixteen.
<IfModule mpm_prefork_module>
    StartServers    20
    MaxSpareServers 24
</IfModule>
AliasMatch "^/(?:.*/)?page\.html$" "@DocumentRoot@/page.html"
<Directory "@DocumentRoot@">
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Slow"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
    BrazeJitProvisioning on
    BrazeJitDefaultWorkspace "Marketing"
    BrazeJitDefaultPermissionSet "Viewer"
    BrazeJitAllowDomain decorumsoft.com
</Location>
C
my ($host) = $node->base =~ m{//(.*)};

sub form { return 'SAMLResponse=' . (saml_response(acs => $node->url('/auth/saml/callback'), nameid => 'slow@decorumsoft.com') =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger) }
sub head { my ($length, @more) = @_; return join "\r\n", 'POST /auth/saml/callback HTTP/1.1', "Host: $host", 'Connection: close', "Content-Type: $FORM", (defined $length ? "Content-Length: $length" : ()), @more, '', '' }
sub open_socket { return IO::Socket::INET->new(PeerAddr => $host, Timeout => 10) // die "connect: $!" }

# say_slowly(pieces, seconds between them): the answer and how long it took.
sub say_slowly {
    my ($pieces, $pause) = @_;
    my $socket = open_socket();
    local $SIG{PIPE} = 'IGNORE';
    my $start = time;
    for my $i (0 .. $#$pieces) {
        print $socket $pieces->[$i];
        $socket->flush;
        sleep $pause if $i < $#$pieces;
    }
    local $/;
    my $answer = <$socket> // '';
    return { res => HTTP::Response->parse($answer), took => time - $start, bytes => $answer };
}
sub serves { my $start = time; my $code = browser()->get($node->url('/page.html'))->code; return $code == 303 && time - $start < 1 }
sub sessions { return row('SELECT count(*) AS n FROM braze_session')->{n} }

# --- bodies ---
my $body = form();
my $two = say_slowly([ head(length $body) . substr($body, 0, 1000), substr $body, 1000 ], 0.5);
is $two->{res}->code, 303, 'a body in two pieces' or diag $two->{bytes};
my $sessions = sessions();
for my $case ([ 'a body that stops', [ head(length $body) . substr $body, 0, 1000 ] ], [ 'a body that does not begin', [ head(length $body) ] ],
    [ 'chunks that stop', [ head(undef, 'Transfer-Encoding: chunked') . "100\r\nSAMLResponse=" ] ], [ 'a chunk size that does not end', [ head(undef, 'Transfer-Encoding: chunked') . '1' ] ]) {
    my ($name, $pieces) = @$case;
    my $got = say_slowly($pieces, 0);
    like $got->{res}->code // '', qr/\A(?:40[08]|)\z/, "$name: no answer that could be taken for another" or diag $got->{bytes};
    cmp_ok $got->{took}, '<', 6, "$name: a few seconds at most";
    is scalar(cookie_of($got->{res})), 0, "$name: no cookie";
}
my $drops = say_slowly([ head(length $body) . substr($body, 0, 10), map { substr $body, 10 + $_, 1 } 0 .. 20 ], 0.3);
like $drops->{res}->code // '', qr/\A(?:40[08]|)\z/, 'a byte at a time';
cmp_ok $drops->{took}, '<', 12, 'is not waited for';
is sessions(), $sessions, 'nobody is signed in by any of it';

# --- many of them, and others meanwhile ---
my @held = map { my $socket = open_socket(); print $socket head(length $body) . substr $body, 0, 100; $socket->flush; $socket } 1 .. 15;
ok serves(), 'fifteen bodies that wait, and another is served at once';
my $closed = wait_until { my $n = 0; for (@held) { my $rin = ''; vec($rin, fileno $_, 1) = 1; $n++ if select $rin, undef, undef, 0 } $n == @held } 8;
ok $closed, 'they are given up';
close $_ for @held;

# --- headers ---
is browser()->get($node->url('/page.html'), map { ("X-$_" => 'x') } 1 .. 50)->code, 303, 'as many headers as there may be';
my $raw = sub { return say_slowly([ @_ ], 0)->{res}->code // '' };
is $raw->("GET /page.html HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n" . join('', map {"X-$_: x\r\n"} 1 .. 1000) . "\r\n"), 400, 'a flood of headers';
is $raw->("GET /page.html HTTP/1.1\r\nHost: $host\r\nConnection: close\r\nCookie: " . 'a=b; ' x 1000 . "\r\n\r\n"), 400, 'a header that is too long';
is $raw->("POST /auth/saml/callback HTTP/1.1\r\nHost: $host\r\nConnection: close\r\nContent-Type: $FORM\r\n" . join('', map {"X-$_: x\r\n"} 1 .. 1000) . 'Content-Length: ' . length($body) . "\r\n\r\n$body"), 400,
    'before a response too';
my $endless = say_slowly([ "GET /page.html HTTP/1.1\r\nHost: $host\r\nX-Endless: a" ], 0);
like $endless->{res}->code // '', qr/\A(?:40[08]|)\z/, 'a header that does not end';
cmp_ok $endless->{took}, '<', 6, 'is not waited for';
# Cookies of our own kind by the hundred: each is looked at, none is believed.
is browser()->get($node->url('/page.html'), Cookie => join '; ', map { sprintf 'braze_login_%016x=a%08x%s', $_, time, 'A' x 43 } 1 .. 45)->code, 303, 'cookies of our own names';
is browser()->get($node->url('/page.html'), Cookie => join '; ', map {"braze_session=$_"} 1 .. 200)->code, 303, 'session cookies by the hundred';

# --- another program that holds the database ---
{
    my $body = form();
    my $other = dbh()->clone;
    $other->{AutoCommit} = 1;
    $other->do(engine() eq 'pgsql' ? 'BEGIN' : 'BEGIN IMMEDIATE');
    $other->do('LOCK TABLE braze_session, braze_replay IN EXCLUSIVE MODE') if engine() eq 'pgsql';
    my $start = time;
    my $busy = browser()->post($node->url('/auth/saml/callback'), 'Content-Type' => $FORM, Content => $body);
    is $busy->code, 503, 'while another program holds the database nobody can be signed in' or diag $busy->as_string;
    cmp_ok time - $start, '<', 7, 'which is said within a few seconds';
    like $busy->header('Retry-After') // '', qr/\A\d+\z/, 'with when to come again';
    is scalar(cookie_of($busy)), 0, 'and no cookie';
    $other->do('ROLLBACK');
    $other->disconnect;
    is browser()->post($node->url('/auth/saml/callback'), 'Content-Type' => $FORM, Content => $body)->code, 303, 'nothing was half done: the same response is taken afterwards';
}

my $last = browser()->post($node->url('/auth/saml/callback'), 'Content-Type' => $FORM, Content => form());
is $last->code, 303, 'and it still signs in' or diag $last->as_string;
unlike $node->log, qr/exit signal/, 'no child died';
done_testing;
