#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# event list by time, user, name and code, as a table, JSON and CSV; session list and end; domain; and
# everything that lists answers in JSON.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Test::More;

my ($yes, $no) = (JSON::PP::true(), JSON::PP::false());

sub add_event {
    my ($db, %value) = @_;
    our $events++;
    my $row = { id => sprintf('%08x-00000000-00000000-%08x', $value{at} / 1000, $events), company_id => $db->value('SELECT id FROM braze_company'),
        name => 'Signed In', %value };
    my @name = sort keys %$row;
    $db->dbh->do('INSERT INTO braze_event (' . join(', ', @name) . ') VALUES (' . join(', ', ('?') x @name) . ')', {}, @$row{@name});
    return;
}

# 2026-01-01, 02, … at noon in milliseconds.
sub day { my ($day) = @_; return (1767268800 + 86400 * ($day - 1)) * 1000 }

sub details { my ($db, @words) = @_; return join ' ', map { $_->{detail} } @{ $db->data(qw(event list), @words) } }

sub events {
    my ($db) = @_;
    $db->works(qw(user add ann@d.test --confirmed));
    my $ann = $db->data(qw(user show ann@d.test))->{id};
    $db->dbh->do('DELETE FROM braze_event');
    add_event($db, at => day(1), detail => 'a', user_name => 'ann@d.test', user_id => $ann);
    add_event($db, at => day(2), detail => 'b', user_name => 'gone@d.test', user_id => 'f' x 8);
    add_event($db, at => day(3), detail => 'c', name => 'Failed Login', code => 'user_inactive', user_name => 'ann@d.test', user_id => $ann, ip => '192.0.2.7');
    add_event($db, at => day(4), detail => 'd', name => 'Failed Login', code => 'replayed');
    add_event($db, at => day(5), detail => 'e', user_name => 'Ann@Old.test', user_id => $ann);
    is details($db), 'e d c b a', 'the newest first';
    is details($db, qw(--count 2)), 'e d', '--count';
    is details($db, qw(--since 2026-01-03)), 'e d c', '--since a date';
    is details($db, qw(--since 2026-01-03T12:00:00Z)), 'e d c', 'that moment is within';
    is details($db, qw(--since 2026-01-03T12:00:01Z)), 'e d', 'not the one before';
    is details($db, qw(--until 2026-01-03T12:00:00Z)), 'b a', '--until that moment, which is not within';
    is details($db, qw(--since 2026-01-02 --until 2026-01-04)), 'c b', 'both';
    is details($db, qw(--since 1h)), '', 'in the last hour: none';
    is details($db, qw(--until 1h)), 'e d c b a', 'before it: all';
    is details($db, qw(--user ann@d.test)), 'e c a', '--user: whatever they were called then';
    is details($db, '--user', $ann), 'e c a', 'by id';
    is details($db, qw(--user gone@d.test)), 'b', 'somebody who is not there any more';
    is details($db, qw(--user nobody@d.test)), '', 'nobody';
    is details($db, '--event', 'Failed Login'), 'd c', '--event';
    is details($db, qw(--code replayed)), 'd', '--code';
    is details($db, '--event', 'Failed Login', qw(--user ann@d.test --since 2026-01-01)), 'c', 'all together';
    is details($db, '--event', q{x' OR '1'='1}), '', 'no SQL in a name';
    $db->fails(2, qr/--since yesterday: write 90d, 12h, 2027-01-31 or/, qw(event list --since yesterday));
    $db->fails(2, qr/--csv and --json do not go together/, qw(event list --csv --json));

    add_event($db, at => day(6), detail => qq{=cmd|' /C x'!A0}, user_name => 'a,"b"', correlation => 'c-1');
    my @csv = split /\r\n/, $db->works(qw(event list --csv --count 4)), -1;
    is scalar @csv, 6, 'a head, the rows, an end of line behind the last';
    is $csv[0], 'at,event,user_name,user_id,code,actor,ip,correlation,detail', 'the head';
    is $csv[1], qq{2026-01-06T12:00:00.000Z,Signed In,"a,""b""",,,,,c-1,"'=cmd|' /C x'!A0"}, 'quotes; no formula for a spreadsheet';
    is $csv[4], "2026-01-03T12:00:00.000Z,Failed Login,ann\@d.test,$ann,user_inactive,,192.0.2.7,,c", 'a plain row';

    add_event($db, at => day(7), detail => "n$_") for 1 .. 1234;
    my @all = split /\r\n/, $db->works(qw(event list --csv --count 10000));
    is scalar @all, 1 + 1234 + 6, 'several pages';
    my %seen = map { $_ => 1 } @all;
    is scalar keys %seen, scalar @all, 'nothing twice';
    is scalar @{ $db->data(qw(event list --count 1001)) }, 1001, 'a count over the end of a page';
    return;
}

