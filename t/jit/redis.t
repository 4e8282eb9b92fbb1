# SPDX-License-Identifier: Apache-2.0
# BrazeJitSessionCache redis: one cache for all nodes. It makes a page faster and never lets anybody in: what is not in it, is damaged in it
# or is too old in it is asked of the rows, and so is everything when it is gone.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;
use BrazeTest::Redis;
use BrazeTest::Sp qw(read_message);

make_page('page.html', 'the page');
make_dump();
my $base  = base_url();
my $redis = BrazeTest::Redis->start;
my $conf  = <<"C";
ScriptAliasMatch "^/(?:.*/)?cgi/(\\w+)\$" "\@DocumentRoot\@/cgi/\$1"
AliasMatch       "^/(?:.*/)?page\\.html\$" "\@DocumentRoot\@/page.html"
<Directory "\@DocumentRoot\@">
    Options FollowSymLinks ExecCGI
    Require all granted
</Directory>
<Location "/">
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeCompany        "Decorumsoft"
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
    BrazeJitKey         "\@idpdir\@/sp.key"
    BrazeJitCert        "\@idpdir\@/sp.crt"
</Location>
<Location "/other">
    BrazeCompany "Otherco"
</Location>
C
my %node = map {
    my ($name, $ttl) = @$_;
    ($name => BrazeTest::Node->start("redis-$name", 'BrazeJitSessionCache redis:127.0.0.1:' . $redis->port . " $ttl\n$conf", modules => ['socache_redis']))
} [ one => 3600 ], [ two => 3600 ], [ short => '2s' ];

