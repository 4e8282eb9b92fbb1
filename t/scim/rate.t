# SPDX-License-Identifier: Apache-2.0
# BrazeScimRateLimit: counted for a company, told in headers, answered 429.
use strict;
use warnings;
use Test::More;
use BrazeTest;
use BrazeTest::Scim;

company('Rateco');
company('Ratetwo');
my @tokens = map { token(company => 'Rateco') } 1 .. 2;
my $two = token(company => 'Ratetwo');
sub get { my ($place, $token, @more) = @_; return scim('GET', "$place/Users?count=0", undef, @{ $token->{auth} }, @more) }
sub told { my ($res) = @_; return join '/', map { $res->header("X-RateLimit-$_") // '-' } qw(Limit Remaining) }

# A day that ends under our hands would begin the count again.
my $left = 86400 - time % 86400;
if ($left < 60) { diag "waiting $left s for the next day"; sleep $left + 1 }

my $res = get('/s/rate', $tokens[0]);
is $res->code, 200, 'the first of five';
is told($res), '5/4', 'with what is left';
my $reset = $res->header('X-RateLimit-Reset');
is $reset, 86400 * (1 + int time / 86400), 'until midnight, UTC';
is told(get('/s/rate', $tokens[1])), '5/3', 'the company\'s other token counts along';
is told(get('/s/rate', $_)), '-/-', 'what is refused before does not count, nor say anything' for { auth => [ Authorization => 'Bearer wrong' ] };
is get('/s/rate', $tokens[0], 'X-Request-Origin' => undef)->code, 403, 'a wrong origin';
$res = scim('GET', '/s/rate/Users/nobody', undef, @{ $tokens[0]{auth} });
is $res->code . ' ' . told($res), '404 5/2', 'an error counts';
$res = scim('POST', '/s/rate/Users', 'no JSON', @{ $tokens[0]{auth} });
is $res->code . ' ' . told($res), '400 5/1', 'and says so';
is told(get('/s/rate', $tokens[0])), '5/0', 'the last';
my $log = logged {
    $res = get('/s/rate', $tokens[1]);
    rfc_error($res, 429, undef, qr/5 requests/, 'one too many');
};
is told($res), '5/0', 'nothing is left';
is $res->header('X-RateLimit-Reset'), $reset, 'until the same moment';
my $wait = $res->header('Retry-After') // 0;
ok $wait > 0 && abs($reset - time - $wait) <= 2, 'Retry-After is the time till then';
like $log, qr/BRAZE-S0104/, 'logged with its tag';
$res = scim('POST', '/s/rate/Users', person('rate@scim.example'), @{ $tokens[0]{auth} });
is $res->code, 429, 'nothing is done any more';
is row('SELECT count(*) AS n FROM braze_user WHERE company_id = ?', company_id('Rateco'))->{n}, 0, 'nobody was made';
braze_error(scim('GET', '/s/rate/braze/Users', undef, @{ $tokens[0]{auth} }), 429, qr/5 requests/, 'the braze dialect says it in its words');
is told(get('/s/rate/off', $tokens[0])), '-/-', 'an inner section can set it off';
is get('/s/rate/off', $tokens[0])->code, 200, 'where there is no limit';
is told(get('/s/ratetwo', $two)), '5/4', 'another company has its own count';
is get('/scim/v2', token())->code, 200, 'as has who has none';

# Many at once: the rows count, whatever process answers.
my $at = '/s/ratetwo/Users?count=0';
my @codes = map { $_->code } at_once((request_bytes('GET', $at, undef, @{ $two->{auth} })) x 20);
is scalar(grep { $_ == 200 } @codes), 4, 'of 20 at once exactly those that were left get through';
is scalar(grep { $_ == 429 } @codes), 16, 'and the others do not';

# A short period ends; the counts of different periods are different ones.
my $second = sub { scim('GET', '/s/second/Users?count=0', undef, @{ $two->{auth} }) };
my ($most, $after) = (0, 0);
(wait_until { my $r = $second->(); $most = $r->code == 429; $most } 10) or diag 'never 429';
ok $most, 'more than two in a second';
sleep 1;
select undef, undef, undef, 0.1;
$res = $second->();
is $res->code, 200, 'after which there are two more';
is told($res), '2/1', 'counted from the beginning, apart from the day';

secrets_hidden();
done_testing;
