# SPDX-License-Identifier: Apache-2.0
# The service over HTTP/2 (mod_http2, clear text): every method, errors of ours and of httpd's, bodies with and without a length, and
# many calls on one connection. curl asks, and does nothing but HTTP/2 here: one that cannot fails the suite.
use strict;
use warnings;
use Test::More;
use IPC::Open3 qw(open3);
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Node;
use BrazeTest::Saml ();
use BrazeTest::Scim;

# mod_http2 does not work under prefork: this node is an event one, whatever the suites run on.
my $base = BrazeTest::Saml::read_file($ENV{BRAZE_T_BASECONF});
$base =~ s/mpm_(?:prefork|worker)/mpm_event/g;
local $ENV{BRAZE_T_BASECONF} = work_dir() . '/http2-base.conf';
BrazeTest::Saml::write_file($ENV{BRAZE_T_BASECONF}, $base);

my $node = BrazeTest::Node->start('http2', <<'C', modules => ['http2']);
Protocols h2c http/1.1
H2Direct  on
<Location "/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "Decorumsoft"
    BrazeScimMaxBody 4K
    AuthzSendForbiddenOnFailure On
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
    </RequireAll>
</Location>
C
my $client = BrazeTest::Client->new(node => $node);
my $GROUP  = $BrazeTest::Client::GROUP;

# --- curl ----------------------------------------------------------------------------------------

# curl(words, text for its standard input): what it printed.
sub curl {
    my ($words, $input) = @_;
    my $pid = open3(my $in, my $out, undef, 'curl', '-sS', '--max-time', '30', '--http2-prior-knowledge', @$words);
    local $SIG{PIPE} = 'IGNORE';
    print $in $input if defined $input;
    close $in;
    my $text = do { local $/; <$out> } // '';
    waitpid $pid, 0;
    return $text;
}

sub words { my ($method, $path, @headers) = @_;
    my @words = ('-i', '-w', "\nversion %{http_version}", $method eq 'HEAD' ? '-I' : ('-X', $method), $node->url("/scim/v2$path"));
    while (my ($name, $value) = splice @headers, 0, 2) { push @words, '-H', "$name: $value" if defined $value }
    return \@words;
}

# A response like scim()'s; one that did not come by HTTP/2 is none.
sub response {
    my ($text) = @_;
    $text =~ s/\nversion 2\z// && $text =~ s{\AHTTP/2 }{HTTP/1.1 } or return HTTP::Response->new(599, "no HTTP/2: $text");
    return BrazeTest::Scim::response_of($text) // HTTP::Response->new(599, $text);
}

sub call {
    my ($method, $path, $body, @headers) = @_;
    my $words = words($method, $path, $client->auth, @headers);
    return response(curl($words)) if !defined $body;
    return response(curl([ @$words, '-H', 'Content-Type: application/scim+json', '--data-binary', '@-' ], ref $body ? JSON->new->utf8->encode($body) : $body));
}
sub there { my ($name) = @_; return row('SELECT count(*) AS n FROM braze_user WHERE user_name_key = ?', $name)->{n} }

# --- every method --------------------------------------------------------------------------------

my $res = call('POST', '/Users', person('h2@scim.example', title => 'Made'));
is $res->code, 201, 'POST' or diag $res->as_string;
my $id = $res->{json}{id} // 'none';
is $res->header('Location'), $node->url("/scim/v2/Users/$id"), 'with Location';
is $res->header('Content-Type'), 'application/scim+json', 'as scim+json';
is user_row($id)->{version}, 1, 'the account is a row';
$res = call('GET', "/Users/$id");
is $res->code, 200, 'GET';
is_deeply $res->{json}, $client->read("/Users/$id"), 'as by HTTP/1.1';
my $etag = $res->header('ETag');
is $etag, 'W/"1"', 'with the ETag';
$res = call('GET', "/Users/$id", undef, 'If-None-Match' => $etag);
is $res->code . $res->content, '304', 'not modified, and no body';
$res = call('HEAD', "/Users/$id");
is join('|', $res->code, $res->header('ETag'), $res->header('Content-Type'), $res->content), '200|W/"1"|application/scim+json|', 'HEAD: without a body';
is call('PATCH', "/Users/$id", BrazeTest::Client::patch_body([ { op => 'replace', path => 'title', value => 'Patched' } ]), 'If-Match' => $etag)->code, 204, 'PATCH';
is $client->read("/Users/$id")->{title}, 'Patched', 'and it is done';
rfc_error(call('PATCH', "/Users/$id", BrazeTest::Client::patch_body([ { op => 'replace', path => 'title', value => 'Late' } ]), 'If-Match' => $etag), 412, undef, undef, 'not with the old ETag');
is call('PUT', "/Users/$id", person('h2@scim.example', title => 'Put'))->{json}{title}, 'Put', 'PUT';
is call('GET', '/Users' . filter_of('userName eq "H2@scim.example"'))->{json}{totalResults}, 1, 'a filter';
is call('POST', '/Users/.search', { schemas => [$BrazeTest::Client::SEARCH], filter => "id eq \"$id\"" })->{json}{Resources}[0]{id}, $id, 'a search';
$res = call('POST', '/Bulk', { schemas => [$BrazeTest::Client::BULK], Operations => [ { method => 'POST', path => '/Groups', bulkId => 'g', data => { schemas => [$GROUP], displayName => 'By HTTP/2', members => [ { value => $id } ] } } ] });
is $res->{json}{Operations}[0]{status}, '201', 'Bulk' or diag $res->as_string;
is call('DELETE', "/Users/$id")->code, 204, 'DELETE';
is user_row($id), undef, 'and they are gone';

