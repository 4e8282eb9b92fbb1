# SPDX-License-Identifier: Apache-2.0
# What braze-status counts of the database (docs/status.md): connections that were not had, statements that failed, by kind, and
# those that were run again. Each is caused as it is in life, by somebody else at the same database.
use strict;
use warnings;
use IO::Socket::INET ();
use Test::More;
use BrazeTest;
use BrazeTest::Node;
use BrazeTest::Scim;
use BrazeTest::Status;

my $PGSQL = engine() eq 'pgsql';

my $conf = <<'C';
<Location "/scim/v2">
    SetHandler        braze-scim
    AuthType          braze-scim
    AuthName          "SCIM"
    BrazeCompany      "Faultco"
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
    </RequireAll>
</Location>
<Location "/status">
    SetHandler braze-status
</Location>
C
# One connection, so that what is done to it is done to the one that is used next.
my $ONE = $BrazeTest::Node::ONE_CHILD . "DBDMin 1\nDBDKeep 1\nDBDMax 1\n";

my $company = company('Faultco');
my $token = token(company => 'Faultco');
my $other = dbh()->clone;
$other->{AutoCommit} = 1;

my $node;
sub call { my ($method, $path, $body) = @_; return scim($method, $node->url("/scim/v2$path"), $body, @{ $token->{auth} }) }
sub begun {
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$node->{port}", Timeout => 10) or die "connect: $!";
    $socket->autoflush(1);
    print $socket @_;
    return $socket;
}
sub bytes { my ($method, $path, $body) = @_; return request_bytes($method, "/scim/v2$path", $body, @{ $token->{auth} }) }

sub group { return { schemas => ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName => @_ } }

my $before;
sub mark { $before = counters($node->url('/status')); return }
# counted(name, "series growth" …): what has been counted of the database's faults since mark().
sub counted {
    my ($name, @want) = @_;
    is_deeply [ grown($before, qr/\Adb_(?:faults|retries|connection_failures)/, $node->url('/status')) ], [ sort @want ], $name;
    return;
}
sub unavailable {
    my ($res, $name) = @_;
    rfc_error($res, 503, undef, undef, "$name: 503");
    like $res->header('Retry-After') // '', qr/\A[1-9]\d*\z/, "$name: when to come again";
    return;
}

# --- connections that are not had ---------------------------------------------------------------------------------

# The way to the database is a link that can be taken away, as a server's socket is when it stops, or a file system.
my $params = $ENV{BRAZE_T_DBDPARAMS};
my ($there) = $PGSQL ? $params =~ /\bhost=(\S+)/ : $params =~ m{\A(.*)/[^/]+\z};
my $way = work_dir() . '/way';
sub opened { symlink $there, $way or die "symlink: $!"; return }
sub closed { unlink $way or die "unlink: $!"; return }
(my $by_way = $params) =~ s/\Q$there\E/$way/;
opened();

$node = BrazeTest::Node->start('anew', qq($BrazeTest::Node::ONE_CHILD\nDBDPersist Off\nDBDParams "$by_way"\n$conf));
is call('GET', '/Users?count=0')->code, 200, 'the control: a connection for each request';
mark();
is call('GET', '/Users?count=0')->code, 200, 'while they are had';
counted('nothing is counted');
closed();
for my $n (1 .. 3) {
    unavailable(call('GET', '/Users?count=0'), "without one, request $n");
    counted("each that was not had is counted: $n", "db_connection_failures $n");
}
opened();
is call('GET', '/Users?count=0')->code, 200, 'had again';
counted('no more are counted', 'db_connection_failures 3');
like prometheus(status_page('prometheus', base => $node->url('/status'))->content)->{braze_db_connection_failures_total}{samples}{'braze_db_connection_failures_total{}'},
    qr/\A3\z/, 'Prometheus is told the same';
$node->stop;

# --- statements that fail on a connection that stays --------------------------------------------------------------

$node = BrazeTest::Node->start('faults', qq($ONE\nDBDParams "$by_way"\n$conf));
admin_json('--company', 'Faultco', 'workspace', 'add', 'Fleeting');
my $id = call('POST', '/Users', person('faults@scim.example'))->{json}{id};
is call('GET', "/Users/$id")->code, 200, 'the control: one connection for all requests';
mark();
is call('PUT', "/Users/$id", person('faults@scim.example', title => 'one'))->code, 200, 'what goes well';
is call('GET', "/Users/$_")->code, 404, 'what is not there' for 'x', 'f' x 35;
is call('POST', '/Users', person('faults@scim.example'))->code, 409, 'and what is there already';
counted('are no faults');