sub person { my ($name) = @_; return (cookie_of(login('/', email => "$name\@decorumsoft.com", names => [ 'First', 'Last' ])->{res}))[0] }
sub get { my ($node, $cookie, $path) = @_; return browser()->get($node{$node}->url($path // '/page.html'), Cookie => $cookie) }
sub code { return get(@_)->code }
sub shown { my ($node, $cookie) = @_; return dump_at(browser(), $node{$node}->url('/cgi/dump'), Cookie => $cookie)->{env}{BRAZE_FIRST_NAME} }
sub rename_row { my ($name, $to) = @_; dbh()->do('UPDATE braze_user SET given_name = ? WHERE user_name_key = ?', undef, $to, "$name\@decorumsoft.com"); return }
sub suspend { my ($name) = @_; my ($status) = admin('--company', 'Decorumsoft', 'user', 'suspend', "$name\@decorumsoft.com"); die if $status; return }

# --- hits, on whichever node ---
my $ada = person('redis1');
is shown('one', $ada), 'First', 'from the row';
is scalar($redis->keys), 1, 'is kept in redis';
rename_row('redis1', 'Changed');
is shown('one', $ada), 'First', 'and comes from there';
is shown('two', $ada), 'First', 'on the other node too';
my ($key) = $redis->keys;
my $kept = $redis->call('GET', $key);
unlike $kept . $key, qr/\Q@{[ $ada =~ m{=([\w-]{43})} ]}\E/, 'the secret of the session is not in redis';
cmp_ok $redis->call('PTTL', $key), '>', 0, 'with an end';
is code('one', $ada, '/other/page.html'), 303, 'another company finds nothing';
is code('one', substr($ada, 0, -1) . ($ada =~ /A\z/ ? 'B' : 'A')), 303, 'nor does another secret';

# --- the time for which it is believed bounds how late a deactivation is seen ---
my $bob = person('redis2');
is code('short', $bob), 200, 'a node that believes for two seconds';
my $since = time;
suspend('redis2');
ok wait_until(sub { code('short', $bob) == 303 }, 4), 'sees a deactivation within them';
cmp_ok time - $since, '<', 3.5, 'and no later';
my $eve = person('redis3');
is code('one', $eve), 200, 'what a node that believes for an hour has kept';
rename_row('redis3', 'Changed');
is shown('short', $eve), 'First', 'is believed by one that believes for two seconds';
sleep 3;
is shown('short', $eve), 'Changed', 'for two seconds';

# --- signing out is seen by all nodes at once ---
my $out = person('redis4');
is code($_, $out), 200, "signed in on $_" for 'one', 'two';
my $left = browser()->post($node{one}->url('/auth/saml/logout'), [], Cookie => $out);
is $left->code, 303, 'signing out goes on to the IdP: what is kept knows the session\'s names';
like read_message($left, 'SAMLRequest'), qr/redis4\@decorumsoft\.com/, 'and the person\'s';
is code($_, $out), 303, "signed out on $_" for 'one', 'two';

# --- what is in redis may be anything ---
my $carol = person('redis5');
$redis->call('FLUSHALL');
is code('one', $carol), 200, 'an entry';
my ($own) = $redis->keys;
my $good = $redis->call('GET', $own);
rename_row('redis5', 'Row');
sub written {    # the entry as if written at another time
    return substr($good, 0, 5) . pack('q>', @_) . substr $good, 13;
}
my ($is_written) = unpack 'x5q>', $good;
my %garbage = (
    nothing => '', 'a zero byte' => "\0", 'zero bytes' => "\0" x 100, text => 'OK', 'half a length' => "\0", 'a long length' => "\xFF\xFEB5", 'a length alone' => "\0\2",
    'only absent fields' => "\xFF" x 50, 'random bytes' => join('', map { chr int rand 256 } 1 .. 500), 'eight kilobytes' => 'x' x 8192, 'more than an entry' => 'x' x 100_000,
    'no end of a text' => $good =~ s/\A\x00\x02B5\x00/\x00\x02B5 /r, 'an older format' => $good =~ s/\A\x00\x02B5/\x00\x02B4/r, 'a longer format' => $good =~ s/\A\x00\x02B5/\x00\x03B5/r,
    'something behind it' => "${good}\0\1x\0", 'another session\'s' => $kept, 'written in the future' => written(9e15), 'written long ago' => written(1e15),
    'a line break that is said to be none' => $good =~ s/First/Fi\r\nt/r,
    'of the end of time' => written(9_223_372_036_854_775_807), 'written before time' => written(-1),
);
cmp_ok abs($is_written / 1e6 - time), '<', 600, 'where the time stands in an entry';
for my $name (sort keys %garbage) {
    $redis->call('SET', $own, $garbage{$name});
    is shown('one', $carol), 'Row', "$name in redis: the row is asked";
}
for my $length (map { int(length($good) * $_ / 12) } 1 .. 11) {
    $redis->call('SET', $own, substr $good, 0, $length);
    is shown('one', $carol), 'Row', "an entry cut at $length bytes: the row is asked";
}
$redis->call('SET', $own, $good);
is shown('one', $carol), 'First', '(the control: the whole entry is believed)';
$redis->call('DEL', $own);
$redis->call('LPUSH', $own, 'x');
is shown('one', $carol), 'Row', 'a key of another kind';
$redis->call('FLUSHALL');
is code('one', $ada), 200, 'an emptied redis loses nobody';
my ($where) = $redis->keys;
$redis->call('SET', $own, $redis->call('GET', $where));
is shown('one', $carol), 'Row', 'an entry under another session\'s key is not that session\'s';
for my $value ($good, 'x') {
    my $stranger = 'braze_session=' . 'A' x 43;
    $redis->call('SET', $_, $value) for $own, $where;
    is code('one', $stranger), 303, 'and whatever is there, a secret of nobody\'s lets nobody in';
}

# --- gone, back, hanging ---
$redis->call('FLUSHALL');
my $dan = person('redis6');
is code('one', $dan), 200, 'kept';
$redis->stop;
my $start = time;
is code($_, $dan), 200, "redis is gone: rows are asked, on $_" for 'one', 'two';
cmp_ok time - $start, '<', 4, 'at once';
rename_row('redis6', 'Row');
is shown('one', $dan), 'Row', 'the rows, and nothing older';
suspend('redis6');
is code($_, $dan), 303, "and who is deactivated is out at once, on $_" for 'one', 'two';
my $new = person('redis7');
is code('one', $new), 200, 'signing in goes on';
is code('one', 'braze_session=' . 'A' x 43), 303, 'nobody else is let in';
is browser()->post($node{one}->url('/auth/saml/logout'), [], Cookie => $new)->code, 303, 'signing out too';
is code('two', $new), 303, 'it is over';
$redis->run;
my $late = person('redis8');
ok wait_until(sub { code('one', $late) == 200 && $redis->keys }, 20), 'redis is back: it is used again';
is code('one', $dan), 303, 'who was deactivated stays out';
is code('two', $new), 303, 'and who has signed out';

# A redis that is there and says nothing is waited for: httpd's RedisTimeout is far longer than it says. What matters here is that
# nobody is let in by it meanwhile, and that it goes on.
$redis->freeze;
my $waits = IO::Socket::INET->new(PeerAddr => $node{one}->base =~ s{http://}{}r) or die "connect: $!";
print $waits "GET /page.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: braze_session=" . 'A' x 43 . "\r\n\r\n";
$waits->flush;
sleep 2;
$redis->thaw;
like do { local $/; <$waits> } // '', qr{\AHTTP/1\.1 303 }, 'redis hangs and goes on: nobody is let in by it';
is code('one', $late), 200, 'and who is signed in stays so';

unlike join('', map { $_->log } values %node), qr/exit signal/, 'no child died';
done_testing;