# --- errors --------------------------------------------------------------------------------------

rfc_error(call('GET', "/Users/$id"), 404, undef, qr/./, 'answered 404');
rfc_error(call('POST', '/Users', '{"schemas":'), 400, 'invalidSyntax', undef, '400 of a body that is cut');
rfc_error(call('GET', '/Users' . filter_of('unknown eq "x"')), 400, 'invalidFilter', qr/unknown/, '400 of a filter');
rfc_error(call('GET', '/Schemas' . filter_of('id pr')), 403, undef, qr/discovery/, '403 of a filter on discovery');
$res = call('DELETE', '/Users');
rfc_error($res, 405, undef, qr/DELETE does not apply/, 'answered 405');
is $res->header('Allow'), 'GET, HEAD, POST', 'with Allow';
$res = response(curl(words('GET', '/Users')));
rfc_error($res, 401, undef, qr/bearer token/, '401, which httpd answers');
rfc_error(call('GET', '/Users', undef, 'X-Request-Origin' => 'another'), 403, undef, qr/service origin/, '403, which it answers too')
    for [ $client->{token}{auth} = [ @{ $client->{token}{auth} }[ 0, 1 ] ] ];
$client->{token}{auth} = [ @{ $client->{token}{auth} }, 'X-Request-Origin' => $client->{token}{origin} ];
rfc_error(response(curl([ @{ words('POST', '/Users', $client->auth) }, '-H', 'Content-Type: text/plain', '--data-binary', '@-' ], '{}')), 415, undef, undef, 'answered 415');
rfc_error(call('GET', '/Users/%zz'), 400, undef, 'Bad Request', 'a broken escape, which httpd refuses');
rfc_error(call('GET', '/Users/a%2Fb'), 404, undef, 'Not Found', 'an encoded slash');

# --- bodies --------------------------------------------------------------------------------------

sub sized { my ($name, $size) = @_; my $json = JSON->new->utf8->canonical->encode(person($name)); return $json . ' ' x ($size - length $json) }
is call('POST', '/Users', sized('h2.just@scim.example', 4096))->code, 201, 'a body as large as BrazeScimMaxBody';
rfc_error(call('POST', '/Users', sized('h2.over@scim.example', 4097)), 413, undef, qr/4096 bytes/, 'one byte more is 413');
rfc_error(call('POST', '/Users', sized('h2.over@scim.example', 60_000)), 413, undef, qr/4096 bytes/, 'and so is very much more');

# More than a stream's first window (64K), too: what is left is read before the answer, up to 1 MiB, or this curl shows the reset only.
rfc_error(call('POST', '/Users', sized('h2.over@scim.example', 500_000)), 413, undef, qr/4096 bytes/, 'and what is larger than a window');
call('POST', '/Users', sized('h2.over@scim.example', 3_000_000));
is call('GET', '/Users?count=0')->code, 200, 'what is larger than anybody reads does no harm';

# HTTP/2 needs no Content-Length: what curl reads from a pipe has none.
sub streamed { my ($path, $body) = @_; return response(curl([ @{ words('POST', $path, $client->auth) }, '-H', 'Content-Type: application/json', '-T', '-' ], $body)) }
$res = streamed('/Users', sized('h2.streamed@scim.example', 3000));
is $res->code, 201, 'a body without a stated length is taken' or diag $res->as_string;
rfc_error(streamed('/Users', sized('h2.over@scim.example', 5000)), 413, undef, qr/4096 bytes/, 'one that goes on too long is 413');
rfc_error(streamed('/Users', sized('h2.over@scim.example', 300_000)), 413, undef, qr/4096 bytes/, 'and one that goes on for very long');
is call('GET', '/Users?count=0')->code, 200, 'and others are served';
is there('h2.over@scim.example'), 0, 'nothing of what was too large was done';

