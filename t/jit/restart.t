# SPDX-License-Identifier: Apache-2.0
# Sessions are rows: they outlast the restart, the stop and the death of the node that began them, whatever stands in front of the rows;
# and who was signed out stays out, whatever a cache still had when the node went down.
use strict;
use warnings;
use IO::Socket::INET ();
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;
use BrazeTest::Redis;

make_page('page.html', 'the page');
make_dump();
my $base = base_url();
my $work = work_dir();
my $conf = <<"C";
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
    BrazeJitProvisioning         on
    BrazeJitDefaultWorkspace     "Marketing"
    BrazeJitDefaultPermissionSet "Viewer"
    BrazeJitAllowDomain          decorumsoft.com
</Location>
C

# For an hour each: what a cache keeps is as good as for ever here.
my $redis = BrazeTest::Redis->start;
my %CACHE = (
    none  => sub {''},
    shmcb => sub {"BrazeJitSessionCache shmcb:$work/restart-$_[0](512000) 3600\n"}, # a file of its own for each node
    redis => sub { 'BrazeJitSessionCache redis:127.0.0.1:' . $redis->port . " 3600\n" }, # one for both
);

# begin(node, name): somebody with a session that was begun there; its first name is First.
sub begin {
    my ($node, $name) = @_;
    my $try = login('/', host => $node->base, acs => acs_url(), email => "$name\@decorumsoft.com", names => [ 'First', 'Last' ]);
    my ($cookie) = cookie_of($try->{res}) or die $try->{res}->as_string;
    return { name => $name, cookie => $cookie, response => $try->{response}, try => $try };
}
sub at { my ($node, $who, $path) = @_; return browser()->get($node->url($path // '/page.html'), Cookie => $who->{cookie}) }
sub is_in { my ($node, $who) = @_; return at($node, $who)->code }
# Out: sent to the sign-in page, not merely refused.
sub is_out { my ($node, $who) = @_; my $res = at($node, $who); return $res->code . ($res->header('Location') // '') }
my $ASKED = "303/auth/saml/sign_in?return=%2fpage.html";
sub shown { my ($node, $who) = @_; return dump_at(browser(), $node->url('/cgi/dump'), Cookie => $who->{cookie})->{env}{BRAZE_FIRST_NAME} }
sub leave {
    my ($node, $who) = @_;
    my $res = browser()->post($node->url('/auth/saml/logout'), [], Cookie => $who->{cookie});
    $res->code == 200 && title_of($res) eq 'You are signed out' or die $res->as_string;
    return;
}

# what happens => [ how it goes down, how it comes back where that is another thing ]
my %WAY = (
    'a graceful restart' => [ sub { $_[0]->restart } ],
    'HUP'                => [ sub { $_[0]->settle; $_[0]->restart('HUP') } ],
    'stop and start'     => [ sub { $_[0]->settle; $_[0]->stop }, sub { $_[0]->run } ],
    'kill -9'            => [ sub { $_[0]->crash }, sub { $_[0]->run } ],
);

for my $cache (sort keys %CACHE) {
    my ($node, $other) = map { BrazeTest::Node->start("$cache-$_", $CACHE{$cache}->($_) . $conf, modules => $cache eq 'redis' ? ['socache_redis'] : []) } 1, 2;
    for my $way (sort keys %WAY) {
        my ($down, $up) = @{ $WAY{$way} };
        my $what = "$cache, $way";
        my $n = join '-', lc("$cache $way") =~ /([a-z0-9]+)/g;
        my ($stays, $left, $away) = map { begin($node, "$_-$n") } qw(stays left away);
        is_deeply [ map { shown($node, $_) } $stays, $left, $away ], [ ('First') x 3 ], "$what: three who are signed in";
        dbh()->do('UPDATE braze_user SET given_name = ? WHERE user_name_key = ?', undef, 'Row', "$stays->{name}\@decorumsoft.com");
        is shown($node, $stays), $cache eq 'none' ? 'Row' : 'First', '(the control: who answers, the row or the cache)';
        leave($node, $left);
        is is_out($node, $left), $ASKED, 'one signs out';

        my $pid = $node->{pid};
        $down->($node);
        if ($up) {
            # A child that is killed keeps the port for a moment.
            ok !kill(0, $pid) && wait_until(sub { !IO::Socket::INET->new(PeerAddr => $node->base =~ s{http://}{}r) }, 10), "$what: the node is gone";
            is is_in($other, $stays), 200, 'another node goes on with what it began';
            is is_out($other, $left), $ASKED, 'but not with what was ended';
            leave($other, $away);
            $up->($node);
            isnt $node->{pid}, $pid, 'the node is back, as another process';
        }
        else {
            is $node->{pid}, $pid, "$what: the same process";
            leave($node, $away);
        }
        is is_in($node, $stays), 200, "$what: the same cookie is good";
        is is_in($other, $stays), 200, 'on the other node as well';
        is is_out($_, $left), $ASKED, 'who has signed out before stays out' for $node, $other;
        is is_out($_, $away), $ASKED, 'and who has meanwhile' for $node, $other;
        is shown($node, $stays), 'Row', 'the memory of a node that was gone is empty' if $up && $cache eq 'shmcb';
        my $again = login('/', host => $node->base, response => $stays->{response});
        is join(' ', cookie_of($again->{res})), '', 'a response that was used before begins no other session';
        like $again->{res}->header('Location') // '', qr{\A/auth/saml/resume\?}, 'but is known';
        my $new = begin($node, "new-$n");
        is is_in($_, $new), 200, 'and signing in goes on' for $node, $other;
        leave($node, $stays);
        is is_out($node, $stays), $ASKED, 'as does signing out';
    }
    unlike $_->log, qr/exit signal/, "$cache: no child died by itself" for $node, $other;
    $_->settle, $_->stop for $node, $other;
}

done_testing;
