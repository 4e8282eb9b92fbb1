# SPDX-License-Identifier: Apache-2.0
# Content-Encoding of what a client sends: 415 that says which header, and what would be taken (RFC 7694); decoded where httpd
# is told to decode.
use strict;
use warnings;
use Compress::Zlib ();
use JSON ();
use Test::More;
use BrazeTest;
use BrazeTest::Node;
use BrazeTest::Scim;

my $token = token();
my @auth = @{ $token->{auth} };
my $id = made($token, person('coding@scim.example'));
sub call { my ($method, $path, $body, @headers) = @_; return scim($method, "/scim/v2$path", $body, @auth, @headers) }
sub text { my ($body) = @_; return JSON->new->utf8->canonical->encode($body) }
sub never { return row('SELECT count(*) AS n FROM braze_user WHERE user_name LIKE ?', 'never.coded%')->{n} }
my $never = person('never.coded@scim.example');

# refused(response, name): 415 for the coding, and only then Accept-Encoding.
sub refused {
    my ($res, $name) = @_;
    rfc_error($res, 415, undef, qr/\AContent-Encoding: .*identity/, $name);
    is $res->header('Accept-Encoding'), 'identity', "$name: what would be taken";
    return;
}

# --- refused -------------------------------------------------------------------------------------

# Named but not done, done, and what only looks like none.
for my $coding ('gzip', 'GZIP', 'x-gzip', 'deflate', 'br', 'identity, gzip', 'gzip,identity', 'identityx', 'identit', 'identity;q=1', 'none', '*', '"identity"') {
    refused(call('POST', '/Users', $never, 'Content-Encoding' => $coding), "plain JSON as $coding");
}
refused(call('POST', '/Users', Compress::Zlib::memGzip(text($never)), 'Content-Encoding' => 'gzip'), 'what is gzip');
refused(call($_->[0], $_->[1], $_->[2] // {}, 'Content-Encoding' => 'gzip'), "@$_[0, 1]")
    for [ 'PUT', "/Users/$id", $never ], [ 'PATCH', "/Users/$id" ], [ 'POST', '/Groups' ], [ 'POST', '/Bulk' ], [ 'POST', '/.search' ], [ 'POST', '/Users/.search' ];
refused(call('POST', '/Users', 'x', 'Content-Encoding' => 'gzip', 'Content-Type' => 'text/plain'), 'of another type as well');
{
    my $bytes = request_bytes('POST', '/scim/v2/Users', text($never), @auth, 'Content-Encoding' => 'identity');
    $bytes =~ s/\r\n\r\n/\r\nContent-Encoding: br\r\n\r\n/;
    refused(finish_request(open_request($bytes)), 'named in a second header');
}
is never(), 0, 'none of them made anybody';
is user_row($id)->{version}, 1, 'or changed anybody';

my $res = call('POST', '/Users', $never, 'Content-Type' => 'text/plain');
rfc_error($res, 415, undef, qr/scim\+json/, 'another type');
is $res->header('Accept-Encoding'), undef, 'is not for want of another coding';
$res = scim('POST', '/braze/scim/v2/Users', braze_person('never.coded2@scim.example'), @auth, 'Content-Encoding' => 'gzip');
braze_error($res, 400, undef, 'the braze dialect knows no 415');
is $res->header('Accept-Encoding'), undef, 'nor its header';
is never(), 0, 'and makes nobody either';

# --- taken ---------------------------------------------------------------------------------------

my $n = 0;
for my $coding ('identity', 'Identity', 'identity, identity', ' identity ,', '') {
    is call('POST', '/Users', person('coded' . $n++ . '@scim.example'), 'Content-Encoding' => $coding)->code, 201, "'$coding' is none";
}
is call('GET', "/Users/$id", undef, 'Content-Encoding' => 'gzip')->code, 200, 'what has no body has no coding';

# --- decoded by httpd ----------------------------------------------------------------------------

my $node = BrazeTest::Node->start('coding', <<'C', modules => ['deflate']);
<Location "/scim/v2">
    SetHandler       braze-scim
    AuthType         braze-scim
    AuthName         "SCIM"
    BrazeCompany     "Decorumsoft"
    BrazeScimMaxBody 2000
    SetInputFilter   DEFLATE
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
    </RequireAll>
</Location>
C
sub post { my ($body, $coding) = @_; return scim('POST', $node->url('/scim/v2/Users'), $body, @auth, 'Content-Encoding' => $coding) }
$res = post(Compress::Zlib::memGzip(text(person('inflated@scim.example', title => 'x' x 1000))), 'gzip');
is $res->code, 201, 'mod_deflate decodes gzip' or diag $res->as_string;
is $res->{json}{title}, 'x' x 1000, 'to what was sent';
is post(person('plain.there@scim.example'), undef)->code, 201, 'and lets plain bodies pass';
refused(post($never, 'br'), 'what it does not know');
rfc_error(post(Compress::Zlib::memGzip(text({ %$never, title => 'x' x 2000 })), 'gzip'), 413, undef, qr/2000 bytes/, 'BrazeScimMaxBody is of what comes out');
rfc_error(post($never, 'gzip'), 400, undef, undef, 'what is no gzip');
is never(), 0, 'nobody came of those';

done_testing;
