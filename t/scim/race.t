# SPDX-License-Identifier: Apache-2.0
# Many at once, over several processes and threads: nothing is lost, nothing is doubled, nothing is half done.
use strict;
use warnings;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Scim;

my $token = token();
my @auth = @{ $token->{auth} };
my %path = (rfc => '/scim/v2', braze => '/braze/scim/v2');
sub bytes { my ($method, $path, $body, @headers) = @_; return request_bytes($method, "/scim/v2$path", $body, @auth, @headers) }

sub codes { my %n; $n{ $_->code }++ for @_; return join ' ', map {"$_:$n{$_}"} sort keys %n }
sub row_version { my ($id) = @_; return user_row($id)->{version} }

# --- 50 writers with the same ETag -----------------------------------------------------------------

my $id = made($token, person('race@scim.example'));
for my $round (1 .. 3) {
    my $version = row_version($id);
    my @res = at_once(map { bytes('PUT', "/Users/$id", person('race@scim.example', title => "r$round w$_"), 'If-Match' => qq(W/"$version")) } 1 .. 50);
    is codes(@res), '200:1 412:49', "round $round: of 50 PUTs with one ETag exactly one wins";
    my ($won) = grep { $_->code == 200 } @res;
    my $now = scim('GET', "/scim/v2/Users/$id", undef, @auth)->{json};
    is_deeply $now, $won->{json}, 'what it was told is what there is';
    is row_version($id), $version + 1, 'and the version grew by one';
    ok !grep({ !$_->{json} || $_->{json}{status} ne '412' } grep { $_->code == 412 } @res), 'the others were told so in SCIM';
}

# --- 50 writers without ----------------------------------------------------------------------------

{
    my $version = row_version($id);
    my @res = at_once(map { bytes('PUT', "/Users/$id", person('race@scim.example', title => "free w$_")) } 1 .. 50);
    my $ok = grep { $_->code == 200 } @res;
    is codes(@res), '200:50', '50 PUTs without an ETag all succeed';
    my %seen = map { $_->{json}{meta}{version} => $_->{json}{title} } grep { $_->code == 200 } @res;
    is scalar keys %seen, $ok, 'each made a version of its own';
    is row_version($id), $version + $ok, 'as many as there were';
    my $now = scim('GET', "/scim/v2/Users/$id", undef, @auth)->{json};
    is $now->{title}, $seen{ $now->{meta}{version} }, 'the last version is what its writer was told';
    is row('SELECT count(*) AS n FROM braze_event WHERE user_id = ? AND name = ?', $id, 'Updated Account')->{n}, 3 + $ok, 'and each has its audit row';
}

# --- one new person 30 times -------------------------------------------------------------------------

for my $dialect (sort keys %path) {
    my $name = "twin.$dialect\@scim.example";
    my @res = at_once(map { request_bytes('POST', "$path{$dialect}/Users", braze_person($_ % 2 ? $name : uc $name), @auth) } 1 .. 30);
    is codes(@res), '201:1 409:29', "$dialect: of 30 POSTs of one userName one makes the person";
    is row('SELECT count(*) AS n FROM braze_user WHERE user_name_key = ?', $name)->{n}, 1, 'who is there once';
    my ($made) = grep { $_->code == 201 } @res;
    is row('SELECT id FROM braze_user WHERE user_name_key = ?', $name)->{id}, $made->{json}{id}, 'with the id that was told';
    my ($lost) = grep { $_->code == 409 } @res;
    $dialect eq 'rfc' ? rfc_error($lost, 409, 'uniqueness', undef, 'the others were told so')
        : braze_error($lost, 409, undef, 'the others were told so');
}

# --- many clients on many users ----------------------------------------------------------------------

{
    my @made = at_once(map { bytes('POST', '/Users', person("many$_\@scim.example")) } 1 .. 50);
    is codes(@made), '201:50', '50 clients make 50 users';
    my @ids = map { $_->{json}{id} } @made;
    my @put = at_once(map { bytes('PUT', "/Users/$ids[$_]", person("many@{[$_ + 1]}\@scim.example", title => "T$_")) } 0 .. 49);
    is codes(@put), '200:50', 'replace them';
    my @got = at_once(map { bytes('GET', "/Users/$_") } @ids);
    is join(' ', map { $_->{json}{title} // 'none' } @got), join(' ', map {"T$_"} 0 .. 49), 'read them';
    is codes(at_once(map { bytes('DELETE', "/Users/$_") } @ids, @ids)), '204:50 404:50', 'and delete them, each once though asked twice';
    is row(q{SELECT count(*) AS n FROM braze_user WHERE user_name LIKE 'many%'})->{n}, 0, 'all are gone';
}

# --- readers among writers, writers among deleters ---------------------------------------------------

{
    my @mixed = at_once(map { ($_ % 3 ? bytes('GET', "/Users/$id") : bytes('PUT', "/Users/$id", person('race@scim.example', title => "same $_", nickName => "same $_"))) } 1 .. 60);
    is codes(@mixed), '200:60', 'readers and writers of one user';
    my @torn = grep { ($_->{json}{nickName} // '') ne '' && $_->{json}{title} ne $_->{json}{nickName} } @mixed;
    is scalar @torn, 0, 'nobody reads half a change';
    my $gone = made($token, person('gone@scim.example'));
    my @end = at_once(map { $_ == 10 ? bytes('DELETE', "/Users/$gone") : bytes('PUT', "/Users/$gone", person('gone@scim.example', title => "late $_")) } 1 .. 20);
    is $end[9]->code, 204, 'deleted among writers';
    is scalar(grep { $_->code !~ /\A(?:200|204|404)\z/ } @end), 0, 'who succeeded before or found nobody' or diag codes(@end);
    is user_row($gone), undef, 'and it stays deleted';
    is row('SELECT count(*) AS n FROM braze_user_grant WHERE user_id = ?', $gone)->{n}, 0, 'with all that belonged to it';
}

# Two names that two people want from one another's hands: one of them at most has each.
{
    my @pair = map { made($token, person("swap$_\@scim.example")) } 1, 2;
    my @res = at_once(map { bytes('PUT', "/Users/$pair[$_ % 2]", person('swapped@scim.example')) } 1 .. 20);
    is row(q{SELECT count(*) AS n FROM braze_user WHERE user_name_key = 'swapped@scim.example'})->{n}, 1, 'a userName that two are given is one\'s';
    is scalar(grep { $_->code != 200 && $_->code != 409 } @res), 0, 'the other is told 409' or diag codes(@res);
}

# The last two administrators, each taken away by somebody.
{
    company('Raceco');
    my $own = token(company => 'Raceco');
    my @admins = map { made($own, person("admin$_\@race.example", $DASHBOARD => { permissions => [ { value => 'company/admin' } ] }), '/s/race/Users') } 1 .. 5;
    my @res = at_once(map { request_bytes('DELETE', "/s/race/Users/$_", undef, @{ $own->{auth} }) } @admins);
    is codes(@res), '204:4 409:1', 'of five administrators deleted at once one stays';
    is row('SELECT count(*) AS n FROM braze_user WHERE company_id = ? AND admin = 1', company_id('Raceco'))->{n}, 1, 'in the rows too';
}

secrets_hidden();
done_testing;
