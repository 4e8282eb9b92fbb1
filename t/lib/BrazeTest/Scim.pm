# SPDX-License-Identifier: Apache-2.0
# What the suites of mod_braze_scim share: tokens, bodies, answers byte by byte, many requests at once, and the proof that no
# secret came into a log.
package BrazeTest::Scim;

use strict;
use warnings;
use utf8;
use Carp qw(croak);
use Digest::SHA ();
use Exporter qw(import);
use HTTP::Response ();
use IO::Select ();
use IO::Socket::INET ();
use JSON ();
use Test::More ();
use Apache::Test ();
use BrazeTest;
use BrazeTest::Saml ();

our @EXPORT = qw(token company company_id user_row person braze_person filter_of made uri_text port_url
    raw_scim request_bytes exact rfc_error braze_error at_once open_request finish_request secrets_hidden
    $CORE $ENTERPRISE $DASHBOARD $ERROR $LIST);

our $CORE       = 'urn:ietf:params:scim:schemas:core:2.0:User';
our $ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
our $DASHBOARD  = 'urn:braze:params:scim:schemas:extension:dashboard:2.0:User';
our $ERROR      = 'urn:ietf:params:scim:api:messages:2.0:Error';
our $LIST       = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

binmode $_, ':encoding(UTF-8)'
    for map { Test::More->builder->$_ } qw(output failure_output todo_output);

# Its first call reads the configuration through $_, which may be a constant of the caller's.
{ local $_; Apache::Test::vars('port') }

my @secrets;
my $serial = 0;

# token(option => value …): a new token as a hash: secret, id, origin, and auth: the headers that it needs. Options: company
# [Decorumsoft], workspace [Marketing], origin [one of its own], allow, profile, expires, user (whose it is, for /Me).
sub token {
    my (%opt) = @_;
    my $origin = $opt{origin} // 'origin-' . ++$serial . "-$$";
    my $made = admin_json('token', 'add', '--company', $opt{company} // 'Decorumsoft',
        '--workspace', $opt{workspace} // 'Marketing', '--origin', $origin,
        map { defined $opt{$_} ? ("--$_", $opt{$_}) : () } qw(allow profile expires user));
    push @secrets, $made->{secret};
    $made->{auth} = [ Authorization => "Bearer $made->{secret}", 'X-Request-Origin' => $origin ];
    return $made;
}

# A company of a suite's own, with the two workspaces that the seed's have.
sub company {
    my ($name) = @_;
    admin_json('company', 'add', $name);
    admin_json('--company', $name, 'workspace', 'add', $_) for qw(Marketing Sales);
    return company_id($name);
}

sub company_id { my ($name) = @_; return row('SELECT id FROM braze_company WHERE name = ?', $name)->{id} }
sub user_row   { my ($id) = @_; return row('SELECT * FROM braze_user WHERE id = ?', $id) }

# Bodies of the two dialects.
sub person {
    my ($user_name, %more) = @_;
    return { schemas => [$CORE], userName => $user_name,
        name => { givenName => 'Given', familyName => 'Family' }, %more };
}

sub braze_person {
    my ($user_name, %more) = @_;
    return { schemas => [$CORE], userName => $user_name,
        name => { givenName => 'Given', familyName => 'Family' }, department => 'finance', %more };
}

