#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What the prose of README.md, docs/*.md and the other README.md files names is there: files and headings that links lead to, log tags,
# directives, reason codes, and in `braze-admin …` commands and options.
use strict;
use warnings;
use utf8;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use FindBin ();
use Test::More;

my $top   = abs_path("$FindBin::Bin/..");
my $admin = abs_path($ENV{BRAZE_BUILDDIR} // '.') . '/braze-admin';
chdir $top or die "$top: $!";
-x $admin or die "$admin is not there: build first, and name the folder in BRAZE_BUILDDIR\n";

sub slurp { my ($file) = @_; open my $in, '<:encoding(UTF-8)', $file or die "$file: $!"; local $/; return scalar <$in> }
sub without_blocks { my ($text) = @_; return $text =~ s/^```.*?^```$//gmsr }

# A heading's anchor, as the page's readers on the web have it.
sub anchors {
    my ($text) = @_;
    return map { $_ => 1 } map { lc =~ s/[^\w\s-]//gr =~ s/ /-/gr } map {s/`//gr} without_blocks($text) =~ /^#+ (.+?)\s*$/mg;
}

# links_of(page, its text): what is wrong with them.
sub bad_links {
    my ($page, $text) = @_;
    my @bad;
    for my $target (without_blocks($text) =~ /\]\(([^()\s]+)\)/g) {
        next if $target =~ m{\A[a-z]+:};
        my ($path, $anchor) = split /#/, $target, 2;
        my $file = $path eq '' ? $page : dirname($page) . "/$path";
        if (!-e $file) { push @bad, "$target: there is no such file"; next }
        next if !defined $anchor;
        my %there = anchors($path eq '' ? $text : slurp($file));
        push @bad, "$target: there is no such heading" if !$there{$anchor};
    }
    return @bad;
}

# --- what there is -------------------------------------------------------------------------------------------

my %tags = map { $_ => 1 } slurp('docs/log-tags.md') =~ /^\| `(BRAZE-[A-Z]?\d{4})`/mg;
my $sources = join '', map { slurp($_) } glob('src/*/*.[ch] src/*.[ch] include/*.h mod_*.c');
my %directives = map { $_ => 1 } $sources =~ /"(Braze[A-Z]\w+)"/g;

# Commands of braze-admin and the options of each.
my (%options, %groups);
my $help = `'$admin' help`;
my ($commands, $everywhere) = $help =~ /^Commands:\n(.*?)^Options of every command:\n(.*)/ms;
my %everywhere = map { $_ => 1 } $everywhere =~ /(--[\w-]+|-\w\b)/g;
for my $usage ($commands =~ /^  (\S+(?: \S+)*)/mg) {
    my ($name) = $usage =~ /^([a-z-]+(?: [a-z-]+)?)/;
    next if $name eq 'help';
    $options{$name} = { map { $_ => 1 } `'$admin' help $name` =~ /(--[\w-]+)/g };
    $groups{ (split ' ', $name)[0] } = 1;
}

# wrong(words behind "braze-admin"): what is wrong with a command, or undef.
sub wrong_command {
    my ($text) = @_;
    my @words = split ' ', $text =~ s/'[^']*'|"[^"]*"/X/gr;
    my (@name, @used);
    while (defined(my $word = shift @words)) {
        if ($word =~ /\A-/) {
            push @used, $word;
            shift @words if !@name && @words && $word =~ /\A(?:-f|--(?:driver|params|company|file))\z/;
        }
        elsif ($word =~ /\A[|>&]/) { last }
        else { push @name, $word if @name < 2 }
    }
    return if !@name || $name[0] =~ /\A(?:help|…)/;
    my ($command) = grep { $options{$_} || $_ eq 'help' } "@name", $name[0];
    return @name == 1 && $groups{ $name[0] } && !@used ? undef : "there is no command @name" if !$command;
    my @unknown = grep { !$options{$command}{$_} && !$everywhere{$_} } map {s/=.*//r} @used;
    return @unknown ? "$command does not take @unknown" : undef;
}

# --- the guard itself ----------------------------------------------------------------------------------------

is_deeply [ bad_links('README.md', "# A `b` c\n\n[a](#a-b-c) [b](docs/README.md) [c](https://x.example/) [d](#nothing) [e](docs/none.md)\n") ],
    [ '#nothing: there is no such heading', 'docs/none.md: there is no such file' ], 'links that lead nowhere are seen';
is wrong_command('token add --workspace X --origin y'), undef, 'a command';
is wrong_command('-f x.conf migrate'), undef, 'an option before it';
is wrong_command('jit'), undef, 'a group of commands';
like wrong_command('token ad'), qr/no command token ad/, 'one that there is not';
like wrong_command('jit on --workspace X'), qr/jit on does not take --workspace/, 'an option that it has not';
cmp_ok scalar keys %tags, '>', 100, 'tags';
cmp_ok scalar keys %directives, '>', 30, 'directives';

# --- the pages -----------------------------------------------------------------------------------------------

for my $page ('README.md', glob('docs/*.md'), qw(t/README.md interop/README.md bench/README.md)) {
    my $text = slurp($page);
    my @wrong = bad_links($page, $text);
    push @wrong, map {"the tag $_ is not in docs/log-tags.md"} grep { !$tags{$_} } $text =~ /\b(BRAZE-[A-Z]?\d{4})\b/g;
    push @wrong, map {"there is no directive $_"} grep { !$directives{$_} } $text =~ /\b(Braze(?:Jit|Scim)[A-Z]\w+)\b/g;
    push @wrong, map { my $why = wrong_command($_); $why ? "`braze-admin $_`: $why" : () } without_blocks($text) =~ /`braze-admin ([^`]+)`/g;
    is join("\n", @wrong), '', $page;
}

# Reason codes in the tables of troubleshooting, whole or by how they begin or end ("…"), stand in the sources.
my @codes = map {/`([^`]+)`/g} slurp('docs/troubleshooting.md') =~ /^\| ((?:`[a-z_…A-Z]+`(?:, )?)+) \|/mg;
cmp_ok scalar @codes, '>=', 25, 'codes';
my @unknown = grep {
    my $pattern = join '[a-z_0-9]+', map {quotemeta} split /…/, $_, -1;
    $sources !~ /"$pattern"/;
} @codes;
is join(' ', @unknown), '', 'every code in the tables of docs/troubleshooting.md is one of ours';
done_testing;
