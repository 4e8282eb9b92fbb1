# SPDX-License-Identifier: Apache-2.0
# BrazeJitMap: groups of the IdP become workspaces, permission sets, teams, roles and groups, once or at each login.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;

my $COMPANY = 'Decorumsoft';
sub in_company { return admin('--company', $COMPANY, @_) }
in_company('workspace', 'add', $_) for 'EU', 'US', 'APAC';
in_company('team', 'add', 'Berlin', '--workspace', 'EU');
in_company('permission-set', 'add', 'Marketers', 'edit_campaigns');
in_company('role', 'add', 'Auditor', 'manage_company_settings');

sub with { my ($where, $email, $groups, %opt) = @_; return login($where, email => $email, attributes => [ [ email => $email ], @$groups ? [ memberOf => @$groups ] : () ], %opt) }
sub always { return with('/map/always', @_) }

# "workspace", "workspace/set:NAME", "workspace/team:NAME", "role:NAME" of a user, sorted.
sub grants {
    return join ', ', sort map { $_->{what} } rows(<<'SQL', user_of(@_)->{id});
SELECT coalesce(w.name, '') || CASE WHEN s.name IS NOT NULL THEN '/set:' || s.name WHEN t.name IS NOT NULL THEN '/team:' || t.name
  WHEN r.name IS NOT NULL THEN 'role:' || r.name WHEN g.permission IS NOT NULL THEN '/' || g.permission ELSE '' END AS what
FROM braze_user_grant g LEFT JOIN braze_workspace w ON w.id = g.workspace_id LEFT JOIN braze_team t ON t.id = g.team_id
  LEFT JOIN braze_permission_set s ON s.id = g.permission_set_id LEFT JOIN braze_role r ON r.id = g.role_id WHERE g.user_id = ?
SQL
}
sub groups { return join ', ', map { $_->{group_name} } rows('SELECT group_name FROM braze_user_group WHERE user_id = ? ORDER BY group_name', user_of(@_)->{id}) }
sub version { return user_of($_[0])->{version} }

# --- at the first login --------------------------------------------------------------------------

signed_in(with('/map', 'aline@decorumsoft.com', [ 'Marketing EU', 'Unknown' ]), 'a first login with a group of the table');
is grants('aline@decorumsoft.com'), 'EU/set:Marketers, EU/set:Viewer, EU/team:Berlin', 'gives what the row says, and not the defaults';
is groups('aline@decorumsoft.com'), 'Map Editors', 'and the group';
is +(rows(q{SELECT source FROM braze_group WHERE display_name = 'Map Editors'}))[0]->{source}, 'jit', 'which the table has made';
signed_in(with('/map', 'twogroups@decorumsoft.com', [ 'Analysts', 'Marketing EU' ]), 'two groups, one of them in two rows');
is grants('twogroups@decorumsoft.com'), 'EU/set:Marketers, EU/set:Viewer, EU/team:Berlin, US, role:Auditor', 'add up';
is groups('twogroups@decorumsoft.com'), 'Map Editors, Readers of Reports', 'and share a group';
is scalar(rows(q{SELECT 1 FROM braze_group WHERE display_name = 'Map Editors'})), 1, 'that is there once';
signed_in(with('/map', 'none@decorumsoft.com', [ 'marketing eu' ]), 'a group in another spelling is another group');
is grants('none@decorumsoft.com'), 'Marketing/set:Viewer', 'who is in none gets the defaults';
my $typo = with('/map', 'typo@decorumsoft.com', ['Typo']);
signed_in($typo, 'a row that names what is not there');
is grants('typo@decorumsoft.com'), '', 'gives nothing, and no defaults instead';
like log_from($typo->{mark}), qr/BRAZE-J0320.*\(\S+jit_map\.conf:\d+\) names the workspace "Atlantis"/, 'the log has file and line';
signed_in(with('/map', 'aline@decorumsoft.com', ['Analysts']), 'later, without BrazeJitMapOnLogin');
is grants('aline@decorumsoft.com'), 'EU/set:Marketers, EU/set:Viewer, EU/team:Berlin', 'nothing changes';

# --- how the attribute is called -----------------------------------------------------------------

