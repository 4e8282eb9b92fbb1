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
    my $it  = TAP::Harness->new({ merge => 0, %harness });
    my @bad = watch($it);
    my $run = $it->runtests(@$programs);
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
    print "failed: $_\n" for @{ $bad[0] };
    print "skipped: $_\n" for @skipped;
    if (!$run->total) {
        print "no test was run\n";
        $failed++;
    }
    $passed -= grep {/: test /} @skipped;
    return ($passed, $failed + ($ENV{BRAZE_TEST_ALLOW_SKIP} ? 0 : @skipped));
}

# watch(harness): a list that fills with the tests that fail, each with its program, and with what its program
# says of it on standard output behind it (cmocka does, Test::More writes to standard error).
sub watch {
    my ($harness) = @_;
    my @bad;
    $harness->callback(made_parser => sub {
        my ($parser, $job) = @_;
        my $about = 0;
        $parser->callback(test => sub {
            my ($test) = @_;
            $about = !$test->is_ok;
            push @bad, $job->[1] . ': ' . $test->as_string if $about;
        });
        $parser->callback(comment => sub { push @bad, '    ' . $_[0]->as_string if $about });
    });
    return \@bad;
}

# The line that ./check adds up.
sub result {
    my ($passed, $failed) = @_;
    print "result: $passed ok, $failed not ok\n";
    return $failed ? 1 : 0;
}

1;
