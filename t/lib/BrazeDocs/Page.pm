# SPDX-License-Identifier: Apache-2.0
# A page of the documentation as the steps that a reader takes: its code blocks, in order.
package BrazeDocs::Page;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(blocks commands);

# What a block may be. "output" is what the sh block before it prints; "text" is for the eye alone.
our %LANGUAGE = map { $_ => 1 } qw(sh output apache sql json yaml xml html csv text);

# blocks(text of a page): a list of { language, file, line, text }; what is wrong with a block is its {wrong}. Beside fenced
# blocks there are the heads of directives, which are indented ("head"), and what a comment has somebody else do ("done").
sub blocks {
    my ($page) = @_;
    my (@blocks, $open, $blank);
    my $n = 0;
    for my $line (split /\n/, $page) {
        $n++;
        if ($open && ($open->{fence} ? $line =~ /\A```\s*\z/ : $line !~ /\A    /)) {
            push @blocks, finished($open);
            my $fenced = $open->{fence};
            undef $open;
            if ($fenced) { $blank = 0; next }
        }
        if ($open) { $open->{text} .= ($open->{fence} ? $line : substr $line, 4) . "\n" }
        elsif ($line =~ /\A```\s*(\S*)\s*(.*?)\s*\z/) { $open = { fence => 1, language => $1, info => $2, line => $n, text => '' } }
        elsif ($blank && $line =~ /\A    (.*)/) { $open = { language => 'head', line => $n, text => "$1\n" } }
        elsif ($line =~ /\A<!-- guard: (.+) -->\z/) { push @blocks, { language => 'done', line => $n, text => $1 } }
        elsif ($line =~ /\A\s*(?:```|~~~)/) { push @blocks, { language => 'odd', line => $n, text => '', wrong => 'a fence that is not ``` in the first column' } }
        $blank = $line =~ /\A\s*\z/;
    }
    push @blocks, { %{ finished($open) }, $open->{fence} ? (wrong => 'it is never closed') : () } if $open;
    return @blocks;
}

# Lines in a text block that would be executed if they stood in one of their own kind.
my $DISGUISED = qr/^\s*(?:\$ |#!|braze-admin\b|a2en(?:mod|conf|site)\b|apt(?:-get)? |systemctl |curl |<\/?(?:Location|VirtualHost|Directory)\b|Braze[A-Z]\w+ |LoadModule |DBD[A-Z]\w+ |SELECT |INSERT )/m;

sub finished {
    my ($block) = @_;
    my ($language, $info) = ($block->{language}, $block->{info} // '');
    if ($language eq 'head') {
        $block->{wrong} = 'an indented block: fence it and say its language' if $block->{text} !~ /\ADescription: /;
    }
    elsif ($language eq '') { $block->{wrong} = 'a block without a language' }
    elsif (!$LANGUAGE{$language}) { $block->{wrong} = "the language $language is unknown to this guard" }
    elsif ($language eq 'text' && $block->{text} =~ /($DISGUISED.*)/) { $block->{wrong} = "text that is meant to be executed: $1" }
    if ($info =~ m{\Afile=([\w/.-]+)\z}) { $block->{file} = $1 }
    elsif ($info ne '') { $block->{wrong} //= "after the language only file=WHERE may stand, not $info" }
    return $block;
}

# commands(text of an sh block): what somebody at a prompt would send off with one Enter each.
sub commands {
    my ($text) = @_;
    my (@commands, $command);
    for my $line (split /\n/, $text) {
        next if !defined $command && $line =~ /\A\s*(?:#.*)?\z/;
        $command .= "$line\n";
        next if $line =~ /\\\z/ || !is_whole($command);
        push @commands, $command;
        undef $command;
    }
    push @commands, $command if defined $command;
    return @commands;
}

# The shell's own opinion: a here document without its end is a warning only.
sub is_whole {
    my ($command) = @_;
    my $pid = open my $out, '-|';
    die "fork: $!" if !defined $pid;
    if (!$pid) {
        open STDERR, '>&', \*STDOUT or die;
        exec 'bash', '-n', '-c', $command or exit 127;
    }
    local $/;
    my $said = <$out> // '';
    close $out;
    return $? == 0 && $said !~ /here-document/;
}

1;
