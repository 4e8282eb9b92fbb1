# SPDX-License-Identifier: Apache-2.0
# Several httpd over one database: what SCIM's side keeps, it keeps in rows. And a database that another program holds:
# nothing is half done, and the client is told when to come again. And a node that is stopped while a request is in the
# database: it ends, not crashes.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Node;
use BrazeTest::Scim;

my $conf = <<'C';
<Location "/scim/v2">
    SetHandler        braze-scim
    AuthType          braze-scim
    AuthName          "SCIM"
    BrazeCompany      "Nodeco"
    BrazeScimRateLimit 8/day
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
    </RequireAll>
</Location>
<Location "/free">
    SetHandler        braze-scim
    AuthType          braze-scim
    AuthName          "SCIM"
    BrazeCompany      "Nodeco"
    Require           valid-user
</Location>
C

company('Nodeco');
my $token = token(company => 'Nodeco');
my @node = map { BrazeTest::Node->start("node$_", $conf) } 1, 2;
sub at { my ($n, $method, $path, $body, $from) = @_; return scim($method, $node[$n]->url($path), $body, @{ ($from // $token)->{auth} }) }
sub left { my ($n) = @_; my $res = at($n, 'GET', '/scim/v2/Users?count=0'); return $res->code . ' ' . ($res->header('X-RateLimit-Remaining') // '-') }

# --- one node and the other -------------------------------------------------------------------------------------

# A day that ends under our hands would begin the count again.
my $day = 86400 - time % 86400;
if ($day < 60) { diag "waiting $day s for the next day"; sleep $day + 1 }
is left(0), '200 7', 'a request of eight a day';
is left(1), '200 6', 'the next, at another node';
is left(0), '200 5', 'and at the first again';

my $made = at(0, 'POST', '/scim/v2/Users', person('nodes@scim.example'));
is $made->code, 201, 'made at one node' or diag $made->as_string;
my $there = at(1, 'GET', '/scim/v2/Users/' . $made->{json}{id});
is $there->code, 200, 'and read at the other';
is_deeply $there->{json}{name}, $made->{json}{name}, 'as it is';
is $there->header('X-RateLimit-Remaining'), 3, 'five were used';
is $there->header('ETag'), $made->header('ETag'), 'with its ETag';

$node[0]->crash;
$node[0] = BrazeTest::Node->start('node3', $conf);
is left(0), '200 2', 'who comes in the place of a node that has died goes on counting';
is left(1), '200 1', 'as do the others';
is left(0), '200 0', 'to the last';
is at($_, 'GET', '/scim/v2/Users?count=0')->code, 429, 'one too many, wherever' for 0, 1;

my $second = token(company => 'Nodeco');
is at(1, 'GET', '/free/Users?count=0', undef, $second)->code, 200, 'a token that was just made is good there';
is +(admin('--company', 'Nodeco', 'token', 'revoke', $second->{id}))[0], 0, 'revoked';
is at($_, 'GET', '/free/Users?count=0', undef, $second)->code, 401, 'it is good nowhere' for 0, 1;

# --- held by another program ---------------------------------------------------------------------------------------

my $other = dbh()->clone;
$other->{AutoCommit} = 1;
my $id = $made->{json}{id};
sub held {
    my ($name, $method, $path, $body) = @_;
    my $before = user_row($id);
    $other->do(engine() eq 'pgsql' ? 'BEGIN' : 'BEGIN IMMEDIATE');
    $other->do('LOCK TABLE braze_user, braze_event IN EXCLUSIVE MODE') if engine() eq 'pgsql';
    my ($begin, $events) = (time, row('SELECT count(*) AS n FROM braze_event')->{n});
    my $res = at(0, $method, $path, $body);
    rfc_error($res, 503, undef, undef, "$name: 503");
    like $res->header('Retry-After') // '', qr/\A[1-9]\d*\z/, "$name: when to come again";
    cmp_ok time - $begin, '<', 15, "$name: said within seconds";
    is at(0, 'GET', "/free/Users/$id")->code, 200, "$name: who reads need not wait";
    $other->do('ROLLBACK');
    is_deeply user_row($id), $before, "$name: nothing is half done";
    is row('SELECT count(*) AS n FROM braze_event')->{n}, $events, "$name: nor told of";
    return;
}
held('a new user', 'POST', '/free/Users', person('late@scim.example'));
is row(q{SELECT count(*) AS n FROM braze_user WHERE user_name = 'late@scim.example'})->{n}, 0, 'there is no such user';
held('a change', 'PUT', "/free/Users/$id", { %{ person('nodes@scim.example') }, title => 'Later' });
held('a deletion', 'DELETE', "/free/Users/$id");
is at(0, 'POST', '/free/Users', person('late@scim.example'))->code, 201, 'afterwards a new user is made';
is at(0, 'PUT', "/free/Users/$id", { %{ person('nodes@scim.example') }, title => 'Later' })->code, 200, 'a change';
is at(0, 'DELETE', "/free/Users/$id")->code, 204, 'and a deletion';

# --- stopped in the middle of a statement ---------------------------------------------------------------------------

sub waits { return engine() eq 'pgsql' ? row('SELECT count(*) AS n FROM pg_locks WHERE NOT granted')->{n} : 1 }
for my $round (1 .. 3) {
    my $stopped = BrazeTest::Node->start("stopped$round", $conf);
    my $name    = "stopped$round\@scim.example";
    $other->do(engine() eq 'pgsql' ? 'BEGIN' : 'BEGIN IMMEDIATE');
    $other->do('LOCK TABLE braze_user, braze_event IN EXCLUSIVE MODE') if engine() eq 'pgsql';
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$stopped->{port}", Timeout => 10) or die "connect: $!";
    $socket->autoflush(1);
    print $socket request_bytes('POST', '/free/Users', person($name), @{ $token->{auth} });
    sleep 1;
    ok +(wait_until { waits() }), "$round: a request is in the database";
    ok !IO::Select->new($socket)->can_read(0), "$round: and waits there";
    kill 'TERM', $stopped->{pid};
    sleep 1;
    $other->do('ROLLBACK');
    $stopped->stop;
    close $socket;
    unlike $stopped->log, qr{exit signal|: Assertion }, "$round: its child ends in order when httpd is stopped";
}
is row(q{SELECT (SELECT count(*) FROM braze_user WHERE user_name LIKE 'stopped%') - (SELECT count(*) FROM braze_event WHERE user_name LIKE 'stopped%') AS n})->{n}, 0, 'each of their users is there with its event, or not at all';
$other->disconnect;

done_testing;
