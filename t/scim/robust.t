# SPDX-License-Identifier: Apache-2.0
# Clients that are slow, cut off or keep talking; restarts while they do.
use strict;
use warnings;
use Test::More;
use JSON ();
use Time::HiRes qw(sleep time);
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Node;
use BrazeTest::Scim;

my $token = token();
my @auth = @{ $token->{auth} };
my $body = sub { my ($name) = @_; return JSON->new->utf8->canonical->encode(person($name)) };
sub there { my ($name) = @_; return row('SELECT count(*) AS n FROM braze_user WHERE user_name_key = ?', $name)->{n} }
sub post { my ($json, @headers) = @_; return request_bytes('POST', '/scim/v2/Users', $json, @auth, @headers) }

# --- slow ------------------------------------------------------------------------------------------

{
    my $bytes = post($body->('slow@scim.example'));
    my $socket = open_request(substr $bytes, 0, -40);
    for my $at (0 .. 3) { sleep 0.2; print $socket substr $bytes, length($bytes) - 40 + 10 * $at, 10 }
    is finish_request($socket)->code, 201, 'a body that comes slowly is waited for';

    # None of them holds a connection of the database while it dawdles: there are fewer of these than of them.
    my @slow = map { my $one = post($body->("slow$_\@scim.example")); [ open_request(substr $one, 0, -5), substr $one, -5 ] } 1 .. 22;
    my $begin = time;
    is scim('GET', '/scim/v2/Users?count=0', undef, @auth)->code, 200, 'while 22 bodies are on their way others are served';
    cmp_ok time - $begin, '<', 5, 'at once';
    is join(' ', map { finish_request(@$_)->code } @slow), join(' ', (201) x 22), 'and each is taken in the end';
}
{
    my $socket = open_request(substr(post($body->('never.slow@scim.example')), 0, -5), 'impatient');
    my $res = finish_request($socket);
    rfc_error($res, 408, undef, undef, 'a body that does not come within Timeout is 408');
    is there('never.slow@scim.example'), 0, 'and nothing was done';
}

# --- cut -------------------------------------------------------------------------------------------

{
    my $mark = -s Apache::Test::vars('t_logs') . '/error_log';
    for my $cut (1, 20, 100) {
        my $socket = open_request(substr post($body->('cut@scim.example')), 0, -$cut);
        shutdown $socket, 1;
        my $res = finish_request($socket);
        rfc_error($res, 400, undef, undef, "a body that ends $cut bytes early is 400") if $res;
        ok $res, 'and is answered';
    }
    my $chunked = request_bytes('POST', '/scim/v2/Users', sprintf("%x\r\n%s\r\n", length $body->('cut@scim.example'), $body->('cut@scim.example')),
        @auth, 'Transfer-Encoding' => 'chunked');
    my $socket = open_request($chunked);
    shutdown $socket, 1;
    rfc_error(finish_request($socket), 400, undef, undef, 'whole, but without the last chunk, it is none either');
    is there('cut@scim.example'), 0, 'nothing of it was done';
    ok error_log_has(qr/BRAZE-0161/, $mark), 'and the log has it';
    close open_request(substr post($body->('cut@scim.example')), 0, -3) for 1 .. 10;
    is scim('GET', '/scim/v2/Users?count=0', undef, @auth)->code, 200, 'clients that go away leave the server as it was';
}

# --- bodies of PATCH, Bulk and searches ----------------------------------------------------------------

