#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# -f: DBDriver and DBDParams out of httpd's configuration.
use strict;
use warnings;
use FindBin ();
use lib $FindBin::Bin;
use AdminTest;
use Test::More;

my $dir = scratch();
my $db  = AdminTest::sqlite();
my $at  = $db->{params};
$db->works('migrate');

my $n = 0;
sub conf { my ($text) = @_; return spew("$dir/c" . ++$n . '.conf', $text) }

# Finds the migrated database.
sub finds {
    my ($name, $text) = @_;
    my $got = braze_admin('check', '-f', conf($text));
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $got->{code}, 0, $name or diag $got->{err};
    return;
}

sub refuses {
    my ($name, $code, $pattern, $text) = @_;
    my $file = conf($text);
    my $got  = braze_admin('check', '-f', $file);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $got->{code}, $code, "$name: exit $code";
    like $got->{err}, qr/\Abraze-admin: \Q$file\E$pattern[^\n]*\n\z/, "$name: message";
    return;
}

my $ok = "DBDriver sqlite3\nDBDParams $at\n";
finds('plain', $ok);
finds('blanks, comments, case', "# x\n\n  dbdriver\tsqlite3  \n\t#DBDParams /no\n DBDPARAMS   $at  \n");
finds('quotes', qq(DBDriver "sqlite3"\nDBDParams '$at'\n));
finds('continued lines', "DBDriver \\\n  sqlite3\nDBDParams \\\n\\\n$at\n");
finds('lines of DOS', "DBDriver sqlite3\r\nDBDParams \\\r\n$at\r\n");
finds('no newline at the end', "DBDriver sqlite3\nDBDParams $at");
finds('a comment goes on, too', "# DBDriver \\\nDBDParams /no\n$ok");
finds('what is not ours is skipped', "LogFormat \"%h \\\"%r\" x\n<Location \"/\">\nRequire all denied\n</Location>\n$ok");
finds('the last one counts', "DBDriver oracle\nDBDParams /no\n$ok");
finds('in <IfModule>', "<IfModule mod_dbd.c>\n$ok</IfModule>\n<IfModule !mod_dbd.c>\nDBDParams /no\n</IfModule>\n");
finds('<IfDefine>', "<IfDefine OTHER>\n<IfModule x>\n</IfModule>\nDBDParams /no\n</IfDefine>\n$ok<IfDefine OTHER>\nDBDDriver no\n</IfDefine>\n");
finds('<IfDefine !x>', "<IfDefine !OTHER>\n$ok</IfDefine>\n");
finds('Define', "Define where $at\nDefine ON\n<IfDefine ON>\nDBDriver sqlite3\n</IfDefine>\nDBDParams \${where}\n");
finds('a virtual host', "<VirtualHost *:80>\n$ok</VirtualHost>\n");
finds('outside goes before a virtual host', "<VirtualHost *:80>\nDBDriver sqlite3\nDBDParams /no\n</VirtualHost>\n$ok");
finds('virtual hosts that agree', "<VirtualHost *:80>\n$ok</VirtualHost>\n<VirtualHost *:81>\n$ok</VirtualHost>\n");
{
    local $ENV{BRAZE_T_WHERE} = $at;
    finds('the environment', "DBDriver sqlite3\nDBDParams \${BRAZE_T_WHERE}\n");
}

# Includes.
mkdir "$dir/$_" for qw(root root/conf.d root/empty);
spew("$dir/root/one.conf", "DBDriver sqlite3\n");
spew("$dir/root/conf.d/a.conf", "DBDParams /no\n");
spew("$dir/root/conf.d/b.conf", "DBDParams $at\n");
finds('Include, relative to ServerRoot, in the order of names', qq(ServerRoot "$dir/root"\nInclude one.conf\nIncludeOptional conf.d/*.conf\n));
finds('a folder', "Include $dir/root/one.conf\nInclude $dir/root/conf.d\n");
finds('nothing optional', "IncludeOptional $dir/root/empty/*.conf\nIncludeOptional $dir/no.conf\n$ok");
spew("$dir/root/main.conf", "Include one.conf\nInclude conf.d/b.conf\n");
is braze_admin('check', '-f', "$dir/root/main.conf")->{code}, 0, 'without ServerRoot: beside the file';
refuses('nothing to include', 3, qr/:2: nothing to include at \Q$dir\E\/no\.conf/, "# x\nInclude $dir/no.conf\n$ok");
my $self = "$dir/self.conf";
spew($self, "Include $self\n");
my $loop = braze_admin('check', '-f', $self);
is $loop->{code}, 2, 'a file that includes itself: exit 2';
like $loop->{err}, qr/too many files include one another/, 'a file that includes itself: message';

# What is wrong is named by file and line.
refuses('blanks without quotes', 2, qr/:2: DBDParams takes one argument: quote it/, "DBDriver sqlite3\nDBDParams host=x user=y\n");
refuses('an open quote', 2, qr/:1: a quote is not closed/, qq(DBDriver "sqlite3\nDBDParams $at\n));
refuses('not defined', 2, qr/:3: \$\{BRAZE_T_NOWHERE\} is not defined/, "\nDBDriver sqlite3\nDBDParams \${BRAZE_T_NOWHERE}\n");
refuses('a line after a continued one', 2, qr/:4: DBDParams takes one argument/, "DBDriver \\\n sqlite3\n\nDBDParams a b\n");
refuses('virtual hosts that differ', 2, qr/:6: this virtual host has another DBDParams than \S+:3: choose/,
    "<VirtualHost *:80>\nDBDriver sqlite3\nDBDParams /a\n</VirtualHost>\n<VirtualHost *:81>\nDBDParams /b\n</VirtualHost>\n");
refuses('no DBDriver', 2, qr/: there is no DBDriver in it: add it/, "DBDParams $at\n");
refuses('no DBDParams', 2, qr/: there is no DBDParams in it/, "DBDriver sqlite3\n");
refuses('nothing', 2, qr/: there is no DBDriver/, '');
refuses('no text', 2, qr/: this is no text file/, "DBDriver\0sqlite3\n");
refuses('a very long line', 2, qr/:1: this line is too long/, 'x' x 70_000 . "\n$ok");
my $absent = braze_admin('check', '-f', "$dir/absent.conf");
is $absent->{code}, 3, 'no such file: exit 3';
like $absent->{err}, qr{\Abraze-admin: \Q$dir\E/absent\.conf: cannot be read: No such file}, 'no such file: message';
is braze_admin('check', '-f', $dir)->{code}, 2, 'a folder is no file';

# An included file that goes wrong is named with where it was included.
my $bad = conf("DBDParams a b\n");
refuses('in an included file', 2, qr/:1: \Q$bad\E:1: DBDParams takes one argument/, "Include $bad\n");

# PostgreSQL's connection strings are quoted inside quotes.
my $pg = braze_admin('check', '-f', conf(qq(DBDriver pgsql\nDBDParams "host=$dir port=1 user='a b' password=s3cret"\n)));
is $pg->{code}, 5, 'a connection string of several words is taken whole';
unlike $pg->{err}, qr/s3cret/, 'and kept to oneself';

done_testing;
