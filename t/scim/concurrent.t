# SPDX-License-Identifier: Apache-2.0
# Fifty clients at once on one group and on one person, by PATCH and by Bulk, over processes, threads and two httpds: nobody is lost.
use strict;
use warnings;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Node;
use BrazeTest::Scim;

my $client = BrazeTest::Client->new;
my $entra  = BrazeTest::Client->new(profile => 'entra');
my $GROUP  = $BrazeTest::Client::GROUP;
sub codes { my %n; $n{ $_->code }++ for @_; return join ' ', map {"$_:$n{$_}"} sort keys %n }
sub done { my ($name, @res) = @_; my @bad = grep { $_->code !~ /\A20[014]\z/ } @res; return ok(!@bad, $name) || diag(codes(@res), "\n", $bad[0]->as_string) }
sub op { my ($op, $path, $value) = @_; return { op => $op, path => $path, defined $value ? (value => $value) : () } }
sub version { my ($table, $id) = @_; return row("SELECT version FROM $table WHERE id = ?", $id)->{version} }

my @people = map { $_->{json}{id} } at_once(map { $client->bytes('POST', '/Users', person("crowd$_\@scim.example")) } 1 .. 50);
is scalar(grep {defined} @people), 50, 'fifty people';

# --- one group ---------------------------------------------------------------------------------------------

my $group = $client->group('Crowd');
done('50 clients add one member each', at_once(map { $client->patch_bytes("/Groups/$group", [ op('add', 'members', [ { value => $_ } ]) ]) } @people));
is_deeply [ $client->members($group) ], [ sort @people ], 'all fifty are there';
is version('braze_group', $group), 51, 'each was a version';
done('once more, in Entra\'s words', at_once(map { $entra->patch_bytes("/Groups/$group", [ op('Add', 'members', [ { value => $_ } ]) ]) } @people));
is version('braze_group', $group), 51, 'changes nothing';
done('50 clients: half take one away, half rename', at_once(map { $_ % 2 ? $client->patch_bytes("/Groups/$group", [ op('remove', qq(members[value eq "$people[$_]"])) ])
    : $client->patch_bytes("/Groups/$group", [ op('replace', 'displayName', "Crowd $_") ]) } 0 .. 49));
is_deeply [ $client->members($group) ], [ sort @people[ grep { !($_ % 2) } 0 .. 49 ] ], 'exactly those are away';
like $client->read("/Groups/$group")->{displayName}, qr/\ACrowd \d+\z/, 'and it has one of the names';
done('they come and go', at_once(map { ($client->patch_bytes("/Groups/$group", [ op('add', 'members', [ { value => $people[ 2 * $_ + 1 ] } ]) ]), $entra->patch_bytes("/Groups/$group", [ op('Remove', 'members', [ { value => $people[ 2 * $_ ] } ]) ])) } 0 .. 24));
is_deeply [ $client->members($group) ], [ sort @people[ grep { $_ % 2 } 0 .. 49 ] ], 'the others are there now';
{
    my @res = at_once(map { $client->patch_bytes("/Groups/$group", [ op('replace', 'members', [ map { { value => $_ } } @people[ $_ .. $_ + 4 ] ]) ]) } 0 .. 29);
    done('30 clients replace all members', @res);
    my %sets = map { join(' ', sort @people[ $_ .. $_ + 4 ]) => 1 } 0 .. 29;
    ok $sets{ join ' ', $client->members($group) }, 'what is there is what one of them said, whole';
}
{
    my @groups = map { $client->group("Nest $_") } 1 .. 10;
    done('ten groups put into one another in every way at once', at_once(map { my $outer = $_; map { $client->patch_bytes("/Groups/$outer", [ op('add', 'members', [ { value => $_ } ]) ]) } grep { $_ ne $outer } @groups[ 0 .. 4 ] } @groups));
    is row('SELECT count(*) AS n FROM braze_group_member WHERE group_id IN (' . join(',', map {"'$_'"} @groups) . ')')->{n}, 45, 'each is there once';
    done('and deleted at once', at_once(map { $client->bytes('DELETE', "/Groups/$_") } @groups));
    is row('SELECT count(*) AS n FROM braze_group_member WHERE group_id IN (' . join(',', map {"'$_'"} @groups) . ')')->{n}, 0, 'leave nothing';
}

# --- one person ------------------------------------------------------------------------------------------------

