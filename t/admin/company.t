#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# company, workspace, team, permission-set, role.
use strict;
use warnings;
use utf8;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Encode ();
use Test::More;

my $id = qr/[0-9a-f]{8}(?:-[0-9a-f]{8}){3}/;

sub names { my ($list) = @_; return join ' ', map { $_->{name} } @$list }

sub companies {
    my ($db) = @_;
    $db->fails(3, qr/there is no company yet: braze-admin company add NAME/, qw(workspace list));
    is_deeply $db->data(qw(company list)), [], 'none at first';
    is $db->works(qw(company list)), "NAME  PROVISIONING  GOOGLE  ID\n", 'plain: the head only';
    like $db->works(qw(company add Decorumsoft)), qr/\Acompany "Decorumsoft" added: $id\n\z/, 'company add';
    $db->fails(4, qr/company "DECORUMSOFT": .*: choose another name/, qw(company add DECORUMSOFT));
    $db->fails(2, qr/company " ": /, 'company', 'add', ' ');
    my $shown = $db->data(qw(company show));
    like $shown->{id}, qr/\A$id\z/, 'id';
    is_deeply [ @$shown{qw(name google_sign_in provisioning default_workspace default_permission_set)} ],
        [ 'Decorumsoft', JSON::PP::false(), JSON::PP::false(), undef, undef ], 'company show';
    like $db->works(qw(company show decorumsoft)), qr/^Google sign-in +no$/m, 'plain, by name, regardless of case';
    is $db->value('SELECT name FROM braze_company WHERE id = ?', $shown->{id}), 'Decorumsoft', 'the row';

    my $other = $db->data('company', 'add', Encode::encode_utf8('Zoë & Söhne'), '--google', 'on');
    is $other->{google_sign_in}, JSON::PP::true(), '--google on';
    is names($db->data(qw(company list))), 'Decorumsoft Zoë & Söhne', 'both are listed';
    my $plain = Encode::decode_utf8($db->works(qw(company list)));
    my ($one, $two) = $plain =~ /^(Decorumsoft +)no .*^(Zoë & Söhne +)no/ms;
    is length $one, length $two, 'columns are aligned by characters';
    $db->fails(2, qr/there are several companies \("Decorumsoft", "Zo\xc3\xab & S\xc3\xb6hne"\): choose with --company/, qw(workspace list));
    $db->fails(3, qr/there is no company "Nobody": see braze-admin company list/, qw(workspace list --company Nobody));
    is_deeply $db->data(qw(workspace list --company DECORUMSOFT)), [], '--company chooses';

    $db->fails(2, qr/set what\? Give --name or --google/, qw(company set Decorumsoft));
    $db->fails(2, qr/are two companies/, qw(company set Decorumsoft --company Other --google on));
    $db->fails(2, qr/--google maybe: say on or off/, qw(company set Decorumsoft --google maybe));
    is $db->data(qw(company set --google off --company), Encode::encode_utf8('zoë & söhne'))->{google_sign_in},
        JSON::PP::false(), 'company set --google off';
    $db->fails(4, qr/company "Decorumsoft": .*choose another name/, qw(company set Decorumsoft --name), Encode::encode_utf8('ZOË & SÖHNE'));
    is $db->data(qw(company set --name Otherco --company), Encode::encode_utf8('Zoë & Söhne'))->{name}, 'Otherco', 'company set --name';
    is names($db->data(qw(company list))), 'Decorumsoft Otherco', 'renamed';
    return;
}