signed_in(login('/map', email => 'oid@decorumsoft.com', attributes => [ [ email => 'oid@decorumsoft.com' ], [ 'urn:oid:1.3.6.1.4.1.5923.1.5.1.1' => 'Analysts' ] ]), 'a name without the NameFormat that is asked for');
is grants('oid@decorumsoft.com'), 'Marketing/set:Viewer', 'is not that attribute';
signed_in(login('/map', email => 'uri@decorumsoft.com', attributes => [ [ email => 'uri@decorumsoft.com' ], [ '{uri}urn:oid:1.3.6.1.4.1.5923.1.5.1.1' => 'Other', 'Analysts' ] ]), 'with it, and with several values');
is grants('uri@decorumsoft.com'), 'US, role:Auditor', 'it is';
signed_in(login('/usual', email => 'usual@decorumsoft.com', attributes => [ [ email => 'usual@decorumsoft.com' ], [ 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups' => 'Analysts' ] ]), 'a usual name');
is grants('usual@decorumsoft.com'), 'US', 'counts where no name is given';

# --- at each login -------------------------------------------------------------------------------

signed_in(always('bea@decorumsoft.com', ['Analysts']), 'with BrazeJitMapOnLogin');
is grants('bea@decorumsoft.com'), 'US, role:Auditor', 'as at the first';
my $version = version('bea@decorumsoft.com');
signed_in(always('bea@decorumsoft.com', ['Analysts']), 'the same groups again');
is version('bea@decorumsoft.com'), $version, 'write nothing';
signed_in(always('bea@decorumsoft.com', ['Marketing EU']), 'other groups');
is grants('bea@decorumsoft.com'), 'EU/set:Marketers, EU/set:Viewer, EU/team:Berlin', 'give other things and take the old away';
is groups('bea@decorumsoft.com'), 'Map Editors', 'groups too';
is scalar(rows(q{SELECT 1 FROM braze_event WHERE name = 'Updated Account Permission' AND user_id = ?}, user_of('bea@decorumsoft.com')->{id})), 1, 'with an audit row';
in_company('user', 'permit', 'bea@decorumsoft.com', '--workspace', 'APAC', '--permission-set', 'Viewer');
in_company('user', 'permit', 'bea@decorumsoft.com', '--workspace', 'EU', '--permission', 'edit_segments');
signed_in(always('bea@decorumsoft.com', []), 'no groups any more');
is grants('bea@decorumsoft.com'), 'APAC/set:Viewer, EU/edit_segments', 'what an operator has given stays';
is groups('bea@decorumsoft.com'), '', 'and no group';
signed_in(always('bea@decorumsoft.com', ['Marketing EU']), 'back again');
is grants('bea@decorumsoft.com'), 'APAC/set:Viewer, EU/edit_segments, EU/set:Marketers, EU/set:Viewer, EU/team:Berlin', 'beside it';
in_company('user', 'permit', 'bea@decorumsoft.com', '--clear');
signed_in(always('bea@decorumsoft.com', ['Marketing EU']), 'what an operator takes away');
is grants('bea@decorumsoft.com'), 'EU/set:Marketers, EU/set:Viewer, EU/team:Berlin', 'the table gives again';
my $left = login('/map/always', email => 'bea@decorumsoft.com', attributes => [ [ email => 'bea@decorumsoft.com' ], [ 'http://schemas.microsoft.com/claims/groups.link' => 'https://graph.example/x' ] ]);
signed_in($left, 'an IdP that leaves out very many groups');
is grants('bea@decorumsoft.com'), 'EU/set:Marketers, EU/set:Viewer, EU/team:Berlin', 'takes nothing away';
like log_from($left->{mark}), qr/BRAZE-J0321/, 'and the operator is told';
signed_in(always('none@decorumsoft.com', ['Analysts']), 'somebody with the defaults');
is grants('none@decorumsoft.com'), 'Marketing/set:Viewer, US, role:Auditor', 'keeps them';

# --- what SCIM owns ------------------------------------------------------------------------------

dbh()->do(q{UPDATE braze_user SET source = 'scim' WHERE user_name = 'bea@decorumsoft.com'});
signed_in(always('bea@decorumsoft.com', ['Analysts']), 'an account of SCIM');
is grants('bea@decorumsoft.com'), 'EU/set:Marketers, EU/set:Viewer, EU/team:Berlin', 'has its permissions from there';
is groups('bea@decorumsoft.com'), 'Map Editors', 'and its groups';
dbh()->do(q{INSERT INTO braze_group(id, company_id, display_name, display_name_key, resource, created_at, modified_at, version)}
        . q{ VALUES('0660d98a-eec72b06-e7ad7f3f-0000map1', ?, 'Kept by SCIM', 'kept by scim', '{"displayName":"Kept by SCIM"}', 0, 0, 1)}, undef, company_id($COMPANY));
my $taken = always('aline@decorumsoft.com', ['Taken']);
signed_in($taken, 'a row that names a group of SCIM');
is groups('aline@decorumsoft.com'), '', 'puts nobody into it';
like log_from($taken->{mark}), qr/BRAZE-J0322.*jit_map\.conf:\d+.*Kept by SCIM/, 'and the log says so';
is +(rows(q{SELECT version FROM braze_group WHERE display_name = 'Kept by SCIM'}))[0]->{version}, 1, 'it is as it was';

# --- another company -----------------------------------------------------------------------------

signed_in(login('/map/otherco', email => 'eve@otherco.example', attributes => [ [ email => 'eve@otherco.example' ], [ memberOf => 'Marketing EU' ] ]), 'another company within', '/');
is grants('eve@otherco.example', 'Otherco'), 'Marketing/set:Viewer', 'has not the outer table';
is groups('eve@otherco.example', 'Otherco'), '', 'nor its groups';

done_testing;