{
    my $client = BrazeTest::Client->new(token => $token);
    my $id = $client->user('robust.patch@scim.example', title => 'Before');
    my %message = (
        "PATCH /Users/$id" => BrazeTest::Client::patch_body([ { op => 'replace', path => 'title', value => 'After' } ]),
        'POST /Bulk' => { schemas => [$BrazeTest::Client::BULK], Operations => [ { method => 'PATCH', path => "/Users/$id", data => BrazeTest::Client::patch_body([ { op => 'replace', path => 'title', value => 'After' } ]) } ] },
        'POST /.search' => { schemas => [$BrazeTest::Client::SEARCH], filter => 'userName eq "robust.patch@scim.example"' },
    );
    for my $what (sort keys %message) {
        my ($method, $path) = split ' ', $what;
        my $bytes = $client->bytes($method, $path, $message{$what});
        for my $cut (1, 30) {
            my $socket = open_request(substr $bytes, 0, -$cut);
            shutdown $socket, 1;
            rfc_error(finish_request($socket), 400, undef, undef, "$what: a body that ends $cut bytes early is 400");
        }
        is $client->read("/Users/$id")->{title}, 'Before', 'and nothing was done';
        my $json = JSON->new->utf8->canonical->encode($message{$what});
        my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length $_, $_ } unpack '(a9)*', $json;
        my $socket = open_request($client->bytes($method, $path, '', 'Transfer-Encoding' => 'chunked'));
        for my $piece (unpack '(a150)*', "${chunks}0\r\n\r\n") { sleep 0.05; print $socket $piece }
        like finish_request($socket)->code, qr/\A20[04]\z/, 'in small chunks, slowly, it is taken';
        $client->changed("/Users/$id", { op => 'replace', path => 'title', value => 'Before' });
    }
}

# --- one connection --------------------------------------------------------------------------------

{
    my $keep = sub { my ($bytes) = @_; return $bytes =~ s/Connection: close\r\n//r };
    my $json = $body->('pipelined@scim.example');
    my $chunks = join '', map { sprintf "%x;ext=1\r\n%s\r\n", length $_, $_ } unpack '(a7)*', $json;
    my $all = raw_request(join '', $keep->(request_bytes('POST', '/scim/v2/Users', "${chunks}0\r\nTrailer: x\r\n\r\n", @auth, 'Transfer-Encoding' => 'chunked')),
        $keep->(post($json)), $keep->(request_bytes('GET', '/scim/v2/Users/none', 'a body that nobody asked for', @auth)),
        $keep->(request_bytes('GET', '/scim/v2/Users', undef, Authorization => 'Bearer wrong')), $keep->(request_bytes('PUT', '/scim/v2/Users/none', $json, Authorization => 'Bearer wrong')),
        request_bytes('GET', '/scim/v2/Users?count=0', undef, @auth));
    is join(' ', $all =~ m{HTTP/1\.1 (\d+)}g), '201 409 404 401 401 200', 'requests in one go are answered in their order, refused bodies skipped';
    my $ua = browser(keep_alive => 1);
    is join(' ', map { $ua->get(base_url('/scim/v2/Users?count=0'), @auth)->code } 1 .. 30), join(' ', (200) x 30), 'thirty on one connection';
    my $expect = open_request(request_bytes('POST', '/scim/v2/Users', '', @auth, 'Content-Length' => length($body->('expect@scim.example')), Expect => '100-continue'));
    sysread $expect, my $continue, 1000;
    like $continue, qr{\AHTTP/1\.1 100 Continue\r\n\r\n\z}, 'who waits for 100 Continue is asked for the body';
    is finish_request($expect, $body->('expect@scim.example'))->code, 201, 'and it is taken';
    my $refused = finish_request(open_request(request_bytes('POST', '/scim/v2/Users', '', 'Content-Length' => 100, Expect => '100-continue', Authorization => 'Bearer wrong')));
    is $refused->code, 401, 'who has no token is not';
}
{
    my $old = raw_request("GET /scim/v2/Users?count=0 HTTP/1.0\r\n" . join('', map {"$auth[2 * $_]: $auth[2 * $_ + 1]\r\n"} 0, 1) . "\r\n");
    like $old, qr{\AHTTP/1\.1 200 OK\r\n.*"totalResults":\d+.*\}\z}s, 'HTTP/1.0 without a Host';
}

# --- restarts --------------------------------------------------------------------------------------

