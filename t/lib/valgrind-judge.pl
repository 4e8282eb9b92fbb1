#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# valgrind-judge.pl FILE-OF-SOURCE-NAMES LOG: prints and counts the errors and losses of a memcheck log
# whose stack names one of our sources. Parent and forked children write one log, told apart by pid.
use strict;
use warnings;

my ($names, $log) = @ARGV;
open my $in, '<', $names or die "$names: $!";
chomp(my @names = <$in>);
die "no source names\n" if !@names;
my $ours = join '|', map {quotemeta} @names;

my (%block, %pids, %summary, @found);

sub judge {
    my ($pid) = @_;
    my $text = delete $block{$pid} // return;
    # A heading without an address line is a remark ("HEAP SUMMARY"), not an error.
    return if $text !~ /^\s+at 0x/m || $text =~ /\A\s*\d[\d,]* (?:\([^)]*\) )?bytes? in [\d,]+ blocks are (?:possibly|still|indirectly)/;
    push @found, "process $pid:\n$text" if $text =~ /\((?:$ours):\d+\)/ || $text =~ /\(in \S*mod_braze_\w+\.so\)/;
}

open $in, '<', $log or die "$log: $!";
while (<$in>) {
    /^==(\d+)== ?(.*)/s or next;
    my ($pid, $line) = ($1, $2);
    $pids{$pid} = 1;
    $summary{$pid} = 1 if $line =~ /ERROR SUMMARY/;
    if ($line =~ /^\s*$/) { judge($pid) }
    else { $block{$pid} .= $line }
}
judge($_) for keys %block;

print "$_\n" for @found;
my @cut = grep { !$summary{$_} } sort keys %pids;
print "process $_ wrote no summary\n" for @cut;
printf "%d processes, %d findings of ours\n", scalar keys %pids, scalar @found;
exit(@found || @cut || keys %pids < 2 ? 1 : 0);
