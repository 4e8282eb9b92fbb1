#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The modules load, alone and together, in either order, and outlive restarts.
use strict;
use warnings;
use Test::More;
use BrazeTest;

my $dir = $ENV{BRAZE_T_MODULES};

# httpd -t on a configuration with just these modules of ours.
sub alone {
    my @lines = map {"LoadModule braze_${_}_module $dir/mod_braze_$_.so"} @_;
    return config_test(join("\n", @lines), bare => 1);
}

for my $set ([], ['jit'], ['scim'], [ 'jit', 'scim' ], [ 'scim', 'jit' ]) {
    my ($status, $said) = alone(@$set);
    is $status, 0, "httpd loads [@$set]" or diag $said;
}

my ($status, $said) = config_test('');
is $status, 0, 'and the frame of the suites' or diag $said;
($status, $said) = config_test("BrazeJitNoSuchDirective on\n");
isnt $status, 0, 'a directive that does not exist is refused';
like $said, qr/BrazeJitNoSuchDirective/, 'by its name';

my $pid = server_pid();
for my $n (1 .. 3) {
    my $log = logged { graceful_restart() };
    unlike $log, qr/\[\S+:(?:emerg|alert|crit|error)\]/, "graceful restart $n without an error";
    is scim(GET => '/scim/v2/Users')->code, 401, 'and it serves';
}
is server_pid(), $pid, 'the same parent throughout';
done_testing;
