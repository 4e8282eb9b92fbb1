# SPDX-License-Identifier: Apache-2.0
# Expired rows are cleared away in the background: by one node at a time, in its turn, never a live one; and by braze-admin where
# no httpd does it.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;
use BrazeTest::Status;
use JSON ();

my $CONF = <<'C';
BrazeSweepInterval 1
BrazeEventRetention 30
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitIdpMetadata "@idpdir@/idp.xml"
</Location>
<Location "/status">
    SetHandler braze-status
    AuthType   None
    Require    all granted
</Location>
C
my $company = company_id('Decorumsoft');
admin('--company', 'Decorumsoft', 'user', 'add', 'swept@decorumsoft.com');
my $user = user_of('swept@decorumsoft.com')->{id};
my $day  = 86_400_000;

sub now { return 1000 * time }
my $made = 0;
sub session {
    my ($expires) = @_;
    dbh()->do('INSERT INTO braze_session(session_hash, company_id, user_id, created_at, last_seen_at, expires_at) VALUES(?, ?, ?, ?, ?, ?)', undef,
        sprintf('%064x', ++$made), $company, $user, now() - 2 * $day, now() - 2 * $day, $expires);
    return;
}
sub event {
    my ($at) = @_;
    dbh()->do('INSERT INTO braze_event(company_id, id, at, name) VALUES(?, ?, ?, ?)', undef, $company,
        sprintf('%014x00-00000000-%08x', $at * 1000, ++$made) =~ s/\A(.{8})(.{8})-(.{8})-/$1-$2-$3-/r, $at, 'Swept');
    return;
}
sub dead {
    session(now() - 1000 * $_) for 1 .. 3;
    dbh()->do('INSERT INTO braze_replay(company_id, replay_key, until_at) VALUES(?, ?, ?)', undef, $company, sprintf('%064x', ++$made), now() - $day);
    dbh()->do('INSERT INTO braze_rate(company_id, window_at, used) VALUES(?, ?, 1)', undef, $company, now() - 3 * $day + ++$made);
    event(now() - 31 * $day);
    return;
}
sub count { my ($from) = @_; return row("SELECT count(*) AS n FROM $from")->{n} }
my $dead_sessions = 'braze_session WHERE expires_at <= ' . (now() + 1000);
sub dead_left { return count($dead_sessions) + count('braze_replay WHERE until_at < ' . (now() - $day / 2)) + count("braze_event WHERE name = 'Swept' AND at < " . (now() - 30 * $day)) }
sub swept_by { my ($node) = @_; my $n = () = $node->log =~ /BRAZE-0181: [1-9]\d* expired rows/g; return $n }

# Live ones of each kind.
session(now() + $day) for 1 .. 3;
event(now() - 29 * $day);
event(now());
dbh()->do('INSERT INTO braze_replay(company_id, replay_key, until_at) VALUES(?, ?, ?)', undef, $company, 'f' x 64, now() + 60_000);
dbh()->do('INSERT INTO braze_rate(company_id, window_at, used) VALUES(?, ?, 1)', undef, $company, now());
my %live = map { $_ => count($_) } "braze_session WHERE expires_at > " . now(), 'braze_replay WHERE until_at > ' . now(), 'braze_rate', "braze_event WHERE name = 'Swept'";

# --- nodes ---------------------------------------------------------------------------------------------

dead();
my $one = BrazeTest::Node->start('sweep1', $CONF);
ok +(wait_until { !dead_left() } 15), 'what has expired is gone after a while' or diag $one->log;
ok +(wait_until { $one->log =~ /BRAZE-0181: \d+ expired rows cleared away/ } 15), 'and the log says so' or diag $one->log; # a moment later
my $lines = BrazeTest::Status::counters($one->url('/status'));
cmp_ok $lines->{'swept_rows.session'}, '>=', 3, 'counted by table';
is $lines->{'swept_rows.event'}, 1, 'the audit trail too, where a time is set';
cmp_ok $lines->{'sweeps.done'}, '>=', 1, 'and the turns';

my $two = BrazeTest::Node->start('sweep2', $CONF);
my $rounds = 0;
for (1 .. 3) {
    dead();
    $rounds++ if wait_until { !dead_left() } 15;
}
is $rounds, 3, 'two nodes clear away as well';

# While somebody else has the turn, nobody does anything.
sub held_elsewhere { dbh()->do("UPDATE braze_task SET node = 'elsewhere', until_at = ? WHERE name = 'sweep'", undef, now() + $_[0]) }
held_elsewhere(60_000);
# (A turn that was under way still counts what it did.)
my ($before, $then) = (-1, 0);
while ($before != $then) { $then = $before; sleep 2; $before = swept_by($one) + swept_by($two) }
held_elsewhere(6000);
dead();
sleep 3;
cmp_ok dead_left(), '>', 0, 'while another node has the turn the rows stay';
is swept_by($one) + swept_by($two), $before, 'whatever the nodes here would';
ok +(wait_until { !dead_left() } 20), 'a turn that nobody ends runs out, as that of a node that died';

$one->crash;
dead();
ok +(wait_until { !dead_left() } 80), 'a node that is killed leaves the work to the other';
$two->stop;

for (sort keys %live) { cmp_ok count($_), '>=', $live{$_}, "never a live row: $_" }

# --- by hand ----------------------------------------------------------------------------------------------

dead();
dbh()->do("UPDATE braze_task SET until_at = 0 WHERE name = 'sweep'");
my $said = admin_json('sweep', '--keep-events', 30);
is_deeply [ @$said{qw(taken sessions replays events)} ], [ JSON::true, 3, 1, 1 ], 'braze-admin sweep does the same';
is dead_left(), 0, 'all of it';
dbh()->do("UPDATE braze_task SET node = 'elsewhere', until_at = ? WHERE name = 'sweep'", undef, now() + 60_000);
$said = admin_json('sweep');
ok !$said->{taken}, 'but in turn';
dbh()->do("DELETE FROM braze_task WHERE name = 'sweep'");

# --- configuration -------------------------------------------------------------------------------------------

for ([ 'BrazeSweepInterval 0', qr/BrazeSweepInterval takes seconds/ ], [ 'BrazeSweepInterval 1d', qr/BrazeSweepInterval takes seconds/ ],
    [ 'BrazeEventRetention -1', qr/BrazeEventRetention takes days/ ]) {
    my ($status, $text) = config_test("$_->[0]\n");
    isnt $status, 0, "$_->[0] is refused";
    like $text, $_->[1], 'with what it takes';
}
is +(config_test("BrazeSweepInterval off\nBrazeEventRetention off\n"))[0], 0, 'off';
done_testing;
