# SPDX-License-Identifier: Apache-2.0
# A process keeps what it has read of a session for as long as nobody writes to the database: whoever writes, by whichever way,
# the next page knows it.
use strict;
use warnings;
use POSIX ();
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Jit qw(login cookie_of user_of make_dump dump_at);
use BrazeTest::Scim;

use constant { CLIENTS => 4, ROUNDS => 40 };

make_dump();
my $token = token();
sub call { my ($method, $path, $body) = @_; return scim($method, "/scim/v2$path", $body, @{ $token->{auth} }) }
sub patched {
    my (@operations) = @_;
    my $res = call('PATCH', '/Users/' . user_of('kept@decorumsoft.com')->{id},
        { schemas => ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations => \@operations });
    die $res->as_string if $res->code >= 300;
    return;
}

my $login = login('/', email => 'kept@decorumsoft.com');
my $cookie = join '; ', cookie_of($login->{res});
my $id = user_of('kept@decorumsoft.com')->{id};

sub shown { return dump_at(browser(), base_url('/cgi/dump'), Cookie => $cookie)->{env} }
is shown()->{BRAZE_USER}, 'kept@decorumsoft.com', $_ for 'signed in', 'and again';

# Others who read all the time, by connections of their own to the server and to the database.
my @clients = map {
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        my $browser = browser();
        my $until   = time + 120; # at the latest: what fails here should not hang
        1 while time < $until && $browser->get(base_url('/cgi/dump'), Cookie => $cookie)->code == 200;
        POSIX::_exit(0);
    }
    $pid;
} 1 .. CLIENTS;

my %by = (
    'another program'  => sub { my ($name) = @_; dbh()->do('UPDATE braze_user SET given_name = ? WHERE id = ?', undef, $name, $id); return },
    'the other module' => sub { my ($name) = @_; patched({ op => 'replace', path => 'name.givenName', value => $name }); return },
);
for my $writer (sort keys %by) {
    my @late;
    for my $round (1 .. ROUNDS) {
        $by{$writer}->("$writer $round");
        my $seen = shown()->{BRAZE_FIRST_NAME} // 'nothing';
        push @late, "$round: $seen" if $seen ne "$writer $round";
    }
    is_deeply \@late, [], "what $writer writes, the next page shows";
}

my $group = call('POST', '/Groups', { schemas => ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName => 'Keepers', members => [ { value => $id } ] });
is $group->code, 201, 'a group' or diag $group->as_string;
is shown()->{BRAZE_GROUPS}, 'Keepers', 'that the person has come into';
is call('DELETE', "/Groups/$group->{json}{id}")->code, 204, 'deleted';
is shown()->{BRAZE_GROUPS} // '', '', 'is gone';
my ($status) = admin('--company', 'Decorumsoft', 'user', 'suspend', 'kept@decorumsoft.com');
is $status, 0, 'switched off';
is browser()->get(base_url('/cgi/dump'), Cookie => $cookie)->code, 303, 'is out at once';
waitpid $_, 0 for @clients;
is browser()->get(base_url('/cgi/dump'), Cookie => $cookie)->code, 303, 'for whoever has read the session before, too';

done_testing;
