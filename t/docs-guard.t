#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# The guard of the documentation (t/docs.t) finds what is wrong with a page, and nothing with one that is right.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp ();
use FindBin ();
use lib "$FindBin::Bin/lib";
use Test::More;
use BrazeDocs qw(check_page);
use BrazeDocs::Page qw(blocks commands);
use BrazeDocs::Sql ();

my $top   = abs_path("$FindBin::Bin/..");
my $build = abs_path($ENV{BRAZE_BUILDDIR} // '.');
my $dir   = File::Temp->newdir('/tmp/braze-d.XXXXXX');
my $sqlite = BrazeDocs::Sql->new(admin => "$build/braze-admin", driver => 'sqlite3', params => "$dir/docs.db", source => "dbi:SQLite:dbname=$dir/docs.db");

# --- what a page is taken for ------------------------------------------------------------------------------

sub wrong { my ($page) = @_; return join ' | ', map { $_->{wrong} // () } blocks($page) }
sub fenced { my ($language, $text) = @_; return "Some words.\n\n```$language\n$text```\n" }

is wrong(fenced('sh', "true\n") . fenced('text', "a picture\n")), '', 'languages that are known';
like wrong(fenced('bash', "true\n")), qr/language bash is unknown/, 'one that is not';
like wrong(fenced('', "true\n")), qr/without a language/, 'none';
like wrong("Words:\n\n    braze-admin migrate\n"), qr/an indented block/, 'an indented one';
is wrong("### BrazeX\n\n    Description: something\n    Default:     none\n"), '', 'but for the head of a directive';
like wrong(fenced('text', "braze-admin migrate\n")), qr/meant to be executed: braze-admin/, 'a command that calls itself text';
like wrong(fenced('text', "  <Location \"/\">\n")), qr/meant to be executed/, 'a section that does';
like wrong("```sh\ntrue\n"), qr/never closed/, 'a fence that is not closed';
like wrong("- item\n  ```sh\n  true\n  ```\n"), qr/first column/, 'a fence inside a list';
like wrong(fenced('sh when=never', "true\n")), qr/only file=/, 'other words beside the language';
is join('', map { $_->{text} } blocks(fenced('sh', "a\n\n    b\n"))), "a\n\n    b\n", 'indented lines in a fence are its own';
is_deeply [ commands("# first\na && b\nc \\\n  d\ne '\nf'\ncat <<X\n1\nX\ng() {\n  h\n}\n") ],
    [ "a && b\n", "c \\\n  d\n", "e '\nf'\n", "cat <<X\n1\nX\n", "g() {\n  h\n}\n" ], 'commands as one sends them off';

# --- what is done ------------------------------------------------------------------------------------------------

sub results { my ($page, @more) = @_; return check_page($page, top => $top, build => $build, databases => [$sqlite], @more) }
sub failures { return map {"$_->[2]: $_->[3]"} grep { !$_->[0] } results(@_) }

my $good = <<'M';
### BrazeJitSignIn

    Description: something
    Default:     BrazeJitSignIn page

`/etc/apache2/conf-available/mine.conf`:

```apache file=/etc/apache2/conf-available/mine.conf
DBDriver  sqlite3
DBDParams /var/lib/braze/x.db
```

```sh
a2enmod -q dbd
WHO=me
export BRAZE_DB_DRIVER=sqlite3 BRAZE_DB_PARAMS=/etc/apache2/x.db
```

```sh
braze-admin migrate
echo "$WHO" at /var/lib/braze
cat /etc/apache2/conf-available/mine.conf
```
```output
…
me at /var/lib/braze
DBDriver sqlite3
DBDParams /var/…
```

```apache
Require valid-user
BrazeCompany "Decorumsoft"
```

```sql
SELECT user_name FROM braze_user WHERE id = :user_id;
```

```json
{"a": 1}
```
M
is_deeply [ failures($good) ], [], 'a page that is right';

my @failures = failures(<<'M');
### BrazeJitSignIn

    Description: something
    Default:     BrazeJitSignIn perhaps

```sh
true
false | true
true && false
```

```sh
echo never
exit 3
```

```sh
echo reached
```

```apache
<Location "/">
    BrazeJitNoSuchThing on
</Location>
```

```sql
SELECT no_such_column FROM braze_user;
```

```sql
SELECT user_name FROM braze_user WHERE user_name = 'nobody';
```

```json
{"a": 1,}
```

```xml
<a><b></a>
```

Nothing about the file.

```apache file=/etc/apache2/conf-available/mine.conf
DBDriver  sqlite3
```
M
my $all = join "\n", @failures;
like $all, qr/head: .*BrazeJitSignIn takes/s, 'a default that httpd does not take';
like $all, qr/sh: ended with 1: false \| true/, 'a command that fails in a pipeline';
like $all, qr/sh: ended with 1: true && false/, 'one that fails in a list, and the others were done nevertheless';
like $all, qr/sh: did not end: exit 3|sh: .*exit 3/, 'one that ends the shell';
like $all, qr/sh: was not reached: echo reached/, 'and what is behind it';
like $all, qr/apache: .*BrazeJitNoSuchThing/s, 'a directive that does not exist';
like $all, qr/sql: sqlite3: .*no_such_column/, 'a column that does not exist';
like $all, qr/sql: sqlite3: no row comes of it/, 'a query that finds nothing';
like $all, qr/json: /, 'JSON that is none';
like $all, qr/xml: /, 'XML that is none';
like $all, qr/apache: the text before it does not say/, 'a file that the text does not name';

@failures = failures("```sh\necho one\necho two\n```\n```output\none\nthree\n```\n");
like "@failures", qr/\Aoutput: the command prints otherwise:\n?\s*one\ntwo/, 'a command that prints something else';
@failures = failures("```sh\napt install apache2 no-such-package-at-all\nsystemctl restart nothing\n```\n");
like "@failures", qr/Unable to locate package no-such-package-at-all/, 'a package that Debian does not have';
like "@failures", qr/Unit nothing\.service not found/, 'a service that is not there';
@failures = failures("before that\n\n```sh\ntrue\n```\n", before => "```sh\nfalse\n```\n");
like "@failures", qr/what comes before this page: ended with 1: false/, 'what the page before it says';
done_testing;
