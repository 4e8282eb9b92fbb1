# SPDX-License-Identifier: Apache-2.0
# A hundred thousand live sessions: nobody's ends because of another's, whatever fits into a cache, and a page costs what it cost.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use List::Util qw(min shuffle);
use Test::More;
use Time::HiRes qw(time);
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;
use BrazeTest::Redis;
use BrazeTest::Status;

my ($SESSIONS, $PEOPLE, $EVERY) = (100_000, 20, 400);
make_page('page.html', 'the page');
my $base  = base_url();
my $redis = BrazeTest::Redis->start;
$redis->call(qw(CONFIG SET maxmemory-policy allkeys-lru));
$redis->call(qw(CONFIG SET maxmemory-samples 1));
$redis->call('CONFIG', 'SET', 'maxmemory', ($redis->call('INFO', 'memory') =~ /used_memory:(\d+)/)[0] + 50_000);
my $conf  = <<"C";
AliasMatch "^/(?:.*/)?page\\.html\$" "\@DocumentRoot\@/page.html"
<Directory "\@DocumentRoot\@">
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
</Location>
<Location "/status">
    SetHandler braze-status
    AuthType   None
    Require    all granted
</Location>
C
my $work = work_dir();
my %node = (
    rows  => BrazeTest::Node->start('crowd-rows', $conf),
    shmcb => BrazeTest::Node->start('crowd-shmcb', "BrazeJitSessionCache shmcb:$work/crowd(40000) 3600\n$conf"),
    wide  => BrazeTest::Node->start('crowd-wide', "BrazeJitSessionCache shmcb:$work/wide(2000000) 3600\n$conf"),
    redis => BrazeTest::Node->start('crowd-redis', 'BrazeJitSessionCache redis:127.0.0.1:' . $redis->port . " 3600\n$conf", modules => ['socache_redis']),
);

# --- the sessions, by SQL; the secret of one in so many is known ---
my @people = map {"crowd$_\@decorumsoft.com"} 1 .. $PEOPLE;
admin('--company', 'Decorumsoft', 'user', 'add', $_, '--confirmed') for @people;
my @ids = map { user_of($_)->{id} } @people;
my ($company, $now) = (company_id('Decorumsoft'), 1000 * int time);
# As an earlier version of the schema kept them, below whole digests.
sub secret { my ($n) = @_; return sprintf 'crowd%038d', $n }
sub fill {
    my ($from, $to, $as) = @_;
    $as //= sub { my ($n) = @_; return sha256_hex(secret($n)) };
    my $db = dbh();
    $db->begin_work;
    while ($from < $to) {
        my $some = min(500, $to - $from);
        my $values = join ',', map {
            my $hash = $as->($_);
            sprintf q{('%s','%s','%s',%d,%d,%d,'https://idp.example.test/metadata','%s')}, $hash, $company, $ids[ $_ % $PEOPLE ], $now, $now + 28_800_000, $now, $hash;
        } $from .. $from + $some - 1;
        $db->do("INSERT INTO braze_session(session_hash, company_id, user_id, created_at, expires_at, last_seen_at, idp, assertion_key) VALUES$values");
        $from += $some;
    }
    $db->commit;
    return;
}
my %ua;
sub code { my ($node, $n) = @_; return ($ua{$node} //= browser(keep_alive => 1))->get($node{$node}->url('/page.html'), Cookie => 'braze_session=' . secret($n))->code }
# The least that so many requests took: what else the machine does only adds to it.
sub least { my ($node, @n) = @_; return min(map { my $begin = time; code($node, $_) == 200 or return 1e9; time - $begin } @n) }

fill(0, 200);
my @few = 0 .. 199;
my %before = map { $_ => least($_, @few) } sort keys %node;
fill(200, $SESSIONS);
is row('SELECT count(*) AS n FROM braze_session WHERE company_id = ? AND expires_at > ?', $company, $now)->{n} >= $SESSIONS, 1, 'a hundred thousand live sessions';

# --- nobody is evicted, the first as little as the last ---
my @known = map { $_ * $EVERY } 0 .. $SESSIONS / $EVERY - 1;
for my $name (sort keys %node) {
    my %seen;
    $seen{ code($name, $_) }++ for @known, shuffle(@known), $SESSIONS - 1;
    is_deeply \%seen, { 200 => 2 * @known + 1 }, "$name: each of them is signed in, and still is when the others have been there";
    is code($name, $SESSIONS), 303, "$name: (the control: one that there is not)";
}
cmp_ok $redis->call('INFO', 'stats') =~ /evicted_keys:(\d+)/ ? $1 : 0, '>', 0, 'though redis had to forget entries';
my $fits = scalar $redis->keys;
cmp_ok $fits, '<', scalar @known, "and holds $fits of them";

# --- those of one day have a cache's whole memory ---
# A session's key begins with the time of its sign-in, and shmcb goes by a key's first byte.
{
    my @timed = (0 .. 499);
    my $secret_of = sub { my ($n) = @_; return sprintf '%011x%032d', $now + $n, $n };
    fill(0, scalar @timed, sub { my ($n) = @_; return kept_as($secret_of->($n)) });
    my $ua  = browser(keep_alive => 1);
    my $ask = sub { my ($n) = @_; return $ua->get($node{wide}->url('/page.html'), Cookie => 'braze_session=' . $secret_of->($n))->code };
    my $status = $node{wide}->url('/status');
    my $before = counters($status);
    is_deeply [ grep { $ask->($_) != 200 } @timed ], [], 'five hundred of this minute';
    is_deeply [ grown($before, qr/\Asession_lookups/, $status) ], ['session_lookups.row 500'], 'are read from their rows';
    $before = counters($status);
    is_deeply [ grep { $ask->($_) != 200 } @timed ], [], 'and again';
    is_deeply [ grown($before, qr/\Asession_lookups/, $status) ], ['session_lookups.cache 500'], 'from the cache';
    dbh()->do('DELETE FROM braze_session WHERE session_hash = ?', undef, kept_as($secret_of->($_))) for @timed;
}

# --- what a page costs does not depend on how many there are ---
for my $name (sort keys %node) {
    my $after = least($name, (shuffle(@known))[ 0 .. 199 ]);
    cmp_ok $after, '<', 2 * $before{$name} + 0.001, "$name: as fast as with two hundred" or diag "$before{$name} s, $after s";
}

# --- ending some of them ends no others, and does not take long ---
my $begin = time;
my ($status) = admin('--company', 'Decorumsoft', 'user', 'suspend', $people[0]);
is $status, 0, 'somebody with five thousand of them is suspended';
cmp_ok time - $begin, '<', 20, 'soon';
is row('SELECT count(*) AS n FROM braze_session WHERE user_id = ?', $ids[0])->{n}, 0, 'all of theirs are over';
is code('rows', $PEOPLE * 100), 303, 'one of them';
is code('rows', $PEOPLE * 100 + 1), 200, 'the next one is somebody else\'s';
is row('SELECT count(*) AS n FROM braze_session WHERE user_id IN (' . join(',', map {"'$_'"} @ids) . ')')->{n}, $SESSIONS - $SESSIONS / $PEOPLE, 'the others are all there';
browser()->post($node{rows}->url('/auth/saml/logout'), [], Cookie => 'braze_session=' . secret(1));
is code('rows', 1) . code('rows', 1 + $PEOPLE), '303200', 'signing out ends one of a person\'s';

unlike join('', map { $_->log } values %node), qr/exit signal|:error\]/, 'nothing went wrong';
$_->stop for values %node;
dbh()->do('DELETE FROM braze_session WHERE user_id = ?', undef, $_) for @ids;
done_testing;
