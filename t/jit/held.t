# SPDX-License-Identifier: Apache-2.0
# With a session cache, a connection keeps who its last cookie belongs to. Every request is still its own: whatever came before
# on the connection, its cookie, its section and what has happened meanwhile decide.
use strict;
use warnings;
use utf8;
use IO::Socket::INET ();
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

make_page('page.html', 'the page');
make_dump();
my $base = base_url();
my $work = work_dir();
# Prefork's processes have one connection each: what one learns on another connection, the process of the first does not.
my $ALONE = BrazeTest::Saml::read_file($ENV{BRAZE_T_BASECONF}) =~ /mpm_prefork/;
my $conf = ($ALONE ? "StartServers 12\n" : $BrazeTest::Node::ONE_CHILD) . <<"C";
KeepAliveTimeout 30
LogFormat "%{remote}p %k %>s %u %q" visits
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
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
</Location>
# One address, three hosts: two companies, and one that names none.
<VirtualHost *:\@Port\@>
    ServerName one.example
    <Location "/">
        BrazeCompany "Decorumsoft"
    </Location>
    <Location "/idle">
        BrazeJitSessionIdle 10s
    </Location>
    <Location "/young">
        BrazeJitSessionMaxAge 60s
    </Location>
    <Location "/other">
        BrazeCompany "Otherco"
    </Location>
    <Location "/head">
        BrazeJitHeaders on
    </Location>
    <Location "/editors">
        AuthzSendForbiddenOnFailure On
        Require braze-group Editors
    </Location>
    <Location "/named">
        BrazeJitCookie dashboard
    </Location>
</VirtualHost>
<VirtualHost *:\@Port\@>
    ServerName two.example
    <Location "/">
        BrazeCompany "Otherco"
    </Location>
</VirtualHost>
<VirtualHost *:\@Port\@>
    ServerName keyed.example
    <Location "/">
        BrazeJitRelayState api-key
    </Location>
</VirtualHost>
C
my %node = map { $_->[0] => BrazeTest::Node->start("held-$_->[0]", <<"C" . $conf) }
BrazeJitSessionCache shmcb:$work/held-$_->[0](512000) $_->[1]
CustomLog "$work/visits-$_->[0]" visits
C
    [ hour => 3600 ], [ second => '1s' ];

# person(name): the secret of somebody's session.
sub person {
    my ($name, @names) = @_;
    my ($secret) = (cookie_of(login('/', email => "$name\@decorumsoft.com", names => \@names)->{res}))[0] =~ /=([\w-]{43})/;
    return $secret // die 'no session';
}

