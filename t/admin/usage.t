#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The command line itself: no database is touched.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Test::More;

sub refused {
    my ($pattern, @words) = @_;
    my $got = braze_admin(@words);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $got->{code}, 2, "@words: exit 2";
    like $got->{err}, qr/\Abraze-admin: [^\n]*$pattern[^\n]*\n\z/, "@words: message";
    is $got->{out}, '', "@words: nothing on standard output";
    return;
}

my $help = braze_admin('help');
is $help->{code}, 0, 'help';
is $help->{err}, '', 'help goes to standard output';
like $help->{out}, qr/^  company add NAME  /m, 'lists commands';
like $help->{out}, qr/^  -f, --file FILE  /m, 'and options';
is braze_admin('--help')->{out}, $help->{out}, '--help is help';
is braze_admin('-h')->{out}, $help->{out}, 'so is -h';
unlike $help->{out}, qr/[^\n]{101}/, 'no line is too long';

my $one = braze_admin(qw(help token add));
like $one->{out}, qr/\Ausage: braze-admin token add\n.*^  --origin NAME  /ms, 'help of one command has its options';
unlike $one->{out}, qr/revoke|--google/, 'and no other';
is braze_admin(qw(token add --help))->{out}, $one->{out}, 'COMMAND --help is help COMMAND';
like braze_admin(qw(help token))->{out}, qr/token add.*token list.*token revoke/s, 'help of a group has all its commands';
refused(qr/there is no command "frobnicate": see braze-admin help/, qw(help frobnicate));

my $version = braze_admin('--version');
like $version->{out}, qr/\Abraze-admin \d+\.\d+\.\d+\n\z/, '--version';
is braze_admin('-V')->{out}, $version->{out}, '-V';

refused(qr/which command\?/);
refused(qr/there is no command "frobnicate"/, 'frobnicate');
refused(qr/company: say one of: add, list, show, set/, 'company');
refused(qr/company frobnicate: say one of/, qw(company frobnicate));
refused(qr/invalid option: --frobnicate/, qw(company list --frobnicate));
refused(qr/invalid option character: x/, qw(company list -x));
refused(qr/missing argument: --company/, qw(company list --company));
refused(qr/too few words: write braze-admin company add NAME/, qw(company add));
refused(qr/too many words: write braze-admin company add NAME/, qw(company add A B));
refused(qr/company add does not take --origin: see braze-admin help company/, qw(company add A --origin x));
refused(qr/check does not take --name: see/, qw(check --name x));
refused(qr/--company is given twice/, qw(company list --company A --company B));
refused(qr/is not UTF-8/, 'company', 'add', "\xff\xfe");
refused(qr/which database\? Give -f httpd\.conf, or --driver and --params/, 'check');
refused(qr/--params is missing/, qw(check --driver sqlite3));
refused(qr/--driver is missing/, qw(check --params x));
refused(qr/--params is missing/, qw(check --driver sqlite3 --params=));
refused(qr/schema oracle: say sqlite or pgsql/, qw(schema oracle));

{
    local $ENV{BRAZE_DB_DRIVER} = 'sqlite3';
    refused(qr/BRAZE_DB_PARAMS is missing/, 'check');
}

# Control characters in what is said again.
my $escape = braze_admin("\e[31mred\a");
like $escape->{err}, qr/"\\x1b\[31mred\\x07"/, 'control characters are shown, not obeyed';
is braze_admin("a\x{c2}\x{9b}31m")->{err} =~ tr/\x80-\xff//, 0, 'C1 controls, too';
is braze_admin("a\xe2\x80\xaeb")->{err} =~ tr/\x80-\xff//, 0, 'and marks that turn the direction of text';
like braze_admin("Zo\xc3\xab")->{err}, qr/"Zo\xc3\xab"/, 'letters stay';

# A full disk is no success.
SKIP: {
    skip 'no /dev/full here', 1 unless -c '/dev/full';
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>', '/dev/full' or die;
        open STDERR, '>', '/dev/null' or die;
        exec(($ENV{BRAZE_BUILDDIR} // '.') . '/braze-admin', 'help') or exit 127;
    }
    waitpid $pid, 0;
    is $? >> 8, 1, 'output that cannot be written is a failure';
}

done_testing;
