# SPDX-License-Identifier: Apache-2.0
# What SCIM calls count (SetHandler braze-status), and what a client's profile bends: counter and environment.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON ();
use BrazeTest;
use BrazeTest::Client;
use BrazeTest::Scim;
use BrazeTest::Status;

company('Clientco') if !rows('SELECT 1 FROM braze_company WHERE name = ?', 'Clientco'); # of the suite before, where all run
my $strict = BrazeTest::Client->new(at => '/s/clients', company => 'Clientco');
my %of = map { $_ => BrazeTest::Client->new(at => '/s/clients', company => 'Clientco', profile => $_) } qw(entra okta);

sub op { my ($op, $path, @value) = @_; return { op => $op, defined $path ? (path => $path) : (), @value ? (value => $value[0]) : () } }
sub calls { my ($before) = @_; return [ grown($before, qr/\Ascim_requests\./) ] }

# --- calls -----------------------------------------------------------------------------------------

my $before = counters();
my $id = $strict->user('status.one@client.example');
$strict->get("/Users/$id");
$strict->call('HEAD', "/Users/$id");
$strict->get('/Users?filter=nonsense');
$strict->get('/Groups/' . 'f' x 32);
$strict->get('/Schemas');
$strict->call('POST', '/Groups/.search', { schemas => [$BrazeTest::Client::SEARCH] });
$strict->patch("/Users/$id", [ op('replace', 'title', 'T') ]);
$strict->delete("/Users/$id");
is_deeply calls($before), [ 'scim_requests.DELETE.Users.2xx 1', 'scim_requests.GET.Groups.4xx 1', 'scim_requests.GET.Users.2xx 2', 'scim_requests.GET.Users.4xx 1',
    'scim_requests.GET.discovery.2xx 1', 'scim_requests.PATCH.Users.2xx 1', 'scim_requests.POST.Users.2xx 1', 'scim_requests.POST.search.2xx 1' ],
    'calls by method, resource and class of status';
is_deeply [ grown($before, qr/\Ascim_request_duration_seconds\.\w+\.count/) ], [ map {"scim_request_duration_seconds.$_"} 'DELETE.count 1', 'GET.count 5', 'PATCH.count 1', 'POST.count 2' ], 'each with its time';

$before = counters();
scim('GET', base_url('/s/clients/Users'), undef, Authorization => 'Bearer wrong');
$strict->call('BREW', '/Teapots/1');
$strict->call('PUT', '/Users', {});
is_deeply calls($before), [ 'scim_requests.GET.Users.4xx 1', 'scim_requests.PUT.Users.4xx 1', 'scim_requests.other.other.4xx 1' ], 'those too that httpd answers, and what nobody knows';

# --- sessions that end with their user -------------------------------------------------------------------

{
    my $uid = $strict->user('status.session@client.example');
    my $company = row('SELECT company_id FROM braze_user WHERE id = ?', $uid)->{company_id};
    my $now = 1000 * time;
    my $begin = sub { dbh()->do('INSERT INTO braze_session(session_hash, company_id, user_id, created_at, last_seen_at, expires_at) VALUES(?, ?, ?, ?, ?, ?)', undef, $_[0] x 64, $company, $uid, $now, $now, $now + 3_600_000) };
    $begin->($_) for qw(a b);
    $before = counters();
    $strict->patch("/Users/$uid", [ op('replace', 'active', JSON::false) ]);
    is_deeply [ grown($before, qr/\Asessions_ended/) ], ['sessions_ended.account 2'], 'a deactivated user\'s sessions';
    $strict->patch("/Users/$uid", [ op('replace', 'active', JSON::true) ]);
    $begin->('c');
    $strict->delete("/Users/$uid");
    is_deeply [ grown($before, qr/\Asessions_ended/) ], ['sessions_ended.account 3'], 'and a removed one\'s';
}

# --- what profiles bend ----------------------------------------------------------------------------------

$id = $strict->user('status.bent@client.example');
for my $profile (qw(entra okta)) {
    my $client = $of{$profile};
    $before = counters();
    my $res = $client->patch("/Users/$id", [ op('replace', 'title', 'x') ]);
    is $res->header('X-Bent'), undef, "$profile: nothing bent, nothing said";
    is_deeply [ grown($before, qr/\Ascim_bends/) ], [], 'nor counted';

    $res = $client->patch("/Users/$id", [ op('replace', 'active', 'True') ]);
    is $res->header('X-Bent'), 1, 'one thing: BRAZE_SCIM_BENT is 1';
    is_deeply [ grown($before, qr/\Ascim_bends/) ], ["scim_bends.$profile.boolean_as_text 1"], 'counted by its kind';

    $res = $client->patch("/Users/$id", [ op('replace', 'active', 'True'), op('remove', 'emails[type eq "nowhere"]'), op('replace', 'nickName', 'n') ]);
    is $res->header('X-Bent'), 2, 'two things';
    is_deeply [ grown($before, qr/\Ascim_bends/) ], [ "scim_bends.$profile.boolean_as_text 2", "scim_bends.$profile.remove_absent 1" ], 'each of its kind';

    $before = counters();
    my $bulk = { schemas => [$BrazeTest::Client::BULK], Operations => [ map { { method => 'PATCH', path => "/Users/$id", data => BrazeTest::Client::patch_body([ op('replace', 'active', 'true') ]) } } 1, 2 ] };
    $res = $client->call('POST', '/Bulk', $bulk);
    is $res->header('X-Bent'), 2, 'in a bulk job: those of its operations';
    is_deeply [ grown($before, qr/\Ascim_bends/) ], ["scim_bends.$profile.boolean_as_text 2"], 'counted';
    is_deeply calls($before), ['scim_requests.POST.Bulk.2xx 1'], 'as one call';
}
$before = counters();
is $strict->patch("/Users/$id", [ op('replace', 'active', 'True') ])->header('X-Bent'), undef, 'strict refuses that';
is_deeply [ grown($before, qr/\Ascim_bends/) ], [], 'and bends nothing';

my $family = prometheus(status_page('prometheus')->content);
cmp_ok series_of($family, 'scim_bends_total')->{'kind=boolean_as_text,profile=entra'}, '>=', 4, 'Prometheus sees them';
is $family->{braze_scim_request_duration_seconds}{type}, 'histogram', 'and the times';
done_testing;
