# SPDX-License-Identifier: Apache-2.0
# Who somebody is for which IdP: persistent NameIDs find their account, an e-mail takes none over that is linked.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;

my $OTHER = 'https://other.example.test/metadata';
my $IDP   = 'https://idp.example.test/metadata';

sub named { my ($email, $name, %opt) = @_; return login('/link', email => $email, nameid => $name, nameid_format => 'persistent', %opt) }
sub links { my ($email) = @_; return rows('SELECT * FROM braze_identity WHERE user_id = ? ORDER BY created_at, link_key', user_of($email)->{id}) }
sub who   { my ($try) = @_; return session_of($try)->{user_id} }

# --- a persistent NameID -------------------------------------------------------------------------

my $first = named('lin@decorumsoft.com', 'P-1');
signed_in($first, 'a first login makes the account');
my $id = user_of('lin@decorumsoft.com')->{id};
my ($link) = links('lin@decorumsoft.com');
is "@$link{qw(idp name_id user_id)}", "$IDP P-1 $id", 'and links it';
signed_in(my $moved = named('lin.new@decorumsoft.com', 'P-1'), 'the same NameID with another e-mail');
is who($moved), $id, 'is the same account';
is scalar users_of('lin.new@decorumsoft.com'), 0, 'and nobody new';
is user_of('lin@decorumsoft.com')->{email}, 'lin@decorumsoft.com', 'whose e-mail is as it was';
refused(named('lin@decorumsoft.com', 'P-2'), 403, 'linked_elsewhere', 'BRAZE-J0318', 'the e-mail with another persistent NameID',
    title => 'This account belongs to another sign-in');
