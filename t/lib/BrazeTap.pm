# SPDX-License-Identifier: Apache-2.0
# Running TAP programs as prove does, and counting strictly: a skip fails (unless BRAZE_TEST_ALLOW_SKIP=1 says that
# something is missing on purpose), and so does a run of no test.
package BrazeTap;

use strict;
use warnings;
use TAP::Harness ();

# run(\@programs, options of TAP::Harness): (passed, failed) after printing what prove prints.
sub run {
    my ($programs, %harness) = @_;
    if (!@$programs) {
        print "no test was run\n";
        return (0, 1);
    }
    my $run = TAP::Harness->new({ merge => 0, %harness })->runtests(@$programs);
    my ($passed, $failed, @skipped) = (scalar $run->passed, scalar $run->failed);
    for my $name ($run->descriptions) {
        my ($one) = $run->parsers($name);
        if ($one->skip_all) {
            push @skipped, "$name: " . $one->skip_all;
            next;
        }
        push @skipped, map {"$name: test $_"} $one->skipped;
        # A plan not kept, or a program that ended badly though every test it told of passed.
        $failed++ if !$one->failed && ($one->parse_errors || $one->exit);
    }
    print "skipped: $_\n" for @skipped;
    if (!$run->total) {
        print "no test was run\n";
        $failed++;
    }
    $passed -= grep {/: test /} @skipped;
    return ($passed, $failed + ($ENV{BRAZE_TEST_ALLOW_SKIP} ? 0 : @skipped));
}

# The line that ./check adds up.
sub result {
    my ($passed, $failed) = @_;
    print "result: $passed ok, $failed not ok\n";
    return $failed ? 1 : 0;
}

1;