my $id = $client->user('popular@scim.example', title => 'T');
{
    my $version = version('braze_user', $id);
    my @res = at_once(map { $client->patch_bytes("/Users/$id", [ op('add', 'phoneNumbers', [ { value => "+$_", type => 'work' } ]) ]) } 1 .. 50);
    done('50 clients add one telephone each', @res);
    is_deeply [ sort { $a <=> $b } map { $_->{value} } @{ $client->read("/Users/$id")->{phoneNumbers} } ], [ map {"+$_"} 1 .. 50 ], 'all fifty are there';
    is version('braze_user', $id), $version + 50, 'each was a version';
    done('each takes its own away', at_once(map { $client->patch_bytes("/Users/$id", [ op('remove', qq(phoneNumbers[value eq "+$_"])) ]) } 1 .. 50));
    is $client->read("/Users/$id")->{phoneNumbers}, undef, 'none is left';
    my @attributes = qw(title nickName displayName userType locale);
    done('50 clients change five attributes', at_once(map { $client->patch_bytes("/Users/$id", [ op('replace', $attributes[ $_ % 5 ], "v$_") ]) } 0 .. 49));
    my $json = $client->read("/Users/$id");
    is scalar(grep { my $at = $_; ($json->{ $attributes[$at] } // '') =~ /\Av(\d+)\z/ && $1 % 5 == $at } 0 .. 4), 5, 'each attribute has one of the values that it was given' or diag explain $json;
    is row('SELECT count(*) AS n FROM braze_event WHERE user_id = ? AND name = ?', $id, 'Updated Account')->{n}, version('braze_user', $id) - 1, 'as many audit rows as changes';
}

# --- a person who leaves while being added ----------------------------------------------------------------------

for my $round (1 .. 3) {
    my $leaver = $client->user("leaver$round\@scim.example");
    my $into = $client->group("Leavers $round");
    my @res = at_once((map { $client->patch_bytes("/Groups/$into", [ op('add', 'members', [ { value => $leaver } ]) ]) } 1 .. 10), $client->bytes('DELETE', "/Users/$leaver"),
        (map { $client->patch_bytes("/Groups/$into", [ op('add', 'members', [ { value => $leaver } ]) ]) } 1 .. 10));
    is $res[10]->code, 204, "round $round: deleted while being added";
    is scalar(grep { $_->code !~ /\A(?:20[04]|400)\z/ } @res), 0, 'who came before succeeded, who came after is told' or diag codes(@res);
    is_deeply [ $client->members($into) ], [], 'and nobody is a member';
}

# --- many new groups and Bulk --------------------------------------------------------------------------------------

{
    my @res = at_once(map { my $n = $_; $client->bytes('POST', '/Bulk', { schemas => [$BrazeTest::Client::BULK], Operations => [
        { method => 'POST', path => '/Users', bulkId => 'u', data => person("bulk.crowd$n\@scim.example") },
        { method => 'POST', path => '/Groups', bulkId => 'g', data => { schemas => [$GROUP], displayName => "Bulk crowd $n", members => [ { value => 'bulkId:u' } ] } },
        { method => 'PATCH', path => "/Groups/$group", data => BrazeTest::Client::patch_body([ op('add', 'members', [ { value => 'bulkId:u' } ]) ]) } ] }) } 1 .. 20);
    done('20 clients with three operations each', @res);
    is scalar(grep { ($_->{status} // '') !~ /\A20[014]\z/ } map { @{ $_->{json}{Operations} // [ {} ] } } @res), 0, 'all of them were done';
    is row(q{SELECT count(*) AS n FROM braze_group_member m JOIN braze_user u ON u.id = m.user_id WHERE u.user_name_key LIKE 'bulk.crowd%'})->{n}, 40, 'each in two groups';
}

# --- two httpds --------------------------------------------------------------------------------------------------------

{
    my $node = BrazeTest::Node->start('crowd', <<'C');
<Location "/scim/v2">
    SetHandler   braze-scim
    AuthType     braze-scim
    AuthName     "SCIM"
    BrazeCompany "Decorumsoft"
    Require      valid-user
</Location>
C
    my $shared = $client->group('Shared');
    my @sockets = map {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $_ % 2 ? $node->{port} : Apache::Test::vars('port')) or die "connect: $!";
        $socket->autoflush(1);
        my $bytes = $client->patch_bytes("/Groups/$shared", [ op('add', 'members', [ { value => $people[$_] } ]) ]);
        print $socket substr $bytes, 0, -1;
        [ $socket, substr $bytes, -1 ];
    } 0 .. 49;
    $_->[0]->print($_->[1]) for @sockets;
    done('25 clients at each of two httpds add one member each', map { finish_request($_->[0]) // HTTP::Response->new(599) } @sockets);
    is_deeply [ $client->members($shared) ], [ sort @people ], 'all fifty are there';
    $node->stop;
}

secrets_hidden();
done_testing;