refused(login('/link', email => 'lin@decorumsoft.com', idp => 'other'), 403, 'linked_elsewhere', 'BRAZE-J0318', 'the e-mail from another IdP');
refused(named('lin@decorumsoft.com', 'P-1', idp => 'other'), 403, 'linked_elsewhere', 'BRAZE-J0318', 'the same NameID from another IdP is another one');
signed_in(login('/link', email => 'lin@decorumsoft.com'), 'the e-mail from its own IdP, without a lasting name');
is scalar(links('lin@decorumsoft.com')), 2, 'which links the two as well';
signed_in(login('/link', email => 'lin@decorumsoft.com', nameid => '_t1', nameid_format => 'transient'), 'nor does a transient name stand in the way');
is scalar(links('lin@decorumsoft.com')), 2, 'and is kept nowhere';
is scalar(grep { ($_->{name_id} // '') eq '_t1' } rows('SELECT name_id FROM braze_identity')), 0, 'in no row';

# --- an account without links --------------------------------------------------------------------

admin('--company', 'Decorumsoft', 'user', 'add', 'made@decorumsoft.com', '--confirmed');
is scalar(links('made@decorumsoft.com')), 0, "an operator's account has none";
signed_in(my $made = login('/link', email => 'made@decorumsoft.com'), 'its first login');
is join(' ', map { $_->{idp} } links('made@decorumsoft.com')), $IDP, 'links it';
is +(rows('SELECT detail FROM braze_event WHERE name = ? AND user_id = ?', 'Signed In', who($made)))[0]->{detail}, 'linked to this identity provider', 'as the audit row says';
refused(login('/link', email => 'made@decorumsoft.com', idp => 'other'), 403, 'linked_elsewhere', 'BRAZE-J0318', 'to the one that came first');
is scalar(rows('SELECT 1 FROM braze_session WHERE user_id = ? AND idp = ?', who($made), $OTHER)), 0, 'no session of the other';

# --- what an operator can do ---------------------------------------------------------------------

my $list = admin_json('--company', 'Decorumsoft', 'identity', 'list', 'lin@decorumsoft.com');
is join(' ', map { $_->{name_id} // '-' } sort { ($b->{name_id} // '') cmp ($a->{name_id} // '') } @$list), 'P-1 -', 'identity list';
is admin_json('--company', 'Decorumsoft', 'identity', 'add', 'made@decorumsoft.com', '--entity-id', $OTHER)->{added}, 1, 'identity add';
signed_in(login('/link', email => 'made@decorumsoft.com', idp => 'other'), 'lets the other IdP in');
signed_in(login('/link', email => 'made@decorumsoft.com'), 'beside the first');
is admin_json('--company', 'Decorumsoft', 'identity', 'remove', 'lin@decorumsoft.com')->{removed}, 2, 'identity remove';
signed_in(my $again = named('lin@decorumsoft.com', 'P-9', idp => 'other'), 'and the account can be linked anew');
is who($again), $id, 'and is the same';
refused(login('/link', email => 'lin@decorumsoft.com'), 403, 'linked_elsewhere', 'BRAZE-J0318', 'now not to the first');
is admin_json('--company', 'Decorumsoft', 'identity', 'remove', '--entity-id', $OTHER)->{removed} >= 2, 1, 'all of an IdP that is gone';
is scalar(rows('SELECT 1 FROM braze_identity WHERE idp = ? AND company_id = (SELECT id FROM braze_company WHERE name = ?)', $OTHER, 'Decorumsoft')), 0, 'none is left';

# --- another company -----------------------------------------------------------------------------

admin('--company', 'Otherco', 'user', 'add', 'lin@otherco.example', '--confirmed');
named('isolated@decorumsoft.com', 'P-7');
refused(login('/link/otherco', email => 'isolated@decorumsoft.com', nameid => 'P-7', nameid_format => 'persistent'), 403, 'provisioning_off', 'BRAZE-J0303',
    "one company's link is nobody in another", company => 'Otherco');
signed_in(login('/link/otherco', email => 'lin@otherco.example', nameid => 'P-7', nameid_format => 'persistent'), 'where the NameID may be somebody else');

# --- a new e-mail --------------------------------------------------------------------------------

sub update { my ($email, $name, %opt) = @_; return named($email, $name, to => '/link/update/saml/callback', %opt) }
signed_in(update('upd@decorumsoft.com', 'U-1'), 'a person');
$id = user_of('upd@decorumsoft.com')->{id};
signed_in(my $renamed = update('upd.new@decorumsoft.com', 'U-1'), 'with a new e-mail');
is "@{ user_of('upd.new@decorumsoft.com') }{qw(id user_name email)}", "$id upd.new\@decorumsoft.com upd.new\@decorumsoft.com", 'BrazeJitUpdateOnLogin takes it';
is scalar(rows(q{SELECT 1 FROM braze_event WHERE user_id = ? AND name = 'Updated Account' AND detail = 'e-mail changed'}, $id)), 1, 'with an audit row';
signed_in(update('else@decorumsoft.com', 'U-2'), 'somebody else');
refused(update('else@decorumsoft.com', 'U-1'), 403, 'email_taken', 'BRAZE-J0319', 'whose e-mail the first one then is to have', title => 'Your new e-mail address belongs to another account');
is user_of('upd.new@decorumsoft.com')->{version}, 2, 'nothing is changed';
is scalar(users_of('else@decorumsoft.com')), 1, 'nor there';
signed_in(my $kept = named('else@decorumsoft.com', 'U-1'), 'without BrazeJitUpdateOnLogin the NameID decides alone');
is who($kept), $id, 'who it is';
dbh()->do(q{UPDATE braze_user SET source = 'scim' WHERE id = ?}, undef, $id);
signed_in(update('upd.third@decorumsoft.com', 'U-1'), 'an account of SCIM');
is scalar(users_of('upd.third@decorumsoft.com')), 0, 'keeps its e-mail';

# --- deletion ------------------------------------------------------------------------------------

admin('--company', 'Decorumsoft', 'user', 'delete', 'else@decorumsoft.com');
is scalar(rows('SELECT 1 FROM braze_identity WHERE name_id = ?', 'U-2')), 0, 'links go with their account';
signed_in(named('else@decorumsoft.com', 'U-2'), 'and the person can be made again');

done_testing;