# A schema that somebody else has changed: prepared statements are of the one before.
sub change { my ($there) = @_; $other->do($PGSQL ? 'ALTER TABLE braze_token ALTER COLUMN origin TYPE ' . ($there ? 'varchar(999)' : 'text') : ($there ? 'CREATE' : 'DROP') . ' TABLE faults_of_others' . ($there ? '(x INTEGER)' : '')); return }
for my $there (1, 0) {
    mark();
    change($there);
    is call('GET', "/Users/$id")->code, 200, 'the schema was changed: prepared anew';
    counted('once, after one fault', 'db_faults.stale 1', 'db_retries.stale 1');
    is call('GET', "/Users/$id")->code, 200, 'then as before';
    counted('without more', 'db_faults.stale 1', 'db_retries.stale 1');
}

# A row that was taken away by hand, which the node's copy of the catalog still has.
is $other->do('DELETE FROM braze_workspace WHERE company_id = ? AND name = ?', undef, $company, 'Fleeting'), 1, 'a workspace is taken away by hand';
mark();
rfc_error(call('POST', '/Users', person('dangling@scim.example', $DASHBOARD => { permissions => [ { value => 'workspace/Fleeting' } ] })), 400, 'invalidValue', undef, 'a person in it');
counted('refers to what is not there', 'db_faults.foreign_key 1');

# A trigger of the administrator's that forbids something. Where threads write together, what has failed is tried once more alone.
$other->do($_) for $PGSQL
    ? ("CREATE FUNCTION faults_forbid() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not this one''; END'",
        "CREATE TRIGGER faults_forbid BEFORE INSERT ON braze_event FOR EACH ROW WHEN (NEW.user_name = 'forbidden\@scim.example') EXECUTE FUNCTION faults_forbid()")
    : "CREATE TRIGGER faults_forbid BEFORE INSERT ON braze_event WHEN NEW.user_name = 'forbidden\@scim.example' BEGIN SELECT RAISE(ABORT, 'not this one'); END";
is call('PUT', "/Users/$id", person('faults@scim.example', title => 'two'))->code, 200, 'a trigger that does not concern somebody';
mark();
rfc_error(call('POST', '/Users', person('forbidden@scim.example')), 500, undef, undef, 'one that does: 500');
my $times = $PGSQL || $ENV{BRAZE_T_MPM} eq 'prefork' ? 1 : 2;
counted("is counted, and not run again for it", "db_faults.other $times");
is row('SELECT count(*) AS n FROM braze_user WHERE user_name = ?', 'forbidden@scim.example')->{n}, 0, 'and nothing is half done';
$other->do($_) for $PGSQL ? ('DROP TRIGGER faults_forbid ON braze_event', 'DROP FUNCTION faults_forbid()') : 'DROP TRIGGER faults_forbid';

# --- what only one of the engines has -------------------------------------------------------------------------------

