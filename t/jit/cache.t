# SPDX-License-Identifier: Apache-2.0
# BrazeJitSessionCache: how late a deactivation is seen, and that nothing else depends on it.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Node;

make_page('page.html', 'the page');
make_dump();
my $base = base_url();
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
</Location>
<Location "/idle">
    BrazeJitSessionIdle 10s
</Location>
<Location "/free/other">
    BrazeCompany        "Otherco"
</Location>
<Location "/editors">
    Require braze-group Editors
</Location>
C
my $work = work_dir();
my %node = (
    plain => BrazeTest::Node->start('nottl', "BrazeJitSessionCache shmcb:$work/c1(512000)\n$conf"),
    second => BrazeTest::Node->start('ttl', "BrazeJitSessionCache shmcb:$work/c2(512000) 1s\n$conf"),
    hour => BrazeTest::Node->start('longttl', "BrazeJitSessionCache shmcb:$work/c3(512000) 3600\n$conf"),
);

# person(name): somebody with a session; gives the Cookie header's value.
sub person {
    my ($name, @names) = @_;
    my $try = login('/', email => "$name\@decorumsoft.com", names => \@names);
    return (cookie_of($try->{res}))[0];
}
sub code { my ($node, $cookie, $path) = @_; return browser()->get($node{$node}->url($path // '/page.html'), Cookie => $cookie)->code }
sub suspend { my ($name) = @_; my ($status) = admin('--company', 'Decorumsoft', 'user', 'suspend', "$name\@decorumsoft.com"); die if $status; return time }

# --- without a time the rows are asked each time ---
my $one = person('cache1');
is code('plain', $one), 200, 'a cache without a time';
suspend('cache1');
is code('plain', $one), 303, 'a deactivation is seen at once';

# --- with a time it is seen when that is over, at the latest ---
my $two = person('cache2');
is code('second', $two), 200, 'a cache of a second';
suspend('cache2');
is code('second', $two), 200, 'within that time an entry is believed';
ok wait_until(sub { code('second', $two) == 303 }, 2), 'and no longer' or diag $node{second}->log;

# --- what is kept is whole ---
my $three = person('cache3', 'Zoë;A', 'Ж\\');
my $fresh  = dump_at(browser(), $node{hour}->url('/cgi/dump'), Cookie => $three)->{env};
my $cached = dump_at(browser(), $node{hour}->url('/cgi/dump'), Cookie => $three)->{env};
is_deeply { map { $_ => $cached->{$_} } grep {/BRAZE|REMOTE_USER/} keys %$cached }, { map { $_ => $fresh->{$_} } grep {/BRAZE|REMOTE_USER/} keys %$fresh },
    'from the cache comes what came from the row';
is $cached->{BRAZE_FIRST_NAME}, Encode::encode_utf8('Zoë;A'), 'names and all';
dbh()->do(q{UPDATE braze_user SET given_name = 'Changed' WHERE user_name_key = 'cache3@decorumsoft.com'});
is dump_at(browser(), $node{hour}->url('/cgi/dump'), Cookie => $three)->{env}{BRAZE_FIRST_NAME}, Encode::encode_utf8('Zoë;A'),
    '(the control: it was the cache that answered)';

# --- signing out, age and idleness do not wait ---
browser()->post($node{hour}->url('/auth/saml/logout'), [], Cookie => $three);
is code('hour', $three), 303, 'who signs out is out at once';
my $five = person('cache5');
dbh()->do(q{UPDATE braze_session SET expires_at = ? WHERE user_id = ?}, undef, 1000 * time + 1500, user_of('cache5@decorumsoft.com')->{id});
is code('hour', $five), 200, 'a session that ends soon is kept';
my $ended = wait_until { code('hour', $five) == 303 } 3;
ok $ended, 'and not believed past its end';
my $six = person('cache6');
dbh()->do(q{UPDATE braze_session SET last_seen_at = ? WHERE user_id = ?}, undef, 1000 * (time - 60), user_of('cache6@decorumsoft.com')->{id});
is code('hour', $six), 200, 'unused for a minute';
is code('hour', $six, '/idle/page.html'), 303, 'is too long where ten seconds are the most, cache or not';
my $used = person('cache6b');
dbh()->do(q{UPDATE braze_session SET last_seen_at = ? WHERE user_id = ?}, undef, 1000 * (time - 1000), user_of('cache6b@decorumsoft.com')->{id});
sub seen_at { return row('SELECT last_seen_at FROM braze_session WHERE user_id = ?', user_of('cache6b@decorumsoft.com')->{id})->{last_seen_at} }
is code('hour', $used), 200, 'unused for a quarter of an hour';
cmp_ok my $seen = seen_at(), '>', 1000 * (time - 100), 'is noted as used';
dbh()->do(q{UPDATE braze_user SET given_name = 'Changed' WHERE user_name_key = 'cache6b@decorumsoft.com'});
is dump_at(browser(), $node{hour}->url('/cgi/dump'), Cookie => $used)->{env}{BRAZE_FIRST_NAME}, undef, 'and what was read then is what the cache has';
is seen_at(), $seen, 'which knows that it is noted';

# --- each process has copies of its own: who signs out is out in all of them ---
{
    $node{crowd} = BrazeTest::Node->start('crowd', <<"C" . $conf);
BrazeJitSessionCache shmcb:$work/c4(512000) 3600
StartServers 3
LogFormat "%P %>s %q" child
CustomLog "$work/children" child
C
    # who(cookie): asks until three processes have answered twice; {pid => [statuses]}. A line may be written after
    # the next who has begun, so each has a mark of its own.
    my $asked = 0;
    my $who = sub {
        my ($cookie) = @_;
        my $mark = 'ask=' . ++$asked;
        my %answers;
        wait_until {
            code('crowd', $cookie, "/page.html?$mark");
            open my $log, '<', "$work/children" or die "$work/children: $!";
            %answers = ();
            while (<$log>) { push @{ $answers{$1} }, $2 if m{\A(\d+) (\d+) \?$mark$} }
            2 < grep { @$_ > 1 } values %answers;
        } 20;
        return \%answers;
    };
    my $everywhere = person('cache7');
    my $in = $who->($everywhere);
    cmp_ok scalar keys %$in, '>=', 3, 'processes that have read the entry twice';
    is_deeply [ grep { $_ != 200 } map {@$_} values %$in ], [], 'and let it in';
    suspend('cache7');
    is code('crowd', $everywhere), 200, '(the control: it is not the row that answers)';
    my ($bystander) = map { person($_) } 'cache7b';
    $who->($bystander);
    browser()->post($node{crowd}->url('/auth/saml/logout'), [], Cookie => $everywhere);
    my $out = $who->($everywhere);
    cmp_ok scalar keys %$out, '>=', 3, 'as many are asked after the sign-out';
    is_deeply [ grep { $_ != 303 } map {@$_} values %$out ], [], 'and none has a copy that counts';
    is_deeply [ grep { $_ != 200 } map {@$_} values %{ $who->($bystander) } ], [], 'somebody else stays in';
}

# --- companies and secrets ---
my $eight = person('cache8');
is code('hour', $eight), 200, 'an entry';
is code('hour', $eight, '/free/other/page.html'), 303, 'is not found by another company';
is code('hour', substr($eight, 0, -1) . ($eight =~ /A\z/ ? 'B' : 'A')), 303, 'nor by another secret';

# --- groups ---
my $gid = sprintf '0ccccccc-00000000-%08x-00000001', $$;
my $company = company_id('Decorumsoft');
dbh()->do('INSERT INTO braze_group(id, company_id, display_name, display_name_key, resource, created_at, modified_at, version)'
    . q{ VALUES(?, ?, 'Editors', 'editors', '{}', 0, 0, 1)}, undef, $gid, $company);
my $nine = person('cache9');
dbh()->do('INSERT INTO braze_group_member(group_id, company_id, user_id) VALUES(?, ?, ?)', undef, $gid, $company, user_of('cache9@decorumsoft.com')->{id});
is code('hour', $nine, '/editors/page.html') . code('hour', $nine, '/editors/page.html'), '200200', 'groups are kept with it';

# --- a session with more than an entry holds, and a restart ---
my $ten = person('cache10');
for my $n (1 .. 300) {
    my $id = sprintf '0ccccccd-00000000-%08x-%08x', $$, $n;
    dbh()->do('INSERT INTO braze_group(id, company_id, display_name, display_name_key, resource, created_at, modified_at, version)'
        . q{ VALUES(?, ?, ?, ?, '{}', 0, 0, 1)}, undef, $id, $company, "Group $n", "group $n");
    dbh()->do('INSERT INTO braze_group_member(group_id, company_id, user_id) VALUES(?, ?, ?)', undef, $id, $company, user_of('cache10@decorumsoft.com')->{id});
}
for (1 .. 2) {
    my @groups = split /;/, dump_at(browser(), $node{hour}->url('/cgi/dump'), Cookie => $ten)->{env}{BRAZE_GROUPS};
    is scalar @groups, 300, 'somebody in 300 groups';
}
$node{hour}->restart;
is code('hour', $_), 200, 'a restart empties the cache, not the sessions' for $nine, $ten;
unlike $node{hour}->log, qr/exit signal|:error\]/, 'nothing went wrong';

done_testing;
