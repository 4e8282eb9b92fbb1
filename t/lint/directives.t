#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Every directive (AP_INIT_*("BrazeX", … in src/httpd or mod_*.c)
#  1. is documented: a heading with its name in docs/mod_braze_jit.md, or docs/mod_braze_scim.md, or
#     both, as the module is that has it (file names say which: jit_*, scim_*, any other is both's);
#  2. is used by a test or an example: its name in t/**/*.t, t/conf/*.in or conf-examples/*.conf;
#  3. is merged. The convention: a per-directory configuration is a struct NAME_conf_t, its merge a
#     function NAME_dir_merge with one statement a field, either MERGE_SOMETHING(field) or
#     conf->field = …. Every field of the struct must be there. A directive allowed in a directory
#     must name a field that is: by FIELD(field) or APR_OFFSETOF(…, field) in its line, or by
#     conf->field or (NAME_conf_t *)dir)->field in its setter (or the function its setter calls). A
#     directive with RSRC_CONF alone is the main server's and has no merge, unless there is a
#     function NAME_server_merge, which must then take every field of NAME_server_t.
use strict;
use warnings;
use lib 't/lint';
use Lint;
use Test::More;

# [name, setter, the rest of the entry] of every directive in a text.
sub directives {
    my ($c) = @_;
    my @found;
    while ($c =~ /AP_INIT_\w+\(\s*"(Braze\w+)"\s*,\s*(\w+)\s*,((?:[^()"]|"(?:[^"\\]|\\.)*"|\((?:[^()]|\([^()]*\))*\))*)\)/g) {
        push @found, [ $1, $2, $3 ];
    }
    return @found;
}

# Fields of "typedef struct { … } NAME;".
sub fields {
    my ($c, $name) = @_;
    my ($body) = $c =~ /typedef\s+struct\s*\w*\s*\{([^{}]*)\}\s*\Q$name\E\s*;/ or return;
    return map { my @names = split /,/; map { /(\w+)(?:\[\w+\])?\s*\z/ ? $1 : () } @names }
        split /;/, $body;
}

sub body_of {
    my ($c, $function) = @_;
    return $c =~ /^[\w][^;{}]*\b\Q$function\E\s*\([^;{}]*\)\s*\n\{\n(.*?)^\}/ms ? $1 : '';
}

sub merged {
    my ($c, $function) = @_;
    my $body = body_of($c, $function);
    return ($body =~ /\bMERGE_\w+\((\w+)/g, $body =~ /\b(?:conf|server|merged)->(\w+)\s*=/g);
}

# The fields that a directive sets.
sub set_by {
    my ($c, $setter, $rest, $depth) = @_;
    my @fields = $rest =~ /\bFIELD\((\w+)\)/g;
    push @fields, $rest =~ /APR_OFFSETOF\(\s*\w+\s*,\s*(\w+)\s*\)/g;
    my $body = body_of($c, $setter);
    push @fields, $body =~ /\b(?:conf|dir|config)->(\w+)/g, $body =~ /_conf_t \*\)\s*\w+\)->(\w+)/g;
    if (!@fields && !$depth) {
        push @fields, map { set_by($c, $_, '', 1) } $body =~ /\b([a-z]\w+)\(/g;
    }
    return @fields;
}

# --- the guard finds what it looks for -----------------------------------------------------------
my $sample = <<'C';
typedef struct {
    const char *a, *b;
    int c;
} x_conf_t;
void *x_dir_merge(apr_pool_t *pool, void *base_v, void *add_v)
{
    MERGE_POINTER(a);
    conf->c = add->c;
    return conf;
}
static const char *set_c(cmd_parms *cmd, void *dir, const char *arg)
{
    ((x_conf_t *)dir)->c = 1;
    return NULL;
}
AP_INIT_TAKE1("BrazeA", ap_set_string_slot, FIELD(a), OR_ALL, "(a)"),
    AP_INIT_TAKE1("BrazeC", set_c, NULL, RSRC_CONF | ACCESS_CONF,
        "c")
C
is join(' ', map { $_->[0] } directives($sample)), 'BrazeA BrazeC', 'sees directives';
is join(' ', fields($sample, 'x_conf_t')), 'a b c', 'sees fields';
is join(' ', sort(merged($sample, 'x_dir_merge'))), 'a c', 'sees what is merged, and b missing';
is join(' ', map { set_by($sample, $_->[1], $_->[2]) } directives($sample)), 'a c', 'sees what a directive sets';

# --- the tree ------------------------------------------------------------------------------------
my @glue = files_under(qr/\.[ch]\z/, 'src/httpd', glob('mod_*.c'));
my $all = join "\n", map { code(text($_)) } @glue;
my @configs = $all =~ /\}\s*(\w+)_conf_t\s*;/g;
looked_at(scalar @configs, 'per-directory configurations');

my (%merged, @unmerged);
for my $name (@configs) {
    my %in = map { $_ => 1 } merged($all, "${name}_dir_merge");
    my @fields = fields($all, "${name}_conf_t");
    push @unmerged, "${name}_conf_t has no field that this guard can read" if !@fields;
    push @unmerged, map {"${name}_conf_t.$_ is not in ${name}_dir_merge"} grep { !$in{$_} } @fields;
    $merged{$_} = 1 for keys %in;
    if (my $server = body_of($all, "${name}_server_merge")) {
        my %taken = map { $_ => 1 } merged($all, "${name}_server_merge");
        push @unmerged, map {"${name}_server_t.$_ is not in ${name}_server_merge"}
            grep { !$taken{$_} } fields($all, "${name}_server_t");
    }
}
none('every field is merged', @unmerged);

my @used_in = (files_under(qr/\.t\z/, 't/jit', 't/scim', 't/conf', 't/settings'),
    files_under(qr/\.in\z/, 't/conf'), files_under(qr/\.conf\z/, 'conf-examples'));
my $uses = join "\n", map { text($_) } @used_in;
looked_at(scalar @used_in, 'tests and examples');
my %docs = map { my $f = "docs/mod_braze_$_.md"; $_ => -f $f ? text($f) : '' } qw(jit scim);

my (@undocumented, @untested, @without_field, $number);
for my $file (@glue) {
    my @modules = $file =~ m{(?:/|braze_)(jit|scim)[_.]} ? ($1) : qw(jit scim);
    for my $directive (directives(code(text($file)))) {
        my ($name, $setter, $rest) = @$directive;
        $number++;
        push @undocumented, map {"$name: no heading in docs/mod_braze_$_.md"}
            grep { $docs{$_} !~ /^#+ .*\b\Q$name\E\b/m } @modules;
        push @untested, $name if $uses !~ /\b\Q$name\E\b/;
        next if $rest !~ /\b(?:ACCESS_CONF|OR_\w+)\b/;
        push @without_field, "$name sets no field that is merged ($file)"
            if !grep { $merged{$_} } set_by($all, $setter, $rest);
    }
}
looked_at($number // 0, 'directives');
none('every directive is documented', @undocumented);
none('every directive is in a test or an example', @untested);
none('every directive of a directory sets a merged field', @without_field);
done_testing;