sub lost_connections {
    my $end = sub {
        my ($pid) = @_;
        is $other->selectrow_array('SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = ?', undef, $pid), 1, 'the server ends the connection';
        (wait_until { !$other->selectrow_array('SELECT count(*) FROM pg_stat_activity WHERE pid = ?', undef, $pid) }) or die 'it does not end';
        return;
    };
    my $asked = sub { return $other->selectrow_array(q{SELECT query_start FROM pg_stat_activity WHERE pid = ? AND state = 'idle'}, undef, @_) // '' };
    # The connection that ran the last statement of such a call is the node's only one.
    my $backend = sub {
        is call('GET', "/Users/$id")->code, 200, 'a connection that is used';
        return $other->selectrow_array(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY query_start DESC NULLS LAST LIMIT 1});
    };

    my $pid = $backend->();
    mark();
    $end->($pid);
    is call('GET', "/Users/$id")->code, 200, 'lost between two requests, it is made anew';
    counted('one fault, one more attempt', 'db_faults.lost 1', 'db_retries.lost 1');

    # Within a request: its body comes late, and no connection is held meanwhile. A new person is one statement; of a group the BEGIN fails.
    for ([ 'a statement that writes', '/Users', person('lost@scim.example') ], [ 'a transaction', '/Groups', group('Lost') ]) {
        my ($name, $path, $body) = @$_;
        my $late = bytes('POST', $path, $body);
        $pid = $backend->();
        mark();
        my $before = $asked->($pid);
        my $socket = begun(substr $late, 0, -1);
        (wait_until { my $now = $asked->($pid); $now && $now ne $before }) or die 'nobody has asked for the token';
        select undef, undef, undef, 0.3; # until the body is waited for
        $end->($pid);
        is finish_request($socket, substr $late, -1)->code, 201, "lost before $name, it is run again";
        counted('one fault, one more attempt', 'db_faults.lost 1', 'db_retries.lost 1');
    }

    # The server has gone: a statement finds out, then nobody gets a connection.
    $pid = $backend->();
    mark();
    closed();
    $end->($pid);
    unavailable(call('GET', "/Users/$id"), 'a server that has gone');
    counted('is a fault, and no more attempt', 'db_faults.lost 1');
    unavailable(call('GET', "/Users/$id"), 'still gone');
    counted('is a connection that was not had', 'db_connection_failures 1', 'db_faults.lost 1');
    opened();
    is call('GET', "/Users/$id")->code, 200, 'come back';
    counted('it is not counted', 'db_connection_failures 1', 'db_faults.lost 1');
    return;
}

# Two that wait for one another: the one that looks first is taken back.
sub deadlock {
    my $group = call('POST', '/Groups', group('Deadlocked'))->{json}{id};
    mark();
    $other->do('BEGIN');
    $other->do(q{SET LOCAL deadlock_timeout = '60s'});
    $other->do('LOCK TABLE braze_event IN EXCLUSIVE MODE');
    my $socket = begun(bytes('PUT', "/Groups/$group", group('Disentangled')));
    ok +(wait_until { dbh()->selectrow_array(q{SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'braze_event'::regclass}) }), 'a change waits for another program';
    $other->do('UPDATE braze_group SET version = version WHERE id = ?', undef, $group);
    $other->do('COMMIT');
    my $res = finish_request($socket);
    is $res->code . ' ' . ($res->{json}{displayName} // ''), '200 Disentangled', 'which waits for it: run again';
    counted('one fault, one more attempt', 'db_faults.transient 1', 'db_retries.transient 1');
    return;
}

sub locked {
    mark();
    $other->do('BEGIN');
    $other->do('LOCK TABLE braze_event IN EXCLUSIVE MODE');
    unavailable(call('PUT', "/Users/$id", person('faults@scim.example', title => 'locked')), 'a lock that is not had in time');
    $other->do('ROLLBACK');
    counted('is a fault, and has been waited for', 'db_faults.locked 1');
    return;
}

# SQLite has one writer. Here somebody has to look while a request waits: with more than one child where that is one worker.
sub one_writer {
    $node->stop;
    $node = BrazeTest::Node->start('writer', $conf);
    is call('PUT', "/Users/$id", person('faults@scim.example', title => 'three'))->code, 200, 'the control: a change';
    mark();
    $other->do('BEGIN IMMEDIATE');
    unavailable(call('PUT', "/Users/$id", person('faults@scim.example', title => 'busy')), 'another program writes all the time');
    $other->do('ROLLBACK');
    counted('two attempts', 'db_faults.transient 2', 'db_retries.transient 1');
    mark();
    $other->do('BEGIN IMMEDIATE');
    my $socket = begun(bytes('PUT', "/Users/$id", person('faults@scim.example', title => 'after')));
    ok +(wait_until { (counters($node->url('/status'))->{'db_retries.transient'} // 0) == 2 }), 'another program writes for some time: run again';
    $other->do('ROLLBACK');
    my $res = finish_request($socket);
    is $res->code . ' ' . ($res->{json}{title} // ''), '200 after', 'with success';
    counted('one fault, one more attempt', 'db_faults.transient 1', 'db_retries.transient 1');
    return;
}

if ($PGSQL) { lost_connections(); deadlock(); locked() }
else        { one_writer() }
$node->stop;
closed();
$other->disconnect;

done_testing;
