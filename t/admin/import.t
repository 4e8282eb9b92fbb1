#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# user import: what a CSV file may look like, what is wrong with rows, running it again.
use strict;
use warnings;
use utf8;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Encode ();
use Test::More;

my $dir = scratch();

sub file { my ($text) = @_; our $files++; return spew("$dir/import$files.csv", Encode::encode_utf8($text)) }
sub names { my ($db) = @_; return sort map { $_->{user_name} } @{ $db->data(qw(user list)) } }

# The answer of an import with bad rows: exit 1, and one line on standard error for each of them.
sub import_bad {
    my ($db, @words) = @_;
    my $got = $db->command('--json', qw(user import), @words);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $got->{code}, 1, 'exit 1';
    my $answer = decoded($got->{out});
    my @said   = split /\n/, $got->{err};
    like pop @said, qr/\Abraze-admin: $answer->{bad} of $answer->{rows} rows are bad: mend them/, 'the last line counts them';
    is scalar @said, $answer->{bad}, 'one line for each bad row' or diag $got->{err};
    return $answer;
}

sub prepare {
    my ($db) = @_;
    $db->works(qw(company add Decorumsoft));
    $db->works(qw(workspace add), $_) for qw(Marketing Sales);
    $db->works(qw(permission-set add Readers view_campaigns));
    $db->works(qw(permission-set add Editors edit_campaigns));
    return;
}