{
    # One client POSTs and reads without a pause, each time on a connection of its own, while the server restarts three times.
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        $| = 1;
        my ($n, $bad, $end) = (0, 0, time + 60);
        while (!-e work_dir() . '/restarted' && time < $end) {
            $n++;
            my $res = scim('POST', '/scim/v2/Users', person("restart$n\@scim.example"), @auth);
            my $read = $res->code == 201 ? scim('GET', "/scim/v2/Users/$res->{json}{id}", undef, @auth) : $res;
            next if $read->code == 200;
            $bad++;
            print 'lost: ', $read->status_line, "\n";
        }
        print "$n $bad\n";
        require POSIX;
        POSIX::_exit(0);
    }
    my @waiting = map { my $one = post($body->("held$_\@scim.example")); [ open_request(substr $one, 0, -5), substr $one, -5 ] } 1 .. 5;
    sleep 0.5;
    for (1 .. 3) { graceful_restart(); sleep 0.4 }
    is join(' ', map { my $res = finish_request(@$_); $res ? $res->code : 'none' } @waiting), join(' ', (201) x 5),
        'requests that were under way before three graceful restarts are finished after them';
    BrazeTest::Saml::write_file(work_dir() . '/restarted', '');
    my @said = <$out>;
    close $out;
    unlink work_dir() . '/restarted';
    my ($n, $bad) = ($said[-1] // '') =~ /\A(\d+) (\d+)$/;
    cmp_ok $n // 0, '>', 10, 'a client at work throughout';
    is $bad, 0, 'lost nothing' or diag @said;
    is row(q{SELECT count(*) AS n FROM braze_user WHERE user_name_key LIKE 'restart%'})->{n}, $n, 'and what was acknowledged is there';
}

# --- a child that dies -----------------------------------------------------------------------------

{
    # By kill -9, in the midst of writes: whatever was acknowledged is there, and no lock stays held. Its log is short, so that the
    # runner does not take the line about the dead child for a crash.
    my $node = BrazeTest::Node->start('killed', <<'C');
LogLevel error
<Location "/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "Decorumsoft"
    Require      valid-user
</Location>
C
    my ($acknowledged, $killed) = (0, 0);
    for my $round (1 .. 4) {
        my @children = split ' ', BrazeTest::Saml::read_file("/proc/$node->{pid}/task/$node->{pid}/children");
        my @sent = map { my $one = post($body->("killed$round-$_\@scim.example")); my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{port});
            $socket->autoflush(1); print $socket substr $one, 0, -1; [ $socket, substr $one, -1 ] } 1 .. 20;
        $_->[0]->print($_->[1]) for @sent;
        sleep 0.003 * $round;
        $killed += kill 'KILL', @children;
        my @res = map { finish_request($_->[0]) } @sent;
        my @made = grep { $res[ $_ - 1 ] && $res[ $_ - 1 ]->code == 201 } 1 .. 20;
        $acknowledged += @made;
        is scalar(grep { !there("killed$round-$_\@scim.example") } @made), 0, "round $round: what was acknowledged is there (" . @made . ' of 20)';
        is scalar(grep { $_ && $_->code != 201 } @res), 0, 'and no answer is an error';
    }
    cmp_ok $killed, '>=', 4, 'children were killed';
    (wait_until { my $res = scim('GET', $node->url('/scim/v2/Users?count=0'), undef, @auth); $res->code == 200 } 30) or diag 'it does not serve';
    my @after = map { scim('POST', $node->url('/scim/v2/Users'), person("after$_\@scim.example"), @auth)->code } 1 .. 10;
    is "@after", join(' ', (201) x 10), 'afterwards everything works as before';
    $node->stop;
    my @half = rows(q{SELECT u.id FROM braze_user u WHERE u.user_name_key LIKE 'killed%' AND NOT EXISTS
        (SELECT 1 FROM braze_event e WHERE e.user_id = u.id AND e.name = 'Added Account')});
    is scalar @half, 0, 'nobody is there without the audit row of the same transaction';
}

secrets_hidden();
done_testing;