# A connection that is kept: ask(path, secret, header => value …) gives the status, env() what the program saw, both with where
# the client was, so that one sees that it is one connection.
sub connection {
    my ($node) = @_;
    my $self = { node => $node{ $node // 'hour' }, ua => browser(keep_alive => 1, cookie_jar => undef) };
    return bless $self, 'Kept';
}

sub Kept::get {
    my ($self, $path, $value, %more) = @_;
    $more{Host} //= 'one.example';
    $more{Cookie} //= "braze_session=$value" if defined $value;
    return $self->{ua}->get($self->{node}->url($path), %more);
}
sub Kept::ask { my ($self, @what) = @_; return $self->get(@what)->code }

sub Kept::env {
    my ($self, $value, %more) = @_;
    my $at  = delete $more{at} // '';
    my $res = $self->get("$at/cgi/dump", $value, %more);
    return { status => $res->code } if $res->code != 200;
    my $env = JSON->new->latin1->decode($res->content)->{env};
    $self->{port} //= $env->{REMOTE_PORT};
    is $env->{REMOTE_PORT}, $self->{port}, '(one connection)';
    return { map { $_ => $env->{$_} } grep {/BRAZE|REMOTE_USER|AUTH_TYPE/} keys %$env };
}
sub Kept::who { my ($self, @what) = @_; my $env = $self->env(@what); return $env->{REMOTE_USER} // $env->{status} }

# kept(secret): a connection on which this one has come often enough to be kept.
sub kept {
    my ($secret, $node) = @_;
    my $connection = connection($node);
    is $connection->ask('/page.html', $secret), 200, '(signed in)' for 1 .. 4;
    return $connection;
}

sub set_session {
    my ($secret, $column, $ms) = @_;
    my $changed = dbh()->do("UPDATE braze_session SET $column = ? WHERE session_hash = ?", undef, $ms, kept_as($secret));
    die "no row" if $changed != 1;
    return;
}

# --- what the application is told ----------------------------------------------------------------------

my $ada = person('held-ada', "Ada\tZoë", 'Ж\\');
my $bob = person('held-bob');
dbh()->do(q{UPDATE braze_user SET given_name = ? WHERE user_name_key = 'held-ada@decorumsoft.com'}, undef, "A\x01da\x7f");
{
    my $connection = connection();
    my $first = $connection->env($ada);
    is $first->{REMOTE_USER}, 'held-ada@decorumsoft.com', 'from the row';
    is $first->{BRAZE_FIRST_NAME}, 'A%01da%7F', 'control characters are written %XX';
    cmp_ok scalar keys %$first, '>=', 10, 'all that there is to tell';
    is_deeply $connection->env($ada), $first, "and the same from what the connection keeps: $_" for 1 .. 4;
    my $headers = $connection->env($ada, at => '/head');
    is $headers->{HTTP_BRAZE_FIRST_NAME}, 'A%01da%7F', 'headers, where they are asked for';
    is_deeply $connection->env($ada), $first, 'and nowhere else';
    is $connection->env($ada, 'Braze-User' => 'evil')->{HTTP_BRAZE_USER}, undef, 'nobody else sets them';
}

# --- whose cookie it is --------------------------------------------------------------------------------

{
    my $connection = kept($ada);
    for my $who ($bob, $bob, $bob, $bob, $ada, $ada, $ada, $bob, $ada) {
        is $connection->who($who), ($who eq $ada ? 'held-ada' : 'held-bob') . '@decorumsoft.com', 'as from a proxy';
    }
    my $last = chop(my $short = $ada);
    for my $not ($short, $short . ($last eq 'A' ? 'B' : 'A'), "${ada}A", "$ada.", "$ada.x", ($ada =~ /\A./ ? 'x' : '') . substr($ada, 1), '') {
        is $connection->ask('/page.html', $not), 303, 'nobody: ' . length $not;
        is $connection->who($ada), 'held-ada@decorumsoft.com', "and again who it was, $_" for 1 .. 3;
    }
    is $connection->ask('/page.html'), 303, 'without a cookie nobody';
    is $connection->ask('/page.html', undef, Cookie => "other=$ada"), 303, 'nor with another one of the same value';
    is $connection->who(undef, Cookie => "a=b; braze_session=$ada; c=d"), 'held-ada@decorumsoft.com', 'among others';
    is $connection->ask('/named/page.html', $ada), 303, 'where the cookie has another name';
    is $connection->ask('/named/page.html', undef, Cookie => "dashboard=$ada"), 200, 'it is that which counts';
}

# --- which section -------------------------------------------------------------------------------------

{
    my $connection = kept($ada);
    for my $round (1 .. 4) {
        is $connection->ask('/other/page.html', $ada), 303, 'a section of another company knows nobody';
        is $connection->ask('/page.html', $ada, Host => 'two.example'), 303, 'nor does its host';
        is $connection->ask('/page.html', $ada, Host => 'keyed.example'), 303, 'nor one where the cookie has to name the company';
        is $connection->who($ada), 'held-ada@decorumsoft.com', "this one does, $round";
    }
    my $keyed = connection();
    my %named = map { $_ => "$ada." . company_id($_) } qw(Decorumsoft Otherco);
    for my $round (1 .. 5) {
        is $keyed->who($named{Decorumsoft}, Host => 'keyed.example'), 'held-ada@decorumsoft.com', "company and secret, $round";
        is $keyed->ask('/page.html', $named{Otherco}, Host => 'keyed.example'), 303, 'another company' if $round > 3;
        is $keyed->ask('/page.html', $named{Decorumsoft}), 303, 'where none is to be named' if $round > 3;
    }
}

# A section's text may come with each request, from a file that is read anew, and lie where that of another lay.
{
    my $root = Apache::Test::vars('documentroot');
    is +(admin('company', 'add', 'Decorumsofx'))[0], 0, 'a company whose name is as long';
    for ([ a => 'Decorumsoft' ], [ b => 'Decorumsofx' ]) {
        make_page("held/$_->[0]/page.html", "page of $_->[1]");
        BrazeTest::Saml::write_file("$root/held/$_->[0]/.htaccess", "BrazeCompany \"$_->[1]\"\n");
    }
    my $files = BrazeTest::Node->start('held-files', ($ALONE ? "StartServers 4\n" : $BrazeTest::Node::ONE_CHILD) . <<"C");
KeepAliveTimeout 30
BrazeJitSessionCache shmcb:$work/held-files(512000) 3600
<Directory "\@DocumentRoot\@/held">
    AllowOverride       None
    AllowOverrideList   BrazeCompany
    AuthType            braze-saml
    AuthName            "Dashboard"
    Require             valid-user
    BrazeJitBaseUrl     $base
    BrazeJitIdpMetadata "\@idpdir\@/idp.xml"
</Directory>
C
    my $ua = browser(keep_alive => 1, cookie_jar => undef);
    my @order = qw(b a a a a a b a b a b b a);
    is join(' ', map { $ua->get($files->url("/held/$_/page.html"), Cookie => "braze_session=$ada")->code } @order), join(' ', map { $_ eq 'a' ? 200 : 303 } @order),
        'what it says is held against it, not where it stands';
    $files->stop;
}

# --- how long ------------------------------------------------------------------------------------------

{
    my $carl = person('held-carl');
    set_session($carl, last_seen_at => 1000 * (time - 60));
    my $connection = kept($carl);
    is $connection->ask('/idle/page.html', $carl), 303, 'unused for a minute is too long for a section of ten seconds';
    is $connection->ask('/page.html', $carl), 200, 'and not for the other';
    my $dora = person('held-dora');
    set_session($dora, created_at => 1000 * (time - 120));
    $connection = kept($dora);
    is $connection->ask('/young/page.html', $dora), 303, 'a session of two minutes is too old for a section of one';
    is $connection->ask('/page.html', $dora), 200, 'and not for the other';
    my $emil = person('held-emil');
    set_session($emil, expires_at => 1000 * (time + 3));
    $connection = kept($emil);
    ok wait_until(sub { $connection->ask('/page.html', $emil) == 303 }, 5), 'nor is it believed past its end';
}

# --- what happens meanwhile ----------------------------------------------------------------------------

{
    my $fred = person('held-fred');
    my $connection = kept($fred);
    browser()->post($node{hour}->url('/auth/saml/logout'), [], Cookie => "braze_session=$fred", Host => 'one.example');
    is $connection->ask('/page.html', $fred), 303, 'who signs out on another connection is out here at once';

    my $gina = person('held-gina');
    $connection = kept($gina, 'second');
    my ($status) = admin('--company', 'Decorumsoft', 'user', 'suspend', 'held-gina@decorumsoft.com');
    is $status, 0, 'switched off';
    is $connection->ask('/page.html', $gina), 200, '(the control: the row is not asked)';
    ok wait_until(sub { $connection->ask('/page.html', $gina) == 303 }, 2), 'and out when the time of the cache is over';

    my $hans = person('held-hans');
    for ([ 'workspace', 'add', 'Heldland' ], [ 'user', 'permit', 'held-hans@decorumsoft.com', '--workspace', 'Heldland', '--permission', 'view_users' ]) {
        is +(admin('--company', 'Decorumsoft', @$_))[0], 0, "@$_[0, 1]";
    }
    $connection = kept($hans);
    like $connection->env($hans)->{BRAZE_WORKSPACES}, qr/Heldland/, 'a workspace';
    admin('--company', 'Decorumsoft', 'workspace', 'rename', 'Heldland', 'Newland');
    like $connection->env($hans)->{BRAZE_WORKSPACES}, qr/Heldland/, '(the control: nobody in this process knows better yet)';
    is connection()->ask('/page.html', person('held-ida')), 200, 'somebody who has signed in since';
    like $connection->env($hans)->{BRAZE_WORKSPACES}, $ALONE ? qr/Heldland/ : qr/Newland/, 'and its new name is told to those who were there before';
    is $connection->ask('/editors/page.html', $hans), 403, 'in no group';
    is $connection->ask('/editors/page.html', $hans), 403, 'nor the next time';
}

# --- several requests at once on one connection --------------------------------------------------------

# httpd may write an answer, and its line in the log, when the next request has been read already.
{
    my $cid = person('held-cid');
    my @order = (($ada) x 3, ($bob) x 3, $ada, $ada, 'nobody', (map { my $n = $_; map { ($_) x $n } $ada, $bob, $cid } 3, 2, 2, 3), $ada);
    my $socket = IO::Socket::INET->new(PeerAddr => $node{hour}->base =~ s{http://}{}r, Timeout => 10) or die "connect: $!";
    my $n = 0;
    print {$socket} join '', map {
        "GET /page.html?at-once-" . $n++ . " HTTP/1.1\r\nHost: one.example\r\nCookie: braze_session=$_\r\n" . ($n == @order ? "Connection: close\r\n" : '') . "\r\n"
    } @order;
    my $answer = do { local $/ = undef; <$socket> };
    my @codes = $answer =~ m{HTTP/1\.1 (\d+) }g;
    is "@codes", join(' ', map { $_ eq 'nobody' ? 303 : 200 } @order), 'each is answered for itself';
    my @lines;
    wait_until {
        open my $log, '<', "$work/visits-hour" or die "$work/visits-hour: $!";
        @lines = map { m{\A\d+ \d+ \d+ (\S+) \?at-once-(\d+)$} ? [ $2, $1 ] : () } <$log>;
        @lines == @order;
    } 10;
    my %name = ($ada => 'held-ada@decorumsoft.com', $bob => 'held-bob@decorumsoft.com', $cid => 'held-cid@decorumsoft.com', nobody => '-');
    is_deeply [ map { $_->[1] } sort { $a->[0] <=> $b->[0] } @lines ], [ map { $name{$_} } @order ], 'and written down as what it was';
}

unlike $_->log, qr/exit signal|braze_\w+:error\]/, 'nothing went wrong' for values %node;

done_testing;