sub sessions {
    my ($db) = @_;
    $db->works(qw(user add), $_) for qw(ann@d.test bob@d.test);
    my $company = $db->value('SELECT id FROM braze_company');
    my $now     = time;
    my %id      = map { $_ => $db->data(qw(user show), "$_\@d.test")->{id} } qw(ann bob);
    my $begin   = sub {
        my ($who, $hex, $created, $expires) = @_;
        $db->dbh->do('INSERT INTO braze_session (session_hash, company_id, user_id, created_at, expires_at, last_seen_at, idp) VALUES (?, ?, ?, ?, ?, ?, ?)',
            {}, substr($hex x 64, 0, 64), $company, $id{$who}, 1000 * ($now - $created), 1000 * ($now + $expires), 1000 * $now, 'https://idp.test');
    };
    $begin->('ann', 'a1', 300, 3600);
    $begin->('ann', 'a2', 200, 3600);
    $begin->('bob', 'b1', 100, 3600);
    $begin->('bob', 'b2', 50,  -10);
    my $all = $db->data(qw(session list));
    is join(' ', map { $_->{id} } @$all), join(' ', map { $_ x 8 } qw(b1 a2 a1)), 'who is signed in, the newest first; not who was';
    is $all->[0]{user_name}, 'bob@d.test', 'by name';
    is $all->[0]{idp}, 'https://idp.test', 'and by whom';
    is scalar @{ $db->data(qw(session list --count 1)) }, 1, '--count';
    is scalar @{ $db->data(qw(session list ANN@d.test)) }, 2, 'of one user';
    $db->fails(3, qr/no user "eve\@d\.test"/, qw(session list eve@d.test));
    like $db->works(qw(session list)), qr/^USER +SIGNED IN .*^bob\@d\.test /ms, 'a table';

    $db->fails(2, qr/whose sessions\?/, @$_) for [qw(session end)], [qw(session end ann@d.test --all)], ['session', 'end', '--all', '--session', 'a1' x 8];
    $db->fails(2, qr/give the id that braze-admin session list shows/, qw(session end --session), $_) for 'a1', 'xyz' x 8, 'A1' x 8, 'a1' x 33;
    $db->fails(3, qr/no session begins with/, qw(session end --session), 'c1' x 8);
    is $db->works('session', 'end', '--session', 'a1' x 8), qq{1 session of user "ann\@d.test" ended\n}, 'one browser';
    is join(' ', map { $_->{id} } @{ $db->data(qw(session list)) }), join(' ', map { $_ x 8 } qw(b1 a2)), 'the others stay';
    is_deeply $db->data(qw(session end ann@d.test)), { ended => 1 }, 'a user';
    is_deeply $db->data(qw(session end ann@d.test)), { ended => 0 }, 'who has none left';
    $begin->('ann', 'a3', 10, 3600);
    is_deeply $db->data(qw(session end --all)), { ended => 3 }, 'everybody, with what had expired';
    is $db->value('SELECT count(*) FROM braze_session'), 0, 'no row is left';
    # As the modules write them: the time first. Two logins of one millisecond begin alike, and are shown apart.
    my $of = sub { my ($end) = @_; return '1a2052a5706' . substr $end x 9, 0, 53 };
    $begin->(@$_, 300, 3600) for [ 'ann', $of->('0123ab') ], [ 'bob', $of->('0123bc') ], [ 'bob', $of->('fedcba') ];
    $db->fails(4, qr/more than one session begins with $_: see/, qw(session end --session), $_) for '1a2052a5', '1a2052a5706', '1a2052a57060123';
    is $db->value('SELECT count(*) FROM braze_session'), 3, 'and none of them ended';
    my %shown = map { $_->{id} => $_->{user_name} } @{ $db->data(qw(session list)) };
    is_deeply \%shown, { '1a2052a57060123a' => 'ann@d.test', '1a2052a57060123b' => 'bob@d.test', '1a2052a5706fedcb' => 'bob@d.test' }, 'what is shown tells them apart';
    is $db->works(qw(session end --session 1a2052a57060123b)), qq{1 session of user "bob\@d.test" ended\n}, 'and ends one';
    is $db->works(qw(session end --session 1a2052a5706f)), qq{1 session of user "bob\@d.test" ended\n}, 'as does less that is one only';
    is_deeply [ map { $_->{id} } @{ $db->data(qw(session list)) } ], ['1a2052a57060123a'], 'the other is there';
    # Of version 3: the whole digest.
    $begin->('ann', 'd4c3', 10, 3600);
    is $db->works(qw(session end --session d4c3d4c3d4c3d4c3)), qq{1 session of user "ann\@d.test" ended\n}, 'one of before';
    is_deeply $db->data(qw(session end --all)), { ended => 1 }, 'what is left';
    my @events = map { [ @$_{qw(user_name detail)} ] } @{ $db->data('event', 'list', '--event', 'Signed Out') };
    is_deeply [ sort map { join ':', map { $_ // '' } @$_ } @events ],
        [ ':1 session ended', ':3 sessions ended', ('ann@d.test:1 session ended') x 3, ('bob@d.test:1 session ended') x 2 ],
        'the audit trail; nothing where nothing was ended';
    return;
}

sub other_company {
    my ($db) = @_;
    my ($company) = map { $_->{id} } grep { $_->{name} eq 'D' } @{ $db->data(qw(company list)) };
    $db->works(qw(company add Other));
    $db->works(qw(user add ann@d.test --company D));
    my $ann = $db->data(qw(user show ann@d.test --company D))->{id};
    $db->dbh->do('INSERT INTO braze_session (session_hash, company_id, user_id, created_at, expires_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)',
        {}, 'a1' x 32, $company, $ann, 1000 * time, 1000 * (time + 3600), 1000 * time);
    is scalar @{ $db->data(qw(session list --company Other)) }, 0, 'another company has none of our sessions';
    $db->fails(3, qr/no session begins/, qw(session end --company Other --session), 'a1' x 8);
    $db->fails(3, qr/no user/, qw(session end ann@d.test --company Other));
    is $db->data(qw(session end --all --company Other))->{ended}, 0, 'nor ends them';
    is details($db, qw(--company Other --user), $ann), '', 'nor sees events of our people';
    is scalar @{ $db->data(qw(session list --company D)) }, 1, 'it is there';
    return;
}

sub domains {
    my ($db) = @_;
    is_deeply $db->data(qw(domain list)), [], 'no domain';
    $db->works(qw(domain allow Example.test other.test));
    is_deeply $db->data(qw(domain list)), $db->data(qw(jit list-domains)), 'jit knows the same';
    is_deeply [ map { $_->{domain} } @{ $db->data(qw(domain list)) } ], [qw(example.test other.test)], 'allowed';
    $db->works(qw(domain remove EXAMPLE.test));
    is_deeply $db->data(qw(domain list)), [ { domain => 'other.test', confirmed => $no, excepted => $yes } ], 'removed';
    $db->fails(3, qr/is not excepted: see braze-admin domain list/, qw(domain remove example.test));
    return;
}

sub everything_that_lists {
    my ($db) = @_;
    $db->works(qw(workspace add W));
    my ($commands) = braze_admin('help')->{out} =~ /^Commands:\n(.*?)^$/ms;
    my @lists = $commands =~ /^  ([a-z-]+ list[a-z-]*) /mg;
    cmp_ok scalar @lists, '>=', 11, 'there are commands that list';
    is ref $db->data(split / /, $_), 'ARRAY', "$_: an array" for @lists;
    return;
}

for my $test (\&events, \&sessions, \&other_company, \&domains, \&everything_that_lists) {
    on_each_engine { my ($db) = @_; $db->works(qw(company add D)); $test->($db) };
}
done_testing;