sub fields {
    my ($db) = @_;
    my $file = file(<<'C');
Email,First Name,last-name,DEPARTMENT,external_id,confirmed,active,workspace,permission_sets,company_permission
 ann@decorumsoft.com ,Ann,"O'Brien, ""Annie""",engineering,E-1,yes,,Marketing,Readers; Editors,
zoë@decorumsoft.com,Zoë,Søn,,,No,no,,,
root@decorumsoft.com,,,,,TRUE,1,,,admin
C
    my $dry = $db->data(qw(user import --dry-run), $file);
    is_deeply [ @$dry{qw(rows added there bad)} ], [ 3, 3, 0, 0 ], 'what would be done';
    ok $dry->{dry_run}, 'and that it was not';
    is $db->value('SELECT count(*) FROM braze_user'), 0, 'nobody is there';
    is $db->value(q{SELECT count(*) FROM braze_event WHERE name = 'Added Account'}), 0, 'nor in the audit trail';

    like $db->works(qw(user import), $file), qr/: 3 rows: 3 added, 0 there already, 0 bad\n\z/, 'done';
    my $ann = $db->data(qw(user show ann@decorumsoft.com));
    is_deeply [ @$ann{qw(given_name family_name department external_id source)} ],
        [ 'Ann', q{O'Brien, "Annie"}, 'engineering', 'E-1', 'operator' ], 'texts as they stand, without the blanks around them';
    ok $ann->{confirmed} && $ann->{active}, 'confirmed; an empty cell is the default';
    is scalar @{ $ann->{grants} }, 2, 'two permission sets of one cell';
    is $db->value(q{SELECT count(DISTINCT permission) FROM braze_user_permission WHERE user_name = 'ann@decorumsoft.com'}), 2, 'as an application sees them';
    my ($zoe) = grep { ($_->{given_name} // '') eq 'Zoë' } @{ $db->data(qw(user list)) };
    ok !$zoe->{active} && !$zoe->{confirmed}, 'no is no';
    ok $db->data(qw(user show root@decorumsoft.com))->{admin}, 'an administrator';
    my @events = @{ $db->data(qw(event list), '--event', 'Added Account') };
    is scalar @events, 3, 'each in the audit trail';
    is_deeply [ sort map { $_->{user_name} } @events ], [ names($db) ], 'by name';
    like $events[0]{actor}, qr/\Aoperator:/, 'whose doing';

    my $again = $db->data(qw(user import), $file);
    is_deeply [ @$again{qw(added there bad)} ], [ 0, 3, 0 ], 'again: everybody is there';
    is $db->value('SELECT count(*) FROM braze_user'), 3, 'and once only';
    is $db->value(q{SELECT count(*) FROM braze_event WHERE name = 'Added Account'}), 3, 'no new event';
    return;
}

sub defaults {
    my ($db) = @_;
    my $file = file("email,workspace\na\@d.test,\nb\@d.test,Sales\n");
    $db->works(qw(user import --workspace Marketing --permission-set Readers --confirmed), $file);
    for (['a@d.test', 'Marketing'], ['b@d.test', 'Sales']) {
        my ($name, $workspace) = @$_;
        my $user = $db->data(qw(user show), $name);
        is $user->{grants}[0]{workspace}, $workspace, "$name: the row goes before the option";
        ok $user->{confirmed}, 'and takes the others';
    }
    return;
}

sub bad_rows {
    my ($db) = @_;
    my $file = file(<<'C' . qq{late\@d.test,"unclosed\n});
email,first_name,workspace,confirmed
good1@d.test,A,,
nonsense,B,,
,C,,
good2@d.test,D,Nowhere,
good3@d.test,E,,perhaps
GOOD1@D.test,F,,
short@d.test
"two
lines@d.test",G,,
ok@d.test,"two
lines",,
x@d.test,in"side,,
y@d.test,"be"hind,,
last@d.test,Z,,
C
    my $answer = import_bad($db, $file);
    is $answer->{added}, 2, 'the good ones are in';
    is $answer->{rows}, 13, 'all were looked at';
    my %fault = map { $_->{row} => $_ } @{ $answer->{faults} };
    my %want = (3 => qr/"nonsense" is no e-mail address/, 4 => qr/there is no email/, 5 => qr/no workspace "Nowhere"/,
        6 => qr/confirmed "perhaps" is neither yes nor no/, 7 => qr/"GOOD1\@D\.test" stands in row 2 already/,
        8 => qr/it has 1 cells, the first row has 4/, 9 => qr/control character/, 10 => qr/first_name .*control character/s,
        11 => qr/a quote stands inside a cell/, 12 => qr/something stands behind a closing quote/, 14 => qr/a quote is not closed/);
    is_deeply [ sort { $a <=> $b } keys %fault ], [ sort { $a <=> $b } keys %want ], 'the bad ones by their numbers';
    like $fault{$_}{problem}, $want{$_}, "row $_" for sort { $a <=> $b } keys %want;
    is $fault{11}{line}, 13, 'and the line, where rows have several';
    is $fault{3}{line}, 3, 'or not';
    is_deeply [ names($db) ], [qw(good1@d.test last@d.test)], 'nobody of the bad ones';
    return;
}

sub forms {
    my ($db) = @_;
    my %file = (
        'byte order mark and CRLF' => qq{\x{feff}email,first_name\r\nbom\@d.test,B\r\n\r\n},
        'semicolons'               => qq{email;first_name;permission_set;workspace\nsemi\@d.test;"a;b";"Readers;Editors";Sales\n},
        'tabs'                     => qq{email\tfirst_name\ntab\@d.test\tT\n},
        'CR alone, no end'         => qq{email,first_name\rmac\@d.test,M},
        'one column'               => qq{email\none\@d.test\n},
        'empty rows'               => qq{email,first_name\n,\n\n  \nempty\@d.test,E\n,,\n},
        'another name of a column' => qq{user_name,given_name\nother\@d.test,O\n},
    );
    for my $what (sort keys %file) {
        my $answer = $db->data(qw(user import), file($file{$what}));
        is_deeply [ @$answer{qw(rows added bad)} ], [ 1, 1, 0 ], $what;
    }
    is $db->data(qw(user show semi@d.test))->{given_name}, 'a;b', 'a quoted separator';
    is $db->data(qw(user show bom@d.test))->{given_name}, 'B', 'no carriage return in a name';
    return;
}

sub refused {
    my ($db) = @_;
    my $columns = qr/email, first_name, last_name, department/;
    $db->fails(2, qr/the first row: there is none: it names the columns: $columns/, qw(user import), file(''));
    $db->fails(2, qr/column 2 "phone" is not known: .*$columns/, qw(user import), file("email,phone\na\@d.test,1\n"));
    $db->fails(2, qr/column 3 "E-mail" is not known/, qw(user import), file("email,first_name,E-mail\n"));
    $db->fails(2, qr/column 2 "EMAIL" stands there twice/, qw(user import), file("email,EMAIL\n"));
    $db->fails(2, qr/names no column "email"/, qw(user import), file("first_name\nA\n"));
    $db->fails(2, qr/is UTF-16: save it as CSV in UTF-8/, qw(user import), spew("$dir/16.csv", "\xff\xfee\0m\0"));
    $db->fails(3, qr{/nonexistent/x: cannot be read: No such file}, qw(user import /nonexistent/x));
    $db->fails(1, qr/cannot be read: Is a directory/, qw(user import), $dir);
    $db->fails(2, qr/--batch 0: say a whole number from 1 to 10000/, qw(user import --batch 0 x));
    my $latin = import_bad($db, spew("$dir/latin.csv", "email,first_name\na\@d.test,Zo\xeb\nnul\@d.test,a\0b\n"));
    like $latin->{faults}[0]{problem}, qr/it is not UTF-8: save the file as CSV in UTF-8/, 'Latin-1 is told';
    like $latin->{faults}[1]{problem}, qr/NUL/, 'so is a NUL';
    my $long = import_bad($db, file("email,first_name\na\@d.test," . 'x' x 5000 . "\nb\@d.test," . 'x' x 70000 . "\n" . ',' x 200000 . "\nc\@d.test,c\n"));
    is $long->{added}, 1, 'what follows is read';
    like $long->{faults}[0]{problem}, qr/is longer than 4096 bytes/, 'a long cell';
    like $long->{faults}[$_]{problem}, qr/longer than 65536 bytes|more than 64 cells/, 'a long record' for 1, 2;
    is $db->value('SELECT count(*) FROM braze_user'), 1, 'nobody else came in';
    return;
}

sub batches {
    my ($db) = @_;
    my $file = file("email\n" . join '', map {"u$_\@d.test\n"} 1 .. 1203);
    my $answer = $db->data(qw(user import --batch 100), $file);
    is_deeply [ @$answer{qw(rows added)} ], [ 1203, 1203 ], 'several batches';
    $db->works(qw(user delete), "u$_\@d.test") for 7, 600, 1203;
    $answer = $db->data(qw(user import), $file);
    is_deeply [ @$answer{qw(added there)} ], [ 3, 1200 ], 'only those who were missing';
    return;
}

# A run that is killed leaves whole batches and nothing else; the next one does the rest.
sub killed {
    my ($db) = @_;
    my $file = file("email\n" . join '', map {"k$_\@d.test\n"} 1 .. 20000);
    my $pid  = fork // die;
    if (!$pid) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec(($ENV{BRAZE_BUILDDIR} // '.') . '/braze-admin', '--driver', $db->{driver}, '--params', $db->{params},
            qw(user import --batch 50), $file) or exit 127;
    }
    my $there = 0;
    for (1 .. 400) {
        select undef, undef, undef, 0.02;
        $there = $db->value('SELECT count(*) FROM braze_user');
        last if $there > 100;
    }
    kill KILL => $pid;
    waitpid $pid, 0;
    $there = $db->value('SELECT count(*) FROM braze_user');
    cmp_ok $there, '>', 0, 'killed on the way';
    is $there % 50, 0, 'whole batches';
    is $db->value(q{SELECT count(*) FROM braze_event WHERE name = 'Added Account'}), $there, 'with their events';
    my $answer = $db->data(qw(user import), $file);
    is_deeply [ @$answer{qw(added there bad)} ], [ 20000 - $there, $there, 0 ], 'the rest';
    return;
}

for my $test (\&fields, \&defaults, \&bad_rows, \&forms, \&refused, \&batches, \&killed) {
    on_each_engine { my ($db) = @_; prepare($db); $test->($db) };
}

# A progress bar is for a terminal: none in a file, none in the way of messages.
{
    (grep { -x "$_/script" } split /:/, $ENV{PATH} // '') or die "script(1) is not here: apt-get install bsdutils\n";
    my $db   = AdminTest::sqlite();
    $db->works('migrate');
    $db->works(qw(company add D));
    my $file = file("email\n" . join('', map {"p$_\@d.test\n"} 1 .. 3000) . "bad\n");
    my $got  = $db->command(qw(user import), $file);
    unlike $got->{err}, qr/\r|%/, 'no bar in a file';
    my $admin = ($ENV{BRAZE_BUILDDIR} // '.') . '/braze-admin';
    my $seen = `script -qec "'$admin' --driver sqlite3 --params '$db->{params}' user import --dry-run '$file'" /dev/null 2>&1 </dev/null`;
    like $seen, qr/\r\[#* *\] +\d+%  \d+ rows/, 'a bar on a terminal';
    like $seen, qr/\r *\rbraze-admin: \S+ row 3002: "bad" is no e-mail address/, 'taken away before something is said';
}

done_testing;