sub workspaces {
    my ($db) = @_;
    my @c = qw(--company Decorumsoft);
    like $db->works(qw(workspace add Marketing), @c), qr/\Aworkspace "Marketing" added: $id\n\z/, 'workspace add';
    $db->works(qw(workspace add Sales), @c);
    $db->fails(4, qr/workspace "marketing" of company "Decorumsoft": .*choose another name/, qw(workspace add marketing), @c);
    $db->works(qw(workspace add Marketing --company Otherco));
    is names($db->data(qw(workspace list), @c)), 'Marketing Sales', 'workspace list';
    is names($db->data(qw(workspace list --company Otherco))), 'Marketing', 'each company has its own';
    $db->fails(3, qr/company "Otherco" has no workspace "Sales": see braze-admin workspace list/,
        qw(workspace rename Sales X --company Otherco));
    $db->fails(3, qr/company "Otherco" has no workspace "Sales"/, qw(workspace delete Sales --company Otherco));
    like $db->works(qw(workspace rename sales Retail), @c), qr/\Aworkspace "Retail" renamed from "Sales": $id\n\z/, 'workspace rename';
    $db->fails(4, qr/workspace "Marketing" of company "Decorumsoft": /, qw(workspace rename Retail Marketing), @c);
    like $db->works(qw(workspace delete Retail), @c), qr/\Aworkspace "Retail" deleted/, 'workspace delete';
    is names($db->data(qw(workspace list), @c)), 'Marketing', 'it is gone';
    $db->works('workspace', 'add', @c, '--', '--dash');
    $db->works('workspace', 'delete', @c, '--', '--dash');

    is $db->data(qw(team add EMEA), @c)->{workspace}, 'Marketing', 'team add: the only workspace';
    $db->works(qw(workspace add Sales), @c);
    $db->fails(2, qr/company "Decorumsoft" has several workspaces: choose with --workspace NAME/, qw(team add EMEA), @c);
    $db->fails(4, qr/team "emea" of company/, qw(team add emea --workspace Marketing), @c);
    $db->works(qw(team add EMEA --workspace Sales), @c);
    is_deeply [ map {"$_->{workspace}/$_->{name}"} sort { $a->{workspace} cmp $b->{workspace} } @{ $db->data(qw(team list), @c) } ],
        [qw(Marketing/EMEA Sales/EMEA)], 'team list: of all workspaces';
    is_deeply [ map { $_->{workspace} } @{ $db->data(qw(team list --workspace Sales), @c) } ], ['Sales'], 'of one';
    $db->fails(3, qr/has no workspace "X"/, qw(team list --workspace X), @c);
    $db->works(qw(team rename EMEA Europe --workspace Sales), @c);
    $db->fails(3, qr/has no team "EMEA" in that workspace: see/, qw(team delete EMEA --workspace Sales), @c);
    $db->works(qw(team delete Europe --workspace Sales), @c);
    is names($db->data(qw(team list), @c)), 'EMEA', 'team delete';
    return;
}

sub sets {
    my ($db, $kind) = @_;
    my @c = qw(--company Decorumsoft);
    my $list = sub { [ map { [ $_->{name}, $_->{permissions} ] } @{ $db->data($kind, 'list', @c) } ] };
    $db->fails(2, qr/too few words: write braze-admin $kind add NAME PERMISSION \.\.\./, $kind, 'add', 'Editors', @c);
    $db->works($kind, 'add', 'Editors', qw(view_campaigns edit_campaigns view_campaigns), @c);
    is_deeply $list->(), [ [ 'Editors', [qw(view_campaigns edit_campaigns)] ] ], "$kind add: none twice";
    $db->fails(2, qr/"a b" is no permission: they look like view_campaigns/, $kind, 'add', 'Bad', 'a b', @c);
    $db->fails(2, qr/"" is no permission/, $kind, 'add', 'Bad', '', @c);
    $db->fails(4, qr/$kind "editors" of company "Decorumsoft": /, $kind, 'add', 'editors', 'x', @c);
    $db->fails(2, qr/edit what\? /, $kind, 'edit', 'Editors', @c);
    $db->works($kind, 'edit', 'Editors', 'view_segments', @c);
    is_deeply $list->(), [ [ 'Editors', ['view_segments'] ] ], "$kind edit replaces permissions";
    $db->works($kind, 'edit', 'Editors', '--name', 'Readers', @c);
    is_deeply $list->(), [ [ 'Readers', ['view_segments'] ] ], "$kind edit --name keeps them";
    like $db->works($kind, 'list', @c), qr/^Readers  $id  view_segments$/m, "$kind list, plain";
    $db->fails(3, qr/has no $kind "Editors": see braze-admin $kind list/, $kind, 'delete', 'Editors', @c);
    $db->works($kind, 'delete', 'Readers', @c);
    is_deeply $list->(), [], "$kind delete";
    return;
}

# What is used is not deleted.
sub in_use {
    my ($db) = @_;
    my @c = qw(--company Decorumsoft);
    $db->works(qw(permission-set add Editors view_campaigns), @c);
    $db->works(qw(jit default --workspace Marketing --permission-set Editors), @c);
    $db->fails(4, qr/workspace "Marketing" of company "Decorumsoft": .*take it away from users, tokens/, qw(workspace delete Marketing), @c);
    $db->fails(4, qr/permission-set "Editors" of company/, qw(permission-set delete Editors), @c);
    $db->works(qw(user add ada@decorumsoft.com --workspace Marketing --team EMEA --permission basic_access), @c);
    $db->fails(4, qr/team "EMEA" of company/, qw(team delete EMEA --workspace Marketing), @c);
    is $db->data(qw(company show), @c)->{default_permission_set}, 'Editors', 'company show has the defaults';
    return;
}

on_each_engine {
    my ($db) = @_;
    companies($db);
    workspaces($db);
    sets($db, $_) for qw(permission-set role);
    in_use($db);
    my @events = grep { $_->{name} eq 'Updated Settings' } @{ $db->data(qw(event list --count 1000 --company Decorumsoft)) };
    cmp_ok scalar(grep { ($_->{detail} // '') =~ /\Aworkspace "Retail" renamed from "Sales"\z/ } @events), '==', 1, 'changes stand in the audit trail';
};

done_testing;