sub uri_text {
    my ($text) = @_;
    utf8::encode($text);
    $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

sub filter_of { my ($text) = @_; return '?filter=' . uri_text($text) }

# made(token, body, path ['/scim/v2/Users']): the id of a user made by a POST that must succeed.
sub made {
    my ($token, $body, $path) = @_;
    my $res = scim('POST', $path // '/scim/v2/Users', $body, @{ $token->{auth} });
    croak 'POST: ' . $res->as_string if $res->code != 201;
    return $res->{json}{id};
}

# --- bytes ---------------------------------------------------------------------------------------

sub port_of  { my ($vhost) = @_; return Apache::Test::vars($vhost ? "${vhost}_port" : 'port') }
sub port_url { my ($vhost, $path) = @_; return 'http://127.0.0.1:' . port_of($vhost) . $path }

# A whole request as bytes; the connection is closed after it.
sub request_bytes {
    my ($method, $path, $body, @headers) = @_;
    my %given = map { lc $_ => 1 } @headers[ grep { !($_ % 2) } 0 .. $#headers ];
    $body = JSON->new->utf8->canonical->encode($body) if ref $body;
    my $text = "$method $path HTTP/1.1\r\nHost: " . host_port() . "\r\nConnection: close\r\n";
    if (defined $body) {
        $text .= 'Content-Length: ' . length($body) . "\r\n"
            if !$given{'content-length'} && !$given{'transfer-encoding'};
        $text .= "Content-Type: application/json\r\n" if !$given{'content-type'};
    }
    while (my ($name, $value) = splice @headers, 0, 2) { $text .= "$name: $value\r\n" if defined $value }
    return "$text\r\n" . ($body // '');
}

# raw_scim(method, path, body, header => value …): the answer as it came: line, head (name => value, names as sent, without
# those that every answer of the server has), body.
sub raw_scim { return answer_of(raw_request(request_bytes(@_))) }

sub answer_of {
    my ($bytes) = @_;
    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($line, @lines) = split /\r\n/, $head // '';
    my %head;
    for (@lines) {
        my ($name, $value) = split /: /, $_, 2;
        next if $name =~ /\A(?:Date|Server|Connection|Keep-Alive)\z/;
        $head{$name} = exists $head{$name} ? "$head{$name} | $value" : $value;
    }
    return { line => $line // '', head => \%head, body => $body // '' };
}

# exact(answer, status line, {header => value}, body, test name): everything that an answer is.
sub exact {
    my ($answer, $line, $head, $body, $name) = @_;
    my %want = (%$head, length $body ? ('Content-Length' => length $body) : ());
    my $show = sub {
        my ($l, $h, $b) = @_;
        return join "\n", $l, (map {"$_: $h->{$_}"} sort keys %$h), '', $b;
    };
    return Test::More::is($show->(@$answer{qw(line head body)}), $show->("HTTP/1.1 $line", \%want, $body),
        $name);
}

# rfc_error(response, status, scimType or undef, detail (text or pattern, undef = any), test name): one test of all that
# an error of the rfc dialect is.
sub rfc_error {
    my ($res, $status, $type, $detail, $name) = @_;
    my @bad = error_of($res, $status, "$status", 'application/scim+json');
    my $json = $res->{json} // {};
    push @bad, 'scimType ' . ($json->{scimType} // 'none') if ($json->{scimType} // '') ne ($type // '');
    push @bad, 'detail ' . ($json->{detail} // 'none')
        if ref $detail ? ($json->{detail} // '') !~ $detail
        : defined $detail ? ($json->{detail} // '') ne $detail : !length($json->{detail} // '');
    return report($res, $name, @bad);
}

my %TEXT = (
    400 => [ 'Request is unparsable, syntactically incorrect, or violates schema.', 'application/json' ],
    404 => [ 'User not found', 'text/html; charset=UTF-8' ],
    409 => [ 'User already exists in the database.', 'text/json;charset=UTF-8' ],
);

# braze_error(response, status, detail (undef: Braze's), test name): the same for the braze dialect.
sub braze_error {
    my ($res, $status, $detail, $name) = @_;
    my @bad = error_of($res, $status, $status, $TEXT{$status} ? $TEXT{$status}[1] : 'application/json');
    my $json = $res->{json} // {};
    push @bad, 'scimType' if exists $json->{scimType};
    push @bad, 'status is no number' if $res->content !~ /"status":$status\}\z/;
    $detail //= $TEXT{$status}[0];
    push @bad, 'detail ' . ($json->{detail} // 'none')
        if ref $detail ? ($json->{detail} // '') !~ $detail : ($json->{detail} // '') ne $detail;
    return report($res, $name, @bad);
}

sub error_of {
    my ($res, $status, $stated, $type) = @_;
    my $json = ref $res->{json} eq 'HASH' ? $res->{json} : {};
    my @bad;
    push @bad, 'status ' . $res->code if $res->code != $status;
    push @bad, 'type ' . ($res->header('Content-Type') // 'none')
        if ($res->header('Content-Type') // '') ne $type;
    push @bad, 'stated status ' . ($json->{status} // 'none') if ($json->{status} // '') ne $stated;
    push @bad, 'schemas' if !$json->{schemas} || "@{ $json->{schemas} }" ne $ERROR;
    push @bad, 'members ' . join ' ', sort keys %$json
        if grep { !/\A(?:schemas|detail|status|scimType)\z/ } keys %$json;
    push @bad, 'Cache-Control' if ($res->header('Cache-Control') // '') ne 'no-store';
    my $challenge = join ' | ', $res->header('WWW-Authenticate');
    push @bad, "challenge $challenge" if $status == 401 ? $challenge !~ /\ABearer realm="[^"]+"/
        : $status != 403 && length $challenge;
    return @bad;
}

sub report {
    my ($res, $name, @bad) = @_;
    return Test::More::ok(!@bad, $name) || Test::More::diag(join "\n", @bad, $res->as_string);
}

# --- many at once --------------------------------------------------------------------------------

sub connection {
    my ($vhost) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => port_of($vhost), Timeout => 20)
        or croak "connect: $!";
    $socket->autoflush(1);
    return $socket;
}

# open_request(bytes, virtual host): a connection with these bytes sent.
sub open_request {
    my ($bytes, $vhost) = @_;
    my $socket = connection($vhost);
    print $socket $bytes;
    return $socket;
}

# finish_request(connection, further bytes): the HTTP::Response with ->{json}; undef when none came.
sub finish_request {
    my ($socket, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    print $socket $bytes if defined $bytes;
    my ($answer, $select) = ('', IO::Select->new($socket));
    while ($select->can_read(60)) { sysread($socket, $answer, 65536, length $answer) or last }
    close $socket;
    return response_of($answer);
}

sub response_of {
    my ($bytes) = @_;
    return undef if $bytes !~ /\AHTTP/; # one element of a list too
    my $res = HTTP::Response->parse($bytes);
    $res->{json} = eval { JSON->new->utf8->decode($res->content) };
    return $res;
}

# at_once(bytes of a request, …): all connections are made, then every request is sent but for its last byte, then these: the
# responses in the order of the requests. With more requests than the server has workers, some wait their turn.
sub at_once {
    my @requests = @_;
    my @sockets = map { open_request(substr $_, 0, -1) } @requests;
    print { $sockets[$_] } substr $requests[$_], -1 for 0 .. $#requests;
    my %answer = map { fileno $_ => '' } @sockets;
    my $select = IO::Select->new(@sockets);
    my @ids = map { fileno $_ } @sockets;
    while ($select->count) {
        my @ready = $select->can_read(60) or last;
        for my $socket (@ready) {
            my $id = fileno $socket;
            sysread($socket, $answer{$id}, 65536, length $answer{$id}) or $select->remove($socket);
        }
    }
    return map { response_of($answer{$_}) // HTTP::Response->new(599, 'no answer') } @ids;
}

# --- logs ----------------------------------------------------------------------------------------

# secrets_hidden(further secrets …): one test: no token of this suite, nor its hash, stands in any log.
sub secrets_hidden {
    my @hidden = map { ($_, Digest::SHA::sha256_hex($_)) } @secrets, @_;
    croak 'no token was made' if !@hidden;
    my @found;
    for my $file (grep { -f } glob Apache::Test::vars('t_logs') . '/*log') {
        my $text = BrazeTest::Saml::read_file($file);
        for my $secret (@hidden) { push @found, $file if index($text, $secret) >= 0 }
    }
    return Test::More::ok(!@found, 'no secret and no hash of one is in the logs') || Test::More::diag(@found);
}

1;