# A stream that its client ends in the midst of the body: the others of the server go on.
{
    my $json = sized('h2.cut@scim.example', 2000);
    my $pid = open3(my $in, my $out, undef, 'curl', '-sS', '--http2-prior-knowledge', @{ words('POST', '/Users', $client->auth) }, '-H', 'Content-Type: application/json', '-T', '-');
    syswrite $in, substr $json, 0, 1000;
    select undef, undef, undef, 0.5;
    is call('GET', '/Users?count=0')->code, 200, 'while a body is on its way others are served';
    kill 'KILL', $pid;
    waitpid $pid, 0;
    is call('GET', '/Users?count=0')->code, 200, 'and after its client has gone';
    is there('h2.cut@scim.example'), 0, 'nothing of which was done';
}

# --- many on one connection ----------------------------------------------------------------------

# By way of Upgrade, and a GET first: curl 7.88 does not use a connection twice of which it knew beforehand. When it does not wait for the
# GET's Upgrade it makes thirty connections of HTTP/1.1: then it is asked again, with other names.
sub side_by_side {
    my @names = @_;
    my $many  = work_dir() . '/http2-many';
    my @usual = ((map { my ($name, $value) = @$_; qq(header = "$name: $value") } [ 'Content-Type', 'application/json' ], [ 'Authorization', "Bearer $client->{token}{secret}" ], [ 'X-Request-Origin', $client->{token}{origin} ]),
        'write-out = "%{http_code} %{http_version} %{num_connects}\n"', 'output = "/dev/null"', 'http2', 'silent', '');
    my @blocks = map { my $json = JSON->new->utf8->canonical->encode(person($_)); $json =~ s/(["\\])/\\$1/g; join "\n", 'url = "' . $node->url('/scim/v2/Users') . '"', qq(data-binary = "$json"), @usual } @names;
    BrazeTest::Saml::write_file($many, join "next\n", join("\n", 'url = "' . $node->url('/scim/v2/Users?count=0') . '"', @usual), @blocks);
    my @said = split /\n/, BrazeTest::run_text('curl', '--max-time', '60', '--parallel', '--parallel-max', '31', '--config', $many);
    unlink $many;
    return @said;
}
{
    my (@names, @said);
    for my $try (1 .. 5) {
        @names = map {"h2.many$try.$_\@scim.example"} 1 .. 30;
        @said  = side_by_side(@names);
        last if !grep {/\A201 1\.1 /} @said;
    }
    is scalar(grep {/\A201 2 /} @said), 30, 'thirty POSTs side by side' or diag join "\n", @said;
    is scalar(grep {/ 2 1\z/} @said), 1, 'on one connection' or diag join "\n", @said;
    is scalar(grep { there($_) } @names), 30, 'each of them is done';
}

like $node->log, qr/mod_http2/, 'it was mod_http2 that served';
$node->stop_gracefully;

# --- what has no path ----------------------------------------------------------------------------

# A request line that is too long is 414 before anything is known of it: of a server that is a SCIM service throughout it is ours all the
# same, and must not end the child that serves it.
{
    my $whole = BrazeTest::Node->start('http2-whole', "Protocols h2c http/1.1\nSetHandler braze-scim\n$BrazeTest::Node::ONE_CHILD" . <<'C', modules => ['http2']);
<Location "/">
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "Decorumsoft"
    Require      valid-user
</Location>
C
    my $long = 'x' x 9000;
    for my $line ("GET /Users/$long", "GET $long", $long) {
        my $res = BrazeTest::Scim::response_of($whole->raw("$line HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) // HTTP::Response->new(599);
        rfc_error($res, 414, undef, 'Request-URI Too Long', 'HTTP/1.1: 414 of ' . substr $line, 0, 12);
    }
    like curl([ '-i', $whole->url("/Users/$long") ]), qr{\AHTTP/2 414 }, 'HTTP/2: 414';
    is scim('GET', $whole->url('/Users?count=0'), undef, $client->auth)->code, 200, 'and it serves on';
    unlike $whole->log, qr/exit signal/, 'the same child';
    $whole->stop_gracefully;
}
secrets_hidden();
done_testing;
