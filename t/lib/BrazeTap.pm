# SPDX-License-Identifier: Apache-2.0
# Running TAP programs as prove does, and counting strictly: a skip that was not asked for fails, and so
# does a run of no test.
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
    $passed -= grep { !/: test / ? 0 : 1 } @skipped;
    return ($passed, $failed + @skipped);
}

# The line that ./check adds up.
sub result {
    my ($passed, $failed) = @_;
    print "result: $passed ok, $failed not ok\n";
    return $failed ? 1 : 0;
}

1;
