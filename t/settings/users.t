# SPDX-License-Identifier: Apache-2.0
# Users: search, filter, pages that neither lose nor repeat anybody, permissions, suspend and restore.
use strict;
use warnings;
use utf8;
use Test::More;
use BrazeTest;
use BrazeTest::Jit;
use BrazeTest::Settings;

my $alice = admin_browser('alice');

sub names { my ($res) = @_; return $res->decoded_content =~ m{<th scope="row"><a href="[^"]*">([^<]*)</a>}g }
sub count { return scalar @_ }
sub listed { my ($query) = @_; return names(page($alice, 'saml', "users$query")) }
sub link_of {
    my ($res, $text) = @_;
    my ($href) = $res->decoded_content =~ m{<a class="button quiet" href="([^"]*)">\Q$text\E</a>};
    return defined $href ? $href =~ s/&amp;/&/gr : undef;
}
sub user { my ($name) = @_; return row('SELECT u.* FROM braze_user u WHERE u.company_id = ? AND u.user_name = ?', company()->{id}, $name) }

my @made = map { sprintf 'user%03d@list.example', $_ } 1 .. 120;
for my $name (@made) { admin('--company', 'Pages', 'user', 'add', $name, $name =~ /1\@/ ? '--confirmed' : (), '--first-name', "F-$name", '--last-name', $name =~ /0\@/ ? 'Zero' : 'Other') }
admin('--company', 'Elsewhere', 'user', 'add', 'stranger@list.example');

# --- pages ------------------------------------------------------------------------------------------

my $page = page($alice, 'saml', 'users');
is_deeply [ headers_wrong($page) ], [], 'headers and markup of the list';
like text_of($page->decoded_content), qr/Users of this company: \d+/, 'how many there are';
is count(names($page)), 50, 'fifty on a page';
my @all  = sort map { $_->{user_name} } rows('SELECT user_name FROM braze_user WHERE company_id = ?', company()->{id});
my @seen = names($page);
is $seen[0], 'user120@list.example', 'the newest first';
my ($next, $back) = ($page);
while (my $href = link_of($next, 'Next page')) {
    $next = $alice->get(base_url($href));
    push @seen, names($next);
    # Somebody arrives while we read: they are at the front, and move nothing.
    admin('--company', 'Pages', 'user', 'add', 'meanwhile' . @seen . '@list.example');
}
is_deeply [ sort @seen ], \@all, 'every page once, everybody once';
is link_of($page, 'Previous page'), undef, 'nothing before the first page';
$back = $alice->get(base_url(link_of($next, 'Previous page')));
is count(names($back)), 50, 'and back again';
is_deeply [ names($alice->get(base_url(link_of($back, 'Next page')))) ], [ names($next) ], 'where one came from';

# --- search and filters -----------------------------------------------------------------------------

