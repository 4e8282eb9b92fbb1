#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# user: add, list, show, confirm, suspend, restore, permit, delete; and that concurrent changes are not lost.
use strict;
use warnings;
use utf8;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Encode ();
use Test::More;

my $id = qr/[0-9a-f]{8}(?:-[0-9a-f]{8}){3}/;
my ($yes, $no) = (JSON::PP::true(), JSON::PP::false());

sub atoms {
    my ($user) = @_;
    my @atoms = map {
        my $atom = $_;
        join ' ', map {"$_=$atom->{$_}"} grep { defined $atom->{$_} } qw(workspace team role permission_set permission)
    } @{ $user->{grants} };
    return [ sort @atoms ];
}

sub events {
    my ($db, $user) = @_;
    return join ' | ', reverse map { $_->{name} } grep { ($_->{user_name} // '') eq $user }
        @{ $db->data(qw(event list --count 1000)) };
}

sub prepare {
    my ($db) = @_;
    $db->works(@$_) for [qw(company add Decorumsoft)], [qw(workspace add Marketing)], [qw(workspace add Sales)],
        [qw(team add EMEA --workspace Marketing)], [qw(permission-set add Editors view_campaigns edit_campaigns)],
        [qw(role add Auditor view_billing_details)];
    return;
}

sub adding {
    my ($db) = @_;
    like $db->works(qw(user add ada@decorumsoft.com)), qr/\Auser "ada\@decorumsoft\.com" added, not confirmed: $id\n\z/, 'user add';
    my $ada = $db->data(qw(user show ada@decorumsoft.com));
    is_deeply [ @$ada{qw(user_name email active confirmed impersonation admin source version last_sign_in_at given_name)} ],
        [ 'ada@decorumsoft.com', 'ada@decorumsoft.com', $yes, $no, $no, $no, 'operator', 1, undef, undef ], 'user show';
    is_deeply $ada->{grants}, [], 'without permissions';
    like $ada->{created_at}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/, 'times';
    $db->fails(4, qr/user "ADA\@decorumsoft\.com" of company "Decorumsoft": .*choose another name/, qw(user add ADA@decorumsoft.com));
    $db->fails(2, qr/"ada" is no e-mail address/, qw(user add ada));
    $db->fails(3, qr/user "x\@y\.de" of company "Decorumsoft": company "Decorumsoft" has no workspace "Nowhere"/,
        qw(user add x@y.de --workspace Nowhere));
    my $grace = $db->data(qw(user add grace@decorumsoft.com --confirmed --first-name), Encode::encode_utf8('Gräce'),
        qw(--last-name Hopper --department engineering --company-permission admin --role Auditor --workspace Marketing
            --permission-set Editors --permission view_pii));
    is_deeply [ @$grace{qw(given_name family_name department confirmed admin)} ], [ 'Gräce', 'Hopper', 'engineering', $yes, $yes ],
        'user add with everything';
    is_deeply atoms($db->data(qw(user show grace@decorumsoft.com))),
        [ 'permission=admin', 'role=Auditor', 'workspace=Marketing permission=view_pii', 'workspace=Marketing permission_set=Editors' ],
        'permissions by name';
    like $db->works(qw(user show grace@decorumsoft.com)),
        qr/^Permissions    company: admin\n +company: role Auditor\n +workspace Marketing: view_pii\n +workspace Marketing: set Editors\n\z/m,
        'and plain';
    is $db->value('SELECT count(*) FROM braze_user_grant WHERE user_id = ?
        AND (permission IS NOT NULL OR permission_set_id IS NOT NULL OR role_id IS NOT NULL)', $grace->{id}), 4, 'rows for applications';
    is $db->data('user', 'show', $ada->{id})->{user_name}, 'ada@decorumsoft.com', 'found by id';
    is $db->data(qw(user show ADA@DECORUMSOFT.COM))->{id}, $ada->{id}, 'found regardless of case';
    is_deeply [ map { $_->{user_name} } @{ $db->data(qw(user list)) } ], [qw(ada@decorumsoft.com grace@decorumsoft.com)], 'user list';
    is scalar @{ $db->data(qw(user list --count 1)) }, 1, '--count';
    $db->fails(2, qr/--count $_: say a whole number from 1 to/, qw(user list --count), $_) for '0', 'x', '1x', '';
    like $db->works(qw(user list)), qr/^ada\@decorumsoft\.com    yes +no +no +operator  - +$id$/m, 'user list, plain';
    return;
}

sub permitting {
    my ($db) = @_;
    my @ada = qw(user permit ada@decorumsoft.com);
    my $atoms = sub { atoms($db->data(@ada, @_)) };
    $db->fails(2, qr/permit what\?/, @ada);
    $db->fails(2, qr/--clear and --remove do not go together/, @ada, qw(--clear --remove));
    $db->fails(2, qr/has several workspaces: choose with --workspace/, @ada, qw(--permission view_pii));
    $db->fails(2, qr/"a b" is no permission/, @ada, qw(--workspace Sales --permission), 'a b');
    $db->fails(3, qr/has no permission-set "X"/, @ada, qw(--workspace Sales --permission-set X));
    $db->fails(3, qr/has no role "X"/, @ada, qw(--role X));
    $db->fails(3, qr/has no team "EMEA" in that workspace/, @ada, qw(--workspace Sales --team EMEA));
    $db->fails(2, qr/--permission-set goes with a workspace, not with a team/, @ada, qw(--workspace Marketing --team EMEA --permission-set Editors));
    is_deeply atoms($db->data(qw(user show ada@decorumsoft.com))), [], 'nothing was half done';
    is $db->data(qw(user show ada@decorumsoft.com))->{version}, 1, 'nor written';

    is_deeply $atoms->(qw(--workspace Sales)), ['workspace=Sales'], 'a member';
    is_deeply $atoms->(qw(--workspace Marketing --permission view_pii --permission view_campaigns --permission-set Editors)),
        [ 'workspace=Marketing permission=view_campaigns', 'workspace=Marketing permission=view_pii',
        'workspace=Marketing permission_set=Editors', 'workspace=Sales' ], 'added to what was there';
    is_deeply $atoms->(qw(--workspace marketing --team emea --permission basic_access)),
        [ 'workspace=Marketing permission=view_campaigns', 'workspace=Marketing permission=view_pii',
        'workspace=Marketing permission_set=Editors', 'workspace=Marketing team=EMEA permission=basic_access', 'workspace=Sales' ],
        'in a team';
    is_deeply $atoms->(qw(--remove --workspace Marketing --permission view_pii --permission-set Editors --permission absent)),
        [ 'workspace=Marketing permission=view_campaigns', 'workspace=Marketing team=EMEA permission=basic_access', 'workspace=Sales' ],
        'taken away';
    is_deeply $atoms->(qw(--remove --workspace Marketing --team EMEA)),
        [ 'workspace=Marketing permission=view_campaigns', 'workspace=Sales' ], 'a team with all in it';
    is_deeply $atoms->(qw(--remove --workspace Marketing)), ['workspace=Sales'], 'a workspace with all in it';
    is_deeply $atoms->(qw(--clear --role Auditor)), ['role=Auditor'], '--clear goes first';
    is_deeply $atoms->(qw(--clear)), [], '--clear alone';
    is $db->value(q{SELECT permissions FROM braze_user WHERE user_name_key = 'ada@decorumsoft.com'}), '{}', 'the empty form';
    like events($db, 'ada@decorumsoft.com'), qr/\AAdded Account \| (?:Updated Account Permission(?: \| )?)+\z/, 'the audit trail';
    return;
}

sub living {
    my ($db) = @_;
    like $db->works(qw(user confirm ada@decorumsoft.com)), qr/ confirmed: $id\n\z/, 'user confirm';
    is $db->data(qw(user show ada@decorumsoft.com))->{confirmed}, $yes, 'confirmed';
    my $ada = $db->data(qw(user show ada@decorumsoft.com));
    my ($company) = map { $_->{id} } @{ $db->data(qw(company list)) };
    my $later = 1000 * (time + 3600);
    $db->dbh->do('INSERT INTO braze_session (company_id, user_id, session_hash, created_at, expires_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)',
        {}, $company, $ada->{id}, 'a' x 64, 1000 * time, $later, 1000 * time);
    is $db->data(qw(user suspend ada@decorumsoft.com))->{active}, $no, 'user suspend';
    is $db->value('SELECT count(*) FROM braze_session WHERE user_id = ?', $ada->{id}), 0, 'ends sessions';
    is $db->data(qw(user restore ada@decorumsoft.com))->{active}, $yes, 'user restore';
    like events($db, 'ada@decorumsoft.com'), qr/Updated Account \| Developer Suspended \| Developer Unsuspended\z/, 'the audit trail';
    my ($event) = @{ $db->data(qw(event list --count 1)) };
    is_deeply [ @$event{qw(name user_name user_id actor ip code)} ],
        [ 'Developer Unsuspended', 'ada@decorumsoft.com', $ada->{id}, 'operator:' . getpwuid($<), undef, undef ], 'who did what to whom';
    if (!$<) {
        local $ENV{SUDO_USER} = "lin\e[1m da";
        $db->works(qw(user confirm ada@decorumsoft.com));
        is $db->data(qw(event list --count 1))->[0]{actor}, 'operator:lin__1m_da', 'the person behind sudo';
    }

    my @last = (4, qr/user "grace\@decorumsoft\.com": .*make somebody else an administrator first/);
    $db->fails(@last, qw(user suspend grace@decorumsoft.com));
    $db->fails(@last, qw(user delete grace@decorumsoft.com));
    $db->fails(@last, qw(user permit grace@decorumsoft.com --remove --company-permission admin));
    is $db->data(qw(user show grace@decorumsoft.com))->{admin}, $yes, 'the last administrator stays';
    $db->works(qw(user permit ada@decorumsoft.com --company-permission admin));
    $db->works(qw(user delete grace@decorumsoft.com));
    $db->fails(3, qr/company "Decorumsoft" has no user "grace\@decorumsoft\.com": see braze-admin user list/, 'user', $_, 'grace@decorumsoft.com')
        for qw(show confirm suspend restore delete);
    like events($db, 'grace@decorumsoft.com'), qr/\| Removed Account\z|\AAdded Account \| Removed Account\z/, 'the audit trail knows of it';

    $db->works(qw(company add Otherco));
    $db->fails(3, qr/company "Otherco" has no user/, qw(user show ada@decorumsoft.com --company Otherco));
    $db->fails(3, qr/company "Otherco" has no user/, 'user', 'delete', $ada->{id}, '--company', 'Otherco');
    return;
}

# Ten at once, each with a permission of its own: all ten are there.
sub at_once {
    my ($db) = @_;
    my @c = qw(--company Decorumsoft);
    $db->works(qw(user add many@decorumsoft.com --workspace Sales), @c);
    delete($db->{dbh})->disconnect if $db->{dbh};
    my @pids = map {
        my $n   = $_;
        my $pid = fork // die;
        if (!$pid) {
            open STDOUT, '>', '/dev/null' or die;
            exec +($ENV{BRAZE_BUILDDIR} // '.') . '/braze-admin', '--driver', $db->{driver}, '--params', $db->{params},
                qw(user permit many@decorumsoft.com --workspace Sales --permission), "own_$n", @c
                or exit 127;
        }
        $pid;
    } 1 .. 10;
    my $failed = 0;
    for (@pids) { waitpid $_, 0; $failed++ if $? }
    is $failed, 0, 'ten changes at once: all succeed';
    my $user = $db->data(qw(user show many@decorumsoft.com), @c);
    is_deeply atoms($user), [ sort map {"workspace=Sales permission=own_$_"} 1 .. 10 ], 'and none is lost';
    is $user->{version}, 11, 'each is one version';
    return;
}

# More than one page of users.
sub many {
    my ($db) = @_;
    my ($company) = map { $_->{id} } grep { $_->{name} eq 'Otherco' } @{ $db->data(qw(company list)) };
    my $dbh = $db->dbh;
    my %row     = %{ $dbh->selectrow_hashref('SELECT * FROM braze_user LIMIT 1') };
    my @columns = sort keys %row;
    my $sql = sprintf 'INSERT INTO braze_user (%s) VALUES (%s)', join(', ', @columns), join(', ', map {'?'} @columns);
    $dbh->begin_work;
    for my $n (1 .. 1203) {
        my $mail = sprintf 'user%04d@other.example', $n;
        local @row{qw(id company_id user_name user_name_key email email_key email_domain permissions)} =
            (sprintf('00000000-00000000-00000000-%08x', $n), $company, ($mail) x 4, 'other.example', '{}');
        $dbh->do($sql, {}, @row{@columns});
    }
    $dbh->commit;
    my $list = $db->data(qw(user list --company Otherco));
    is_deeply [ map { $_->{user_name} } @$list ], [ map { sprintf 'user%04d@other.example', $_ } 1 .. 1203 ], 'all pages, in order';
    is scalar @{ $db->data(qw(user list --count 501 --company Otherco)) }, 501, '--count over a page';
    return;
}

on_each_engine {
    my ($db) = @_;
    prepare($db);
    adding($db);
    permitting($db);
    living($db);
    at_once($db);
    many($db);
};

done_testing;
