# SPDX-License-Identifier: Apache-2.0
# What is wrong with a request, and that every answer to it is a SCIM error: those that httpd makes itself included.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Scim;

my $token = token();
my @auth = @{ $token->{auth} };
my $id = made($token, person('errors@scim.example'));
sub call { my ($method, $path, $body, @headers) = @_; return scim($method, "/scim/v2$path", $body, @auth, @headers) }

# The response to bytes that no client library sends.
sub raw { my ($bytes, $vhost) = @_; return finish_request(open_request($bytes, $vhost)) // HTTP::Response->new(599, 'no answer') }
my $HEAD = join '', "Host: a\r\nConnection: close\r\n", map {"$auth[2 * $_]: $auth[2 * $_ + 1]\r\n"} 0, 1;

# --- media types ---------------------------------------------------------------------------------

my $n = 0;
for my $type ('application/json', 'application/scim+json', 'APPLICATION/SCIM+JSON', 'application/json; charset=utf-8',
    'application/scim+json;charset="UTF-8"', 'application/json ; x=y', undef) {
    my $res = call('POST', '/Users', person('type' . $n++ . '@scim.example'), 'Content-Type' => $type);
    is $res->code, 201, 'taken: ' . ($type // 'no Content-Type');
    is $res->header('Content-Type'), 'application/scim+json', 'and answered as scim+json';
}
for my $type ('text/plain', 'application/xml', 'application/jsonx', 'application/scim', 'multipart/form-data; boundary=x', 'application/json, text/plain', 'json') {
    rfc_error(call($_->[0], $_->[1], person('never@scim.example'), 'Content-Type' => $type), 415, undef, undef, "415: $_->[0] $type")
        for [ 'POST', '/Users' ], [ 'PUT', "/Users/$id" ], [ 'PATCH', "/Users/$id" ], [ 'POST', '/Groups' ], [ 'POST', '/Bulk' ], [ 'POST', '/.search' ], [ 'POST', '/Users/.search' ];
}
is call('GET', "/Users/$id", undef, 'Content-Type' => 'text/plain')->code, 200, 'what has no body has no type';
is call('GET', "/Users/$id", undef, Accept => 'text/html')->code, 200, 'Accept decides nothing: there is one type';

# --- bodies --------------------------------------------------------------------------------------

my $start = qq({"schemas":["$CORE"],"userName":"never\@scim.example");
my @bodies = (
    [ 'empty', '' ], [ 'blanks', "  \n" ], [ 'not JSON', 'userName=x' ], [ 'cut', $start ], [ 'a comma too many', "$start,}" ],
    [ 'two values', "$start}$start}" ], [ 'a comment', "/* */$start}" ], [ 'single quotes', "{'schemas':['$CORE']}" ],
    [ 'NaN', qq($start,"x":NaN}) ], [ 'a leading zero', qq($start,"x":01}) ], [ 'a name twice', qq($start,"userName":"other\@scim.example"}) ],
    [ 'a name twice within', qq($start,"name":{"givenName":"a","givenName":"b"}}) ],
    [ 'a NUL byte', qq($start,"title":"a\0b"}) ], [ 'an escaped NUL', qq($start,"title":"a\\u0000b"}) ], [ 'a NUL behind it', "$start}\0" ],
    [ 'a raw newline in a string', qq($start,"title":"a\nb"}) ], [ 'bytes that are not UTF-8', qq($start,"title":"\xff\xfe"}) ],
    [ 'an overlong encoding', qq($start,"title":"\xc0\xaf"}) ], [ 'half a surrogate pair', qq($start,"title":"\\ud83d"}) ],
    [ 'a byte order mark', "\xef\xbb\xbf$start}" ], [ 'UTF-16', join('', map {"$_\0"} split //, "$start}") ],
    [ 'nested 10 000 deep', qq($start,"x":) . '[' x 10000 . ']' x 10000 . '}' ],
    [ '100 000 deep and cut', '[' x 100_000 ], [ 'objects 10 000 deep', '{"a":' x 10000 ],
    [ 'an array', '[]' ], [ 'a string', '"x"' ], [ 'null', 'null' ], [ 'a number', '1' ],
);
for (@bodies) {
    my ($name, $body) = @$_;
    rfc_error(call('POST', '/Users', $body), 400, 'invalidSyntax', undef, "invalidSyntax: $name");
    braze_error(scim('POST', '/braze/scim/v2/Users', $body, @auth), 400, undef, 'and 400 in the braze dialect');
}
for my $what ([ 'PUT', "/Users/$id" ], [ 'PATCH', "/Users/$id" ], [ 'POST', '/Groups' ], [ 'POST', '/Bulk' ], [ 'POST', '/.search' ], [ 'POST', '/Groups/.search' ]) {
    rfc_error(call(@$what, $bodies[$_][1]), 400, 'invalidSyntax', undef, "@$what reads a body just so: $bodies[$_][0]") for 0, 3, 10, 24;
}
for (
    [ 'no schemas', { userName => 'never@scim.example' } ], [ 'schemas without the core', person('never@scim.example', schemas => [$ENTERPRISE]) ],
    [ 'an unknown schema', person('never@scim.example', schemas => [ $CORE, 'urn:x' ]) ], [ 'schemas as text', person('never@scim.example', schemas => $CORE) ],
    [ 'no userName', { schemas => [$CORE] } ], [ 'an empty userName', person('') ], [ 'a blank userName', person('   ') ],
    [ 'userName as a number', person(7) ], [ 'userName as an object', person({}) ], [ 'a userName with a control character', person("a\tb") ],
    [ 'a very long userName', person('x' x 100_000) ], [ 'active as text', person('never@scim.example', active => 'true') ],
    [ 'name as text', person('never@scim.example', name => 'N') ], [ 'emails as an object', person('never@scim.example', emails => { value => 'a@b.example' }) ],
    [ 'two primary e-mails', person('never@scim.example', emails => [ map { { value => "$_\@b.example", primary => JSON::true } } 1, 2 ]) ],
    [ "permissions in Braze's form", person('never\@scim.example', $DASHBOARD => { permissions => { companyPermissions => ['admin'] } }) ],
    [ 'permissions that name nothing', person('never@scim.example', $DASHBOARD => { permissions => [ { value => 'workspace/Nowhere' } ] }) ],
) {
    rfc_error(call('POST', '/Users', $_->[1]), 400, 'invalidValue', undef, "invalidValue: $_->[0]");
}
is row('SELECT count(*) AS n FROM braze_user WHERE user_name LIKE ?', 'never%')->{n}, 0, 'none of them made anybody';
my $wide = call('POST', '/Users', person('wide@scim.example', title => "\x{1F600}\x{feff}<b>\"'\\"));
is $wide->{json}{title}, "\x{1F600}\x{feff}<b>\"'\\", 'what is valid comes back, whatever it is';

# --- sizes ---------------------------------------------------------------------------------------

sub sized { my ($size) = @_; return qq($start,"x":") . 'x' x ($size - length(qq($start,"x":""}))) . '"}' }
sub chunked { my ($body) = @_; return ('Transfer-Encoding' => 'chunked', join('', map { sprintf "%x\r\n%s\r\n", length $_, $_ } unpack '(a300)*', $body) . "0\r\n\r\n") }
sub post_raw { my ($path, $body, @headers) = @_; return raw(request_bytes('POST', $path, $body, @auth, @headers)) }
sub post_chunked { my ($path, $body) = @_; my ($name, $value, $chunks) = chunked($body); return post_raw($path, $chunks, $name => $value) }

is scim('POST', '/s/body/Users', sized(1024) =~ s/never/sized1/r, @auth)->code, 413, 'one byte over BrazeScimMaxBody';
is scim('POST', '/s/body/Users', sized(1023) =~ s/never/sized1/r, @auth)->code, 201, 'just as large';
for my $over (1025, 5000, 500_000) {
    rfc_error(scim('POST', '/s/body/Users', sized($over), @auth), 413, undef, qr/1024 bytes/, "413: $over bytes");
    rfc_error(post_chunked('/s/body/Users', sized($over)), 413, undef, qr/1024 bytes/, 'chunked too');
}
is post_chunked('/s/body/Users', sized(1023) =~ s/never/sized2/r)->code, 201, 'a chunked body as large as it may be';
braze_error(scim('POST', '/s/body/braze/Users', sized(5000), @auth), 413, qr/1024 bytes/, '413 in the braze dialect');
rfc_error(call('POST', '/Users', sized(1024 * 1024 + 1)), 413, undef, qr/1048576 bytes/, '413: over the usual 1M');
is call('POST', '/Users', sized(1024 * 1024 - 1) =~ s/never/sized3/r)->code, 201, 'as large as that is taken';
is scim('POST', '/s/body/usual/Users', sized(5000) =~ s/never/sized4/r, @auth)->code, 201, 'an inner section can set it back';
rfc_error(raw("POST /scim/v2/Users HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 2000000000\r\n\r\n{"), 413, undef, undef,
    'a stated length is enough: nothing is waited for');
rfc_error(scim('POST', '/s/limit/Users', sized(500), @auth), 413, undef, undef, 'LimitRequestBody of httpd');
rfc_error(post_chunked('/s/limit/Users', sized(500)), 413, undef, undef, 'chunked too');
rfc_error(raw("POST /scim/v2/Users HTTP/1.1\r\n${HEAD}Content-Length: x\r\n\r\n{"), 400, undef, undef, 'a Content-Length that is none');
rfc_error(raw("POST /scim/v2/Users HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n"), 400, undef, undef, 'chunks that are none');
rfc_error(raw("POST /scim/v2/Users HTTP/1.1\r\n${HEAD}Transfer-Encoding: gzip\r\n\r\nzz\r\n"), $_, undef, undef, 'another Transfer-Encoding') for 400;

# A refused body does not become the next request of the connection.
my $smuggled = "GET /scim/v2/Users/$id HTTP/1.1\r\n$HEAD\r\n";
my $answers = raw_request("POST /s/body/Users HTTP/1.1\r\nHost: a\r\n" . ($HEAD =~ s/.*close\r\n//sr) . 'Content-Length: ' . (2000 + length $smuggled) . "\r\n\r\n$smuggled" . ' ' x 2000);
is scalar(() = $answers =~ /^HTTP\/1\.1 /mg), 1, 'one answer to a body that was too large';

# --- methods and endpoints -----------------------------------------------------------------------

for (
    [ 'DELETE', '/Users', 'GET, HEAD, POST' ], [ 'PUT', '/Users', 'GET, HEAD, POST' ], [ 'POST', "/Users/$id", 'GET, HEAD, PUT, PATCH, DELETE' ], [ 'FOO', '/Users', 'GET, HEAD, POST' ],
    [ 'OPTIONS', "/Users/$id", 'GET, HEAD, PUT, PATCH, DELETE' ], [ 'get', "/Users/$id", 'GET, HEAD, PUT, PATCH, DELETE' ], [ 'POST', '/ServiceProviderConfig', 'GET, HEAD' ], [ 'GET', '/Bulk', 'POST' ], [ 'GET', '/.search', 'POST' ],
    [ 'PATCH', '/Users', 'GET, HEAD, POST' ], [ 'PUT', '/Groups', 'GET, HEAD, POST' ], [ 'POST', '/Groups/x', 'GET, HEAD, PUT, PATCH, DELETE' ], [ 'GET', '/Users/.search', 'POST' ], [ 'PUT', '/Groups/.search', 'POST' ], [ 'PATCH', '/Schemas', 'GET, HEAD' ],
) {
    my ($method, $path, $allow) = @$_;
    my $res = call($method, $path, $method =~ /P/ ? person('x@scim.example') : undef);
    rfc_error($res, 405, undef, qr/\A\Q$method\E does not apply/, "405: $method $path");
    is $res->header('Allow'), $allow, 'with Allow';
}
for ([ 'GET', '/Else' ], [ 'POST', '/Else/x' ], [ 'GET', '/Users/a/b' ], [ 'GET', '/Users//x/' ], [ 'GET', '/index.html' ], [ 'GET', '/Users%3fx' ], [ 'DELETE', '/Schema' ]) {
    rfc_error(call(@$_, $_->[0] eq 'POST' ? {} : ()), 404, undef, undef, "404: @$_");
}

# --- errors of httpd's own -----------------------------------------------------------------------

rfc_error(raw("GET /scim/v2/Users/%zz HTTP/1.1\r\n$HEAD\r\n"), 400, undef, 'Bad Request', 'a broken escape');
rfc_error(raw("GET /scim/v2/Users/a%2Fb HTTP/1.1\r\n$HEAD\r\n"), 404, undef, 'Not Found', 'an encoded slash');
rfc_error(raw("GET /scim/v2/Users/a%00b HTTP/1.1\r\n$HEAD\r\n"), $_, undef, undef, 'an encoded NUL') for 404;
braze_error(raw("GET /braze/scim/v2/Users/a%2Fb HTTP/1.1\r\n$HEAD\r\n"), 404, undef, 'in the braze dialect as well');
rfc_error(raw("GET /scim/v2/Users HTTP/1.1\r\nConnection: close\r\n\r\n"), 400, undef, 'Bad Request', 'no Host');
rfc_error(raw("GET /scim/v2/Users HTTP/1.1\r\n${HEAD}A: " . 'x' x 9000 . "\r\n\r\n"), 400, undef, 'Bad Request', 'a header that is too long');
rfc_error(raw("GET /scim/v2/Users HTTP/1.1\r\n${HEAD}Expect: the-unexpected\r\n\r\n"), 417, undef, 'Expectation Failed', 'an Expect that is not met');
my $trace = raw("TRACE /scim/v2/Users HTTP/1.1\r\n$HEAD\r\n", 'impatient');
rfc_error($trace, 405, undef, qr/Allow header/, 'TRACE where it is off');
my $over = raw("GET /scim/v2/Users?filter=userName%20eq%20%22" . 'x' x 9000 . "%22 HTTP/1.1\r\n$HEAD\r\n");
rfc_error($over, 414, undef, 'Request-URI Too Long', 'a filter that is too long for a line');
rfc_error(raw("GET /scim/v2/Users/" . 'x' x 9000 . " HTTP/1.1\r\n$HEAD\r\n"), 414, undef, 'Request-URI Too Long', 'or a path');
rfc_error(raw("GET /%73cim/v2/Users/" . 'x' x 9000 . " HTTP/1.1\r\n$HEAD\r\n"), 414, undef, undef, 'percent-encoded too');
braze_error(raw('GET /braze/scim/v2/Users?' . 'x' x 9000 . " HTTP/1.1\r\n$HEAD\r\n"), 414, qr/./, 'in the braze dialect as well');
for my $elsewhere ('/else?/scim/v2/', 'scim/v2/', '*', '') {
    my $html = raw("GET $elsewhere" . 'x' x 9000 . " HTTP/1.1\r\n$HEAD\r\n");
    is join(' ', $html->code, $html->header('Content-Type') =~ /\A([^;]*)/), '414 text/html', "what is not ours stays httpd's: " . ($elsewhere || 'no path');
}
my $long = call('GET', '/Users?x=' . 'y' x 7000);
is $long->code, 200, 'a query within the line is no error';

my $document = Apache::Test::vars('documentroot') . '/open';
require File::Path;
File::Path::make_path($document);
BrazeTest::Saml::write_file("$document/document.html", 'an error document');
sub at_documents { my ($method, $path, @headers) = @_; return scim($method, "/s/documents$path", undef, @headers) }
rfc_error(at_documents('GET', '/Users'), 401, undef, undef, 'ErrorDocument 401 is passed over');
rfc_error(at_documents('GET', '/Users', @auth[ 0, 1 ]), 403, undef, undef, 'and 403');
rfc_error(at_documents('GET', '/Users/x', @auth), 404, undef, undef, 'and 404');
rfc_error(at_documents('FOO', '/Users', @auth), 405, undef, undef, 'and 405');
braze_error(at_documents('GET', '/braze/Users'), 401, qr/./, 'in the braze dialect as well');
is at_documents('GET', '/Users', @auth)->code, 200, 'where nothing is wrong nothing changes';

secrets_hidden();
done_testing;