is_deeply [ listed('?q=USER00') ], [ map {"user00$_\@list.example"} 1 .. 9 ], 'by the beginning of a user name, whatever its case';
is_deeply [ listed('?q=zer&by=family&state=&source=') ], [ map { sprintf 'user%03d@list.example', 10 * $_ } 1 .. 12 ], 'by last name';
is_deeply [ listed('?q=f-user01&by=given') ], [ map {"user01$_\@list.example"} 0 .. 9 ], 'by first name';
is_deeply [ listed('?q=stranger') ], [], q{another company's people are not there};
for my $number (1 .. 3) {
    admin('--company', 'Pages', 'user', 'add', "emma$number\@mail.example");
    dbh()->do('UPDATE braze_user SET user_name = ?, user_name_key = ? WHERE user_name = ?', undef, ("e-$number") x 2, "emma$number\@mail.example");
}
admin('--company', 'Pages', 'user', 'add', 'emma2b@mail.example');
is_deeply [ listed('?q=EMMA&by=email') ], [ 'e-1', 'e-2', 'emma2b@mail.example', 'e-3' ], 'by the beginning of an e-mail address, whether or not it is the user name';
is_deeply [ listed('?q=emma&by=name') ], ['emma2b@mail.example'], 'by user name those whose it is';
is_deeply [ listed('?q=emma1') ], ['e-1'], 'an address that nobody has as a user name is looked for as an address';
is_deeply [ listed('?q=emma3@mail.example&state=unconfirmed') ], ['e-3'], 'a whole one, with a filter';
is_deeply [ listed('?q=emma3@mail.example&state=active') ], [], 'which counts';
is_deeply [ listed('?q=%25') ], [], 'no wildcards';
is_deeply [ listed(q{?q='+OR+1%3D1+--}) ], [], 'nor SQL';
is_deeply [ listed('?q=user01&state=active') ], ['user011@list.example'], 'by state';
is_deeply [ listed('?source=scim') ], [], 'by source';
is_deeply [ listed('?q=user00&source=operator&state=unconfirmed') ], [ map {"user00$_\@list.example"} 2 .. 9 ], 'all at once';
is count(listed('?source=bad&state=bad&by=bad')), 50, 'a choice that there is not counts as none';
is count(listed('?after=nonsense')), 50, 'nor is a place that is none';
{
    my @found;
    my $res = page($alice, 'saml', 'users?q=user&by=name');
    push @found, names($res);
    while (my $href = link_of($res, 'Next page')) { $res = $alice->get(base_url($href)); push @found, names($res) }
    is_deeply \@found, \@made, 'a search has pages too, in order';
}
is $alice->get(at('saml', 'users?q=%ff'))->code, 400, 'what is no UTF-8 is refused';

# --- one user ---------------------------------------------------------------------------------------

admin('--company', 'Pages', 'team', 'add', 'North', '--workspace', 'Sales');
admin('--company', 'Pages', 'user', 'add', 'detail@list.example', '--confirmed', '--workspace', 'Sales', '--permission', 'view_segments', '--permission-set', 'Viewer',
    '--first-name', 'Dee', '--last-name', 'Tail', '--company-permission', 'manage_company_settings');
admin('--company', 'Pages', 'user', 'permit', 'detail@list.example', '--workspace', 'Sales', '--team', 'North', '--permission', 'view_campaigns');
my $id  = user('detail@list.example')->{id};
my $res = page($alice, 'saml', "user?id=$id");
is_deeply [ headers_wrong($res) ], [], 'headers and markup of a user';
my $text = text_of($res->decoded_content);
like $text, qr/Full name Dee Tail .* Came from Operator State Active/, 'who it is';
like $text, qr/Company permissions manage_company_settings/, 'what they may do in the company';
like $text, qr/Workspace Sales Permissions view_segments Permission sets Viewer/, 'and in a workspace';
like $text, qr/Permission sets Viewer Team North view_campaigns/, 'and in a team of it';
is $alice->get(at('saml', 'user?id=' . row('SELECT id FROM braze_user WHERE user_name = ?', 'stranger@list.example')->{id}))->code, 404, q{another company's user is not there};
is $alice->get(at('saml', 'user?id=x'))->code, 404, 'nor is what is no id';

# --- suspend and restore ----------------------------------------------------------------------------

is submit($alice, page($alice, 'saml', 'sso'), 'save', idp_entity_id => 'https://idp.example.test/metadata', certificate => certificate('idp'))->code, 303, 'an IdP to sign in by';
my $session = login('/free/app', email => 'detail@list.example');
signed_in($session, 'the user is signed in');
make_page('free/app/page.html', 'the page');
isnt $session->{ua}->get(base_url('/free/app/page.html'))->code, 303, 'and has a page';
my $sure = submit($alice, page($alice, 'saml', "user?id=$id"), 'suspend');
is $sure->code, 200, 'suspending asks once more';
is user('detail@list.example')->{active}, 1, 'and does nothing yet';
$res = submit($alice, $sure, 'suspend');
like done_text(follow($alice, $res)), qr/sessions have ended/, 'confirmed: suspended';
is user('detail@list.example')->{active}, 0, 'inactive';
is row('SELECT count(*) AS n FROM braze_session WHERE user_id = ?', $id)->{n}, 0, 'without a session';
is $session->{ua}->get(base_url('/free/app/page.html'))->code, 303, 'so that the next request has to sign in';
is_deeply [ listed('?state=suspended') ], ['detail@list.example'], 'the list knows';
is +(events_of_name('Developer Suspended'))[-1]{actor}, 'settings:alice', 'noted';
is submit($alice, $sure, 'suspend')->code, 409, 'sent again: changed meanwhile';
$res = submit($alice, page($alice, 'saml', "user?id=$id"), 'restore');
like done_text(follow($alice, $res)), qr/restored/, 'restored';
is user('detail@list.example')->{active}, 1, 'active';
is +(events_of_name('Developer Unsuspended'))[-1]{user_name}, 'detail@list.example', 'noted';

my $stale = submit($alice, page($alice, 'saml', "user?id=$id"), 'suspend');
admin('--company', 'Pages', 'user', 'permit', 'detail@list.example', '--workspace', 'Marketing', '--permission', 'view_campaigns');
is submit($alice, $stale, 'suspend')->code, 409, 'an account that somebody has changed meanwhile is looked at again';
is user('detail@list.example')->{active}, 1, 'first';

admin('--company', 'Pages', 'user', 'add', 'last@list.example', '--confirmed', '--company-permission', 'admin');
my $last = user('last@list.example');
ok $last->{admin}, 'an administrator';
$sure = submit($alice, page($alice, 'saml', "user?id=$last->{id}"), 'suspend');
$res  = submit($alice, $sure, 'suspend');
is $res->code, 409, 'the last administrator cannot be suspended';
like +(problems($res))[0], qr/last active administrator/, 'and it is said why';
is user('last@list.example')->{active}, 1, 'they stay';

done_testing;
